//! A stored value that its type cannot hold: an error that names the place, never a panic and never a default.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::{Database, Lab};
use serde_json::json;

cases!(models![Spare, FreeDoc];
    a_typed_read_names_model_property_and_id
    an_answer_over_rest_tells_nothing
    other_rows_are_not_affected
    other_properties_may_be_selected
    a_broken_row_can_be_repaired_or_deleted
    numbers_out_of_the_types_range_are_an_error
);

/// Columns of row 1 with what they cannot hold, on this database.
fn garbage(database: Database) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = vec![
        ("tier", "tier", "'platinum'"),
        ("dims", "dims", "'{\"height\":1}'"),
        ("words", "words", "'[1]'"),
        ("words", "words", "'{}'"),
        ("place", "place", "'{\"lat\":1}'"),
        ("numbers", "numbers", "'[\"x\"]'"),
        ("tiers", "tiers", "'[\"none\"]'"),
    ];
    if database.is_sqlite() {
        all.extend([
            ("large", "large", "'many'"),
            ("large", "large", "1.5"),
            ("double", "double", "'abc'"),
            ("flag", "flag", "7"),
            ("flag", "flag", "'yes'"),
            ("at", "at", "'noon'"),
            ("day", "day", "'someday'"),
            ("exact", "exact", "'1.2.3'"),
            ("uuid", "uuid", "'short'"),
            ("uuid", "uuid", "x'00'"),
            ("anything", "anything", "'{broken'"),
            ("words", "words", "'['"),
            ("text", "text", "x'ff'"),
            ("bytes", "bytes", "'text'"),
            ("dims", "dims", "'nul'"),
        ]);
    }
    all
}

async fn spoil(lab: &Lab, column: &str, value: &str) {
    lab.sql("DELETE FROM spare").await;
    lab.sql("INSERT INTO spare (id, medium) VALUES (1, 5)").await;
    lab.sql("INSERT INTO spare (id, medium) VALUES (2, 5)").await;
    lab.sql(&format!("UPDATE spare SET {{q}}{column}{{q}} = {value} WHERE id = 1")).await;
}

async fn a_typed_read_names_model_property_and_id(lab: Lab) {
    for (property, column, value) in garbage(lab.database) {
        spoil(&lab, column, value).await;
        for error in [
            Spare::find_by_id(&lab.ctx, 1).await.unwrap_err(),
            Spare::find(&lab.ctx, ()).await.unwrap_err(),
            lab.ctx.transaction(async |tx| Spare::find(&tx, ()).await).await.unwrap_err(),
        ] {
            assert_eq!((error.status(), error.kind()), (500, ErrorKind::Internal), "{column} {value}");
            assert!(error.to_string().contains(&format!("Spare.{property} of id 1")), "{column} {value}: {error}");
        }
    }
}

async fn an_answer_over_rest_tells_nothing(lab: Lab) {
    let rest = lab.rest();
    for (_, column, value) in garbage(lab.database) {
        spoil(&lab, column, value).await;
        for target in ["/api/Spares/1", "/api/Spares", "/api/Spares/findOne"] {
            let answer = rest.get(target).await;
            // What a JSON column holds goes out as it is; only what is no JSON cannot.
            if answer.status == 200 {
                continue;
            }
            let body = json!({ "error": { "statusCode": 500, "message": "Internal Server Error" } });
            assert_eq!((answer.status, answer.json()), (500, body), "{target} {column} {value}");
        }
    }
    for (_, column, value) in
        garbage(lab.database).into_iter().filter(|(_, _, value)| !value.starts_with("'{\"") && !value.starts_with("'["))
    {
        spoil(&lab, column, value).await;
        if value != "'{}'" {
            assert_eq!(rest.get("/api/Spares/1").await.status, 500, "{column} {value}");
        }
    }
}

async fn other_rows_are_not_affected(lab: Lab) {
    for (_, column, value) in garbage(lab.database) {
        spoil(&lab, column, value).await;
        assert_eq!(Spare::find_by_id(&lab.ctx, 2).await.unwrap().unwrap().medium, Some(5));
        assert_eq!(Spare::find(&lab.ctx, Spare::props().id.gt(1)).await.unwrap().len(), 1);
        assert_eq!(lab.rest().get("/api/Spares/2").await.status, 200);
        assert_eq!(Spare::count(&lab.ctx, ()).await.unwrap(), 2);
    }
}

async fn other_properties_may_be_selected(lab: Lab) {
    let p = Spare::props();
    for (_, column, value) in garbage(lab.database) {
        spoil(&lab, column, value).await;
        assert_eq!(Spare::select(&lab.ctx, (p.id, p.medium), ()).await.unwrap(), [(1, Some(5)), (2, Some(5))]);
        assert_eq!(lab.rest().get("/api/Spares/1?filter[fields]=medium").await.text(), r#"{"medium":5}"#);
    }
}

async fn a_broken_row_can_be_repaired_or_deleted(lab: Lab) {
    for (_, column, value) in garbage(lab.database) {
        spoil(&lab, column, value).await;
        Spare::replace_by_id(&lab.ctx, 1, set!(Spare { medium: 6 })).await.unwrap();
        assert_eq!(Spare::find(&lab.ctx, ()).await.unwrap().len(), 2);
        spoil(&lab, column, value).await;
        assert!(Spare::destroy_by_id(&lab.ctx, 1).await.unwrap());
    }
}

async fn numbers_out_of_the_types_range_are_an_error(lab: Lab) {
    for (column, value) in
        [("tiny", "200"), ("small", "40000"), ("unsigned_small", "-1"), ("unsigned", "-1"), ("float", "1e300")]
    {
        spoil(&lab, column, value).await;
        let error = Spare::find_by_id(&lab.ctx, 1).await.unwrap_err();
        assert!(error.status() == 500 && error.to_string().contains("of id 1"), "{column}: {error}");
    }
}
