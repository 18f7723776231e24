//! The atlas without a network: an app of its own for each test, in memory.

use atlas::models::{City, Country, Landmark};
use atlas::{calls, seed};
use loopback::prelude::*;

async fn atlas() -> Result<Ctx> {
    let ctx = App::builder().database_url("sqlite::memory:").build().await?.ctx();
    seed::fill(&ctx).await?;
    Ok(ctx)
}

#[tokio::test]
async fn it_is_filled_once() {
    let ctx = atlas().await.unwrap();
    let cities = City::count(&ctx, ()).await.unwrap();
    assert!(cities > 40);
    seed::fill(&ctx).await.unwrap();
    assert_eq!(City::count(&ctx, ()).await.unwrap(), cities);
}

#[tokio::test]
async fn every_country_has_one_capital_and_neighbours_that_know_it() {
    let ctx = atlas().await.unwrap();
    let country = Country::props();
    for found in Country::find(&ctx, Filter::new().include((country.capital, country.neighbours))).await.unwrap() {
        assert!(found.capital.loaded().is_some(), "{}", found.name);
        assert_eq!(found.neighbours.loaded().len(), found.neighbours.ids().len(), "{}", found.name);
        for neighbour in found.neighbours.loaded() {
            assert!(neighbour.neighbours.ids().contains(&found.code), "{} and {}", found.name, neighbour.name);
        }
    }
}

#[tokio::test]
async fn large_cities_come_two_for_each_country() {
    let ctx = atlas().await.unwrap();
    let found = calls::with_large_cities(&ctx).await.unwrap();
    let italy = found.iter().find(|country| country.code == "IT").unwrap();
    let names: Vec<_> = italy.cities.loaded().iter().map(|city| &*city.name).collect();
    assert_eq!(names, ["Rome", "Milan"]);
    assert_eq!(italy.anthem.loaded().unwrap().written, Some(1847));
}

#[tokio::test]
async fn what_is_gone_is_not_found_nearby() {
    let ctx = atlas().await.unwrap();
    let louvre = GeoPoint::new(48.861, 2.336).unwrap();
    let found = calls::around(&ctx, louvre, 2.0).await.unwrap();
    let names: Vec<_> = found.iter().map(|landmark| &*landmark.name).collect();
    assert_eq!(names, ["Louvre", "Notre-Dame de Paris"]);
    assert_eq!(found[0].city.loaded().unwrap().name, "Paris");
}

#[tokio::test]
async fn a_landmark_goes_with_its_city() {
    let ctx = atlas().await.unwrap();
    let city = City::find_one(&ctx, City::props().name.eq("Pisa")).await.unwrap().unwrap();
    let new = calls::discover(&ctx, &city, "Camposanto", city.place).await.unwrap();
    city.destroy(&ctx).await.unwrap();
    assert!(Landmark::find_by_id(&ctx, new.id).await.unwrap().is_none());
}
