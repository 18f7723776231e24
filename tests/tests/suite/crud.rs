//! Typed CRUD: every method of `PersistedModel`.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;

cases!(models![Shop, Country, Parcel];
    create_fills_defaults_and_makes_the_id
    create_refuses_what_is_not_valid
    create_keeps_an_explicit_null
    create_refuses_a_generated_id_that_is_given
    create_of_a_known_id_is_a_conflict
    create_many_stores_all_or_none
    create_many_of_nothing_stores_nothing
    find_by_id_finds_or_not
    exists_and_count_agree
    find_or_create_finds_first_and_creates_second
    upsert_of_a_known_id_is_a_patch_with_validation
    upsert_without_an_id_creates
    upsert_of_an_unknown_id_creates_unless_the_id_is_forced
    upsert_with_where_patches_one_creates_none_and_refuses_two
    replace_or_create_drops_what_is_not_set
    replace_by_id_drops_what_is_not_set
    update_all_changes_what_it_finds_and_counts
    update_all_refuses_an_id_and_invalid_data
    update_all_of_nothing_changes_nothing
    destroy_all_deletes_what_it_finds_and_counts
    destroy_by_id_says_whether_there_was_a_row
    save_stores_the_instance
    save_of_a_row_that_is_gone_is_not_found
    update_attributes_changes_these_alone
    replace_attributes_drops_the_rest
    reload_reads_what_is_stored
    destroy_deletes_once
    or_not_found_is_loopbacks_404
    a_patch_shows_what_it_sets_and_no_secrets
);

async fn shop(ctx: &Ctx, name: &str, city: Option<&str>, rating: f64) -> Shop {
    let city = city.map(str::to_owned);
    Shop::create(ctx, set!(Shop { name: name, city: city, rating: rating })).await.unwrap()
}

async fn names(ctx: &Ctx) -> Vec<String> {
    Shop::select(ctx, Shop::props().name, ()).await.unwrap()
}

async fn create_fills_defaults_and_makes_the_id(lab: Lab) {
    let before = Utc::now();
    let made = Shop::create(&lab.ctx, set!(Shop { name: "Bean" })).await.unwrap();
    assert!(made.id > 0 && made.rating == 3.0 && made.city.is_none());
    assert!((made.opened_at - before).num_seconds().abs() < 10, "{}", made.opened_at);
    assert_eq!(made.opened_at.timestamp_subsec_nanos() % 1_000_000, 0, "times have milliseconds");
    assert_eq!(Shop::find_by_id(&lab.ctx, made.id).await.unwrap(), Some(made.clone()));
    let second = Shop::create(&lab.ctx, set!(Shop { name: "Cup" })).await.unwrap();
    assert!(second.id > made.id);
}

async fn create_refuses_what_is_not_valid(lab: Lab) {
    let long = "x".repeat(81);
    for bad in [set!(Shop {}), set!(Shop { name: "" }), set!(Shop { name: long, rating: 1.0 })] {
        let error = Shop::create(&lab.ctx, bad.clone()).await.unwrap_err();
        assert_eq!((error.status(), error.is_validation()), (422, true), "{bad:?}: {error}");
    }
    assert_eq!(Shop::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn create_keeps_an_explicit_null(lab: Lab) {
    let made = Country::create(&lab.ctx, set!(Country { code: "no", name: "Norway" })).await.unwrap();
    assert_eq!(made.population, Some(1));
    let made = Country::create(&lab.ctx, set!(Country { code: "se", name: "Sweden", population: None })).await.unwrap();
    assert_eq!(made.population, None);
    assert_eq!(Country::find_by_id(&lab.ctx, "se").await.unwrap(), Some(made));
}

async fn create_refuses_a_generated_id_that_is_given(lab: Lab) {
    let error = Shop::create(&lab.ctx, set!(Shop { id: 77, name: "Bean" })).await.unwrap_err();
    assert_eq!(error.status(), 422, "{error}");
    let made = Parcel::create(&lab.ctx, set!(Parcel { id: 77, label: "own" })).await.unwrap();
    let next = Parcel::create(&lab.ctx, set!(Parcel { label: "made" })).await.unwrap();
    assert_eq!((made.id, next.id), (77, 1), "a given id does not move the sequence");
}

async fn create_of_a_known_id_is_a_conflict(lab: Lab) {
    let norway = set!(Country { code: "no", name: "Norway" });
    Country::create(&lab.ctx, norway.clone()).await.unwrap();
    let error = Country::create(&lab.ctx, norway).await.unwrap_err();
    assert_eq!((error.status(), error.kind(), error.code()), (409, ErrorKind::Conflict, Some("DUPLICATE_ID")));
}

async fn create_many_stores_all_or_none(lab: Lab) {
    let patches = ["a", "b", "c"].map(|name| set!(Shop { name: name }));
    let made = Shop::create_many(&lab.ctx, patches).await.unwrap();
    assert_eq!(made.iter().map(|shop| shop.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(made.is_sorted_by_key(|shop| shop.id));
    let error = Shop::create_many(&lab.ctx, ["d", "e", ""].map(|name| set!(Shop { name: name }))).await.unwrap_err();
    assert_eq!(error.status(), 422);
    assert!(error.message().contains("item 2"), "{error}");
    assert_eq!(names(&lab.ctx).await, ["a", "b", "c"]);
    let twice = ["x", "x"].map(|code| set!(Country { code: code, name: "X" }));
    assert_eq!(Country::create_many(&lab.ctx, twice).await.unwrap_err().status(), 409);
    assert_eq!(Country::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn create_many_of_nothing_stores_nothing(lab: Lab) {
    assert!(Shop::create_many(&lab.ctx, []).await.unwrap().is_empty());
}

async fn find_by_id_finds_or_not(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    assert_eq!(Shop::find_by_id(&lab.ctx, made.id).await.unwrap().unwrap(), made);
    assert_eq!(Shop::find_by_id(&lab.ctx, made.id + 1).await.unwrap(), None);
    assert_eq!(Country::find_by_id(&lab.ctx, "").await.unwrap(), None);
}

async fn exists_and_count_agree(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    shop(&lab.ctx, "Cup", None, 2.0).await;
    let p = Shop::props();
    assert!(Shop::exists(&lab.ctx, made.id).await.unwrap());
    assert!(!Shop::exists(&lab.ctx, -1).await.unwrap());
    assert_eq!(Shop::count(&lab.ctx, ()).await.unwrap(), 2);
    assert_eq!(Shop::count(&lab.ctx, p.city.eq("Oslo")).await.unwrap(), 1);
    assert_eq!(Shop::count(&lab.ctx, Filter::new().limit(1).order(p.name.asc())).await.unwrap(), 2, "no limit");
}

async fn find_or_create_finds_first_and_creates_second(lab: Lab) {
    let p = Shop::props();
    let (made, created) =
        Shop::find_or_create(&lab.ctx, p.name.eq("Bean"), set!(Shop { name: "Bean", city: "Oslo" })).await.unwrap();
    assert!(created);
    let (found, created) =
        Shop::find_or_create(&lab.ctx, p.name.eq("Bean"), set!(Shop { name: "Bean", city: "Rome" })).await.unwrap();
    assert_eq!((found, created), (made, false));
    let error = Shop::find_or_create(&lab.ctx, p.name.eq("none"), set!(Shop { name: "" })).await.unwrap_err();
    assert_eq!(error.status(), 422);
}

async fn upsert_of_a_known_id_is_a_patch_with_validation(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    let patched = Shop::upsert(&lab.ctx, set!(Shop { id: made.id, city: "Rome" })).await.unwrap();
    assert_eq!(patched, Shop { city: Some("Rome".into()), ..made.clone() });
    let error = Shop::upsert(&lab.ctx, set!(Shop { id: made.id, name: "" })).await.unwrap_err();
    assert_eq!(error.status(), 422);
    assert_eq!(made.reload(&lab.ctx).await.unwrap(), patched);
}

async fn upsert_without_an_id_creates(lab: Lab) {
    let made = Shop::upsert(&lab.ctx, set!(Shop { name: "Bean" })).await.unwrap();
    assert_eq!(made.rating, 3.0);
    assert_eq!(Shop::upsert(&lab.ctx, set!(Shop {})).await.unwrap_err().status(), 422);
    assert_eq!(Shop::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn upsert_of_an_unknown_id_creates_unless_the_id_is_forced(lab: Lab) {
    let error = Shop::upsert(&lab.ctx, set!(Shop { id: 999, name: "Bean" })).await.unwrap_err();
    assert_eq!(error.status(), 404, "{error}");
    let made = Country::upsert(&lab.ctx, set!(Country { code: "no", name: "Norway" })).await.unwrap();
    assert_eq!(made.population, Some(1));
    let made = Parcel::upsert(&lab.ctx, set!(Parcel { id: 5, label: "five" })).await.unwrap();
    assert_eq!(made.id, 5);
    let error = Country::upsert(&lab.ctx, set!(Country { code: "se" })).await.unwrap_err();
    assert_eq!(error.status(), 422, "a new row needs its name");
    assert_eq!((Country::count(&lab.ctx, ()).await.unwrap(), Shop::count(&lab.ctx, ()).await.unwrap()), (1, 0));
}

async fn upsert_with_where_patches_one_creates_none_and_refuses_two(lab: Lab) {
    let p = Shop::props();
    let made = Shop::upsert_with_where(&lab.ctx, p.name.eq("Bean"), set!(Shop { name: "Bean" })).await.unwrap();
    let patched = Shop::upsert_with_where(&lab.ctx, p.name.eq("Bean"), set!(Shop { city: "Oslo" })).await.unwrap();
    assert_eq!(patched, Shop { city: Some("Oslo".into()), ..made });
    shop(&lab.ctx, "Bean", None, 1.0).await;
    let error = Shop::upsert_with_where(&lab.ctx, p.name.eq("Bean"), set!(Shop { city: "Rome" })).await.unwrap_err();
    assert_eq!(error.status(), 400, "{error}");
    assert_eq!(Shop::count(&lab.ctx, p.city.eq("Rome")).await.unwrap(), 0);
    let error = Shop::upsert_with_where(&lab.ctx, p.name.eq("none"), set!(Shop { city: "Rome" })).await.unwrap_err();
    assert_eq!(error.status(), 422, "a new row needs its name");
}

async fn replace_or_create_drops_what_is_not_set(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    let replaced = Shop::replace_or_create(&lab.ctx, set!(Shop { id: made.id, name: "Cup" })).await.unwrap();
    assert_eq!((replaced.name.as_str(), replaced.city.as_deref(), replaced.rating), ("Cup", None, 3.0));
    assert_eq!(made.reload(&lab.ctx).await.unwrap(), replaced);
    let error = Shop::replace_or_create(&lab.ctx, set!(Shop { id: made.id })).await.unwrap_err();
    assert_eq!(error.status(), 422);
    let error = Shop::replace_or_create(&lab.ctx, set!(Shop { id: 999, name: "Cup" })).await.unwrap_err();
    assert_eq!(error.status(), 404);
    let new = Country::replace_or_create(&lab.ctx, set!(Country { code: "no", name: "Norway" })).await.unwrap();
    assert_eq!(Country::find(&lab.ctx, ()).await.unwrap(), [new]);
    assert_eq!(Shop::replace_or_create(&lab.ctx, set!(Shop { name: "New" })).await.unwrap().name, "New");
}

async fn replace_by_id_drops_what_is_not_set(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    let replaced = Shop::replace_by_id(&lab.ctx, made.id, set!(Shop { name: "Cup" })).await.unwrap();
    assert_eq!((replaced.id, replaced.city.as_deref(), replaced.rating), (made.id, None, 3.0));
    assert_eq!(Shop::find_by_id(&lab.ctx, made.id).await.unwrap(), Some(replaced));
    let error = Shop::replace_by_id(&lab.ctx, made.id, set!(Shop { id: made.id + 1, name: "Cup" })).await.unwrap_err();
    assert_eq!(error.status(), 400);
    let error = Shop::replace_by_id(&lab.ctx, 999, set!(Shop { name: "Cup" })).await.unwrap_err();
    assert_eq!(error.status(), 404);
    let error = Shop::replace_by_id(&lab.ctx, 999, set!(Shop {})).await.unwrap_err();
    assert_eq!(error.status(), 404, "a row that is not there is the greater error");
    assert_eq!(Shop::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn update_all_changes_what_it_finds_and_counts(lab: Lab) {
    let p = Shop::props();
    for (name, city) in [("a", Some("Oslo")), ("b", Some("Oslo")), ("c", None)] {
        shop(&lab.ctx, name, city, 1.0).await;
    }
    assert_eq!(Shop::update_all(&lab.ctx, p.city.eq("Oslo"), set!(Shop { rating: 5.0 })).await.unwrap(), 2);
    assert_eq!(Shop::update_all(&lab.ctx, p.city.eq("Oslo"), set!(Shop { rating: 5.0 })).await.unwrap(), 2, "found");
    assert_eq!(Shop::count(&lab.ctx, p.rating.eq(5.0)).await.unwrap(), 2);
    assert_eq!(Shop::update_all(&lab.ctx, (), set!(Shop { city: None })).await.unwrap(), 3);
    assert_eq!(Shop::count(&lab.ctx, p.city.is_null()).await.unwrap(), 3);
}

async fn update_all_refuses_an_id_and_invalid_data(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", None, 1.0).await;
    assert_eq!(Shop::update_all(&lab.ctx, (), set!(Shop { id: 9 })).await.unwrap_err().status(), 400);
    assert_eq!(Shop::update_all(&lab.ctx, (), set!(Shop { name: "" })).await.unwrap_err().status(), 422);
    assert_eq!(Shop::find(&lab.ctx, ()).await.unwrap(), [made]);
}

async fn update_all_of_nothing_changes_nothing(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", None, 1.0).await;
    assert_eq!(Shop::update_all(&lab.ctx, (), set!(Shop {})).await.unwrap(), 1);
    assert_eq!(Shop::find(&lab.ctx, ()).await.unwrap(), [made]);
}

async fn destroy_all_deletes_what_it_finds_and_counts(lab: Lab) {
    let p = Shop::props();
    for name in ["a", "b", "c"] {
        shop(&lab.ctx, name, None, 1.0).await;
    }
    assert_eq!(Shop::destroy_all(&lab.ctx, p.name.inq(["a", "b", "z"])).await.unwrap(), 2);
    assert_eq!(names(&lab.ctx).await, ["c"]);
    assert_eq!(Shop::destroy_all(&lab.ctx, ()).await.unwrap(), 1);
    assert_eq!(Shop::destroy_all(&lab.ctx, ()).await.unwrap(), 0);
}

async fn destroy_by_id_says_whether_there_was_a_row(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", None, 1.0).await;
    assert!(Shop::destroy_by_id(&lab.ctx, made.id).await.unwrap());
    assert!(!Shop::destroy_by_id(&lab.ctx, made.id).await.unwrap());
}

async fn save_stores_the_instance(lab: Lab) {
    let mut made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    made.city = None;
    made.rating = 2.0;
    made.save(&lab.ctx).await.unwrap();
    assert_eq!(Shop::find(&lab.ctx, ()).await.unwrap(), [made.clone()]);
    made.name.clear();
    assert_eq!(made.save(&lab.ctx).await.unwrap_err().status(), 422);
    assert_eq!(names(&lab.ctx).await, ["Bean"]);
}

async fn save_of_a_row_that_is_gone_is_not_found(lab: Lab) {
    let mut made = shop(&lab.ctx, "Bean", None, 1.0).await;
    made.destroy(&lab.ctx).await.unwrap();
    assert_eq!(made.save(&lab.ctx).await.unwrap_err().status(), 404);
    assert_eq!(Shop::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn update_attributes_changes_these_alone(lab: Lab) {
    let p = Shop::props();
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    let changed = made.update_attribute(&lab.ctx, p.rating, 1.5).await.unwrap();
    assert_eq!(changed, Shop { rating: 1.5, ..made.clone() });
    let changed = made.update_attributes(&lab.ctx, set!(Shop { name: "Cup", city: None })).await.unwrap();
    assert_eq!(changed, Shop { name: "Cup".into(), city: None, rating: 1.5, ..made.clone() });
    assert_eq!(made.update_attributes(&lab.ctx, set!(Shop {})).await.unwrap(), changed, "nothing to set");
    assert_eq!(made.update_attributes(&lab.ctx, set!(Shop { id: made.id })).await.unwrap(), changed, "its own id");
    assert_eq!(made.update_attributes(&lab.ctx, set!(Shop { id: 9_999 })).await.unwrap_err().status(), 400);
    assert_eq!(made.update_attribute(&lab.ctx, p.name, "").await.unwrap_err().status(), 422);
    made.destroy(&lab.ctx).await.unwrap();
    assert_eq!(made.update_attribute(&lab.ctx, p.rating, 1.0).await.unwrap_err().status(), 404);
    assert_eq!(made.update_attributes(&lab.ctx, set!(Shop {})).await.unwrap_err().status(), 404);
}

async fn replace_attributes_drops_the_rest(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    let replaced = made.replace_attributes(&lab.ctx, set!(Shop { name: "Cup" })).await.unwrap();
    assert_eq!((replaced.id, replaced.city.as_deref(), replaced.rating), (made.id, None, 3.0));
    assert_eq!(made.replace_attributes(&lab.ctx, set!(Shop {})).await.unwrap_err().status(), 422);
}

async fn reload_reads_what_is_stored(lab: Lab) {
    let mut made = shop(&lab.ctx, "Bean", Some("Oslo"), 4.5).await;
    let stored = made.clone();
    made.name = "not saved".into();
    assert_eq!(made.reload(&lab.ctx).await.unwrap(), stored);
    stored.destroy(&lab.ctx).await.unwrap();
    assert!(made.reload(&lab.ctx).await.unwrap_err().is_model_not_found());
}

async fn destroy_deletes_once(lab: Lab) {
    let made = shop(&lab.ctx, "Bean", None, 1.0).await;
    made.destroy(&lab.ctx).await.unwrap();
    assert!(made.destroy(&lab.ctx).await.unwrap_err().is_model_not_found());
}

async fn or_not_found_is_loopbacks_404(lab: Lab) {
    let error = Shop::find_by_id(&lab.ctx, 1).await.unwrap().or_not_found().unwrap_err();
    assert_eq!((error.status(), error.code()), (404, Some("MODEL_NOT_FOUND")));
    assert!(error.message().contains("Shop"), "{error}");
}

async fn a_patch_shows_what_it_sets_and_no_secrets(_: Lab) {
    let p = Shop::props();
    let patch = set!(Shop { name: "Bean", city: None });
    assert_eq!(
        (patch.get(p.name).as_deref(), patch.get(p.city), patch.get(p.rating)),
        (Some("Bean"), Some(None), None)
    );
    assert!(!patch.is_empty() && Patch::<Shop>::new().is_empty());
    let patch = patch.set(p.name, "Cup").set(p.rating, 2);
    assert_eq!((patch.get(p.name).as_deref(), patch.get(p.rating)), (Some("Cup"), Some(2.0)));
    let shown = format!("{patch:?}");
    assert!(shown.contains("name") && shown.contains("Cup") && !shown.contains("opened"), "{shown}");
}
