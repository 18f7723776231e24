//! The statements for each database; `sqlite` runs them.

use super::*;
use crate::graph::{Graph, GraphDefaults};
use crate::meta::{DefaultDef, IndexDef, KindDef, Literal, Location, ModelDef, PropertyDef, RuleDef, SettingsDef};
use crate::meta::{SqlDef, Strict, ValidationDef};

mod foreign_keys;
mod sqlite;

const PLAIN: PropertyDef = PropertyDef::of::<Option<String>>("plain", "plain", "plain");

const ID: PropertyDef = PropertyDef {
    kind: KindDef::Integer { min: i64::MIN, max: i64::MAX },
    required: true,
    id: true,
    generated: true,
    ..named("id")
};

const WORDS: &[&str] = &["new", "used"];

const fn named(name: &'static str) -> PropertyDef {
    PropertyDef { name, field: name, column: name, ..PLAIN }
}

const fn of(name: &'static str, kind: KindDef) -> PropertyDef {
    PropertyDef { kind, ..named(name) }
}

const fn required(property: PropertyDef, default: DefaultDef) -> PropertyDef {
    PropertyDef { required: true, default, ..property }
}

const fn unique(property: PropertyDef, validations: &'static [ValidationDef]) -> PropertyDef {
    PropertyDef { validations, ..property }
}

/// A model `Shop`; leaked, as models live as long as the program.
fn model(properties: &[PropertyDef], settings: SettingsDef) -> Vec<Arc<ModelNode>> {
    let def = ModelDef {
        name: "Shop",
        doc: "",
        base: None,
        table: None,
        plural: None,
        http_path: None,
        properties: properties.to_vec().leak(),
        relations: &[],
        acls: &[],
        settings,
        location: Location { file: "shop.rs", line: 1 },
    };
    let defaults = GraphDefaults { strict: Strict::Ignore, ..GraphDefaults::default() };
    let graph = Graph::build(&[Box::leak(Box::new(def))], &defaults).expect("no faults");
    graph.models().cloned().collect()
}

fn shop(properties: &[PropertyDef]) -> Vec<Arc<ModelNode>> {
    model(properties, SettingsDef::DEFAULT)
}

/// Every kind, with the defaults that differ between databases, and a uniqueness in a scope.
fn every_kind() -> Vec<Arc<ModelNode>> {
    const NAME: PropertyDef =
        unique(named("name"), &[ValidationDef::new(RuleDef::Uniqueness { scope: &["city", "openedAt"] })]);
    let sized = SqlDef { length: Some(80), ..SqlDef::DEFAULT };
    model(
        &[
            ID,
            required(NAME, DefaultDef::None),
            PropertyDef { sql: sized, ..named("city") },
            required(named("note"), DefaultDef::Literal(Literal::Str("it's \\"))),
            required(of("seats", KindDef::Integer { min: -10, max: 255 }), DefaultDef::Literal(Literal::Int(-1))),
            of("big", KindDef::Integer { min: 0, max: 4_294_967_295 }),
            required(of("rating", KindDef::Number), DefaultDef::Literal(Literal::Float(0.0))),
            required(of("open", KindDef::Boolean), DefaultDef::Literal(Literal::Bool(true))),
            PropertyDef { column: "opened_at", ..required(of("openedAt", KindDef::DateTime), DefaultDef::Now) },
            required(of("day", KindDef::Date), DefaultDef::Now),
            PropertyDef {
                sql: SqlDef { precision: Some(10), scale: Some(2), ..SqlDef::DEFAULT },
                ..of("price", KindDef::Decimal)
            },
            of("key", KindDef::Uuid),
            of("photo", KindDef::Bytes),
            of("place", KindDef::GeoPoint),
            PropertyDef { index: true, ..of("state", KindDef::Enum(WORDS)) },
            of("tags", KindDef::Array(&KindDef::String)),
            PropertyDef { sql: SqlDef { sql_type: Some("char(3)"), ..SqlDef::DEFAULT }, ..named("code") },
        ],
        SettingsDef {
            force_id: Some(false),
            strict: Some(Strict::Free),
            indexes: &[IndexDef { properties: &["city", "rating"], unique: false }],
            ..SettingsDef::DEFAULT
        },
    )
}

#[test]
fn sqlite_creates_every_kind() {
    let statements = create_statements(Dialect::Sqlite, &every_kind()[0]);
    assert_eq!(
        statements,
        [
            r#"CREATE TABLE "shop" (
  "id" INTEGER PRIMARY KEY,
  "name" TEXT NOT NULL,
  "city" varchar(80),
  "note" TEXT NOT NULL DEFAULT 'it''s \',
  "seats" INTEGER NOT NULL DEFAULT -1,
  "big" INTEGER,
  "rating" REAL NOT NULL DEFAULT 0.0,
  "open" BOOLEAN NOT NULL DEFAULT 1,
  "opened_at" TEXT NOT NULL DEFAULT (replace(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), '.000+', '+')),
  "day" TEXT NOT NULL DEFAULT (date('now')),
  "price" TEXT COLLATE decimal,
  "key" BLOB,
  "photo" BLOB,
  "place" TEXT,
  "state" TEXT,
  "tags" TEXT,
  "code" char(3),
  "free_properties" TEXT
)"#,
            r#"CREATE UNIQUE INDEX "uq_shop_name_city_opened_at" ON "shop" ("name", ("city" IS NULL), COALESCE("city", ''), ("opened_at" IS NULL), COALESCE("opened_at", ''))"#,
            r#"CREATE INDEX "ix_shop_state" ON "shop" ("state")"#,
            r#"CREATE INDEX "ix_shop_city_rating" ON "shop" ("city", "rating")"#,
            r#"DELETE FROM "loopback_sequences" WHERE name = 'shop'"#,
            r#"INSERT INTO "loopback_sequences" (name, next) VALUES ('shop', 1)"#,
        ]
    );
}

#[test]
fn postgres_creates_every_kind() {
    let statements = create_statements(Dialect::Postgres, &every_kind()[0]);
    assert_eq!(
        statements,
        [
            r#"CREATE TABLE "shop" (
  "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  "name" text COLLATE "C" NOT NULL,
  "city" varchar(80) COLLATE "C",
  "note" text COLLATE "C" NOT NULL DEFAULT E'it''s \\',
  "seats" integer NOT NULL DEFAULT -1,
  "big" bigint,
  "rating" double precision NOT NULL DEFAULT 0.0,
  "open" boolean NOT NULL DEFAULT true,
  "opened_at" timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', now()),
  "day" date NOT NULL DEFAULT ((now() AT TIME ZONE 'UTC')::date),
  "price" numeric(10,2),
  "key" uuid,
  "photo" bytea,
  "place" jsonb,
  "state" text COLLATE "C",
  "tags" jsonb,
  "code" char(3),
  "free_properties" jsonb
)"#,
            r#"CREATE UNIQUE INDEX "uq_shop_name_city_opened_at" ON "shop" ("name", ("city" IS NULL), COALESCE("city", ''), ("opened_at" IS NULL), COALESCE("opened_at", 'epoch'::timestamptz))"#,
            r#"CREATE INDEX "ix_shop_state" ON "shop" ("state")"#,
            r#"CREATE INDEX "ix_shop_city_rating" ON "shop" ("city", "rating")"#,
        ]
    );
}

#[test]
fn mysql_creates_every_kind_in_one_statement() {
    let mysql = Dialect::MySql { mariadb: false, fold: false };
    let statements = create_statements(mysql, &every_kind()[0]);
    assert_eq!(
        statements,
        [
            r"CREATE TABLE `shop` (
  `id` bigint NOT NULL PRIMARY KEY,
  `name` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `city` VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin,
  `note` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL DEFAULT ('it''s \\'),
  `seats` int NOT NULL DEFAULT -1,
  `big` bigint,
  `rating` double NOT NULL DEFAULT 0.0,
  `open` boolean NOT NULL DEFAULT 1,
  `opened_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `day` date NOT NULL DEFAULT (CURRENT_DATE),
  `price` decimal(10,2),
  `key` binary(16),
  `photo` longblob,
  `place` json,
  `state` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin,
  `tags` json,
  `code` char(3),
  `free_properties` json,
  `lb_city_null` boolean AS (`city` IS NULL) VIRTUAL INVISIBLE,
  `lb_city_val` VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin AS (COALESCE(`city`, '')) VIRTUAL INVISIBLE,
  `lb_opened_at_null` boolean AS (`opened_at` IS NULL) VIRTUAL INVISIBLE,
  `lb_opened_at_val` datetime(3) AS (COALESCE(`opened_at`, TIMESTAMP'1970-01-01 00:00:00')) VIRTUAL INVISIBLE,
  UNIQUE INDEX `uq_shop_name_city_opened_at` (`name`, `lb_city_null`, `lb_city_val`, `lb_opened_at_null`, `lb_opened_at_val`),
  INDEX `ix_shop_state` (`state`),
  INDEX `ix_shop_city_rating` (`city`, `rating`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
            r"DELETE FROM `loopback_sequences` WHERE name = 'shop'",
            r"INSERT INTO `loopback_sequences` (name, next) VALUES ('shop', 1)",
        ]
    );
}

#[test]
fn ids_are_made_by_the_database_when_generated() {
    let first = |dialect: Dialect, id: PropertyDef| {
        let statement = create_statements(dialect, &shop(&[id])[0]).remove(0);
        statement.lines().nth(1).map(str::trim).unwrap_or_default().to_owned()
    };
    let mariadb = Dialect::MySql { mariadb: true, fold: false };
    let text = PropertyDef { kind: KindDef::String, generated: false, ..ID };
    assert_eq!(first(Dialect::Sqlite, ID), r#""id" INTEGER PRIMARY KEY AUTOINCREMENT"#);
    assert_eq!(first(mariadb, ID), "`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY");
    assert_eq!(first(Dialect::Sqlite, text), r#""id" TEXT NOT NULL PRIMARY KEY"#);
    assert_eq!(first(Dialect::Postgres, text), r#""id" text COLLATE "C" NOT NULL PRIMARY KEY"#);
    assert_eq!(
        first(mariadb, text),
        "`id` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY"
    );
}

#[test]
fn names_and_text_cannot_leave_their_quotes() {
    let mysql = Dialect::MySql { mariadb: true, fold: false };
    assert_eq!(Dialect::Sqlite.name(r#"a"b"#), r#""a""b""#);
    assert_eq!(mysql.name("a`b"), "`a``b`");
    assert_eq!(Dialect::Sqlite.text(r"\'"), r"'\'''");
    assert_eq!(Dialect::Postgres.text(r"\'"), r"E'\\'''");
    assert_eq!(mysql.text(r"\'"), r"'\\'''");
}
