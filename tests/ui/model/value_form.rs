use loopback::prelude::*;

#[model(plural = 5, table, path("/x"), public = "no", force_id, data_source = , replace_on_put yes, disable)]
pub struct Widget {
    #[property(id = true)]
    pub id: i64,
    #[property(hidden = true, length, name)]
    pub name: String,
    #[property(length(), presence = "x", format(5), inclusion)]
    pub code: String,
    #[property(length(max = -1, message, allow_null = 5, if = is_open))]
    pub note: String,
    #[property(validate, validate_async("free"), default)]
    pub check: String,
}

fn main() {}
