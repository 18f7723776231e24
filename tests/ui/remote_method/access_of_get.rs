use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get)]
    async fn open(&mut self) -> Result<()> {
        Ok(())
    }

    #[remote_method(head, "/{id}/a", route(get, "/{id}/b"))]
    async fn close(&mut self) -> Result<()> {
        Ok(())
    }

    #[remote_method(get, access = wirte, inherited = true)]
    async fn turn(&mut self) -> Result<()> {
        Ok(())
    }
}

fn main() {}
