//! The models of the atlas, and what relates them.

use loopback::prelude::*;
use serde::Deserialize;

/// A country.
#[model]
pub struct Country {
    /// Its two letters in ISO 3166.
    #[property(id, length(is = 2))]
    pub code: String,
    #[property(uniqueness)]
    pub name: String,
    /// Square kilometres, about.
    pub area: i64,
    pub currency: EmbedsOne<Currency>,
    pub anthem: HasOne<Anthem>,
    #[relation(scope = capital)]
    pub capital: HasOne<City>,
    #[relation(nest)]
    pub cities: HasMany<City>,
    #[relation(through = Share)]
    pub languages: HasMany<Language>,
    pub shares: HasMany<Share>,
    #[relation(through = "Membership")]
    pub organizations: HasAndBelongsToMany<Organization>,
    pub neighbours: ReferencesMany<Country>,
}

fn capital() -> Filter<City> {
    City::props().is_capital.eq(true).into()
}

/// What one pays with: stored inside the country.
#[model(transient)]
#[derive(Clone, Debug, Deserialize)]
pub struct Currency {
    pub code: String,
    pub name: String,
}

/// What one sings.
#[model]
pub struct Anthem {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    /// The year in which it was written, about.
    pub written: Option<i32>,
    pub country: BelongsTo<Country>,
}

/// A city.
#[model(scopes(largest))]
pub struct City {
    #[property(id, generated)]
    pub id: i64,
    #[property(index)]
    pub name: String,
    /// In its own bounds, about.
    pub population: i64,
    pub place: GeoPoint,
    #[property(default = false)]
    pub is_capital: bool,
    pub country: BelongsTo<Country>,
    pub landmarks: HasMany<Landmark>,
    #[relation(polymorphic = subject)]
    pub photos: HasMany<Photo>,
}

fn largest() -> Filter<City> {
    let city = City::props();
    city.population.gte(1_000_000).order(city.population.desc())
}

/// A building or a place that people travel to see.
#[model(default_scope = standing, scopes(world_heritage), default_limit = 25, max_limit = 100)]
pub struct Landmark {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub place: GeoPoint,
    /// The year in which it was finished, about.
    pub built: Option<i32>,
    /// Metres, about.
    pub height: Option<f64>,
    /// The year in which it was gone.
    pub gone: Option<i32>,
    /// Whether it is in UNESCO's list, by itself or with what is around it.
    #[property(default = false)]
    pub heritage: bool,
    /// What the editors have to say, beside the landmark itself only.
    #[property(protected)]
    pub remark: Option<String>,
    #[relation(on_delete = cascade)]
    pub city: BelongsTo<City>,
    pub events: EmbedsMany<Event>,
    #[relation(polymorphic = subject)]
    pub photos: HasMany<Photo>,
}

fn standing() -> Filter<Landmark> {
    Landmark::props().gone.is_null().into()
}

fn world_heritage() -> Filter<Landmark> {
    let landmark = Landmark::props();
    landmark.heritage.eq(true).order(landmark.name.asc())
}

/// What happened to a landmark: a list of them is stored inside it.
#[model(transient)]
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    #[property(id, default = guid)]
    #[serde(default)]
    pub id: String,
    pub year: i32,
    pub what: String,
}

/// A photo of a city or of a landmark.
#[model]
pub struct Photo {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1, max = 200))]
    pub caption: String,
    pub subject: BelongsToAny,
}

/// A language.
#[model]
pub struct Language {
    /// Its two letters in ISO 639.
    #[property(id, length(is = 2))]
    pub code: String,
    #[property(uniqueness)]
    pub name: String,
    #[relation(through = Share, disable_include)]
    pub countries: HasMany<Country>,
}

/// A language among the official ones of a country.
#[model(unique(country, language))]
pub struct Share {
    #[property(id, generated)]
    pub id: i64,
    /// How many of a hundred have it as their first language, about.
    #[property(range(min = 0, max = 100))]
    pub percent: Option<f64>,
    #[relation(on_delete = cascade)]
    pub country: BelongsTo<Country>,
    pub language: BelongsTo<Language>,
}

/// What countries are members of.
#[model]
pub struct Organization {
    #[property(id)]
    pub code: String,
    pub name: String,
    /// The year in which it was founded.
    pub founded: i32,
    #[relation(through = "Membership")]
    pub members: HasAndBelongsToMany<Country>,
}
