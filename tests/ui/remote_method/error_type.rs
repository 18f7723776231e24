use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

pub struct Mine;

#[model]
impl Widget {
    #[remote_method]
    async fn a() -> Result<(), Mine> {
        Err(Mine)
    }
}

fn main() {}
