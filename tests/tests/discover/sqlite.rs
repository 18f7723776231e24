// Models of the tables of `db`, written by the command `discover`.

use loopback::prelude::*;

#[model(table = "2nd table, größe")]
pub struct Table2ndTableGrosse {
    #[property(id, generated)]
    pub id: i64,
}

// The column `search` is left out: column type: TSVECTOR, which the framework does not read
// The column `upper` is left out: column type: TEXT; the database computes it from other columns
#[model]
pub struct Author {
    #[property(id, generated)]
    pub id: i64,
    #[property(sql(length = 80))]
    pub name: String,
    #[property(unique)]
    pub email: Option<String>,
    #[property(default = "human \"x\" \\ it's */ {}")]
    pub r#type: String,
    // column type: DATE
    pub born: Option<NaiveDate>,
    #[property(column = "2nd")]
    pub _2nd: Option<i64>,
    #[property(column = "first name")]
    pub first_name: Option<String>,
    pub größe: Option<f64>,
    // column type: DATETIME
    #[property(column = "createdAt", default = now)]
    pub created_at: DateTime<Utc>,
    #[property(column = "self")]
    pub self_: Option<String>,
    pub or: Option<String>,
    // column type: DECIMAL(10,2)
    #[property(default = 1.5)]
    pub price: Option<f64>,
    #[property(default = true)]
    pub active: bool,
    pub picture: Option<Vec<u8>>,
    // column type: JSON
    pub settings: Option<loopback::serde_json::Value>,
    #[property(column = "why? \" \\ */")]
    pub why: Option<String>,
    #[property(default = -1)]
    pub a_column_with_a_name_that_is_as_long_as_names_of_postgresql_can: i64,
    // column type: DATETIME
    // default of the column: datetime('now', '+1 day')
    pub later: Option<DateTime<Utc>>,
    #[relation(foreign_key = author_row)]
    pub author_row_books: HasMany<Book>,
    #[relation(foreign_key = editor)]
    pub editor_books: HasMany<Book>,
    #[relation(foreign_key = heir)]
    pub heir_books: HasMany<Book>,
    pub profile: HasOne<Profile>,
}

#[model(index(part_of, title), unique(title, author_row))]
pub struct Book {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    #[property(name = "authorId", column = "author_id")]
    #[relation(on_delete = cascade)]
    pub author_row: BelongsTo<Author>,
    #[property(column = "editor")]
    #[relation(on_delete = set_null)]
    pub editor: Option<BelongsTo<Author>>,
    #[property(column = "part_of")]
    pub part_of: Option<BelongsTo<Book>>,
    pub author: Option<String>,
    #[property(column = "country")]
    #[relation(primary_key = code)]
    pub country: Option<BelongsTo<Country, String>>,
    // the foreign key is ON DELETE SET DEFAULT, which no relation can say
    #[relation(foreign_key_constraint = false)]
    pub heir: Option<BelongsTo<Author>>,
    pub books: HasMany<Book>,
    pub book_tags: HasMany<BookTag>,
    #[relation(through = BookTag)]
    pub tags: HasMany<Tag>,
}

#[model(unique(book, tag))]
pub struct BookTag {
    #[property(id, generated)]
    pub id: i64,
    pub book: BelongsTo<Book>,
    pub tag: BelongsTo<Tag>,
}

#[model]
pub struct Coded {
    #[property(id, generated)]
    pub id: i64,
    #[property(unique)]
    pub code: Option<String>,
    pub codings: HasMany<Coding>,
}

#[model]
pub struct Coding {
    #[property(id, generated)]
    pub id: i64,
    #[property(column = "coded_code")]
    #[relation(primary_key = code)]
    pub coded_code: Option<BelongsTo<Coded, Option<String>>>,
}

#[model]
pub struct Country {
    #[property(id, generated)]
    pub id: i64,
    #[property(unique)]
    pub code: String,
    #[property(index)]
    pub label: Option<String>,
    pub books: HasMany<Book>,
}

// Another model, or Rust, has the name that the table `option` would give
#[model(table = "option")]
pub struct OptionRow {
    #[property(id, generated)]
    pub id: i64,
    // refers to `order_line`: a relation has one key, this foreign key has 2 columns
    pub line_order: Option<i64>,
    pub line: Option<i64>,
}

#[model]
pub struct Order {
    #[property(id, generated)]
    pub id: i64,
    #[property(column = "self_id")]
    pub self_: Option<BelongsTo<Order>>,
    pub orders: HasMany<Order>,
}

#[model(plural = "Orders2")]
pub struct Orders {
    #[property(id, generated)]
    pub id: i64,
}

#[model]
pub struct Profile {
    // column type: BLOB; an id of it is a UUID
    #[property(id, default = uuid)]
    pub id: Uuid,
    #[property(unique)]
    pub author: BelongsTo<Author>,
    pub bio: Option<String>,
    pub profile_notes: HasMany<ProfileNotes>,
}

// The table has no primary key; `noteId` is unique
#[model(table = "profileNotes")]
pub struct ProfileNotes {
    #[property(column = "profile")]
    pub profile: BelongsTo<Profile>,
    #[property(id, column = "noteId")]
    pub note_id: i64,
}

#[model(unique(
    another_column_its_name_is_as_long_as_a_name_can_become_too,
    a_third_column_whose_name_is_nearly_as_long_as_the_second_has
))]
pub struct TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll {
    #[property(id, generated)]
    pub id: i64,
    #[property(column = "another column: its name is as long as a name can become, too")]
    #[property(default = "a default that is longer than fits")]
    pub another_column_its_name_is_as_long_as_a_name_can_become_too: String,
    pub a_third_column_whose_name_is_nearly_as_long_as_the_second_has: Option<String>,
    #[relation(on_delete = set_null)]
    pub a_key_with_a_name_that_is_long_enough_to_break_its_line_too:
        Option<BelongsTo<TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll>>,
    pub table_with_a_name_as_long_as_names_of_tables_can_become_at_alls:
        HasMany<TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll>,
}

#[model]
pub struct Tag {
    #[property(id)]
    pub id: String,
    pub label: Option<String>,
    pub book_tags: HasMany<BookTag>,
    #[relation(through = BookTag)]
    pub books: HasMany<Book>,
}
