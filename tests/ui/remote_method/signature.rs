use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn a<T>(a: T) -> Result<()> {
        let _ = a;
        Ok(())
    }

    #[remote_method]
    fn b((a, b): (i64, i64), _: String) -> Result<()> {
        let _ = (a, b);
        Ok(())
    }

    #[remote_method]
    unsafe fn c() -> Result<()> {
        Ok(())
    }

    #[remote_method]
    extern "C" fn d() -> Result<()> {
        Ok(())
    }

    #[remote_method]
    fn e(a: impl Into<String>, #[cfg(unix)] b: i64) -> Result<()> {
        let _ = (a, b);
        Ok(())
    }
}

fn main() {}
