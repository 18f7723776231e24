use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(post, "/open")]
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    #[remote_method(post, "/close/{id}")]
    fn close(&self) -> Result<()> {
        Ok(())
    }

    #[remote_method(post, "/{id}/other")]
    fn other(&self, id: i64) -> Result<()> {
        let _ = id;
        Ok(())
    }

    #[remote_method(post, "/{id}/gone")]
    fn gone(self) -> Result<()> {
        Ok(())
    }
}

fn main() {}
