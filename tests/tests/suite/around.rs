//! What stands around methods and hooks: boot functions, connector hooks, methods that the app disables.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::lab::Place;
use loopback_tests::place_cases;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

place_cases!(
    boot_functions_run_in_their_order_before_anything_is_served
    a_boot_function_that_fails_ends_the_start
    a_boot_function_that_panics_ends_the_start
    connector_hooks_see_each_statement_with_its_time
    a_connector_hook_can_refuse_a_statement
    what_goes_wrong_is_told_to_the_hook_after
    a_method_that_the_app_disables_has_no_endpoint
    what_the_app_disables_has_to_be_there
);

async fn boot_functions_run_in_their_order_before_anything_is_served(place: &Place) {
    async fn first(ctx: Ctx) -> Result<()> {
        Country::create(&ctx, set!(Country { code: "NO", name: "Norway" })).await.map(drop)
    }
    let app = place
        .builder(models![Country])
        .boot("first", first)
        .boot("second", async |ctx: Ctx| {
            let norway = Country::find_by_id(&ctx, "NO").await?.or_not_found()?;
            norway.update_attributes(&ctx, set!(Country { name: "Norge" })).await.map(drop)
        })
        .build()
        .await
        .unwrap();
    assert_eq!(Country::find_by_id(&app.ctx(), "NO").await.unwrap().unwrap().name, "Norge");
}

async fn a_boot_function_that_fails_ends_the_start(place: &Place) {
    let builder = place.builder(models![Country]).boot("sample data", async |_: Ctx| Err(Error::new(400, "no sample")));
    let error = builder.build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.to_string(), "the boot function `sample data` has failed: no sample");
}

async fn a_boot_function_that_panics_ends_the_start(place: &Place) {
    let builder = place.builder(models![Country]).boot("sample data", async |_: Ctx| panic!("out of beans"));
    let error = builder.build().await.unwrap_err();
    assert!(error.to_string().contains("the boot function `sample data` panicked: out of beans"), "{error}");
}

async fn connector_hooks_see_each_statement_with_its_time(place: &Place) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (before, after) = (seen.clone(), seen.clone());
    let app = place
        .builder(models![Country])
        .before_execute(move |execution| {
            let line = format!("{} {}", execution.data_source(), execution.statement());
            assert_eq!(execution.elapsed(), None);
            before.lock().unwrap().push(line);
            Box::pin(async { Ok(()) })
        })
        .after_execute(move |execution| {
            assert!(execution.elapsed().is_some() && execution.error().is_none());
            after.lock().unwrap().push("done".to_owned());
            Box::pin(async { Ok(()) })
        })
        .build()
        .await
        .unwrap();
    Country::create(&app.ctx(), set!(Country { code: "NO", name: "Norway" })).await.unwrap();
    Country::find(&app.ctx(), ()).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen[0].starts_with("db INSERT INTO") && seen[1] == "done", "{seen:?}");
    assert!(seen[2].starts_with("db SELECT") && seen[3] == "done", "{seen:?}");
    // The arguments may be secrets.
    assert!(!seen[0].contains("Norway"), "{seen:?}");
}

async fn a_connector_hook_can_refuse_a_statement(place: &Place) {
    let app = place
        .builder(models![Country])
        .before_execute(|execution| {
            let refused = execution.statement().starts_with("DELETE");
            Box::pin(async move { if refused { Err(Error::new(403, "nothing is deleted here")) } else { Ok(()) } })
        })
        .build()
        .await
        .unwrap();
    let ctx = app.ctx();
    Country::create(&ctx, set!(Country { code: "NO", name: "Norway" })).await.unwrap();
    let error = Country::destroy_by_id(&ctx, "NO").await.unwrap_err();
    assert_eq!((error.status(), error.message()), (403, "nothing is deleted here"));
    assert!(Country::exists(&ctx, "NO").await.unwrap());
}

async fn what_goes_wrong_is_told_to_the_hook_after(place: &Place) {
    let errors = Arc::new(AtomicUsize::new(0));
    let count = errors.clone();
    let app = place
        .builder(models![Country])
        .after_execute(move |execution| {
            count.fetch_add(usize::from(execution.error().is_some()), Ordering::Relaxed);
            Box::pin(async { Ok(()) })
        })
        .build()
        .await
        .unwrap();
    let norway = || set!(Country { code: "NO", name: "Norway" });
    Country::create(&app.ctx(), norway()).await.unwrap();
    assert_eq!(Country::create(&app.ctx(), norway()).await.unwrap_err().status(), 409);
    assert_eq!(errors.load(Ordering::Relaxed), 1);
}

async fn a_method_that_the_app_disables_has_no_endpoint(place: &Place) {
    let builder = place.builder(models![Shop]).disable_remote_method("Shop", "deleteById");
    let app = builder.disable_remote_method("Shop", "prototype.patchAttributes").build().await.unwrap();
    let rest = loopback_tests::rest::Rest::of(&app);
    rest.create("/api/Shops", json!({ "name": "Bean" })).await;
    assert_eq!(rest.call("DELETE", "/api/Shops/1").await.status, 404);
    assert_eq!(rest.json("PATCH", "/api/Shops/1", json!({ "name": "Leaf" })).await.status, 404);
    assert_eq!(rest.get("/api/Shops/1").await.status, 200);
}

async fn what_the_app_disables_has_to_be_there(place: &Place) {
    let builder = place.builder(models![Shop]).disable_remote_method("Shop", "deleteByld");
    let error = builder.disable_remote_method("Shup", "find").build().await.unwrap_err().to_string();
    assert!(error.contains("the app disables the unknown method `deleteByld` of `Shop`"), "{error}");
    assert!(error.contains("did you mean `deleteById`"), "{error}");
    assert!(error.contains("unknown model `Shup`") && error.contains("did you mean `Shop`"), "{error}");
}
