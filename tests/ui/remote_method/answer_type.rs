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
    async fn a() -> Result<Mine> {
        Ok(Mine)
    }

    #[remote_method(returns("first", "second"))]
    fn b() -> Result<(i64, Vec<Mine>)> {
        Ok((1, Vec::new()))
    }
}

fn main() {}
