//! Property types: what is stored is what was set, typed and over REST, and its JSON is the same on every database.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

cases!(models![Full, Spare, Price, Ticket, Slot, Voucher, Device, Badge];
    every_type_comes_back_as_it_was_set
    every_type_has_room_for_nothing
    every_type_has_the_same_json_everywhere
    no_value_is_null_in_json_everywhere
    a_patch_of_every_type_is_stored
    extremes_of_numbers_come_back
    a_list_of_json_columns_keeps_its_values
    ids_of_every_type_are_made_or_taken
    ids_of_every_type_are_found_over_rest
    a_decimal_that_does_not_fit_is_refused
    a_text_longer_than_its_column_is_refused
    what_is_no_number_is_refused
    a_type_of_ones_own_refuses_what_it_cannot_hold
);

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn dims() -> Dims {
    Dims { width: 1.5, height: Some(2.0), tier: Some(Tier::GoldPlus), made_at: Some(time("2024-02-29T12:30:45.678Z")) }
}

fn full() -> Full {
    Full {
        id: 7,
        text: "Zoë \"quoted\" \\ 😀 \n\t'x'".into(),
        tiny: -128,
        small: -32_768,
        medium: i32::MIN,
        large: i64::MAX,
        unsigned_small: u16::MAX,
        unsigned: u32::MAX,
        float: 0.1,
        double: 0.1 + 0.2,
        flag: true,
        at: time("1969-12-31T23:59:59.999Z"),
        day: "2024-02-29".parse().unwrap(),
        exact: "123456789012.3456".parse().unwrap(),
        uuid: "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap(),
        tier: Tier::InTransit,
        words: vec!["b".into(), String::new(), "é😀".into()],
        numbers: vec![1.0, 0.1, -2.5e-9],
        tiers: vec![Tier::GoldPlus, Tier::Basic],
        times: vec![time("2024-02-29T12:30:45.678Z")],
        boxes: vec![dims(), Dims { width: 0.0, height: None, tier: None, made_at: None }],
        dims: dims(),
        anything: json!({ "zz": 1, "a": { "deep": [null, true, "x", 1.5] }, "bb": [] }),
        bytes: vec![0, 255, 1, 128, 39, 92],
        place: GeoPoint::new(59.9, -10.75).unwrap(),
        email: Email("ada@example.com".into()),
    }
}

fn patch(of: &Full) -> Patch<Full> {
    let f = of.clone();
    set!(Full {
        id: f.id,
        text: f.text,
        tiny: f.tiny,
        small: f.small,
        medium: f.medium,
        large: f.large,
        unsigned_small: f.unsigned_small,
        unsigned: f.unsigned,
        float: f.float,
        double: f.double,
        flag: f.flag,
        at: f.at,
        day: f.day,
        exact: f.exact,
        uuid: f.uuid,
        tier: f.tier,
        words: f.words,
        numbers: f.numbers,
        tiers: f.tiers,
        times: f.times,
        boxes: f.boxes,
        dims: f.dims,
        anything: f.anything,
        bytes: f.bytes,
        place: f.place,
        email: f.email,
    })
}

/// The JSON of [`full`], key by key as an answer has them.
const FULL: &str = concat!(
    r#"{"id":7,"text":"Zoë \"quoted\" \\ 😀 \n\t'x'","tiny":-128,"small":-32768,"medium":-2147483648,"#,
    r#""large":9223372036854775807,"unsignedSmall":65535,"unsigned":4294967295,"float":0.10000000149011612,"#,
    r#""double":0.30000000000000004,"flag":true,"at":"1969-12-31T23:59:59.999Z","day":"2024-02-29","#,
    r#""exact":"123456789012.3456","uuid":"67e55044-10b1-426f-9247-bb680e5fe0c8","tier":"inTransit","#,
    r#""words":["b","","é😀"],"numbers":[1,0.1,-2.5e-9],"tiers":["gold-plus","basic"],"#,
    r#""times":["2024-02-29T12:30:45.678Z"],"#,
    r#""boxes":[{"height":2,"madeAt":"2024-02-29T12:30:45.678Z","tier":"gold-plus","width":1.5},{"width":0}],"#,
    r#""dims":{"height":2,"madeAt":"2024-02-29T12:30:45.678Z","tier":"gold-plus","width":1.5},"#,
    r#""anything":{"a":{"deep":[null,true,"x",1.5]},"bb":[],"zz":1},"bytes":"AP8BgCdc","#,
    r#""place":{"lat":59.9,"lng":-10.75},"email":"ada@example.com"}"#
);

async fn every_type_comes_back_as_it_was_set(lab: Lab) {
    let want = full();
    assert_eq!(Full::create(&lab.ctx, patch(&want)).await.unwrap(), want);
    assert_eq!(Full::find_by_id(&lab.ctx, 7).await.unwrap().unwrap(), want);
    // Within a transaction rows take another way through the driver.
    let inside = lab.ctx.transaction(async |tx| {
        Full::create(&tx, patch(&Full { id: 8, ..full() })).await?;
        Full::find_by_id(&tx, 8).await
    });
    assert_eq!(inside.await.unwrap().unwrap(), Full { id: 8, ..want });
}

async fn every_type_has_room_for_nothing(lab: Lab) {
    let empty = Spare::create(&lab.ctx, set!(Spare { id: 1 })).await.unwrap();
    let patch = set!(Spare {
        id: 2,
        text: None,
        tiny: None,
        small: None,
        medium: None,
        large: None,
        unsigned_small: None,
        unsigned: None,
        float: None,
        double: None,
        flag: None,
        at: None,
        day: None,
        exact: None,
        uuid: None,
        tier: None,
        words: None,
        numbers: None,
        tiers: None,
        times: None,
        boxes: None,
        dims: None,
        anything: None,
        bytes: None,
        place: None,
        email: None
    });
    let nulls = Spare::create(&lab.ctx, patch.clone()).await.unwrap();
    assert_eq!(Spare { id: 1, ..nulls.clone() }, empty);
    assert_eq!(Spare::find(&lab.ctx, ()).await.unwrap(), [empty.clone(), nulls]);
    let inside = lab.ctx.transaction(async |tx| {
        empty
            .update_attributes(
                &tx,
                set!(Spare {
                    text: None,
                    tiny: None,
                    large: None,
                    double: None,
                    flag: None,
                    at: None,
                    day: None,
                    exact: None,
                    uuid: None,
                    tier: None,
                    words: None,
                    dims: None,
                    anything: None,
                    bytes: None,
                    place: None,
                }),
            )
            .await
    });
    assert_eq!(inside.await.unwrap(), empty);
}

async fn every_type_has_the_same_json_everywhere(lab: Lab) {
    let rest = lab.rest();
    let sent: Json = serde_json::from_str(FULL).unwrap();
    let made = rest.json("POST", "/api/Fulls", sent.clone()).await;
    assert_eq!((made.status, made.text().as_str()), (200, FULL));
    assert_eq!(rest.get("/api/Fulls/7").await.text(), FULL);
    assert_eq!(rest.get("/api/Fulls").await.text(), format!("[{FULL}]"));
    assert_eq!(Full::find_by_id(&lab.ctx, 7).await.unwrap().unwrap(), full());
    let patched = rest.json("PATCH", "/api/Fulls/7", json!({ "flag": true })).await;
    assert_eq!(patched.text(), FULL);
    let replaced = rest.json("POST", "/api/Fulls/7/replace", sent).await;
    assert_eq!(replaced.text(), FULL);
}

async fn no_value_is_null_in_json_everywhere(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/Spares", json!({ "id": 1 })).await;
    let read = rest.get("/api/Spares/1").await;
    let read = read.json();
    assert_eq!(read.as_object().unwrap().len(), 26);
    for (key, value) in read.as_object().unwrap().iter().filter(|(key, _)| *key != "id") {
        assert_eq!((value, &made[key]), (&Json::Null, &Json::Null), "{key}");
    }
}

async fn a_patch_of_every_type_is_stored(lab: Lab) {
    Spare::create(&lab.ctx, set!(Spare { id: 7 })).await.unwrap();
    let rest = lab.rest();
    let sent: Json = serde_json::from_str(FULL).unwrap();
    let patched = rest.json("PATCH", "/api/Spares/7", sent.clone()).await;
    assert_eq!((patched.status, patched.text().as_str()), (200, FULL));
    assert_eq!(rest.get("/api/Spares/7").await.text(), FULL);
    // In LoopBack's words null takes a value away.
    for (key, value) in sent.as_object().unwrap().iter().filter(|(key, _)| *key != "id") {
        let patched = rest.json("PATCH", "/api/Spares/7", json!({ key: null })).await;
        assert_eq!((patched.status, &patched.json()[key]), (200, &Json::Null), "{key}: {patched}");
        let patched = rest.json("PATCH", "/api/Spares/7", json!({ key: value })).await;
        assert_eq!(patched.text(), FULL, "{key}");
    }
}

async fn extremes_of_numbers_come_back(lab: Lab) {
    let doubles =
        [0.0, -0.0, 1e15, 9.007_199_254_740_993e15, 1e21, 1.5e300, f64::MIN_POSITIVE, f64::MAX, 5e-324, 0.1 + 0.2];
    for (id, double) in (1..).zip(doubles) {
        Spare::create(&lab.ctx, set!(Spare { id: id, double: double })).await.unwrap();
        assert_eq!(Spare::find_by_id(&lab.ctx, id).await.unwrap().unwrap().double, Some(double), "{double:e}");
        assert_eq!(
            Spare::count(&lab.ctx, Spare::props().double.eq(double).and(Spare::props().id.eq(id))).await.unwrap(),
            1
        );
    }
    for (id, large) in (100..).zip([i64::MIN, -1, 0, 9_007_199_254_740_993, i64::MAX]) {
        Spare::create(&lab.ctx, set!(Spare { id: id, large: large })).await.unwrap();
        assert_eq!(Spare::find_by_id(&lab.ctx, id).await.unwrap().unwrap().large, Some(large));
        let read = lab.rest().get(&format!("/api/Spares/{id}")).await;
        assert!(read.text().contains(&format!("\"large\":{large},")), "{read}");
    }
    let read = lab.rest().get("/api/Spares?filter[fields]=double&filter[where][id][lt]=6").await;
    let want =
        r#"[{"double":0},{"double":0},{"double":1000000000000000},{"double":9007199254740992.0},{"double":1e+21}]"#;
    assert_eq!(read.text(), want);
}

async fn a_list_of_json_columns_keeps_its_values(lab: Lab) {
    let rest = lab.rest();
    let values = [
        json!([]),
        json!({}),
        json!([1, 1.5, 1e21, -0.5, 10_000_000_000_i64]),
        json!("text"),
        json!(5),
        json!(true),
        json!({ "b": 1, "a": 2, "aa": { "z": null, "y": [[]] } }),
        json!("\u{7f}\u{1f600}\"\\/\n"),
        json!({ "": 1, "é": 2 }),
        json!({ "a.b": 1, "$c": 2, "d e": 3 }),
        json!(9_007_199_254_740_993_i64),
        json!(i64::MIN),
        json!(0.1),
    ];
    for (id, value) in (1..).zip(values) {
        let made = rest.json("POST", "/api/Spares", json!({ "id": id, "anything": value })).await;
        let read = rest.get(&format!("/api/Spares/{id}?filter[fields]=anything")).await;
        assert_eq!(read.text(), format!("{{\"anything\":{value}}}"), "{made}");
        assert_eq!(made.json()["anything"], value);
        let typed = Spare::find_by_id(&lab.ctx, id).await.unwrap().unwrap();
        assert_eq!(typed.anything, Some(value));
    }
}

async fn ids_of_every_type_are_made_or_taken(lab: Lab) {
    let ctx = &lab.ctx;
    let first = Ticket::create(ctx, set!(Ticket { text: "a" })).await.unwrap();
    let second = Ticket::create(ctx, set!(Ticket { text: "b" })).await.unwrap();
    assert!(first.id > 0_i32 && second.id > first.id);
    for number in [0, -5, i64::MAX] {
        let made = Slot::create(ctx, set!(Slot { number: number, text: "a" })).await.unwrap();
        assert_eq!(made.reload(ctx).await.unwrap().number, number);
    }
    assert_eq!(Slot::create(ctx, set!(Slot { text: "a" })).await.unwrap_err().status(), 422);
    let made = Voucher::create(ctx, set!(Voucher { text: "a" })).await.unwrap();
    assert!(made.id.parse::<Uuid>().is_ok(), "{}", made.id);
    let own = Voucher::create(ctx, set!(Voucher { id: "own", text: "a" })).await.unwrap();
    assert_eq!((own.id.as_str(), Voucher::count(ctx, ()).await.unwrap()), ("own", 2));
    let made = Device::create(ctx, set!(Device { text: "a" })).await.unwrap();
    assert_eq!(made.reload(ctx).await.unwrap().id, made.id);
    assert_eq!(Device::create(ctx, set!(Device { id: made.id, text: "a" })).await.unwrap_err().status(), 422);
    let id: Uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
    Badge::create(ctx, set!(Badge { id: id, text: "a" })).await.unwrap();
    assert_eq!(Badge::create(ctx, set!(Badge { id: id, text: "b" })).await.unwrap_err().status(), 409);
    assert_eq!(Badge::upsert(ctx, set!(Badge { id: id, text: "c" })).await.unwrap().text, "c");
    assert!(Badge::exists(ctx, id).await.unwrap() && Badge::destroy_by_id(ctx, id).await.unwrap());
}

async fn ids_of_every_type_are_found_over_rest(lab: Lab) {
    let rest = lab.rest();
    for (path, key, body) in [
        ("/api/Tickets", "id", json!({ "text": "a" })),
        ("/api/Slots", "number", json!({ "number": -5, "text": "a" })),
        ("/api/Vouchers", "id", json!({ "id": "a b/é%😀", "text": "a" })),
        ("/api/Devices", "id", json!({ "text": "a" })),
        ("/api/Badges", "id", json!({ "id": "67E55044-10B1-426F-9247-BB680E5FE0C8", "text": "a" })),
    ] {
        let made = rest.create(path, body).await;
        let id = made[key].as_str().map_or_else(|| made[key].to_string(), loopback_tests::rest::encoded);
        let at = format!("{path}/{id}");
        assert_eq!(rest.get(&at).await.json(), made, "{at}");
        assert_eq!(rest.get(&format!("{at}/exists")).await.json(), json!({ "exists": true }));
        assert_eq!(rest.json("PATCH", &at, json!({ "text": "b" })).await.json()["text"], "b");
        assert_eq!(rest.call("DELETE", &at).await.json(), json!({ "count": 1 }));
        assert_eq!(rest.get(&at).await.status, 404);
    }
}

async fn a_decimal_that_does_not_fit_is_refused(lab: Lab) {
    for fits in ["0", "99999999.99", "-0.01", "5.10"] {
        let n: Decimal = fits.parse().unwrap();
        let made = Price::create(&lab.ctx, set!(Price { amount: n })).await.unwrap();
        assert_eq!((made.amount, made.reload(&lab.ctx).await.unwrap().amount), (n, n));
    }
    for bad in ["0.001", "100000000", "99999999.999"] {
        let n: Decimal = bad.parse().unwrap();
        let error = Price::create(&lab.ctx, set!(Price { amount: n })).await.unwrap_err();
        assert_eq!(error.status(), 422, "{bad}: {error}");
        let answer = lab.rest().json("POST", "/api/Prices", json!({ "amount": bad })).await;
        assert_eq!(answer.status, 422, "{bad}: {answer}");
    }
    assert_eq!(Price::count(&lab.ctx, ()).await.unwrap(), 4);
    let read = lab.rest().get("/api/Prices?filter[fields]=amount&filter[order]=id").await;
    assert_eq!(read.text(), r#"[{"amount":"0"},{"amount":"99999999.99"},{"amount":"-0.01"},{"amount":"5.1"}]"#);
}

async fn a_text_longer_than_its_column_is_refused(lab: Lab) {
    let five = Price::create(&lab.ctx, set!(Price { amount: 1, currency: "äöü😀x" })).await.unwrap();
    let error = Price::create(&lab.ctx, set!(Price { amount: 1, currency: "123456" })).await.unwrap_err();
    assert_eq!(error.status(), 422, "{error}");
    let answer = lab.rest().json("PATCH", &format!("/api/Prices/{}", five.id), json!({ "currency": "123456" })).await;
    assert_eq!((answer.status, &answer.json()["error"]["details"]["codes"]["currency"]), (422, &json!(["length.max"])));
}

async fn what_is_no_number_is_refused(lab: Lab) {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = Spare::create(&lab.ctx, set!(Spare { id: 1, double: bad })).await.unwrap_err();
        assert_eq!(error.status(), 422, "{bad}: {error}");
        let error = Spare::update_all(&lab.ctx, (), set!(Spare { double: bad })).await.unwrap_err();
        assert_eq!(error.status(), 422, "{bad}: {error}");
    }
    assert_eq!(Spare::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn a_type_of_ones_own_refuses_what_it_cannot_hold(lab: Lab) {
    // A client's text is checked against the kind alone; the type sees it when it is read.
    lab.sql("INSERT INTO spare (id, email) VALUES (1, 'nobody')").await;
    let error = Spare::find_by_id(&lab.ctx, 1).await.unwrap_err();
    assert_eq!(error.status(), 500);
    assert!(error.to_string().contains("Spare.email of id 1"), "{error}");
}
