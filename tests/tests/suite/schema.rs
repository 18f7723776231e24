//! The graph and the schema: what is refused at start, what is added, and many starting at once.

use crate::models::*;
use futures_util::future::join_all;
use loopback::meta::{
    DefaultDef, IndexDef, KindDef, Literal, Location, ModelDef, PropertyDef, RuleDef, SettingsDef, ValidationDef,
};
use loopback::prelude::*;
use loopback::sea_orm::ConnectionTrait;
use loopback_tests::lab::{Database, Place};
use loopback_tests::place_cases;
use loopback_tests::server::Server;

place_cases!(
    every_table_fits_after_it_was_made
    an_update_adds_columns_and_indexes_and_drops_nothing
    an_update_that_would_lose_data_is_refused
    a_check_refuses_and_names_the_difference
    recreate_loses_the_data
    five_apps_start_at_once_on_an_empty_database
    five_processes_start_at_once_on_an_empty_database
);

const ALL: [&ModelDef; 24] = models![
    Shop, Country, Parcel, Ticket, Slot, Voucher, Device, Badge, Full, Spare, Price, Sample, Member, Seat, Single,
    StrictDoc, ThrowDoc, IgnoreDoc, FreeDoc, PlainDoc, Account, Before, OfTable, Wide
];

/// A model before a change.
#[model(table = "thing")]
pub struct Before {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub gone: Option<String>,
}

/// The same after it. Its own module, because it has the same table.
#[model(table = "thing")]
pub struct After {
    #[property(id, generated)]
    pub id: i64,
    #[property(uniqueness)]
    pub name: String,
    #[property(default = "new")]
    pub kind: String,
    #[property(index)]
    pub rating: Option<f64>,
}

/// As `After`, with a column that cannot be filled.
#[model(table = "thing")]
pub struct TooMuch {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub must: String,
}

/// Names that SQL must quote.
#[model(table = "select")]
pub struct OfTable {
    #[property(id, generated, column = "from")]
    pub id: i64,
    #[property(column = "order", index)]
    pub where_: Option<String>,
    #[property(column = "A b", uniqueness(scope(id_group)))]
    pub group: Option<String>,
    pub id_group: Option<i64>,
}

/// A unique index over several properties.
#[model(unique(a, b), index(b, c))]
pub struct Wide {
    #[property(id, generated)]
    pub id: i64,
    pub a: Option<i64>,
    pub b: Option<String>,
    pub c: Option<DateTime<Utc>>,
}

fn on(place: &Place, models: impl IntoIterator<Item = &'static ModelDef>, migrate: Migrate) -> AppBuilder {
    App::builder().models(models).database_url(&place.url).migrate(migrate)
}

async fn every_table_fits_after_it_was_made(place: &Place) {
    for migrate in [Migrate::Update, Migrate::Recreate, Migrate::Update, Migrate::Check] {
        let app = on(place, ALL, migrate).build().await.unwrap();
        assert_eq!(app.schema_difference().await.unwrap(), []);
    }
    let app = on(place, ALL, Migrate::Check).build().await.unwrap();
    let ctx = app.ctx();
    let made = OfTable::create(&ctx, set!(OfTable { where_: "x".to_owned(), group: "g".to_owned() })).await.unwrap();
    assert_eq!(OfTable::count(&ctx, OfTable::props().where_.eq("x")).await.unwrap(), 1);
    assert_eq!(OfTable::create(&ctx, set!(OfTable { group: "g".to_owned() })).await.unwrap_err().status(), 422);
    made.destroy(&ctx).await.unwrap();
    Wide::create(&ctx, set!(Wide { a: 1_i64, b: "x".to_owned() })).await.unwrap();
    let error = Wide::create(&ctx, set!(Wide { a: 1_i64, b: "x".to_owned() })).await.unwrap_err();
    assert_eq!(error.details().unwrap()["codes"], serde_json::json!({ "a": ["uniqueness"], "b": ["uniqueness"] }));
}

async fn an_update_adds_columns_and_indexes_and_drops_nothing(place: &Place) {
    let before = on(place, models![Before], Migrate::Update).build().await.unwrap();
    let made = Before::create(&before.ctx(), set!(Before { name: "a", gone: "kept".to_owned() })).await.unwrap();
    let after = on(place, models![After], Migrate::Update).build().await.unwrap();
    assert_eq!(after.schema_difference().await.unwrap(), []);
    let row = After::find_by_id(&after.ctx(), made.id).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.kind.as_str(), row.rating), ("a", "new", None));
    // The index is there, and so is the column that no model has any more.
    let error = After::create(&after.ctx(), set!(After { name: "a" })).await.unwrap_err();
    assert_eq!(error.status(), 422, "{error}");
    let twice = "INSERT INTO thing (name, kind) VALUES ('a', 'x')";
    assert!(after.ctx().db().execute_unprepared(twice).await.is_err(), "the database holds the unique index");
    assert_eq!(Before::find_one(&before.ctx(), ()).await.unwrap().unwrap().gone.as_deref(), Some("kept"));
}

async fn an_update_that_would_lose_data_is_refused(place: &Place) {
    let before = on(place, models![Before], Migrate::Update).build().await.unwrap();
    Before::create(&before.ctx(), set!(Before { name: "a" })).await.unwrap();
    let error = on(place, models![TooMuch], Migrate::Update).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("thing") && error.message().contains("must"), "{error}");
    // A unique index over rows that are equal already.
    Before::create(&before.ctx(), set!(Before { name: "a" })).await.unwrap();
    let error = on(place, models![After], Migrate::Update).build().await.unwrap_err();
    assert!(error.message().contains("equal values"), "{error}");
    assert_eq!(Before::count(&before.ctx(), ()).await.unwrap(), 2);
}

async fn a_check_refuses_and_names_the_difference(place: &Place) {
    let error = on(place, models![Before], Migrate::Check).build().await.unwrap_err();
    assert!(error.message().contains("thing"), "{error}");
    on(place, models![Before], Migrate::Update).build().await.unwrap();
    for builder in [
        on(place, models![After], Migrate::Check),
        on(place, models![After], Migrate::Auto).environment(Environment::Production),
    ] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        for name in ["`kind`", "`rating`", "uq_thing_name"] {
            assert!(error.message().contains(name), "{name} in {error}");
        }
    }
    let app = on(place, models![After], Migrate::Leave).build().await.unwrap();
    assert!(!app.schema_difference().await.unwrap().is_empty());
}

async fn recreate_loses_the_data(place: &Place) {
    let app = on(place, models![Before], Migrate::Recreate).build().await.unwrap();
    Before::create(&app.ctx(), set!(Before { name: "a" })).await.unwrap();
    let app = on(place, models![Before], Migrate::Recreate).build().await.unwrap();
    assert_eq!(Before::count(&app.ctx(), ()).await.unwrap(), 0);
}

async fn five_apps_start_at_once_on_an_empty_database(place: &Place) {
    let starts =
        (0..5).map(|_| tokio::spawn(on(place, models![Shop, Seat, Parcel, FreeDoc, Wide], Migrate::Update).build()));
    let apps: Vec<App> = join_all(starts).await.into_iter().map(|app| app.unwrap().unwrap()).collect();
    for app in &apps {
        assert_eq!(app.schema_difference().await.unwrap(), []);
        Shop::create(&app.ctx(), set!(Shop { name: "a" })).await.unwrap();
        Parcel::create(&app.ctx(), set!(Parcel { label: "a" })).await.unwrap();
    }
    assert_eq!(Shop::count(&apps[0].ctx(), ()).await.unwrap(), 5);
}

async fn five_processes_start_at_once_on_an_empty_database(place: &Place) {
    // The quickstart has SQLite alone.
    if place.database != Database::SqliteFile {
        return;
    }
    let starts = (0..5).map(|_| {
        let url = place.url.clone();
        tokio::task::spawn_blocking(move || Server::start("quickstart", &[("DATABASE_URL", &url)]))
    });
    for server in join_all(starts).await {
        let server = server.unwrap().unwrap();
        let get = tokio::task::spawn_blocking(move || server.client().get("/api/CoffeeShops"));
        assert_eq!(get.await.unwrap().status, 200);
    }
}

// ---- faults of the graph --------------------------------------------------------------------------------------------

const ID: PropertyDef = PropertyDef { id: true, generated: true, line: 11, ..PropertyDef::of::<i64>("id", "id", "id") };

const fn faulty(name: &'static str, line: u32, properties: &'static [PropertyDef], settings: SettingsDef) -> ModelDef {
    ModelDef {
        name,
        doc: "",
        base: None,
        table: None,
        plural: None,
        http_path: None,
        properties,
        relations: &[],
        acls: &[],
        settings,
        location: Location { file: "src/faulty.rs", line },
    }
}

static ONE: ModelDef = faulty("Twin", 10, &[ID], SettingsDef::DEFAULT);
static TWO: ModelDef = faulty("Twin", 20, &[ID], SettingsDef::DEFAULT);
static NO_ID: ModelDef = faulty(
    "NoId",
    30,
    &[PropertyDef { line: 31, ..PropertyDef::of::<String>("name", "name", "name") }],
    SettingsDef::DEFAULT,
);
static BAD_DEFAULT: ModelDef = faulty(
    "BadDefault",
    40,
    &[
        ID,
        PropertyDef {
            line: 42,
            default: DefaultDef::Literal(Literal::Str("many")),
            ..PropertyDef::of::<i64>("count", "count", "count")
        },
        PropertyDef { line: 43, default: DefaultDef::Now, ..PropertyDef::of::<bool>("flag", "flag", "flag") },
    ],
    SettingsDef::DEFAULT,
);
static BAD_NAMES: ModelDef = faulty(
    "BadNames",
    50,
    &[
        ID,
        PropertyDef { line: 52, ..PropertyDef::of::<String>("a", "a", "a") },
        PropertyDef { line: 53, ..PropertyDef::of::<String>("a", "b", "A") },
    ],
    SettingsDef::DEFAULT,
);
static BAD_RULE: ModelDef = faulty(
    "BadRule",
    60,
    &[
        ID,
        PropertyDef {
            line: 62,
            validations: &[ValidationDef::new(RuleDef::Format("("))],
            ..PropertyDef::of::<String>("a", "a", "a")
        },
        PropertyDef {
            line: 63,
            validations: &[ValidationDef::new(RuleDef::Length { min: Some(1), max: None, is: None })],
            ..PropertyDef::of::<bool>("b", "b", "b")
        },
        PropertyDef {
            line: 64,
            validations: &[ValidationDef::new(RuleDef::Uniqueness { scope: &["aa"] })],
            ..PropertyDef::of::<i64>("c", "c", "c")
        },
    ],
    SettingsDef::DEFAULT,
);
static BAD_SETTINGS: ModelDef = faulty(
    "BadSettings",
    70,
    &[ID],
    SettingsDef {
        data_source: Some("dbb"),
        disabled: &["deleteByIdd"],
        indexes: &[IndexDef { properties: &["nobody"], unique: true }],
        ..SettingsDef::DEFAULT
    },
);
static BAD_ID: ModelDef = faulty(
    "BadId",
    80,
    &[PropertyDef { id: true, line: 81, kind: KindDef::Boolean, ..PropertyDef::of::<bool>("id", "id", "id") }],
    SettingsDef::DEFAULT,
);

#[tokio::test]
async fn every_fault_of_the_models_is_told_at_once_with_file_and_line() {
    let models = [&ONE, &TWO, &NO_ID, &BAD_DEFAULT, &BAD_NAMES, &BAD_RULE, &BAD_SETTINGS, &BAD_ID];
    let error = App::builder().models(models).database_url("sqlite::memory:").build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.message();
    for (place, word) in [
        ("faulty.rs:20", "`Twin`"),
        ("faulty.rs:30", "no id"),
        ("faulty.rs:42", "default"),
        ("faulty.rs:43", "now"),
        ("faulty.rs:53", "same JSON name"),
        ("faulty.rs:53", "same column"),
        ("faulty.rs:62", "regular expression"),
        ("faulty.rs:63", "length"),
        ("faulty.rs:64", "did you mean"),
        ("faulty.rs:70", "dbb"),
        ("faulty.rs:70", "deleteByIdd"),
        ("faulty.rs:70", "nobody"),
        ("faulty.rs:81", "id"),
    ] {
        assert!(text.lines().any(|line| line.contains(place) && line.contains(word)), "{place} {word} in\n{text}");
    }
}

#[tokio::test]
async fn an_app_without_models_or_database_says_so() {
    let error = App::builder().models([]).database_url("sqlite::memory:").build().await.unwrap_err();
    assert!(error.message().contains("0 structs"), "{error}");
    let error = App::builder().models(models![Shop]).database_url("oracle://x").build().await.unwrap_err();
    assert!(error.message().contains("sqlite:"), "{error}");
    let error =
        App::builder().models(models![Shop]).database_url("postgres://nobody@127.0.0.1:1/x").build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}
