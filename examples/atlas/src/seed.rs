//! The rows to begin with: well-known facts, in `data`.

use crate::models::{Anthem, City, Country, Currency, Event, Landmark, Language, Organization, Photo, Share};
use loopback::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

const DATA: &str = include_str!("../data/atlas.json");

#[derive(Deserialize)]
struct Data {
    languages: BTreeMap<String, String>,
    organizations: Vec<OrganizationData>,
    countries: Vec<CountryData>,
}

#[derive(Deserialize)]
struct OrganizationData {
    code: String,
    name: String,
    founded: i32,
}

#[derive(Deserialize)]
struct CountryData {
    code: String,
    name: String,
    area: i64,
    currency: Currency,
    anthem: Option<(String, i32)>,
    neighbours: Vec<String>,
    organizations: Vec<String>,
    languages: Vec<(String, Option<f64>)>,
    cities: Vec<CityData>,
}

#[derive(Deserialize)]
struct CityData {
    name: String,
    population: i64,
    place: (f64, f64),
    #[serde(default)]
    capital: bool,
    #[serde(default)]
    photos: Vec<String>,
    landmarks: Vec<LandmarkData>,
}

#[derive(Deserialize)]
struct LandmarkData {
    name: String,
    place: (f64, f64),
    built: Option<i32>,
    height: Option<f64>,
    gone: Option<i32>,
    #[serde(default)]
    heritage: bool,
    remark: Option<String>,
    #[serde(default)]
    events: Vec<(i32, String)>,
    #[serde(default)]
    photos: Vec<String>,
}

/// Fills an empty database: all of it, or nothing.
pub async fn fill(ctx: &Ctx) -> Result<()> {
    if Country::count(ctx, ()).await? > 0 {
        return Ok(());
    }
    let data: Data = serde_json::from_str(DATA).map_err(Error::internal)?;
    ctx.transaction(async |tx| {
        let languages = data.languages.into_iter().map(|(code, name)| set!(Language { code: code, name: name }));
        Language::create_many(&tx, languages).await?;
        for OrganizationData { code, name, founded } in data.organizations {
            Organization::create(&tx, set!(Organization { code: code, name: name, founded: founded })).await?;
        }
        for country in data.countries {
            add_country(&tx, country).await?;
        }
        Ok(())
    })
    .await
}

/// What hangs on a row is created through the row: nobody writes a key.
async fn add_country(ctx: &Ctx, data: CountryData) -> Result<()> {
    let new = set!(Country {
        code: data.code,
        name: data.name,
        area: data.area,
        currency: data.currency,
        neighbours: data.neighbours,
    });
    let country = Country::create(ctx, new).await?;
    if let Some((title, written)) = data.anthem {
        country.anthem.create(ctx, set!(Anthem { title: title, written: written })).await?;
    }
    for (language, percent) in data.languages {
        country.languages.link_with(ctx, language, set!(Share { percent: percent })).await?;
    }
    for organization in data.organizations {
        country.organizations.link(ctx, organization).await?;
    }
    for city in data.cities {
        add_city(ctx, &country, city).await?;
    }
    Ok(())
}

async fn add_city(ctx: &Ctx, country: &Country, data: CityData) -> Result<()> {
    let new = set!(City {
        name: data.name,
        population: data.population,
        place: point(data.place)?,
        is_capital: data.capital,
    });
    let city = country.cities.create(ctx, new).await?;
    city.photos.create_many(ctx, data.photos.into_iter().map(|caption| set!(Photo { caption: caption }))).await?;
    for landmark in data.landmarks {
        let events: Vec<_> = landmark
            .events
            .into_iter()
            .map(|(year, what)| Event { id: Uuid::new_v4().to_string(), year, what })
            .collect();
        let new = set!(Landmark {
            name: landmark.name,
            place: point(landmark.place)?,
            built: landmark.built,
            height: landmark.height,
            gone: landmark.gone,
            heritage: landmark.heritage,
            remark: landmark.remark,
            events: events,
        });
        let new = city.landmarks.create(ctx, new).await?;
        new.photos
            .create_many(ctx, landmark.photos.into_iter().map(|caption| set!(Photo { caption: caption })))
            .await?;
    }
    Ok(())
}

fn point((lat, lng): (f64, f64)) -> Result<GeoPoint> {
    GeoPoint::new(lat, lng).ok_or_else(|| Error::internal(format!("no point of the earth: {lat}, {lng}")))
}
