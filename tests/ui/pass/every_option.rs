//! A model with every option, and the property types of one's own.
#![deny(warnings)]

use loopback::prelude::*;

/// How much a place pays.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub enum Tier {
    Basic,
    InTransit,
    #[property_type(rename = "gold-plus")]
    GoldPlus,
}

/// How large something is.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Dims {
    /// Millimetres.
    pub box_width: f64,
    #[property_type(name = "h")]
    pub height: Option<f64>,
    pub tier: Option<Tier>,
}

/// A place for coffee.
#[model(
    plural = "coffee-shops",
    path = "/x/coffee-shops",
    table = "coffee_shop",
    strict = "throw",
    force_id = true,
    public = true,
    replace_on_put = false,
    disable("deleteById", "prototype.patchAttributes", count),
    data_source = "db",
    index(name, city),
    index(rating),
    unique(name, tier)
)]
#[derive(Clone, PartialEq)]
pub struct CoffeeShop {
    #[property(id, generated, column = "shop_id")]
    pub id: i64,
    /// What is on the sign.
    #[property(length(min = 1, max = 80, message(min = "too short", max = "too long")), presence)]
    #[property(format("^[A-Z]", message = "starts with a capital"), sql(length = 80))]
    pub name: String,
    #[property(length(is = 5, allow_null, allow_blank = false, if = "isOpen"), uniqueness(scope(name, tier)), index)]
    pub city: Option<String>,
    #[property(default = now)]
    pub opened_at: DateTime<Utc>,
    #[property(default = "2024-05-01")]
    pub founded: NaiveDate,
    #[property(default = 4, range(min = 0, max = 5.5), numericality, validate = checks::whole)]
    pub rating: f64,
    #[property(default = -1, numericality(int, message(int = "is not whole")), exclusion(0, 7))]
    pub seats: i32,
    #[property(name = "isOpen", default = true)]
    pub open: bool,
    #[property(default = "gold-plus", protected)]
    pub tier: Tier,
    pub dims: Option<Dims>,
    #[property(default = checks::tags, length(max = 3))]
    pub tags: Vec<String>,
    #[property(default = guid, unique, hidden)]
    pub secret: Uuid,
    #[property(default = "9.90", sql(precision = 18, scale = 2))]
    pub price: Decimal,
    #[property(inclusion("tea", "coffee", allow_null, message = "is no drink"), sql(type = "varchar(40)"))]
    pub r#type: Option<String>,
    #[property(absence(unless = "open"), validate(value, message = "is odd"), validate = checks::even)]
    pub note: Option<i64>,
    #[property(validate = checks::short, validate_async = free, validate_async(checks::free, allow_null, message = "is taken"))]
    pub code: String,
    pub place: Option<GeoPoint>,
    pub bytes: Vec<u8>,
}

/// Bears the name of a local variable of the expansion.
pub fn value(value: &Option<i64>) -> Result<(), Invalid> {
    match value {
        Some(n) if n % 2 == 1 => Err(Invalid::kind("odd")),
        _ => Ok(()),
    }
}

pub async fn free(_ctx: &Ctx, code: &str) -> Result<(), String> {
    if code.is_empty() { Err("is empty".to_owned()) } else { Ok(()) }
}

mod checks {
    use super::*;

    pub fn whole(rating: &f64) -> Result<(), &'static str> {
        if rating.fract() == 0.0 { Ok(()) } else { Err("is not whole") }
    }

    pub fn short(code: &str) -> Result<(), &'static str> {
        if code.len() < 9 { Ok(()) } else { Err("is long") }
    }

    pub fn even(note: &Option<i64>) -> Result<(), String> {
        note.filter(|n| n % 2 == 1).map_or(Ok(()), |n| Err(format!("{n} is odd")))
    }

    pub fn tags() -> Vec<String> {
        vec!["new".to_owned()]
    }

    pub async fn free(_ctx: &Ctx, _code: &str) -> Result<(), Invalid> {
        Ok(())
    }
}

fn main() {
    let _ = (CoffeeShop::props().opened_at, CoffeeShop::props().r#type);
    let def = <CoffeeShop as Model>::DEF;
    assert_eq!((def.name, def.plural, def.http_path), ("CoffeeShop", Some("coffee-shops"), Some("/x/coffee-shops")));
    assert_eq!(def.location.line, line_of("pub struct CoffeeShop"));
    assert_eq!(def.properties[0].line, line_of("pub id: i64"));
    assert_eq!(def.properties[1].doc, "What is on the sign.");
    assert_eq!(def.settings.disabled, ["deleteById", "prototype.patchAttributes", "count"]);
    assert_eq!(def.settings.indexes[0].properties, ["name", "city"]);
    assert_eq!(def.properties[2].validations[0].when, Some("isOpen"));
    assert_eq!(def.properties[14].validations[0].unless, Some("isOpen"));
}

/// The line that a piece of this file starts on.
fn line_of(text: &str) -> u32 {
    let lines: Vec<&str> = include_str!("every_option.rs").lines().map(str::trim).collect();
    lines.iter().position(|line| line.starts_with(text)).map_or(0, |at| at as u32 + 1)
}
