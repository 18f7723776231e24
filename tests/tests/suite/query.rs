//! Filters: the same rows in the same order, typed and over REST, on every database.

use crate::models::*;
use loopback::plan::Pattern;
use loopback::prelude::*;
use loopback::value::Unit;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

/// A place on earth, perhaps.
#[model]
pub struct Spot {
    #[property(id)]
    pub id: i64,
    pub name: Option<String>,
    pub place: Option<GeoPoint>,
}

cases!(models![Sample, Shop, Spot];
    without_an_order_rows_come_by_id
    null_sorts_last_ascending_and_first_descending
    ties_go_by_id
    limit_and_skip_cut_the_ordered_rows
    text_compares_by_code_point
    text_equals_to_the_last_space
    like_sees_case_and_knows_escapes
    text_of_every_kind_comes_back_and_is_found
    nul_in_text_is_refused
    numbers_compare_as_numbers
    decimals_compare_exactly
    times_compare_to_the_millisecond
    dates_of_ten_thousand_years_compare
    booleans_uuids_enums_and_bytes_are_found
    null_is_found_by_eq_and_inq_and_left_out_elsewhere
    inq_and_nin_of_nothing
    between_includes_both_ends
    and_and_or_nest
    nor_is_two_valued
    empty_lists_are_no_condition
    lists_may_be_objects_with_indexes
    ilike_sees_no_case
    ilike_agrees_about_every_letter
    regexp_means_the_same_everywhere
    regexp_of_any_form_agrees
    regexp_has_one_meaning_or_none
    regexp_does_not_hang
    near_orders_by_distance
    near_keeps_within_distances
    near_stands_with_other_conditions
    near_that_makes_no_sense_is_refused
    distances_are_as_counted_here
    every_operator_on_every_kind
    several_operators_on_one_property_all_hold
    keys_of_json_columns_are_compared_by_type
    lists_have_no_places
    fields_choose_what_is_answered
    select_gives_tuples
    find_one_finds_the_first
    a_list_of_values_may_be_long
    brackets_and_json_mean_the_same
);

/// The ids that a filter over REST finds.
async fn ids(lab: &Lab, filter: Json) -> Vec<i64> {
    let answer = lab.rest().find("/api/Samples", filter.clone()).await;
    assert_eq!(answer.status, 200, "{filter}: {answer}");
    answer.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn found(lab: &Lab, condition: Json) -> Vec<i64> {
    ids(lab, json!({ "where": condition })).await
}

/// The ids that a typed filter finds.
async fn typed(lab: &Lab, filter: impl Into<Filter<Sample>>) -> Vec<i64> {
    Sample::select(&lab.ctx, Sample::props().id, filter).await.unwrap()
}

/// Rows with ids from 1 on, each with one property of these.
async fn store(lab: &Lab, property: &str, values: impl IntoIterator<Item = Json>) {
    let rest = lab.rest();
    for (id, value) in (1..).zip(values) {
        rest.create("/api/Samples", json!({ "id": id, property: value })).await;
    }
}

async fn texts(lab: &Lab, texts: &[&str]) {
    store(lab, "text", texts.iter().map(|text| json!(text))).await;
}

async fn without_an_order_rows_come_by_id(lab: Lab) {
    for id in [5, -1, 30, 2, 11] {
        Sample::create(&lab.ctx, set!(Sample { id: id })).await.unwrap();
    }
    assert_eq!(typed(&lab, ()).await, [-1, 2, 5, 11, 30]);
    assert_eq!(ids(&lab, json!({})).await, [-1, 2, 5, 11, 30]);
    assert_eq!(typed(&lab, Filter::new().skip(1).limit(2)).await, [2, 5]);
}

async fn null_sorts_last_ascending_and_first_descending(lab: Lab) {
    let p = Sample::props();
    store(&lab, "number", [json!(2), json!(null), json!(-1), json!(null), json!(0)]).await;
    assert_eq!(typed(&lab, p.number.asc()).await, [3, 5, 1, 2, 4]);
    let down = typed(&lab, p.number.desc()).await;
    assert_eq!((&down[2..], down[..2].contains(&2) && down[..2].contains(&4)), ([1, 5, 3].as_slice(), true));
    assert_eq!(ids(&lab, json!({ "order": "number" })).await, [3, 5, 1, 2, 4]);
    assert_eq!(ids(&lab, json!({ "order": ["number DESC", "id ASC"] })).await, [2, 4, 1, 5, 3]);
    for property in ["text", "whole", "exact", "at", "day", "flag", "uuid", "tier"] {
        assert_eq!(ids(&lab, json!({ "order": format!("{property} ASC") })).await, [1, 2, 3, 4, 5], "{property}");
    }
}

async fn ties_go_by_id(lab: Lab) {
    let p = Sample::props();
    for (id, whole, text) in [(4, 1, "b"), (3, 2, "a"), (2, 1, "a"), (1, 2, "b")] {
        Sample::create(&lab.ctx, set!(Sample { id: id, whole: i64::from(whole), text: text.to_owned() }))
            .await
            .unwrap();
    }
    assert_eq!(typed(&lab, p.whole.asc()).await, [2, 4, 1, 3]);
    assert_eq!(typed(&lab, Filter::new().order(p.text.asc()).order(p.whole.desc())).await, [3, 2, 1, 4]);
    assert_eq!(ids(&lab, json!({ "order": "text DESC, id DESC" })).await, [4, 1, 3, 2]);
}

async fn limit_and_skip_cut_the_ordered_rows(lab: Lab) {
    let p = Sample::props();
    store(&lab, "whole", (1..=9).map(|n| json!(n % 3))).await;
    let order = || Filter::new().order(p.whole.asc());
    assert_eq!(typed(&lab, order().limit(4)).await, [3, 6, 9, 1]);
    assert_eq!(typed(&lab, order().skip(7)).await, [5, 8]);
    assert_eq!(typed(&lab, order().limit(2).skip(3)).await, [1, 4]);
    assert_eq!(typed(&lab, order().skip(100)).await, [0_i64; 0]);
    assert_eq!(ids(&lab, json!({ "limit": 2, "offset": 3 })).await, [4, 5]);
    assert_eq!(ids(&lab, json!({ "skip": 8 })).await, [9]);
    assert_eq!(ids(&lab, json!({ "limit": i64::MAX, "skip": 8 })).await, [9]);
    assert_eq!(ids(&lab, json!({ "skip": i64::MAX })).await, [0_i64; 0]);
}

async fn text_compares_by_code_point(lab: Lab) {
    let p = Sample::props();
    // By code point: capitals before small letters, accents after z, the plane of emoji last.
    let sorted = ["", " ", "10", "9", "A", "B", "Z", "_", "a", "a ", "ab", "b", "z", "é", "\u{ffff}", "😀"];
    let mut mixed = sorted.to_vec();
    mixed.reverse();
    texts(&lab, &mixed).await;
    let got = Sample::select(&lab.ctx, p.text, p.text.asc()).await.unwrap();
    assert_eq!(got.iter().map(|text| text.as_deref().unwrap()).collect::<Vec<_>>(), sorted);
    for (at, text) in sorted.iter().enumerate() {
        assert_eq!(Sample::count(&lab.ctx, p.text.lt(*text)).await.unwrap(), at as u64, "below {text:?}");
        assert_eq!(Sample::count(&lab.ctx, p.text.gte(*text)).await.unwrap(), (16 - at) as u64, "from {text:?}");
    }
    assert_eq!(found(&lab, json!({ "text": { "between": ["B", "a"] } })).await.len(), 4);
}

async fn text_equals_to_the_last_space(lab: Lab) {
    let p = Sample::props();
    texts(&lab, &["x", "x ", "X", " x", "x\t", "é", "e", "e\u{301}", "ß", "ss", "I", "ı", ""]).await;
    for (text, id) in [
        ("x", 1),
        ("x ", 2),
        ("X", 3),
        (" x", 4),
        ("x\t", 5),
        ("é", 6),
        ("e", 7),
        ("e\u{301}", 8),
        ("ß", 9),
        ("ss", 10),
        ("I", 11),
        ("ı", 12),
        ("", 13),
    ] {
        assert_eq!(typed(&lab, p.text.eq(text)).await, [id], "{text:?}");
        assert_eq!(found(&lab, json!({ "text": text })).await, [id], "{text:?}");
        assert_eq!(found(&lab, json!({ "text": { "inq": [text] } })).await, [id], "{text:?}");
        assert_eq!(typed(&lab, p.text.neq(text)).await.len(), 12, "{text:?}");
        assert_eq!(typed(&lab, p.text.nin([text])).await.len(), 12, "{text:?}");
    }
}

async fn like_sees_case_and_knows_escapes(lab: Lab) {
    let p = Sample::props();
    texts(&lab, &["abc", "ABC", "a_c", "a%c", "a\\c", "ac", "aéc", "a😀c", "abc ", "a\nc", ""]).await;
    for (pattern, ids) in [
        ("abc", vec![1]),
        ("ABC", vec![2]),
        ("a_c", vec![1, 3, 4, 5, 7, 8, 10]),
        ("a%c", vec![1, 3, 4, 5, 6, 7, 8, 10]),
        ("a%", vec![1, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("%b%", vec![1, 9]),
        ("a\\_c", vec![3]),
        ("a\\%c", vec![4]),
        ("a\\\\c", vec![5]),
        ("\\abc", vec![1]),
        ("abc_", vec![9]),
        ("", vec![11]),
        ("%", vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ("[a]bc", vec![]),
        ("a.c", vec![]),
    ] {
        assert_eq!(typed(&lab, p.text.like(pattern)).await, ids, "{pattern}");
        assert_eq!(found(&lab, json!({ "text": { "like": pattern } })).await, ids, "{pattern}");
        let others: Vec<i64> = (1..=11).filter(|id| !ids.contains(id)).collect();
        assert_eq!(found(&lab, json!({ "text": { "nlike": pattern } })).await, others, "not {pattern}");
    }
    let refused = lab.rest().find("/api/Samples", json!({ "where": { "text": { "like": "a\\" } } })).await;
    assert_eq!(refused.status, 400, "{refused}");
    assert_eq!(typed(&lab, p.text.like("%\\")).await, [0_i64; 0], "a backslash at the end is one");
    Sample::create(&lab.ctx, set!(Sample { id: 12, text: "abc\\".to_owned() })).await.unwrap();
    assert_eq!(typed(&lab, p.text.like("%\\")).await, [12]);
}

async fn text_of_every_kind_comes_back_and_is_found(lab: Lab) {
    let p = Sample::props();
    let long = "löng😀 ".repeat(12_000);
    let texts = [
        "",
        " ",
        "'",
        "\"",
        "\\",
        "\\'",
        "%",
        "_",
        "\r\n",
        "\u{1}\u{7f}\u{85}",
        "\u{feff}",
        "\u{202e}",
        "𝒳😀",
        "'; DROP TABLE sample; --",
        "null",
        "NaN",
        "0",
        &long,
    ];
    for (id, text) in (1..).zip(texts) {
        Sample::create(&lab.ctx, set!(Sample { id: id, text: text.to_owned() })).await.unwrap();
    }
    for (id, text) in (1..).zip(texts) {
        let row = Sample::find_by_id(&lab.ctx, id).await.unwrap().unwrap();
        assert!(row.text.as_deref() == Some(text), "{id}: {text:.20}");
        assert_eq!(typed(&lab, p.text.eq(text)).await, [id], "{text:.20}");
        let read = lab.rest().get(&format!("/api/Samples/{id}")).await;
        assert!(read.json()["text"] == text, "{id}: {text:.20}");
    }
}

async fn nul_in_text_is_refused(lab: Lab) {
    let rest = lab.rest();
    let p = Sample::props();
    for (property, value) in [
        ("text", json!("a\0")),
        ("words", json!(["\0"])),
        ("meta", json!({ "a\0": 1 })),
        ("meta", json!("\0")),
        ("tier", json!("basic\0")),
    ] {
        let answer = rest.json("POST", "/api/Samples", json!({ "id": 1, property: value })).await;
        assert_eq!(answer.status, 422, "{property}: {answer}");
    }
    let error = Sample::create(&lab.ctx, set!(Sample { id: 1, text: "a\0".to_owned() })).await.unwrap_err();
    assert_eq!(error.status(), 422, "{error}");
    let patch = set!(Sample { id: 1, words: Some(vec!["\0".to_owned()]), meta: json!({ "\0": 1 }) });
    assert_eq!(Sample::create(&lab.ctx, patch).await.unwrap_err().status(), 422);
    assert_eq!(rest.find("/api/Samples", json!({ "where": { "text": "a\0" } })).await.status, 400);
    assert_eq!(rest.find("/api/Samples", json!({ "where": { "text": { "like": "a\0%" } } })).await.status, 400);
    // No row has it: nothing is what the application's own question finds, too.
    assert_eq!(typed(&lab, p.text.eq("a\0")).await, [0_i64; 0]);
    assert_eq!(Sample::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn numbers_compare_as_numbers(lab: Lab) {
    let p = Sample::props();
    let numbers = [-1e300, -2.5, -0.0, 5e-324, 0.1, 0.1 + 0.2, 0.3000000001, 9.0, 10.0, 1e15, 1e15 + 1.0, 1e300];
    for (id, number) in (1..).zip(numbers) {
        Sample::create(&lab.ctx, set!(Sample { id: id, number: number })).await.unwrap();
    }
    assert_eq!(typed(&lab, p.number.asc()).await, (1..=12).collect::<Vec<_>>());
    assert_eq!(typed(&lab, p.number.eq(0)).await, [3]);
    assert_eq!(typed(&lab, p.number.eq(0.3)).await, [0_i64; 0]);
    assert_eq!(typed(&lab, p.number.eq(0.1 + 0.2)).await, [6]);
    assert_eq!(typed(&lab, p.number.gt(1e15)).await, [11, 12]);
    assert_eq!(found(&lab, json!({ "number": { "gt": "9" } })).await, [9, 10, 11, 12]);
    assert_eq!(found(&lab, json!({ "number": { "inq": [9, "10", 0] } })).await, [3, 8, 9]);
    Sample::destroy_all(&lab.ctx, ()).await.unwrap();
    let wholes = [i64::MIN, -1, 0, 9_007_199_254_740_992, 9_007_199_254_740_993, i64::MAX];
    for (id, whole) in (1..).zip(wholes) {
        Sample::create(&lab.ctx, set!(Sample { id: id, whole: whole })).await.unwrap();
    }
    assert_eq!(typed(&lab, p.whole.asc()).await, (1..=6).collect::<Vec<_>>());
    assert_eq!(found(&lab, json!({ "whole": 9_007_199_254_740_993_i64 })).await, [5]);
    assert_eq!(found(&lab, json!({ "whole": { "gte": i64::MAX } })).await, [6]);
    assert_eq!(found(&lab, json!({ "whole": { "lt": "-1" } })).await, [1]);
}

async fn decimals_compare_exactly(lab: Lab) {
    let p = Sample::props();
    let sorted = [
        "-100",
        "-9.25",
        "0",
        "0.0000000001",
        "9.25",
        "10.5",
        "100",
        "123456789012345678",
        "123456789012345678.0000000001",
    ];
    store(&lab, "exact", sorted.iter().rev().map(|text| json!(text))).await;
    let up = Sample::select(&lab.ctx, p.exact, p.exact.asc()).await.unwrap();
    assert_eq!(up.iter().map(|n| n.unwrap().to_string()).collect::<Vec<_>>(), sorted);
    let n = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(typed(&lab, p.exact.gt(n("9.25"))).await, [1, 2, 3, 4]);
    assert_eq!(typed(&lab, p.exact.eq(n("10.50"))).await, [4], "10.5 is 10.50");
    assert_eq!(typed(&lab, p.exact.eq(n("123456789012345678"))).await, [2]);
    assert_eq!(found(&lab, json!({ "exact": { "between": ["9", 11] } })).await, [4, 5]);
    assert_eq!(found(&lab, json!({ "exact": { "inq": ["100.0", "-9.2500"] } })).await, [3, 8]);
    assert_eq!(found(&lab, json!({ "exact": { "neq": "0.0" } })).await.len(), 8);
}

async fn times_compare_to_the_millisecond(lab: Lab) {
    let p = Sample::props();
    let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let sorted = [
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00.000Z",
        "2024-02-29T12:00:00.000Z",
        "2024-02-29T12:00:00.001Z",
        "2024-02-29T12:00:01.000Z",
        "2024-02-29T23:30:00.000Z",
    ];
    store(&lab, "at", sorted.iter().rev().map(|text| json!(text))).await;
    let up = Sample::select(&lab.ctx, p.at, p.at.asc()).await.unwrap();
    assert_eq!(up, sorted.map(|text| Some(time(text))));
    assert_eq!(typed(&lab, p.at.gt(time("2024-02-29T12:00:00Z"))).await, [1, 2, 3]);
    assert_eq!(typed(&lab, p.at.eq(time("2024-02-29T12:00:00.001Z"))).await, [3]);
    assert_eq!(typed(&lab, p.at.eq(time("2024-02-29T12:00:00.001999Z"))).await, [3], "as it would be stored");
    assert_eq!(typed(&lab, p.at.inq([time("2024-02-29T12:00:00.001999Z")])).await, [3]);
    assert_eq!(found(&lab, json!({ "at": "2024-02-29T13:00:00+01:00" })).await, [4]);
    assert_eq!(found(&lab, json!({ "at": { "lt": 0 } })).await, [6], "epoch milliseconds");
    assert_eq!(found(&lab, json!({ "at": { "between": ["2024-02-29", "2024-02-29T12:00:00.001Z"] } })).await, [3, 4]);
    // What is set with microseconds is stored and answered with milliseconds.
    let made = Sample::create(&lab.ctx, set!(Sample { id: 9, at: time("2030-01-01T00:00:00.123456Z") })).await.unwrap();
    assert_eq!(made.at, Some(time("2030-01-01T00:00:00.123Z")));
    assert_eq!(made.reload(&lab.ctx).await.unwrap().at, made.at);
}

async fn dates_of_ten_thousand_years_compare(lab: Lab) {
    let p = Sample::props();
    let sorted = ["0000-01-01", "0001-01-01", "0999-12-31", "1582-10-10", "1900-02-28", "1969-12-31", "9999-12-31"];
    for (id, day) in (1..).zip(sorted) {
        let made = lab
            .rest()
            .create("/api/Samples", json!({ "id": id, "day": day, "at": format!("{day}T23:59:59.999Z") }))
            .await;
        let read = lab.rest().get(&format!("/api/Samples/{id}")).await.json();
        assert_eq!((&read["at"], read["day"].as_str()), (&made["at"], Some(day)));
        assert_eq!(read["at"], format!("{day}T23:59:59.999Z"));
    }
    assert_eq!(typed(&lab, p.day.asc()).await, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(typed(&lab, p.at.asc()).await, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(typed(&lab, p.day.lt("1900-02-28".parse::<NaiveDate>().unwrap())).await, [1, 2, 3, 4]);
    assert_eq!(found(&lab, json!({ "at": { "gt": "1969-12-31" } })).await, [6, 7]);
    let far: DateTime<Utc> = "+10000-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(Sample::create(&lab.ctx, set!(Sample { id: 8, at: far })).await.unwrap_err().status(), 422);
    for bad in ["10000-01-01", "-0001-01-01", "2023-02-29", "2024-13-01", "today"] {
        let answer = lab.rest().json("POST", "/api/Samples", json!({ "id": 8, "day": bad })).await;
        assert_eq!(answer.status, 422, "{bad}: {answer}");
    }
}

async fn booleans_uuids_enums_and_bytes_are_found(lab: Lab) {
    let p = Sample::props();
    let uuid: Uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    Sample::create(
        &lab.ctx,
        set!(Sample { id: 1, flag: true, uuid: uuid, tier: Some(Tier::GoldPlus), bytes: vec![0, 1] }),
    )
    .await
    .unwrap();
    Sample::create(&lab.ctx, set!(Sample { id: 2, flag: false, tier: Some(Tier::Basic), bytes: Vec::new() }))
        .await
        .unwrap();
    Sample::create(&lab.ctx, set!(Sample { id: 3 })).await.unwrap();
    assert_eq!(typed(&lab, p.flag.eq(true)).await, [1]);
    assert_eq!(typed(&lab, p.flag.neq(true)).await, [2]);
    assert_eq!(typed(&lab, p.flag.asc()).await, [2, 1, 3]);
    assert_eq!(typed(&lab, p.uuid.eq(uuid)).await, [1]);
    assert_eq!(typed(&lab, p.uuid.inq([uuid, Uuid::nil()])).await, [1]);
    assert_eq!(typed(&lab, p.tier.eq(Some(Tier::GoldPlus))).await, [1]);
    assert_eq!(typed(&lab, p.tier.asc()).await, [2, 1, 3]);
    assert_eq!(typed(&lab, p.bytes.eq(vec![0, 1])).await, [1]);
    assert_eq!(typed(&lab, p.bytes.eq(Vec::new())).await, [2]);
    assert_eq!(found(&lab, json!({ "flag": "false" })).await, [2]);
    assert_eq!(found(&lab, json!({ "flag": { "inq": [1, null] } })).await, [1, 3]);
    assert_eq!(found(&lab, json!({ "uuid": "67E55044-10B1-426F-9247-BB680E5FE0C8" })).await, [1]);
    assert_eq!(found(&lab, json!({ "tier": { "like": "gold%" } })).await, [1]);
    assert_eq!(found(&lab, json!({ "bytes": "AAE=" })).await, [1]);
    assert_eq!(found(&lab, json!({ "words": null, "dims": null })).await, [1, 2, 3]);
}

async fn null_is_found_by_eq_and_inq_and_left_out_elsewhere(lab: Lab) {
    let p = Sample::props();
    store(&lab, "text", [json!("a"), json!(null), json!("b"), json!("")]).await;
    for (condition, ids) in [
        (json!({ "text": null }), vec![2]),
        (json!({ "text": { "eq": null } }), vec![2]),
        (json!({ "text": { "neq": null } }), vec![1, 3, 4]),
        (json!({ "text": { "neq": "a" } }), vec![3, 4]),
        (json!({ "text": { "inq": ["a", null] } }), vec![1, 2]),
        (json!({ "text": { "inq": [null] } }), vec![2]),
        (json!({ "text": { "nin": ["a", null] } }), vec![3, 4]),
        (json!({ "text": { "nin": [null] } }), vec![1, 3, 4]),
        (json!({ "text": { "nin": ["a"] } }), vec![3, 4]),
        (json!({ "text": { "lt": "z" } }), vec![1, 3, 4]),
        (json!({ "text": { "nlike": "a%" } }), vec![3, 4]),
        (json!({ "text": { "between": ["", "z"] } }), vec![1, 3, 4]),
        (json!({ "meta": null }), vec![1, 2, 3, 4]),
        (json!({ "meta": { "neq": null } }), vec![]),
    ] {
        assert_eq!(found(&lab, condition.clone()).await, ids, "{condition}");
    }
    assert_eq!(typed(&lab, p.text.eq(None)).await, [2]);
    assert_eq!(typed(&lab, p.text.is_not_null()).await, [1, 3, 4]);
    assert_eq!(typed(&lab, p.text.inq([None, Some("b".to_owned())])).await, [2, 3]);
    assert_eq!(typed(&lab, p.text.nin([None, Some("b".to_owned())])).await, [1, 4]);
    assert_eq!(typed(&lab, p.text.gt(None)).await, [0_i64; 0], "nothing is greater than NULL");
    assert_eq!(typed(&lab, p.text.between(None, "z")).await, [0_i64; 0]);
}

async fn inq_and_nin_of_nothing(lab: Lab) {
    let p = Sample::props();
    texts(&lab, &["a", "b"]).await;
    assert_eq!(typed(&lab, p.text.inq([""; 0])).await, [0_i64; 0]);
    assert_eq!(typed(&lab, p.text.nin([""; 0])).await, [1, 2]);
    assert_eq!(found(&lab, json!({ "text": { "inq": [] } })).await, [0_i64; 0]);
    assert_eq!(found(&lab, json!({ "text": { "nin": [] } })).await, [1, 2]);
    assert_eq!(found(&lab, json!({ "or": [{ "text": { "inq": [] } }, { "id": 2 }] })).await, [2]);
}

async fn between_includes_both_ends(lab: Lab) {
    let p = Sample::props();
    store(&lab, "whole", (1..=5).map(|n| json!(n))).await;
    assert_eq!(typed(&lab, p.whole.between(2, 4)).await, [2, 3, 4]);
    assert_eq!(typed(&lab, p.whole.between(4, 2)).await, [0_i64; 0]);
    assert_eq!(found(&lab, json!({ "whole": { "between": ["2", 4] } })).await, [2, 3, 4]);
}

async fn and_and_or_nest(lab: Lab) {
    let p = Sample::props();
    store(&lab, "whole", (1..=6).map(|n| json!(n))).await;
    let either = p.whole.eq(1).or(p.whole.eq(2)).or(p.whole.eq(6));
    assert_eq!(typed(&lab, either.clone()).await, [1, 2, 6]);
    assert_eq!(typed(&lab, either.clone().and(p.whole.gt(1))).await, [2, 6], "and binds what stands before it");
    assert_eq!(typed(&lab, p.whole.gt(1).and(either.clone())).await, [2, 6]);
    assert_eq!(typed(&lab, p.whole.eq(5).or(p.whole.gt(1).and(p.whole.lt(3)))).await, [2, 5]);
    assert_eq!(typed(&lab, Filter::new().filter(either.clone()).filter(p.whole.lt(3))).await, [1, 2]);
    let nested = json!({ "and": [{ "or": [{ "whole": 1 }, { "and": [{ "whole": { "gt": 4 } }, { "id": { "lt": 6 } }] }] },
        { "text": null }] });
    assert_eq!(found(&lab, nested).await, [1, 5]);
    assert_eq!(found(&lab, json!({ "or": [{ "whole": 1, "id": 2 }, { "whole": 3 }] })).await, [3]);
}

async fn nor_is_two_valued(lab: Lab) {
    let p = Sample::props();
    store(&lab, "whole", [json!(1), json!(2), json!(null), json!(4)]).await;
    for (condition, ids) in [
        (json!({ "nor": [{ "whole": 1 }] }), vec![2, 3, 4]),
        (json!({ "nor": [{ "whole": 1 }, { "whole": { "gt": 3 } }] }), vec![2, 3]),
        (json!({ "nor": [{ "whole": null }] }), vec![1, 2, 4]),
        (json!({ "nor": [{ "nor": [{ "whole": 1 }] }] }), vec![1]),
        (json!({ "nor": [{ "whole": 1 }], "id": { "lt": 3 } }), vec![2]),
        (json!({ "nor": [{ "whole": { "inq": [] } }] }), vec![1, 2, 3, 4]),
        (json!({ "nor": [{ "whole": { "nin": [] } }] }), vec![]),
        (json!({ "or": [{ "whole": 1 }, { "nor": [{ "id": { "neq": 4 } }] }] }), vec![1, 4]),
        (json!({ "nor": [{ "meta.a": 1 }] }), vec![1, 2, 3, 4]),
        (json!({ "nor": [{ "whole": 1, "id": 2 }] }), vec![1, 2, 3, 4]),
    ] {
        assert_eq!(found(&lab, condition.clone()).await, ids, "{condition}");
    }
    assert_eq!(typed(&lab, p.whole.eq(1).not()).await, [2, 3, 4]);
    assert_eq!(typed(&lab, !p.whole.eq(1).or(p.whole.eq(2))).await, [3, 4]);
    assert_eq!(typed(&lab, p.whole.inq([0_i64; 0]).not()).await, [1, 2, 3, 4]);
    let changed = Sample::update_all(&lab.ctx, p.whole.gt(1).not(), set!(Sample { text: "x".to_owned() })).await;
    assert_eq!(changed.unwrap(), 2);
    assert_eq!(Sample::destroy_all(&lab.ctx, p.text.eq("x").not()).await.unwrap(), 2);
}

async fn empty_lists_are_no_condition(lab: Lab) {
    store(&lab, "whole", (1..=3).map(|n| json!(n))).await;
    for condition in [
        json!({ "and": [] }),
        json!({ "or": [] }),
        json!({ "nor": [] }),
        json!({ "and": [{ "or": [] }, { "nor": [] }] }),
        json!({ "nor": [{ "or": [] }] }),
    ] {
        assert_eq!(found(&lab, condition.clone()).await, [1, 2, 3], "{condition}");
    }
    assert_eq!(found(&lab, json!({ "or": [{ "whole": 2 }, { "or": [] }] })).await, [2], "it adds no row");
    assert_eq!(found(&lab, json!({ "and": [], "whole": 2 })).await, [2]);
    // A write to every row has to be meant.
    for condition in [json!({ "or": [] }), json!({ "and": [{ "or": [] }] })] {
        let condition = loopback_tests::rest::encoded(&condition.to_string());
        for target in ["update", "upsertWithWhere"] {
            let target = format!("/api/Samples/{target}?where={condition}");
            let answer = lab.rest().json("POST", &target, json!({ "whole": 9 })).await;
            assert_eq!(answer.status, 400, "{target}: {answer}");
        }
    }
    assert_eq!(found(&lab, json!({ "whole": 9 })).await, [0_i64; 0]);
    for condition in [json!({ "and": [{}] }), json!({ "or": [{ "id": 1 }, {}] }), json!({ "nor": [{}] })] {
        let answer = lab.rest().find("/api/Samples", json!({ "where": condition })).await;
        assert_eq!(answer.status, 400, "{condition}: {answer}");
    }
}

async fn lists_may_be_objects_with_indexes(lab: Lab) {
    store(&lab, "whole", (1..=4).map(|n| json!(n))).await;
    assert_eq!(found(&lab, json!({ "whole": { "inq": { "0": 1, "1": 4 } } })).await, [1, 4]);
    assert_eq!(found(&lab, json!({ "whole": { "between": { "0": 2, "1": 3 } } })).await, [2, 3]);
    assert_eq!(found(&lab, json!({ "or": { "0": { "id": 1 }, "1": { "id": 2 } } })).await, [1, 2]);
    assert_eq!(ids(&lab, json!({ "order": { "0": "flag", "1": "id DESC" } })).await, [4, 3, 2, 1]);
    // An index above 20 makes an object of what brackets send.
    let many: String = (0..25).map(|n| format!("&filter[where][whole][inq][{n}]={}", n + 3)).collect();
    let answer = lab.rest().get(&format!("/api/Samples?filter[order]=id{many}")).await;
    assert_eq!(answer.json().as_array().map(Vec::len), Some(2), "{answer}");
    for bad in [json!({ "1": 1, "2": 2 }), json!({}), json!({ "0": 1, "x": 2 }), json!("1")] {
        let answer = lab.rest().find("/api/Samples", json!({ "where": { "whole": { "inq": bad } } })).await;
        assert_eq!(answer.status, 400, "{bad}: {answer}");
    }
}

async fn ilike_sees_no_case(lab: Lab) {
    let p = Sample::props();
    texts(&lab, &["abc", "ABC", "a_c", "A%C", "a\\c", "ac", "aÉc", "A😀c", "abc ", "a\nC", ""]).await;
    for (pattern, ids) in [
        ("aBc", vec![1, 2]),
        ("A_C", vec![1, 2, 3, 4, 5, 7, 8, 10]),
        ("a%C", vec![1, 2, 3, 4, 5, 6, 7, 8, 10]),
        ("A%", vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("%B%", vec![1, 2, 9]),
        ("%b%C%", vec![1, 2, 9]),
        ("%%c%b", vec![]),
        ("A\\_C", vec![3]),
        ("a\\%c", vec![4]),
        ("a\\\\C", vec![5]),
        ("\\Abc", vec![1, 2]),
        ("aéC", vec![7]),
        ("", vec![11]),
        ("%", vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ("[a]bc", vec![]),
        ("a.c", vec![]),
        ("(?i)abc", vec![]),
    ] {
        assert_eq!(typed(&lab, p.text.ilike(pattern)).await, ids, "{pattern}");
        assert_eq!(found(&lab, json!({ "text": { "ilike": pattern } })).await, ids, "{pattern}");
        let others: Vec<i64> = (1..=11).filter(|id| !ids.contains(id)).collect();
        assert_eq!(typed(&lab, p.text.nilike(pattern)).await, others, "not {pattern}");
        assert_eq!(found(&lab, json!({ "text": { "nilike": pattern } })).await, others, "not {pattern}");
    }
    let refused = lab.rest().find("/api/Samples", json!({ "where": { "text": { "ilike": "a\\" } } })).await;
    assert_eq!(refused.status, 400, "{refused}");
    assert_eq!(typed(&lab, p.text.ilike("%\\")).await, [0_i64; 0], "a backslash at the end is one");
    assert_eq!(typed(&lab, p.text.ilike("a\0")).await, [0_i64; 0]);
    // The longest pattern, with as many wildcards as go into it.
    let worst = "%a".repeat(500);
    assert_eq!(found(&lab, json!({ "text": { "ilike": worst } })).await, [0_i64; 0]);
    Sample::create(&lab.ctx, set!(Sample { id: 12, text: "Ab".repeat(30_000) })).await.unwrap();
    let start = std::time::Instant::now();
    assert_eq!(typed(&lab, p.text.ilike("%b%a%b%a%b%a%b%a%x%")).await, [0_i64; 0]);
    assert_eq!(typed(&lab, p.text.ilike("%B%A%B%A%B")).await, [12]);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

async fn ilike_agrees_about_every_letter(lab: Lab) {
    let p = Sample::props();
    let pairs = [("é", "É"), ("ß", "ẞ"), ("σ", "ς"), ("σ", "Σ"), ("я", "Я"), ("k", "\u{212a}"), ("s", "ſ"), ("ǆ", "ǅ")];
    let apart = [("ss", "ß"), ("i", "ı"), ("i", "İ"), ("e", "é"), ("é", "e\u{301}"), ("ﬁ", "fi")];
    for (id, (a, b)) in (1..).zip(pairs.iter().chain(&apart)) {
        Sample::create(&lab.ctx, set!(Sample { id: id, text: format!("<{a}>") })).await.unwrap();
        let other = if id <= 8 { vec![id] } else { vec![] };
        let found = Sample::select(&lab.ctx, p.id, p.id.eq(id).and(p.text.ilike(format!("<{b}>")))).await.unwrap();
        assert_eq!(found, other, "{a} and {b}");
    }
}

async fn regexp_means_the_same_everywhere(lab: Lab) {
    let p = Sample::props();
    let texts_ = [
        "abc",
        "ABC",
        "a\nc",
        "abc\n",
        "a.c",
        "é",
        "É",
        "٣",
        "3",
        "a b",
        "a\u{a0}b",
        "_",
        "😀",
        "",
        "a\\c",
        "a]c",
        "a^c",
        "a-c",
        "foo bar baz",
        "foo\nbar",
        "aab",
        "aaab",
        "a{2}",
        "K",
        "\u{212a}",
        "a/b",
        "~&#",
    ];
    texts(&lab, &texts_).await;
    for pattern in [
        "b",
        "^abc$",
        "/^abc$/i",
        "a.c",
        "/a.c/s",
        "^.$",
        "/^é$/i",
        r"^\d$",
        r"^\D$",
        r"a\sb",
        r"a\Sb",
        r"^\w$",
        r"^\W$",
        "^$",
        "",
        "c$",
        r"a\.c",
        r"a\\c",
        "a[]]c",
        r"a[\^-]c",
        "a[^b]c",
        "foo.*baz",
        "foo.*bar.*baz",
        "^a{2}b",
        "^a{2,}b",
        r"a\{2\}",
        "/^k$/i",
        "^(abc|foo)",
        "(a|)b",
        "(?:x?)c",
        "a/b",
        r"/a\/b/",
        "[[:upper:]]",
        "[^[:alnum:]]",
        r"[\w-]c",
        "[~&#]{3}",
        "^[^a]*$",
        r"^[\s\S]$",
        "😀",
        "[😀-😂]",
        "[à-ÿ]",
        r"\u00e9",
        "a*?b",
        "(?<x>a)b",
        "$",
        "^",
        r"\A.\z",
        "[.]",
        "()a",
    ] {
        let checked = Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let rust = regex::Regex::new(&checked.write(loopback::plan::RegexpSyntax::Rust)).unwrap();
        let ids: Vec<i64> = (1..).zip(texts_).filter(|(_, text)| rust.is_match(text)).map(|(id, _)| id).collect();
        assert_eq!(typed(&lab, p.text.regexp(checked)).await, ids, "{pattern}");
        assert_eq!(found(&lab, json!({ "text": { "regexp": pattern } })).await, ids, "{pattern}");
    }
    for (pattern, ids) in [
        ("^abc$", vec![1]),
        ("/^ABC$/i", vec![1, 2]),
        ("^a.c$", vec![1, 5, 15, 16, 17, 18]),
        ("/^a.c$/s", vec![1, 3, 5, 15, 16, 17, 18]),
        ("c$", vec![1, 3, 5, 15, 16, 17, 18]),
        (r"^\d$", vec![9]),
        ("/^é$/i", vec![6, 7]),
        ("/^k$/i", vec![24, 25]),
        ("^a{2,}b$", vec![21, 22]),
        ("foo.*bar", vec![19]),
    ] {
        assert_eq!(found(&lab, json!({ "text": { "regexp": pattern } })).await, ids, "{pattern}");
    }
    Sample::destroy_all(&lab.ctx, ()).await.unwrap();
    store(&lab, "meta", [json!({ "name": "Åse" }), json!({ "name": 5 }), json!({ "name": "ås" }), json!(["x"])]).await;
    assert_eq!(found(&lab, json!({ "meta.name": { "regexp": "/^å.e?$/i" } })).await, [1, 3]);
    assert_eq!(found(&lab, json!({ "meta.name": { "ilike": "ÅS%" } })).await, [1, 3]);
    assert_eq!(found(&lab, json!({ "meta.name": { "nilike": "ås" } })).await, [1]);
    assert_eq!(found(&lab, json!({ "meta.name": { "regexp": "5" } })).await, [0_i64; 0], "a number is no text");
}

/// Patterns of pieces put together at random, the same ones on every run.
async fn regexp_of_any_form_agrees(lab: Lab) {
    let p = Sample::props();
    let atoms = [
        "a",
        "b",
        "k",
        "é",
        "ß",
        "1",
        "-",
        "\\.",
        "\\n",
        ".",
        "[ab]",
        "[^a]",
        "[a-z]",
        "[^\\w]",
        "\\d",
        "\\W",
        "\\s",
        "\\S",
        "^",
        "$",
        "[à-ÿ]",
        "😀",
        "(?:)",
        "[\\]\\[\\\\^&~-]",
        "ab",
        "x.*y",
    ];
    let times = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"];
    let pieces = [
        "a", "b", "A", "k", "K", "\u{212a}", "é", "É", "ẞ", "1", "_", "-", " ", "\n", "\r\n", ".", "\\", "[", "😀",
        "xay",
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % n
    };
    let texts_: Vec<String> = (0..60).map(|_| (0..below(7)).map(|_| pieces[below(pieces.len())]).collect()).collect();
    texts(&lab, &texts_.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut taken = 0;
    while taken < 250 {
        let mut part = |most: usize| -> String {
            (0..=below(most)).map(|_| format!("{}{}", atoms[below(atoms.len())], times[below(times.len())])).collect()
        };
        let (one, two, three) = (part(3), part(2), part(2));
        let pattern = match below(5) {
            0 => one,
            1 => format!("{one}|{two}"),
            2 => format!("^{one}({two}|{three}){}", times[below(times.len())]),
            3 => format!("/{one}(?:{two}){}$/i", times[below(times.len())]),
            _ => format!("/^{one}.*{two}.*{three}/s"),
        };
        let Ok(checked) = Pattern::new(&pattern) else { continue };
        taken += 1;
        let rust = regex::Regex::new(&checked.write(loopback::plan::RegexpSyntax::Rust)).unwrap();
        let ids: Vec<i64> = (1..).zip(&texts_).filter(|(_, text)| rust.is_match(text)).map(|(id, _)| id).collect();
        assert_eq!(typed(&lab, p.text.regexp(checked)).await, ids, "{pattern}");
    }
}

async fn regexp_has_one_meaning_or_none(lab: Lab) {
    for (pattern, reason) in [
        (json!("("), "unclosed group"),
        (json!("a(?=b)"), "look-around"),
        (json!(r"\bx"), "a word boundary"),
        (json!("/a/g"), "the flag `g`"),
        (json!("(a+)+$"), "in more than one way"),
        (json!("a".repeat(501)), "more than 500 characters"),
        (json!("a\0"), "NUL"),
        (json!(5), "needs a pattern"),
        (json!(null), "needs a pattern"),
    ] {
        let answer = lab.rest().find("/api/Samples", json!({ "where": { "text": { "regexp": pattern } } })).await;
        assert_eq!(answer.status, 400, "{pattern}: {answer}");
        assert!(answer.text().contains(reason), "{pattern}: {answer}");
    }
}

async fn regexp_does_not_hang(lab: Lab) {
    let p = Sample::props();
    Sample::create(&lab.ctx, set!(Sample { id: 1, text: "a".repeat(4_000) })).await.unwrap();
    Sample::create(&lab.ctx, set!(Sample { id: 2, text: "ab".repeat(2_000) })).await.unwrap();
    let start = std::time::Instant::now();
    for pattern in [
        "a.*[xy]",
        "[a-z]+[0-9]",
        "(ab)+[cd]",
        "a.*b.*x.*[yz]",
        "^.*a.*b.*a.*[xy]$",
        r"^(\w+-)*[xy]",
        "(a|b)*[xy]",
        ".{0,100}[xy]",
        "a{0,100}[xy]",
    ] {
        let pattern = Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(typed(&lab, p.text.regexp(pattern.clone())).await, [0_i64; 0], "{pattern:?}");
    }
    // Generous; what is refused takes years.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

/// Spots at these points, with ids from 1 on.
async fn spots(lab: &Lab, points: &[Option<(f64, f64)>]) {
    for (id, point) in (1..).zip(points) {
        let place = point.map(|(lat, lng)| GeoPoint::new(lat, lng).unwrap());
        let name = if id % 2 == 0 { "even" } else { "odd" };
        Spot::create(&lab.ctx, set!(Spot { id: id, place: place, name: name.to_owned() })).await.unwrap();
    }
}

async fn spots_found(lab: &Lab, filter: Json) -> Vec<i64> {
    let answer = lab.rest().find("/api/Spots", filter.clone()).await;
    assert_eq!(answer.status, 200, "{filter}: {answer}");
    answer.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn spots_near(lab: &Lab, near: Json) -> Vec<i64> {
    spots_found(lab, json!({ "where": { "place": near } })).await
}

async fn spots_typed(lab: &Lab, filter: impl Into<Filter<Spot>>) -> Vec<i64> {
    Spot::select(&lab.ctx, Spot::props().id, filter).await.unwrap()
}

const FIVE: [Option<(f64, f64)>; 6] =
    [Some((40.0, 40.0)), Some((0.0, 1.0)), None, Some((0.0, 0.0)), Some((2.0, 0.0)), Some((0.0, -1.0))];

async fn near_orders_by_distance(lab: Lab) {
    spots(&lab, &FIVE).await;
    let p = Spot::props();
    let origin = GeoPoint { lat: 0.0, lng: 0.0 };
    let all = [4, 2, 6, 5, 1];
    for near in [
        json!({ "near": { "lat": 0, "lng": 0 } }),
        json!({ "near": { "lat": "0", "lng": "0" } }),
        json!({ "near": "0,0" }),
        json!({ "near": [0, 0] }),
        json!({ "near": "0,0", "maxDistance": null, "unit": null }),
    ] {
        assert_eq!(spots_near(&lab, near.clone()).await, all, "{near}: nearest first, ties by id, no point left out");
    }
    assert_eq!(spots_typed(&lab, p.place.near(origin)).await, all);
    assert_eq!(spots_typed(&lab, p.place.near(origin).skip(1).limit(2)).await, [2, 6]);
    assert_eq!(spots_typed(&lab, p.place.near(origin).order(p.id.desc())).await, [6, 5, 4, 2, 1]);
    assert_eq!(spots_found(&lab, json!({ "where": { "place": { "near": "0,0" } }, "limit": 2 })).await, [4, 2]);
    assert_eq!(
        spots_found(&lab, json!({ "where": { "place": { "near": "0,0" } }, "order": "id" })).await,
        [1, 2, 4, 5, 6]
    );
    assert_eq!(spots_near(&lab, json!({ "near": "-40,-140" })).await.last(), Some(&1), "the other side of the earth");
    assert_eq!(spots_near(&lab, json!({ "near": "0,179.4" })).await, [1, 5, 2, 4, 6]);
    let brackets = "/api/Spots?filter[where][place][near]=0,0&filter[where][place][maxDistance]=100";
    assert_eq!(lab.rest().get(brackets).await.json().as_array().map(Vec::len), Some(3));
    let one = Spot::find_one(&lab.ctx, p.place.near(GeoPoint { lat: 39.0, lng: 41.0 })).await.unwrap();
    assert_eq!(one.map(|spot| spot.id), Some(1));
}

async fn near_keeps_within_distances(lab: Lab) {
    spots(&lab, &FIVE).await;
    let p = Spot::props();
    let near = |key: &str, n: f64, unit: &str| json!({ "near": "0,0", key: n, "unit": unit });
    for (condition, ids) in [
        (near("maxDistance", 100.0, "kilometers"), vec![4]),
        (near("maxDistance", 100.0, "miles"), vec![4, 2, 6]),
        (near("maxDistance", 112_000.0, "meters"), vec![4, 2, 6]),
        (near("maxDistance", 366_000.0, "feet"), vec![4, 2, 6]),
        (near("maxDistance", 0.0176, "radians"), vec![4, 2, 6]),
        (near("maxDistance", 1.001, "degrees"), vec![4, 2, 6]),
        (near("maxDistance", 0.999, "degrees"), vec![4]),
        (near("maxDistance", 0.0, "miles"), vec![4]),
        (near("maxDistance", 1e300, "feet"), vec![4, 2, 6, 5, 1]),
        (near("minDistance", 100.0, "miles"), vec![5, 1]),
        (near("minDistance", 0.0, "miles"), vec![4, 2, 6, 5, 1]),
        (near("minDistance", 1e9, "miles"), vec![]),
        (json!({ "near": "0,0", "minDistance": "50", "maxDistance": "100" }), vec![2, 6]),
        (json!({ "near": "0,0", "minDistance": 100, "maxDistance": 50 }), vec![]),
    ] {
        assert_eq!(spots_near(&lab, condition.clone()).await, ids, "{condition}");
        let encoded = loopback_tests::rest::encoded(&json!({ "place": condition }).to_string());
        let count = lab.rest().get(&format!("/api/Spots/count?where={encoded}")).await;
        assert_eq!(count.json()["count"], ids.len(), "{condition}");
    }
    let origin = || p.place.near(GeoPoint { lat: 0.0, lng: 0.0 });
    assert_eq!(spots_typed(&lab, origin().max_distance(112.0, Unit::Kilometers)).await, [4, 2, 6]);
    assert_eq!(
        spots_typed(&lab, origin().min_distance(1.5, Unit::Degrees).max_distance(3.0, Unit::Degrees)).await,
        [5]
    );
    for nowhere in [f64::NAN, -1.0] {
        assert_eq!(spots_typed(&lab, origin().max_distance(nowhere, Unit::Miles)).await, [0_i64; 0]);
    }
    assert_eq!(spots_typed(&lab, origin().max_distance(f64::INFINITY, Unit::Miles)).await.len(), 5);
    assert_eq!(spots_typed(&lab, origin().min_distance(-1.0, Unit::Miles)).await.len(), 5);
    assert_eq!(spots_typed(&lab, origin().min_distance(f64::NAN, Unit::Miles)).await, [0_i64; 0]);
    let deleted = Spot::destroy_all(&lab.ctx, origin().max_distance(100.0, Unit::Miles)).await;
    assert_eq!(deleted.unwrap(), 3);
}

async fn near_stands_with_other_conditions(lab: Lab) {
    spots(&lab, &FIVE).await;
    let p = Spot::props();
    let near = json!({ "near": "0,0", "maxDistance": 100 });
    for (condition, ids) in [
        (json!({ "place": near, "name": "even" }), vec![4, 2, 6]),
        (json!({ "and": [{ "name": "even" }, { "place": { "near": "2,1" } }] }), vec![2, 4, 6]),
        (json!({ "and": [{ "place": { "near": "2,1" } }], "place": { "neq": null }, "name": "odd" }), vec![5, 1]),
        (json!({ "or": [{ "place": near }, { "name": "odd" }] }), vec![1, 2, 3, 4, 5, 6]),
        (json!({ "or": [{ "place": near }, { "place": null }] }), vec![2, 3, 4, 6]),
        (json!({ "nor": [{ "place": near }] }), vec![1, 3, 5]),
        (json!({ "place": null }), vec![3]),
    ] {
        assert_eq!(spots_found(&lab, json!({ "where": condition })).await, ids, "{condition}");
    }
    let close = p.place.near(GeoPoint { lat: 0.0, lng: 0.0 }).max_distance(100.0, Unit::Miles);
    assert_eq!(spots_typed(&lab, close.clone().and(p.id.gt(2))).await, [4, 6]);
    assert_eq!(spots_typed(&lab, close.clone().or(p.id.eq(1))).await, [1, 2, 4, 6]);
    assert_eq!(spots_typed(&lab, Where::from(close).not()).await, [1, 3, 5]);
}

async fn near_that_makes_no_sense_is_refused(lab: Lab) {
    spots(&lab, &FIVE).await;
    for (condition, reason) in [
        (json!({ "place": { "near": "91,0" } }), "latitude"),
        (json!({ "place": { "near": "0,181" } }), "latitude"),
        (json!({ "place": { "near": "NaN,0" } }), "latitude"),
        (json!({ "place": { "near": { "lat": 1 } } }), "latitude"),
        (json!({ "place": { "near": null } }), "latitude"),
        (json!({ "place": { "near": "0,0", "maxDistance": -1 } }), "0 or more"),
        (json!({ "place": { "near": "0,0", "maxDistance": "NaN" } }), "0 or more"),
        (json!({ "place": { "near": "0,0", "minDistance": "far" } }), "0 or more"),
        (json!({ "place": { "near": "0,0", "unit": "parsecs" } }), "kilometers"),
        (json!({ "place": { "near": "0,0", "unit": 5 } }), "the name of a unit"),
        (json!({ "place": { "maxDistance": 5 } }), "without `near`"),
        (json!({ "place": { "near": "0,0", "far": 5 } }), "unknown operator"),
        (json!({ "name": { "near": "0,0" } }), "geo points"),
        (json!({ "place.lat": { "near": "0,0" } }), "geo points"),
        (json!({ "or": [{ "place": { "near": "0,0" } }, { "id": 1 }] }), "maxDistance"),
        (json!({ "place": { "gt": "0,0" } }), "compare one of its keys"),
        (json!({ "place": { "regexp": "0" } }), "is for text"),
    ] {
        let answer = lab.rest().find("/api/Spots", json!({ "where": condition })).await;
        assert_eq!(answer.status, 400, "{condition}: {answer}");
        assert!(answer.text().contains(reason), "{condition}: {answer}");
    }
    assert_eq!(spots_found(&lab, json!({ "where": { "place.lat": { "gte": 2 } } })).await, [1, 5]);
}

async fn distances_are_as_counted_here(lab: Lab) {
    let points: Vec<_> =
        (0..40).map(|n| (f64::from(n * 37 % 179) - 89.3, f64::from(n * 101 % 359) - 179.1)).map(Some).collect();
    spots(&lab, &points).await;
    let p = Spot::props();
    for (lat, lng) in [(59.9139, 10.7522), (-90.0, 0.0), (-33.9, 179.9)] {
        let from = GeoPoint { lat, lng };
        let mut all: Vec<(f64, i64)> = (1..)
            .zip(points.iter().flatten())
            .map(|(id, (lat, lng))| (from.distance_to(GeoPoint { lat: *lat, lng: *lng }, Unit::Kilometers), id))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let expected: Vec<i64> = all.iter().map(|(_, id)| *id).collect();
        assert_eq!(spots_typed(&lab, p.place.near(from)).await, expected, "{lat},{lng}");
        let middle = (all[19].0 + all[20].0) / 2.0;
        let inside = spots_typed(&lab, p.place.near(from).max_distance(middle, Unit::Kilometers)).await;
        assert_eq!(inside, expected[..20], "{lat},{lng}");
    }
}

/// Whatever the kind, an operator answers the same everywhere: with rows, or with a 400.
async fn every_operator_on_every_kind(lab: Lab) {
    let values: [(&str, Json, Json); 9] = [
        ("text", json!("Ab"), json!("b")),
        ("number", json!(1.5), json!(2)),
        ("whole", json!(1), json!(2)),
        ("exact", json!("1.50"), json!("10")),
        ("at", json!("2024-01-01T00:00:00Z"), json!("2024-01-02T00:00:00Z")),
        ("day", json!("2024-01-01"), json!("2024-01-02")),
        ("flag", json!(false), json!(true)),
        ("uuid", json!("00000000-0000-4000-8000-000000000001"), json!("00000000-0000-4000-8000-000000000002")),
        ("tier", json!("basic"), json!("gold-plus")),
    ];
    for (kind, low, high) in values {
        Sample::destroy_all(&lab.ctx, ()).await.unwrap();
        store(&lab, kind, [low.clone(), high.clone(), json!(null)]).await;
        let ordered = kind != "flag";
        let text = matches!(kind, "text" | "tier");
        let when = |is: bool, ids: &[i64]| is.then(|| ids.to_vec());
        for (operator, value, ids) in [
            ("eq", low.clone(), Some(vec![1])),
            ("eq", json!(null), Some(vec![3])),
            ("neq", low.clone(), Some(vec![2])),
            ("neq", json!(null), Some(vec![1, 2])),
            ("gt", low.clone(), when(ordered, &[2])),
            ("gte", low.clone(), when(ordered, &[1, 2])),
            ("lt", high.clone(), when(ordered, &[1])),
            ("lte", high.clone(), when(ordered, &[1, 2])),
            ("gt", json!(null), None),
            ("between", json!([low, high]), when(ordered, &[1, 2])),
            ("between", json!([low, null]), None),
            ("inq", json!([high, low]), Some(vec![1, 2])),
            ("inq", json!([high, null]), Some(vec![2, 3])),
            ("nin", json!([high]), Some(vec![1])),
            ("nin", json!([high, null]), Some(vec![1])),
            ("like", json!("_%b%"), when(text, if kind == "text" { &[1] } else { &[] })),
            ("nlike", json!("_%b%"), when(text, if kind == "text" { &[2] } else { &[1, 2] })),
            ("ilike", json!("%B%"), when(text, if kind == "text" { &[1, 2] } else { &[1] })),
            ("nilike", json!("%B%"), when(text, if kind == "text" { &[] } else { &[2] })),
            ("regexp", json!("/^[AG]/i"), when(text, if kind == "text" { &[1] } else { &[2] })),
            ("near", json!("0,0"), None),
        ] {
            let condition = json!({ kind: { operator: value } });
            let answer = lab.rest().find("/api/Samples", json!({ "where": condition })).await;
            match ids {
                Some(ids) => {
                    assert_eq!(found(&lab, condition.clone()).await, ids, "{condition}");
                    let others: Vec<i64> = (1..=3).filter(|id| !ids.contains(id)).collect();
                    assert_eq!(found(&lab, json!({ "nor": [condition] })).await, others, "nor {condition}");
                }
                None => assert_eq!(answer.status, 400, "{condition}: {answer}"),
            }
        }
    }
}

async fn several_operators_on_one_property_all_hold(lab: Lab) {
    store(&lab, "whole", (1..=6).map(|n| json!(n))).await;
    assert_eq!(found(&lab, json!({ "whole": { "gt": 2, "lte": 5, "neq": 4 } })).await, [3, 5]);
}

async fn keys_of_json_columns_are_compared_by_type(lab: Lab) {
    let metas = [
        json!({ "color": "red", "size": 9, "ok": true }),
        json!({ "color": "RED", "size": 10, "ok": false }),
        json!({ "color": null, "size": "9", "ok": "true" }),
        json!({ "size": 9.5, "deep": { "er": { "key": "x" } } }),
        json!({ "color": "café", "size": -1, "list": ["a"] }),
        json!(["color"]),
        json!("red"),
        json!(null),
    ];
    store(&lab, "meta", metas).await;
    for (condition, ids) in [
        (json!({ "meta.color": "red" }), vec![1]),
        (json!({ "meta.color": { "neq": "red" } }), vec![2, 5]),
        (json!({ "meta.color": { "inq": ["red", "café"] } }), vec![1, 5]),
        (json!({ "meta.color": { "inq": ["RED", 9, true] } }), vec![2]),
        (json!({ "meta.color": { "nin": ["red"] } }), vec![2, 5]),
        (json!({ "meta.color": { "like": "r%" } }), vec![1]),
        (json!({ "meta.color": { "like": "caf_" } }), vec![5]),
        (json!({ "meta.color": { "nlike": "r%" } }), vec![2, 5]),
        (json!({ "meta.color": { "gt": "RED" } }), vec![1, 5]),
        (json!({ "meta.color": { "between": ["RED", "c"] } }), vec![2]),
        (json!({ "meta.size": 9 }), vec![1]),
        (json!({ "meta.size": "9" }), vec![3]),
        (json!({ "meta.size": { "gt": 9 } }), vec![2, 4]),
        (json!({ "meta.size": { "lt": 0 } }), vec![5]),
        (json!({ "meta.size": { "between": [9, 9.5] } }), vec![1, 4]),
        (json!({ "meta.size": { "inq": [9, "9"] } }), vec![1, 3]),
        (json!({ "meta.ok": true }), vec![1]),
        (json!({ "meta.ok": { "neq": true } }), vec![2]),
        (json!({ "meta.ok": { "inq": [false, "true"] } }), vec![2, 3]),
        (json!({ "meta.deep.er.key": "x" }), vec![4]),
        (json!({ "meta.deep": { "neq": null } }), vec![4]),
        (json!({ "meta.color": null }), vec![3, 4, 6, 7, 8]),
        (json!({ "meta.color": { "neq": null } }), vec![1, 2, 5]),
        (json!({ "meta.color": { "inq": ["red", null] } }), vec![1, 3, 4, 6, 7, 8]),
        (json!({ "meta.color": { "nin": ["red", null] } }), vec![2, 5]),
        (json!({ "meta.nothing": "x" }), vec![]),
        (json!({ "meta.$c' OR 1=1 --": "x" }), vec![]),
        (json!({ "meta.a b": { "eq": "x" } }), vec![]),
        (json!({ "dims.width": { "gt": 1 } }), vec![]),
    ] {
        assert_eq!(found(&lab, condition.clone()).await, ids, "{condition}");
    }
    for bad in [
        json!({ "meta": "red" }),
        json!({ "meta.": 1 }),
        json!({ "meta.a\"b": 1 }),
        json!({ "meta.a\\": 1 }),
        json!({ "meta.color": { "gt": null } }),
        json!({ "meta.color": [1] }),
        json!({ "text.a": 1 }),
    ] {
        let answer = lab.rest().find("/api/Samples", json!({ "where": bad })).await;
        assert_eq!(answer.status, 400, "{bad}: {answer}");
    }
}

async fn lists_have_no_places(lab: Lab) {
    store(&lab, "words", [json!(["a", "b"]), json!([])]).await;
    for path in ["words.0", "words.-1", "words.length"] {
        let answer = lab.rest().find("/api/Samples", json!({ "where": { path: "a" } })).await;
        assert_eq!(answer.status, 400, "{path}: {answer}");
        assert!(answer.text().contains("it is an array"), "{answer}");
    }
}

async fn fields_choose_what_is_answered(lab: Lab) {
    Sample::create(&lab.ctx, set!(Sample { id: 1, text: "a".to_owned(), whole: 5_i64 })).await.unwrap();
    for (fields, want) in [
        (json!("text"), r#"[{"text":"a"}]"#),
        (json!(["whole", "id"]), r#"[{"id":1,"whole":5}]"#),
        (json!({ "text": true, "whole": true }), r#"[{"text":"a","whole":5}]"#),
    ] {
        let answer = lab.rest().find("/api/Samples", json!({ "fields": fields })).await;
        assert_eq!(answer.text(), want, "{fields}");
    }
    let answer = lab.rest().find("/api/Samples", json!({ "fields": { "text": false, "id": false } })).await;
    let rows = answer.json();
    assert!(rows[0].get("text").is_none() && rows[0].get("id").is_none() && rows[0]["whole"] == 5, "{rows}");
    let one = lab.rest().get("/api/Samples/1?filter[fields][text]=true").await;
    assert_eq!(one.text(), r#"{"text":"a"}"#);
}

async fn select_gives_tuples(lab: Lab) {
    let p = Sample::props();
    Sample::create(&lab.ctx, set!(Sample { id: 1, text: "a".to_owned(), whole: 5_i64 })).await.unwrap();
    Sample::create(&lab.ctx, set!(Sample { id: 2 })).await.unwrap();
    assert_eq!(Sample::select(&lab.ctx, p.id, ()).await.unwrap(), [1, 2]);
    let rows = Sample::select(&lab.ctx, (p.whole, p.text, p.id, p.whole), p.id.desc()).await.unwrap();
    assert_eq!(rows, [(None, None, 2, None), (Some(5), Some("a".to_owned()), 1, Some(5))]);
    let none = Sample::select(&lab.ctx, (p.id,), p.id.gt(2)).await.unwrap();
    assert!(none.is_empty());
}

async fn find_one_finds_the_first(lab: Lab) {
    let p = Sample::props();
    texts(&lab, &["b", "a", "a"]).await;
    assert_eq!(Sample::find_one(&lab.ctx, ()).await.unwrap().unwrap().id, 1);
    assert_eq!(Sample::find_one(&lab.ctx, p.text.eq("a")).await.unwrap().unwrap().id, 2);
    assert_eq!(Sample::find_one(&lab.ctx, p.text.asc()).await.unwrap().unwrap().id, 2);
    assert_eq!(Sample::find_one(&lab.ctx, Filter::new().skip(2)).await.unwrap().unwrap().id, 3);
    assert!(Sample::find_one(&lab.ctx, p.text.eq("z")).await.unwrap().is_none());
    let rest = lab.rest();
    assert_eq!(rest.find("/api/Samples/findOne", json!({ "order": "text" })).await.json()["id"], 2);
    assert_eq!(rest.find("/api/Samples/findOne", json!({ "where": { "text": "z" } })).await.status, 404);
}

async fn a_list_of_values_may_be_long(lab: Lab) {
    let p = Sample::props();
    store(&lab, "whole", (1..=3).map(|n| json!(n))).await;
    assert_eq!(typed(&lab, p.whole.inq(2..30_000_i64)).await, [2, 3]);
    assert_eq!(typed(&lab, p.whole.nin(2..30_000_i64)).await, [1]);
    let thousand: Vec<i64> = (2..1002).collect();
    assert_eq!(found(&lab, json!({ "whole": { "inq": thousand } })).await, [2, 3]);
}

async fn brackets_and_json_mean_the_same(lab: Lab) {
    store(&lab, "whole", (1..=6).map(|n| json!(n))).await;
    for (query, ids) in [
        ("filter[where][whole]=3", vec![3]),
        ("filter[where][whole][gt]=4", vec![5, 6]),
        ("filter[where][whole][inq]=1&filter[where][whole][inq]=2", vec![1, 2]),
        ("filter[where][whole][inq][0]=1&filter[where][whole][inq][1]=6", vec![1, 6]),
        ("filter[where][whole][between][0]=2&filter[where][whole][between][1]=3", vec![2, 3]),
        ("filter[where][or][0][whole]=1&filter[where][or][1][whole]=5", vec![1, 5]),
        ("filter[order]=whole%20DESC&filter[limit]=2&filter[skip]=1", vec![5, 4]),
        ("filter[order][0]=whole%20DESC&filter[limit]=1", vec![6]),
        ("filter=%7B%22limit%22%3A1%7D", vec![1]),
        ("filter=", vec![1, 2, 3, 4, 5, 6]),
        ("", vec![1, 2, 3, 4, 5, 6]),
    ] {
        let answer = lab.rest().get(&format!("/api/Samples?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {answer}");
        let rows = answer.json();
        assert_eq!(
            rows.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>(),
            ids,
            "{query}"
        );
    }
}
