//! What is made of columns and their defaults; the catalogs themselves are asked in the tests of the workspace.

use super::default::default_of;
use super::kind::kind_of;
use super::*;
use serde_json::json;

const MARIADB: Dialect = Dialect::MySql { mariadb: true, fold: false };
const MYSQL: Dialect = Dialect::MySql { mariadb: false, fold: false };
const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, MARIADB];

fn column(dialect: Dialect, type_name: &str, full_type: &str) -> Column {
    let type_name = match dialect {
        Dialect::Sqlite => full_type.split('(').next().unwrap_or_default().to_lowercase(),
        _ => type_name.to_owned(),
    };
    Column { type_name, full_type: full_type.to_owned(), ..Column::default() }
}

/// The columns, by dialect, that a kind is made of.
fn kinds() -> Vec<(usize, &'static str, &'static str, Kind)> {
    let whole = |min, max| Kind::Integer { min, max };
    let i64 = || whole(i64::MIN, i64::MAX);
    let (sqlite, postgres, mysql) = (0, 1, 2);
    vec![
        (sqlite, "", "TEXT", Kind::String),
        (sqlite, "", "varchar(80)", Kind::String),
        (sqlite, "", "INTEGER", i64()),
        (sqlite, "", "BIGINT UNSIGNED", i64()),
        (sqlite, "", "DOUBLE PRECISION", Kind::Number),
        (sqlite, "", "DECIMAL(10,2)", Kind::Number),
        (sqlite, "", "BOOLEAN", Kind::Boolean),
        (sqlite, "", "DATETIME", Kind::DateTime),
        (sqlite, "", "DATE", Kind::Date),
        (sqlite, "", "BLOB", Kind::Bytes),
        (sqlite, "", "UUID", Kind::Uuid),
        (sqlite, "", "JSON", Kind::Any),
        (postgres, "varchar", "character varying(80)", Kind::String),
        (postgres, "int2", "smallint", whole(-32_768, 32_767)),
        (postgres, "int8", "bigint", i64()),
        (postgres, "float4", "real", Kind::Number),
        (postgres, "timestamptz", "timestamp(3) with time zone", Kind::DateTime),
        (postgres, "numeric", "numeric(12,2)", Kind::Decimal { precision: 12, scale: 2 }),
        (postgres, "numeric", "numeric", Kind::Decimal { precision: 28, scale: 10 }),
        (postgres, "jsonb", "jsonb", Kind::Any),
        (postgres, "uuid", "uuid", Kind::Uuid),
        (postgres, "bytea", "bytea", Kind::Bytes),
        (mysql, "varchar", "varchar(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", Kind::String),
        (mysql, "tinyint", "tinyint(1)", Kind::Boolean),
        (mysql, "tinyint", "tinyint(3) unsigned", whole(-32_768, 32_767)),
        (mysql, "tinyint", "tinyint(4)", whole(-128, 127)),
        (mysql, "int", "int(10) unsigned", whole(0, 4_294_967_295)),
        (mysql, "bigint", "bigint(20)", i64()),
        (mysql, "decimal", "decimal(8,3)", Kind::Decimal { precision: 8, scale: 3 }),
        (mysql, "datetime", "datetime", Kind::DateTime),
        (mysql, "timestamp", "timestamp(3)", Kind::DateTime),
        (mysql, "binary", "binary(16)", Kind::Uuid),
        (mysql, "varbinary", "varbinary(40)", Kind::Bytes),
        (
            mysql,
            "enum",
            "enum('a','it''s, (b)') CHARACTER SET utf8mb4",
            Kind::Enum(vec!["a".into(), "it's, (b)".into()]),
        ),
        (mysql, "json", "json", Kind::Any),
    ]
}

#[test]
fn types_of_columns_become_kinds_that_they_can_hold() {
    for (dialect, type_name, full_type, kind) in kinds() {
        let column = column(DIALECTS[dialect], type_name, full_type);
        let found = kind_of(DIALECTS[dialect], &column, false).unwrap_or_else(|| panic!("{full_type}"));
        assert_eq!(found.kind, kind, "{full_type}");
        assert!(fits::holds(DIALECTS[dialect], &kind, &column), "{full_type}");
    }
}

#[test]
fn what_cannot_be_read_is_no_kind() {
    for (dialect, type_name, full_type) in [
        (Dialect::Sqlite, "", ""),
        (Dialect::Sqlite, "", "TIME"),
        (Dialect::Postgres, "tsvector", "tsvector"),
        (Dialect::Postgres, "timestamp", "timestamp without time zone"),
        (Dialect::Postgres, "_text", "text[]"),
        (Dialect::Postgres, "mood", "mood"),
        (MARIADB, "time", "time"),
        (MARIADB, "set", "set('a','b')"),
        (MARIADB, "bit", "bit(8)"),
        (MARIADB, "enum", "enum('a"),
    ] {
        assert_eq!(kind_of(dialect, &column(dialect, type_name, full_type), false), None, "{full_type}");
    }
}

#[test]
fn a_length_is_that_of_a_text() {
    let length =
        |dialect, name, full| kind_of(dialect, &column(dialect, name, full), false).and_then(|kind| kind.length);
    assert_eq!(length(Dialect::Sqlite, "", "VARCHAR(80)"), Some(80));
    assert_eq!(length(Dialect::Postgres, "varchar", "character varying(8)"), Some(8));
    assert_eq!(length(Dialect::Postgres, "text", "text"), None);
    assert_eq!(length(MARIADB, "int", "int(11)"), None);
}

#[test]
fn a_check_tells_json_in_mariadb() {
    let text = column(MARIADB, "longtext", "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    assert_eq!(kind_of(MARIADB, &text, true).map(|found| found.kind), Some(Kind::Any));
    assert_eq!(kind_of(MARIADB, &text, false).map(|found| found.kind), Some(Kind::String));
}

fn whole() -> Kind {
    Kind::Integer { min: -100, max: 100 }
}

#[test]
fn defaults_that_are_plain_are_taken_over() {
    let decimal = Kind::Decimal { precision: 8, scale: 2 };
    for (dialect, text, kind, value) in [
        (Dialect::Sqlite, "'new'", Kind::String, json!("new")),
        (Dialect::Sqlite, "\"new\"", Kind::String, json!("new")),
        (Dialect::Sqlite, "0", Kind::String, json!("0")),
        (Dialect::Sqlite, "(-1)", whole(), json!(-1)),
        (Dialect::Sqlite, "TRUE", Kind::Boolean, json!(true)),
        (Dialect::Sqlite, "1.5", Kind::Number, json!(1.5)),
        (Dialect::Postgres, "'it''s \\'::character varying(80)", Kind::String, json!("it's \\")),
        (Dialect::Postgres, "E'a\\\\b'::text", Kind::String, json!("a\\b")),
        (Dialect::Postgres, "'-1'::integer", whole(), json!(-1)),
        (Dialect::Postgres, "(-1)", whole(), json!(-1)),
        (Dialect::Postgres, "(0)::numeric", decimal.clone(), json!("0")),
        (Dialect::Postgres, "9.90", decimal.clone(), json!("9.90")),
        (Dialect::Postgres, "'2024-01-31'::date", Kind::Date, json!("2024-01-31")),
        (MARIADB, "'it\\'s \\\\'", Kind::String, json!("it's \\")),
        (MARIADB, "1", Kind::Boolean, json!(true)),
        (MARIADB, "0.00", decimal, json!("0.00")),
        (MYSQL, "_utf8mb4\\'new\\'", Kind::String, json!("new")),
    ] {
        assert_eq!(default_of(dialect, text, true, &kind), FoundDefault::Literal(value), "{text}");
    }
    assert_eq!(default_of(MYSQL, "it's", false, &Kind::String), FoundDefault::Literal(json!("it's")));
    assert_eq!(default_of(MYSQL, "5", false, &whole()), FoundDefault::Literal(json!(5)));
}

#[test]
fn now_and_uuid_are_known_in_their_forms() {
    for (dialect, text, kind, default) in [
        (Dialect::Sqlite, "CURRENT_TIMESTAMP", Kind::DateTime, FoundDefault::Now),
        (Dialect::Sqlite, "(datetime('now'))", Kind::DateTime, FoundDefault::Now),
        (Dialect::Postgres, "now()", Kind::DateTime, FoundDefault::Now),
        (Dialect::Postgres, "CURRENT_TIMESTAMP(3)", Kind::DateTime, FoundDefault::Now),
        (Dialect::Postgres, "date_trunc('milliseconds'::text, now())", Kind::DateTime, FoundDefault::Now),
        (Dialect::Postgres, "((now() AT TIME ZONE 'UTC'::text))::date", Kind::Date, FoundDefault::Now),
        (Dialect::Postgres, "CURRENT_DATE", Kind::Date, FoundDefault::Now),
        (MARIADB, "current_timestamp()", Kind::DateTime, FoundDefault::Now),
        (MARIADB, "current_timestamp(3)", Kind::DateTime, FoundDefault::Now),
        (MARIADB, "curdate()", Kind::Date, FoundDefault::Now),
        (Dialect::Postgres, "gen_random_uuid()", Kind::Uuid, FoundDefault::Uuid),
        (Dialect::Postgres, "(gen_random_uuid())::text", Kind::String, FoundDefault::Uuid),
        (Dialect::Postgres, "NULL::character varying", Kind::String, FoundDefault::None),
        (MARIADB, "NULL", Kind::String, FoundDefault::None),
    ] {
        assert_eq!(default_of(dialect, text, true, &kind), default, "{text}");
    }
}

#[test]
fn what_the_database_computes_is_no_default_of_ours() {
    for (dialect, text, kind) in [
        (Dialect::Postgres, "('a'::text || 'b'::text)", Kind::String),
        (Dialect::Postgres, "now() + '1 day'::interval", Kind::DateTime),
        (Dialect::Postgres, "lower('A'::text)", Kind::String),
        (Dialect::Postgres, "(1 + 2)", whole()),
        (Dialect::Postgres, "1000", whole()),
        (Dialect::Postgres, "'2024-01-31 12:00:00+00'::timestamp with time zone", Kind::DateTime),
        (Dialect::Sqlite, "'a' || 'b'", Kind::String),
        (Dialect::Sqlite, "(random())", whole()),
        (MARIADB, "concat('a','b')", Kind::String),
    ] {
        assert_eq!(default_of(dialect, text, true, &kind), FoundDefault::Other(text.to_owned()), "{text}");
    }
}

#[test]
fn a_text_column_of_sqlite_is_a_time_where_the_framework_has_made_it() {
    let of = |default| {
        let fact = facts::Fact { default: Some(String::from(default)), expression: true, ..facts::Fact::default() };
        let found = found_column(Dialect::Sqlite, &column(Dialect::Sqlite, "", "TEXT"), Some(&fact));
        (found.kind.map(|kind| kind.kind), found.default)
    };
    let framework = "replace(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), '.000+', '+')";
    assert_eq!(of(framework), (Some(Kind::DateTime), FoundDefault::Now));
    assert_eq!(of("date('now')"), (Some(Kind::Date), FoundDefault::Now));
    assert_eq!(of("CURRENT_TIMESTAMP").0, Some(Kind::String));
}
