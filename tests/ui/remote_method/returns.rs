use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(returns = "a")]
    fn a() -> Result<(i64, String)> {
        Ok((1, String::new()))
    }

    #[remote_method(returns("a", "b"))]
    fn b() -> Result<i64> {
        Ok(1)
    }

    #[remote_method(returns("a", "a", 5))]
    fn c() -> Result<(i64, i64)> {
        Ok((1, 1))
    }

    #[remote_method(returns = "a")]
    fn d() -> Result<()> {
        Ok(())
    }

    #[remote_method]
    fn e() -> Result<(i64, String)> {
        Ok((1, String::new()))
    }
}

fn main() {}
