//! Foreign keys: the statements for each database, and SQLite in memory. The suite of connectors runs the others.

use super::sqlite::{memory, one, run, whats};
use super::*;
use crate::meta::{ModelRef, OnDelete, RelationDef, RelationKindDef};

const SMALL: KindDef = KindDef::Integer { min: i32::MIN as i64, max: i32::MAX as i64 };

const fn belongs_to(name: &'static str, property: u16, target: fn() -> &'static ModelDef) -> RelationDef {
    RelationDef {
        name,
        field: name,
        doc: "",
        kind: RelationKindDef::BelongsTo,
        target: Some(ModelRef::Type(target)),
        property: Some(property),
        foreign_key: None,
        primary_key: None,
        through: None,
        key_through: None,
        polymorphic: None,
        scope: None,
        properties: &[],
        disable_include: false,
        nest: false,
        constraint: None,
        on_delete: OnDelete::Restrict,
        validate: true,
        relation_acl: None,
        by_name: false,
        line: 0,
    }
}

const fn def(name: &'static str, properties: &'static [PropertyDef], relations: &'static [RelationDef]) -> ModelDef {
    ModelDef {
        name,
        doc: "",
        base: None,
        table: None,
        plural: None,
        http_path: None,
        properties,
        relations,
        acls: &[],
        settings: SettingsDef::DEFAULT,
        location: Location { file: "shop.rs", line: 1 },
    }
}

const fn key(name: &'static str, column: &'static str, kind: KindDef, must: bool) -> PropertyDef {
    PropertyDef { column, required: must, ..of(name, kind) }
}

/// A generated id of 32 bits, whose column has 64, and a code of 8 characters.
static CATEGORY: ModelDef = def(
    "Category",
    &[
        PropertyDef { kind: SMALL, ..ID },
        PropertyDef {
            sql: SqlDef { length: Some(8), ..SqlDef::DEFAULT },
            validations: &[ValidationDef::new(RuleDef::Uniqueness { scope: &[] })],
            ..named("code")
        },
    ],
    &[],
);

static PRODUCT: ModelDef = def(
    "Product",
    &[ID, key("categoryId", "category_id", SMALL, true), key("code", "code", KindDef::String, false)],
    &[
        belongs_to("category", 1, || &CATEGORY),
        RelationDef { primary_key: Some("code"), on_delete: OnDelete::SetNull, ..belongs_to("coded", 2, || &CATEGORY) },
    ],
);

/// Two that refer to each other, and one that refers to itself.
static PERSON: ModelDef = def(
    "Person",
    &[ID, key("bossId", "boss_id", ID.kind, false), key("teamId", "team_id", ID.kind, false)],
    &[
        belongs_to("boss", 1, || &PERSON),
        RelationDef { on_delete: OnDelete::Cascade, ..belongs_to("team", 2, || &TEAM) },
    ],
);
static TEAM: ModelDef =
    def("Team", &[ID, key("leadId", "lead_id", ID.kind, false)], &[belongs_to("lead", 1, || &PERSON)]);

/// `Product` as it was before it had relations, and with a table of the same name.
static BEFORE: ModelDef = def(
    "Product",
    &[ID, key("categoryId", "category_id", SMALL, true), key("code", "code", KindDef::String, false)],
    &[],
);
/// The same without its keys.
static BARE: ModelDef = def("Product", &[ID], &[]);
/// With a key that may be NULL, before and after.
static STRICT: ModelDef =
    def("Product", &[ID, key("categoryId", "category_id", SMALL, true)], &[belongs_to("category", 1, || &CATEGORY)]);
static RELAXED: ModelDef =
    def("Product", &[ID, key("categoryId", "category_id", SMALL, false)], &[belongs_to("category", 1, || &CATEGORY)]);
/// The key has a default, which its column gets too.
static WITH_DEFAULT: ModelDef = def(
    "Product",
    &[
        ID,
        PropertyDef { default: DefaultDef::Literal(Literal::Int(1)), ..key("categoryId", "category_id", SMALL, true) },
    ],
    &[belongs_to("category", 1, || &CATEGORY)],
);

fn graph(defs: &[&'static ModelDef]) -> Vec<Arc<ModelNode>> {
    keeping(defs).models().cloned().collect()
}

/// Models know each other as long as their graph is there, which a test forgets here.
fn keeping(defs: &[&'static ModelDef]) -> &'static Graph {
    Box::leak(Box::new(Graph::build(defs, &GraphDefaults::default()).expect("no faults")))
}

fn node(models: &[Arc<ModelNode>], name: &str) -> Arc<ModelNode> {
    models.iter().find(|model| *model.name == *name).expect("a model").clone()
}

const MARIADB: Dialect = Dialect::MySql { mariadb: true, fold: false };

#[test]
fn sqlite_has_foreign_keys_in_the_table() {
    let product = node(&graph(&[&CATEGORY, &PRODUCT]), "Product");
    assert_eq!(
        create_statements(Dialect::Sqlite, &product)[0],
        r#"CREATE TABLE "product" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "category_id" INTEGER NOT NULL CONSTRAINT "fk_product_category_id" REFERENCES "category" ("id") ON DELETE RESTRICT,
  "code" varchar(8) CONSTRAINT "fk_product_code" REFERENCES "category" ("code") ON DELETE SET NULL
)"#
    );
    assert!(constraint_statements(Dialect::Sqlite, &product).is_empty());
}

#[test]
fn the_others_add_them_when_all_tables_are_there() {
    let product = node(&graph(&[&CATEGORY, &PRODUCT]), "Product");
    assert_eq!(
        create_statements(Dialect::Postgres, &product),
        [
            r#"CREATE TABLE "product" (
  "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  "category_id" bigint NOT NULL,
  "code" varchar(8) COLLATE "C"
)"#,
            r#"CREATE INDEX "ix_product_category_id" ON "product" ("category_id")"#,
            r#"CREATE INDEX "ix_product_code" ON "product" ("code")"#,
        ]
    );
    assert_eq!(
        constraint_statements(Dialect::Postgres, &product),
        [
            r#"ALTER TABLE "product" ADD CONSTRAINT "fk_product_category_id" FOREIGN KEY ("category_id") REFERENCES "category" ("id") ON DELETE RESTRICT"#,
            r#"ALTER TABLE "product" ADD CONSTRAINT "fk_product_code" FOREIGN KEY ("code") REFERENCES "category" ("code") ON DELETE SET NULL"#,
        ]
    );
    assert_eq!(
        create_statements(MARIADB, &product),
        [r"CREATE TABLE `product` (
  `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `category_id` bigint NOT NULL,
  `code` VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INDEX `ix_product_category_id` (`category_id`),
  INDEX `ix_product_code` (`code`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"]
    );
    assert_eq!(
        constraint_statements(MARIADB, &product)[0],
        "ALTER TABLE `product` ADD CONSTRAINT `fk_product_category_id` FOREIGN KEY (`category_id`) REFERENCES `category` \
         (`id`) ON DELETE RESTRICT"
    );
}

#[test]
fn tables_that_refer_to_each_other_are_dropped_in_any_order() {
    let models = graph(&[&PERSON, &TEAM]);
    let drop = |dialect, known: &[read::ForeignKey]| create::drop_statements(dialect, &models, known);
    assert_eq!(
        drop(Dialect::Sqlite, &[]),
        ["PRAGMA defer_foreign_keys = ON", r#"DROP TABLE IF EXISTS "person""#, r#"DROP TABLE IF EXISTS "team""#]
    );
    assert_eq!(drop(Dialect::Postgres, &[]), [r#"DROP TABLE IF EXISTS "person", "team""#]);
    let known = read::ForeignKey {
        table: "team".into(),
        name: "fk_team_lead_id".into(),
        target: "person".into(),
        columns: vec![("lead_id".into(), Some("id".into()))],
        on_delete: "RESTRICT".into(),
    };
    let known = [known];
    assert_eq!(
        drop(MARIADB, &known),
        [
            "ALTER TABLE `team` DROP FOREIGN KEY `fk_team_lead_id`",
            "DROP TABLE IF EXISTS `person`",
            "DROP TABLE IF EXISTS `team`"
        ]
    );
    assert_eq!(
        drop(Dialect::Sqlite, &known),
        [
            "PRAGMA defer_foreign_keys = ON",
            r#"DROP TABLE IF EXISTS "person""#,
            r#"CREATE TABLE "person" ("id", UNIQUE ("id"))"#,
            r#"DROP TABLE IF EXISTS "team""#,
            r#"DROP TABLE IF EXISTS "person""#,
        ]
    );
}

#[tokio::test]
async fn tables_that_all_refer_to_each_other_are_dropped_whatever_they_have_become() {
    let db = memory().await;
    // Made by hand: every sort of key, and none that the models would have.
    run(
        &db,
        "CREATE TABLE category (a INTEGER, b TEXT, p INTEGER REFERENCES person ON DELETE CASCADE,            PRIMARY KEY (a, b), FOREIGN KEY (a, b) REFERENCES team (X, Y) ON DELETE CASCADE);
         CREATE TABLE person (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, u TEXT UNIQUE REFERENCES person (u),            FOREIGN KEY (a, b) REFERENCES category ON DELETE CASCADE,            FOREIGN KEY (a, b) REFERENCES team (x, y) ON DELETE SET NULL);
         CREATE TABLE team (id INTEGER PRIMARY KEY, x INTEGER, y TEXT, p TEXT REFERENCES person (u), UNIQUE (x, y),            FOREIGN KEY (x, y) REFERENCES category ON DELETE CASCADE);
         INSERT INTO person (id, u) VALUES (1, 'u'); INSERT INTO team VALUES (1, 1, NULL, 'u');",
    )
    .await;
    auto_migrate(&db, &graph(&[&CATEGORY, &PERSON, &TEAM])).await.unwrap();
    assert_eq!(difference(&db, &graph(&[&CATEGORY, &PERSON, &TEAM])).await.unwrap(), []);
}

#[test]
fn types_that_mysql_takes_for_equal_are_known() {
    for (one, other, equal) in [
        ("bigint(20)", "bigint", true),
        ("int(11)", "INT", true),
        ("int(11)", "bigint(20)", false),
        ("int(10) unsigned", "int(11)", false),
        (
            "varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            true,
        ),
        (
            "varchar(8) CHARACTER SET latin1 COLLATE latin1_bin",
            "varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            false,
        ),
        ("decimal(10,2)", "decimal(10,3)", false),
        ("point(3)", "point(3)", true),
    ] {
        assert_eq!(guards::comparable(one) == guards::comparable(other), equal, "{one} and {other}");
    }
}

#[tokio::test]
async fn circles_are_made_guarded_and_dropped_with_their_rows() {
    let db = memory().await;
    let models = graph(&[&PERSON, &TEAM]);
    auto_update(&db, &models).await.unwrap();
    assert_eq!(difference(&db, &models).await.unwrap(), []);
    run(&db, "INSERT INTO person (id) VALUES (1); INSERT INTO person (id, boss_id) VALUES (2, 1)").await;
    run(&db, "INSERT INTO team (id, lead_id) VALUES (1, 2); UPDATE person SET team_id = 1 WHERE id = 2").await;
    assert!(db.execute_unprepared("INSERT INTO team (lead_id) VALUES (9)").await.is_err(), "there is no such person");
    assert!(db.execute_unprepared("DELETE FROM person WHERE id = 1").await.is_err(), "somebody's boss");
    for _ in 0..2 {
        auto_migrate(&db, &models).await.unwrap();
        assert_eq!(difference(&db, &models).await.unwrap(), []);
        assert_eq!(one(&db, "SELECT count(*) FROM person").await, "0");
    }
    assert_eq!(one(&db, "SELECT foreign_keys FROM pragma_foreign_keys").await, "1");
    assert!(db.execute_unprepared("INSERT INTO team (lead_id) VALUES (9)").await.is_err(), "guarded again");
}

#[tokio::test]
async fn a_table_of_somebody_else_that_refers_to_ours_keeps_it() {
    let db = memory().await;
    let models = graph(&[&CATEGORY]);
    auto_migrate(&db, &models).await.unwrap();
    run(&db, "CREATE TABLE theirs (id INTEGER, c INTEGER REFERENCES category ON DELETE CASCADE)").await;
    run(&db, "INSERT INTO category (id) VALUES (1); INSERT INTO theirs VALUES (1, 1)").await;
    let error = auto_migrate(&db, &models).await.unwrap_err();
    assert!(error.message().contains("`theirs`, which belongs to no model, refers to it"), "{error}");
    assert_eq!(one(&db, "SELECT count(*) FROM theirs").await, "1");
    assert_eq!(difference(&db, &models).await.unwrap(), []);
}

#[tokio::test]
async fn sqlite_leaves_a_key_unguarded_that_is_there_and_says_so() {
    let db = memory().await;
    auto_migrate(&db, &graph(&[&CATEGORY, &BEFORE])).await.unwrap();
    run(&db, "INSERT INTO product (category_id) VALUES (7)").await;
    let models = graph(&[&CATEGORY, &PRODUCT]);
    let planned = plan_now(&db, Dialect::Sqlite, &models).await.unwrap();
    assert_eq!(
        planned.unguarded,
        [
            "table `product`: nothing guards the key of Product.category: SQLite cannot add a foreign key to a column that \
             is there; a table that is made anew has it",
            "table `product`: nothing guards the key of Product.coded: SQLite cannot add a foreign key to a column that is \
             there; a table that is made anew has it",
        ]
    );
    auto_update(&db, &models).await.unwrap();
    assert_eq!(difference(&db, &models).await.unwrap(), []);
    auto_migrate(&db, &models).await.unwrap();
    assert_eq!(plan_now(&db, Dialect::Sqlite, &models).await.unwrap().unguarded, [""; 0]);
}

#[tokio::test]
async fn a_new_column_comes_with_its_foreign_key() {
    let db = memory().await;
    auto_migrate(&db, &graph(&[&BARE])).await.unwrap();
    run(&db, "INSERT INTO product (id) VALUES (1)").await;
    // The table that it refers to is new as well.
    let models = graph(&[&CATEGORY, &RELAXED]);
    let changes = auto_update(&db, &models).await.unwrap();
    assert_eq!(
        whats(&changes),
        [
            "the table is missing",
            "column `category_id` is missing",
            "the index `ix_product_category_id` on category_id is missing"
        ]
    );
    assert_eq!(difference(&db, &models).await.unwrap(), []);
    assert!(db.execute_unprepared("INSERT INTO product (category_id) VALUES (9)").await.is_err());
}

#[tokio::test]
async fn a_new_column_with_a_default_cannot_be_guarded_among_rows() {
    let db = memory().await;
    let bare = graph(&[&CATEGORY, &BARE]);
    auto_migrate(&db, &bare).await.unwrap();
    let models = graph(&[&CATEGORY, &WITH_DEFAULT]);
    assert_eq!(plan_now(&db, Dialect::Sqlite, &models).await.unwrap().unguarded, [""; 0]);
    run(&db, "INSERT INTO product (id) VALUES (1)").await;
    assert_eq!(plan_now(&db, Dialect::Sqlite, &models).await.unwrap().unguarded.len(), 1);
    auto_update(&db, &models).await.unwrap();
    assert_eq!(difference(&db, &models).await.unwrap(), []);
    assert_eq!(one(&db, "SELECT category_id FROM product").await, "1");
}

#[tokio::test]
async fn a_key_that_may_be_null_now_stays_guarded() {
    let db = memory().await;
    auto_migrate(&db, &graph(&[&CATEGORY, &STRICT])).await.unwrap();
    run(&db, "INSERT INTO category (id) VALUES (1); INSERT INTO product (category_id) VALUES (1)").await;
    let models = graph(&[&CATEGORY, &RELAXED]);
    let changes = auto_update(&db, &models).await.unwrap();
    assert_eq!(whats(&changes), ["column `category_id` is NOT NULL, but `Product.categoryId` may be null"]);
    assert_eq!(plan_now(&db, Dialect::Sqlite, &models).await.unwrap().unguarded, [""; 0]);
    assert!(db.execute_unprepared("DELETE FROM category").await.is_err(), "the row still refers to it");
    run(&db, "INSERT INTO product (category_id) VALUES (NULL)").await;
}
