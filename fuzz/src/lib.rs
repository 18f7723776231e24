//! The models that the targets work on: a property of every kind, one hidden, room for properties without a column, and a
//! relation of every kind.

use loopback::prelude::*;

/// A word of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Tier {
    Basic,
    Gold,
}

/// A nested struct.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Dims {
    pub width: f64,
    pub tier: Option<Tier>,
}

/// One property of each kind.
#[model(strict = false, plural = "things", force_id = false)]
pub struct Thing {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(max = 20))]
    pub text: Option<String>,
    pub number: Option<f64>,
    pub whole: Option<i32>,
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
    pub place: Option<GeoPoint>,
    #[property(hidden)]
    pub secret: Option<String>,
    pub namer: Option<BelongsTo<Name>>,
    pub parent: Option<BelongsTo<Thing>>,
    #[relation(foreign_key = parent)]
    pub children: HasMany<Thing>,
    pub labels: HasAndBelongsToMany<Label>,
    #[relation(disable_include)]
    pub uses: HasMany<Use>,
    #[relation(through = Use)]
    pub tokens: HasMany<Token>,
    #[relation(polymorphic = about)]
    pub remarks: HasMany<Remark>,
    pub maker: EmbedsOne<Maker>,
    pub parts: EmbedsMany<Part>,
    pub related: ReferencesMany<Thing>,
}

/// Its id is the client's to give.
#[model(plural = "names")]
pub struct Name {
    #[property(id)]
    pub name: String,
    pub note: Option<String>,
    pub things: HasMany<Thing>,
}

#[model(plural = "tokens")]
pub struct Token {
    #[property(id, default = guid)]
    pub id: Uuid,
    pub note: Option<String>,
    pub uses: HasMany<Use>,
}

#[model(plural = "labels")]
pub struct Label {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub things: HasAndBelongsToMany<Thing>,
}

/// Between things and tokens.
#[model(plural = "uses")]
pub struct Use {
    #[property(id, generated)]
    pub id: i64,
    pub thing: BelongsTo<Thing>,
    pub token: BelongsTo<Token>,
}

/// Is about anything that has remarks.
#[model(plural = "remarks")]
pub struct Remark {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub about: Option<BelongsToAny>,
}

#[model(transient)]
pub struct Maker {
    pub street: Option<String>,
    pub year: Option<i32>,
}

#[model(transient)]
pub struct Part {
    #[property(id, default = guid)]
    pub id: String,
    pub size: Option<f64>,
}

/// All of them.
pub const MODELS: [&loopback::meta::ModelDef; 8] =
    [Thing::DEF, Name::DEF, Token::DEF, Label::DEF, Use::DEF, Remark::DEF, Maker::DEF, Part::DEF];
