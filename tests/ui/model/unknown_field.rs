use loopback::prelude::*;

#[model(index(nam, organisation), unique(zip))]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(uniqueness(scope(organization)), presence(if = "trems"))]
    pub name: String,
    #[property(absence(unless = "name"))]
    pub note: Option<String>,
    pub organisation: i64,
    pub terms: bool,
}

fn main() {}
