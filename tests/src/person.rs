//! A model for others to extend that is defined in another crate than they are, as those of a library of models.

use loopback::prelude::*;

/// Somebody.
#[model(public = false)]
pub struct Person {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1))]
    pub name: String,
    #[property(hidden)]
    pub secret: Option<String>,
}

#[model]
impl Person {
    #[operation_hook(before_save)]
    async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        op.update(Self::props().name, |name| name.trim().to_owned());
        Ok(())
    }
}
