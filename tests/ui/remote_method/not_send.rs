use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    async fn a() -> Result<()> {
        let shared = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(shared);
        Ok(())
    }
}

fn main() {}
