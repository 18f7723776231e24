use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<()> {
        let shared = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop((op, shared));
        Ok(())
    }
}

fn main() {}
