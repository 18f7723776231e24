//! Private models, also inside a function, and one made by a macro of the user's.
#![deny(warnings)]

use loopback::prelude::*;

#[model]
struct Widget {
    #[property(id)]
    id: String,
}

macro_rules! note {
    ($name:ident, $plural:literal, $max:literal, $ty:ty) => {
        #[model(plural = $plural)]
        struct $name {
            #[property(id, generated)]
            id: Uuid,
            #[property(length(max = $max), default = $plural)]
            text: $ty,
        }
    };
}

note!(Memo, "memos", 80, Option<String>);

fn main() {
    #[model]
    struct Local {
        #[property(id)]
        id: u32,
        level: Option<Level>,
    }

    /// More private than a `pub` model could be.
    #[derive(Clone, Debug, PropertyType)]
    enum Level {
        Low,
        High,
    }

    let local = Local { id: 1, level: Some(Level::High) };
    let _ = (local.id, local.level, Level::Low, Local::props().level);
    let _ = (Widget { id: "a".to_owned() }.clone(), Widget::props().id);
    assert_eq!(<Memo as Model>::DEF.plural, Some("memos"));
}
