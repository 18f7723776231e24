use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model(plural = "widgets")]
impl Widget {}

pub struct Page<T>(T);

pub trait Near {
    fn near() -> Result<()>;
}

#[model]
impl Near for Widget {
    #[remote_method]
    fn near() -> Result<()> {
        Ok(())
    }
}

#[model]
impl<T> Page<T> {
    #[remote_method]
    fn near() -> Result<()> {
        Ok(())
    }
}

#[model]
impl Page<u8> {
    #[remote_method]
    fn close() -> Result<()> {
        Ok(())
    }
}

#[model]
impl Widget {
    #[remote_method]
    pub const MOST: u32 = 5;

    #[operation_hook(access)]
    pub const LEAST: u32 = 5;
}

fn main() {}
