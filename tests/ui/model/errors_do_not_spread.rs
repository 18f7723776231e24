use loopback::prelude::*;

// The model has mistakes; what uses it has none, so only the mistakes are reported.
#[model(plurl = "widgets")]
pub struct Widget {
    #[property(id, generate)]
    pub id: i64,
    #[property(default = 5)]
    pub name: String,
}

pub fn name_of(widget: &Widget) -> &str {
    let _ = Widget::props().name;
    let _ = <Widget as Model>::DEF;
    &widget.name
}

fn main() {}
