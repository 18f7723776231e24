use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

pub struct Mine;

#[model]
impl Widget {
    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<(), Mine> {
        let _ = op;
        Err(Mine)
    }
}

fn main() {}
