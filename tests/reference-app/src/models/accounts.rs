//! Every validation, methods without an endpoint, and a model without any.

use loopback::prelude::*;

#[model]
pub struct Account {
    #[property(id, generated)]
    pub id: i64,
    // LoopBack asks the uniqueness after the validations of the other properties; errors are reported by property, so
    // only the order within one shows.
    #[property(
        presence,
        length(min = 3, max = 10, message(min = "login too short", max = "login too long")),
        format("^[a-z0-9]+$", message = "login must be lower case"),
        uniqueness(scope(org), message = "login is taken")
    )]
    pub login: Option<String>,
    pub password: Option<String>,
    #[property(numericality(int, allow_null, allow_blank))]
    pub age: Option<f64>,
    #[property(inclusion("low", "mid", "high", allow_null, allow_blank))]
    pub level: Option<String>,
    #[property(exclusion("root", "admin", allow_null, allow_blank))]
    pub nick: Option<String>,
    #[property(name = "ref", column = "ref", length(is = 5, allow_null, allow_blank))]
    pub reference: Option<String>,
    #[property(absence(if = "terms"))]
    pub country: Option<String>,
    pub terms: Option<bool>,
    #[property(numericality(allow_null, allow_blank, message(number = "bonus is not a number")))]
    pub bonus: Option<f64>,
    pub org: Option<String>,
}

#[model(disable(
    "deleteById",
    "patchOrCreate",
    "replaceOrCreate",
    "upsertWithWhere",
    "replaceById",
    "updateAll",
    "createChangeStream",
    "prototype.patchAttributes",
    "count"
))]
pub struct Ledger {
    #[property(id, generated)]
    pub id: i64,
    pub entry: String,
    #[property(default = 0.0)]
    pub amount: Option<f64>,
}

#[model(public = false)]
pub struct Secret {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}
