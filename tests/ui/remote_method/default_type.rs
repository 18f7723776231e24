use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn a(
        #[arg(default = [1, 2])] list: Vec<i64>,
        #[arg(default = "1,2")] other: Vec<i64>,
        #[arg(default = "many")] amount: i64,
        #[arg(default = -1)] size: u16,
        #[arg(default = now)] at: DateTime<Utc>,
        #[arg(default)] open: bool,
    ) -> Result<()> {
        let _ = (list, other, amount, size, at, open);
        Ok(())
    }

    #[remote_method(get, "/b/{page}")]
    fn b(#[arg(default = 1)] page: i64) -> Result<()> {
        let _ = page;
        Ok(())
    }
}

fn main() {}
