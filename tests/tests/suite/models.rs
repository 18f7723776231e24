//! The models of the suite, by theme.

use loopback::prelude::*;
use loopback::value::{PropertyType, TypeError};

/// A list of definitions: `models![Shop, Country]`.
macro_rules! models {
    ($($model:ty),+ $(,)?) => { [$(<$model as loopback::prelude::Model>::DEF),+] };
}
pub(crate) use models;

// ---- what most cases need ----------------------------------------------------------------------------------------

/// A place that serves coffee.
#[model]
#[derive(PartialEq)]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1, max = 80))]
    pub name: String,
    pub city: Option<String>,
    #[property(default = 3.0)]
    pub rating: f64,
    #[property(default = now)]
    pub opened_at: DateTime<Utc>,
}

/// Its id is the client's to give.
#[model]
#[derive(PartialEq)]
pub struct Country {
    #[property(id)]
    pub code: String,
    pub name: String,
    #[property(default = 1)]
    pub population: Option<i64>,
}

/// A generated id that a client may give as well.
#[model(force_id = false)]
pub struct Parcel {
    #[property(id, generated)]
    pub id: i64,
    pub label: String,
}

// ---- ids ------------------------------------------------------------------------------------------------------------

#[model]
pub struct Ticket {
    #[property(id, generated)]
    pub id: i32,
    pub text: String,
}

#[model]
pub struct Slot {
    #[property(id)]
    pub number: i64,
    pub text: String,
}

#[model]
pub struct Voucher {
    #[property(id, default = guid)]
    pub id: String,
    pub text: String,
}

#[model]
pub struct Device {
    #[property(id, generated)]
    pub id: Uuid,
    pub text: String,
}

#[model]
pub struct Badge {
    #[property(id)]
    pub id: Uuid,
    pub text: String,
}

// ---- types ----------------------------------------------------------------------------------------------------------

/// A word of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Tier {
    Basic,
    InTransit,
    #[property_type(rename = "gold-plus")]
    GoldPlus,
}

/// A nested struct.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Dims {
    pub width: f64,
    pub height: Option<f64>,
    pub tier: Option<Tier>,
    pub made_at: Option<DateTime<Utc>>,
}

/// A type of the application's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Email(pub String);

impl PropertyType for Email {
    const KIND: loopback::meta::KindDef = loopback::meta::KindDef::String;

    fn into_value(self) -> Value {
        Value::Text(self.0)
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        let text = String::from_value(value)?;
        if text.contains('@') { Ok(Self(text)) } else { Err(TypeError::new("no e-mail address")) }
    }
}

/// Every type, always with a value.
#[model]
#[derive(PartialEq)]
pub struct Full {
    #[property(id)]
    pub id: i64,
    pub text: String,
    pub tiny: i8,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub unsigned_small: u16,
    pub unsigned: u32,
    pub float: f32,
    pub double: f64,
    pub flag: bool,
    pub at: DateTime<Utc>,
    pub day: NaiveDate,
    pub exact: Decimal,
    pub uuid: Uuid,
    pub tier: Tier,
    pub words: Vec<String>,
    pub numbers: Vec<f64>,
    pub tiers: Vec<Tier>,
    pub times: Vec<DateTime<Utc>>,
    pub boxes: Vec<Dims>,
    pub dims: Dims,
    pub anything: serde_json::Value,
    pub bytes: Vec<u8>,
    pub place: GeoPoint,
    pub email: Email,
}

/// Every type, perhaps without a value.
#[model]
#[derive(PartialEq)]
pub struct Spare {
    #[property(id)]
    pub id: i64,
    pub text: Option<String>,
    pub tiny: Option<i8>,
    pub small: Option<i16>,
    pub medium: Option<i32>,
    pub large: Option<i64>,
    pub unsigned_small: Option<u16>,
    pub unsigned: Option<u32>,
    pub float: Option<f32>,
    pub double: Option<f64>,
    pub flag: Option<bool>,
    pub at: Option<DateTime<Utc>>,
    pub day: Option<NaiveDate>,
    pub exact: Option<Decimal>,
    pub uuid: Option<Uuid>,
    pub tier: Option<Tier>,
    pub words: Option<Vec<String>>,
    pub numbers: Option<Vec<f64>>,
    pub tiers: Option<Vec<Tier>>,
    pub times: Option<Vec<DateTime<Utc>>>,
    pub boxes: Option<Vec<Dims>>,
    pub dims: Option<Dims>,
    pub anything: Option<serde_json::Value>,
    pub bytes: Option<Vec<u8>>,
    pub place: Option<GeoPoint>,
    pub email: Option<Email>,
}

/// The decimal of a price list.
#[model]
pub struct Price {
    #[property(id, generated)]
    pub id: i64,
    #[property(sql(precision = 10, scale = 2))]
    pub amount: Decimal,
    #[property(sql(length = 5))]
    pub currency: Option<String>,
}

// ---- queries --------------------------------------------------------------------------------------------------------

/// One property of each kind that can be compared.
#[model]
pub struct Sample {
    #[property(id)]
    pub id: i64,
    pub text: Option<String>,
    pub number: Option<f64>,
    pub whole: Option<i64>,
    pub exact: Option<Decimal>,
    pub at: Option<DateTime<Utc>>,
    pub day: Option<NaiveDate>,
    pub flag: Option<bool>,
    pub uuid: Option<Uuid>,
    pub tier: Option<Tier>,
    pub bytes: Option<Vec<u8>>,
    pub meta: Option<serde_json::Value>,
    pub words: Option<Vec<String>>,
    pub dims: Option<Dims>,
}

// ---- validations ----------------------------------------------------------------------------------------------------

/// One rule a property.
#[model]
pub struct Member {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 3, max = 10, message(min = "is short")), format("^[a-z]*$", message = "small letters"))]
    pub name: String,
    #[property(uniqueness(message = "is taken"))]
    pub email: Option<String>,
    #[property(numericality(int), range(min = 0, max = 150))]
    pub age: Option<f64>,
    #[property(inclusion("red", "blue"))]
    pub color: Option<String>,
    #[property(exclusion("root", "admin", message = "is not yours"))]
    pub login: Option<String>,
    #[property(length(is = 5, allow_blank))]
    pub zip: Option<String>,
    #[property(length(min = 2, allow_null = false))]
    pub initials: Option<String>,
    #[property(presence(if = "premium"))]
    pub card: Option<String>,
    #[property(absence(unless = "premium"))]
    pub bonus: Option<i64>,
    #[property(default = false)]
    pub premium: Option<bool>,
    #[property(length(min = 1, max = 2))]
    pub tags: Option<Vec<String>>,
    #[property(validate = even)]
    pub lucky: Option<i64>,
    #[property(validate_async = known)]
    pub city: Option<String>,
}

fn even(n: &Option<i64>) -> Result<(), Invalid> {
    match n {
        Some(n) if n % 2 != 0 => Err(Invalid::new(format!("{n} is odd"))),
        Some(666) => Err(Invalid::kind("beast")),
        _ => Ok(()),
    }
}

/// A city is known when a shop is there: the check asks the database.
async fn known(ctx: &Ctx, city: &Option<String>) -> Result<(), Invalid> {
    let Some(city) = city else { return Ok(()) };
    match Shop::count(ctx, Shop::props().city.eq(city.clone())).await {
        Ok(0) => Err("has no shop".into()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string().into()),
    }
}

/// Unique in a hall and a row; either may be unknown.
#[model]
pub struct Seat {
    #[property(id, generated)]
    pub id: i64,
    pub hall: Option<String>,
    pub line: Option<i64>,
    #[property(uniqueness(scope(hall, line)))]
    pub number: Option<i64>,
    pub note: Option<String>,
}

/// Unique values of every kind.
#[model]
pub struct Single {
    #[property(id, generated)]
    pub id: i64,
    #[property(uniqueness)]
    pub text: Option<String>,
    #[property(uniqueness)]
    pub whole: Option<i32>,
    #[property(uniqueness)]
    pub number: Option<f64>,
    #[property(uniqueness)]
    pub exact: Option<Decimal>,
    #[property(uniqueness)]
    pub at: Option<DateTime<Utc>>,
    #[property(uniqueness)]
    pub day: Option<NaiveDate>,
    #[property(uniqueness)]
    pub uuid: Option<Uuid>,
    #[property(uniqueness)]
    pub tier: Option<Tier>,
    #[property(uniqueness)]
    pub flag: Option<bool>,
}

// ---- strict ---------------------------------------------------------------------------------------------------------

#[model(strict = true)]
pub struct StrictDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
}

#[model(strict = "throw")]
pub struct ThrowDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
}

#[model(strict = "ignore")]
pub struct IgnoreDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
}

#[model(strict = false)]
pub struct FreeDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
    #[property(hidden)]
    pub secret: Option<String>,
}

/// As the app says.
#[model]
pub struct PlainDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
}

// ---- what is not for everybody's eyes ---------------------------------------------------------------------------------

#[model]
#[derive(PartialEq)]
pub struct Account {
    #[property(id, generated)]
    pub id: i64,
    pub owner: String,
    #[property(hidden)]
    pub secret: Option<String>,
    #[property(hidden, default = "none")]
    pub pin: Option<String>,
    #[property(hidden)]
    pub keys: Option<serde_json::Value>,
    #[property(protected)]
    pub note: Option<String>,
    #[property(default = 0)]
    pub balance: i64,
}
