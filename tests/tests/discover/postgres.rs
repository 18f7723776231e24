// Models of the tables of `db`, written by the command `discover`.

use loopback::prelude::*;

#[model(table = "2nd table, größe")]
pub struct Table2ndTableGrosse {
    #[property(id, generated)]
    pub id: i32,
}

#[model(table = "Orders")]
pub struct Orders {
    #[property(id, generated)]
    pub id: i32,
}

/// Who writes.
/// \`\`\`
/// panic!("run by a test")
/// \`\`\`
/// indented()
/// */ \<b> \[link] \\ \\u{202e}end
// The column `search` is left out: column type: tsvector, which the framework does not read
// The column `upper` is left out: column type: text; the database computes it from other columns
// The column `mood` is left out: column type: mood, which the framework does not read
// The column `words` is left out: column type: text[], which the framework does not read
// The column `seen` is left out: column type: timestamp without time zone, which the framework does not read: it is another moment in each time zone, `timestamptz` is not
#[model]
pub struct Author {
    #[property(id, generated)]
    pub id: i64,
    /// The "name"
    /// of the \\ author */
    #[property(sql(length = 80))]
    pub name: String,
    #[property(unique)]
    pub email: Option<String>,
    #[property(default = "human \"x\" \\ it's */ {}")]
    pub r#type: String,
    #[property(default = now)]
    pub born: Option<NaiveDate>,
    #[property(column = "2nd")]
    pub _2nd: Option<i16>,
    #[property(column = "first name")]
    pub first_name: Option<String>,
    // column type: real
    pub größe: Option<f64>,
    #[property(column = "createdAt", default = now)]
    pub created_at: DateTime<Utc>,
    #[property(column = "self", default = "none", sql(length = 20))]
    pub self_: Option<String>,
    // column type: character(3)
    #[property(sql(length = 3))]
    pub or: Option<String>,
    #[property(default = "1.5", sql(precision = 10, scale = 2))]
    pub price: Option<Decimal>,
    #[property(default = true)]
    pub active: bool,
    pub picture: Option<Vec<u8>>,
    // default of the column: '{}'::jsonb
    pub settings: Option<loopback::serde_json::Value>,
    #[property(column = "why? \" \\ */")]
    pub why: Option<String>,
    #[property(default = -1)]
    pub a_column_with_a_name_that_is_as_long_as_names_of_postgresql_can: i32,
    // column type: timestamp with time zone
    // default of the column: (now() + '1 day'::interval)
    pub later: Option<DateTime<Utc>>,
    #[property(default = uuid)]
    pub token: Uuid,
    // column type: numeric
    pub loose: Option<Decimal>,
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
    pub id: i32,
    pub book: BelongsTo<Book>,
    pub tag: BelongsTo<Tag>,
}

// The column `Name` is left out: another column has the same name but for upper and lower case
#[model]
pub struct Case {
    #[property(id, generated)]
    pub id: i32,
    pub name: Option<String>,
}

#[model]
pub struct Coded {
    #[property(id, generated)]
    pub id: i32,
    #[property(unique)]
    pub code: Option<String>,
    pub codings: HasMany<Coding>,
}

#[model]
pub struct Coding {
    #[property(id, generated)]
    pub id: i32,
    #[property(column = "coded_code")]
    #[relation(primary_key = code)]
    pub coded_code: Option<BelongsTo<Coded, Option<String>>>,
}

// The column `n` is left out: column type: bigint; the database alone gives its values
#[model]
pub struct Counting {
    // default of the column: (md5('x'::text))::uuid
    #[property(id, default = uuid)]
    pub id: Uuid,
    // the database counts it, for who gives none; clients have to give it here
    pub pos: i32,
}

#[model]
pub struct Country {
    #[property(id, generated)]
    pub id: i32,
    #[property(unique)]
    pub code: String,
    #[property(index)]
    pub label: Option<String>,
    pub books: HasMany<Book>,
}

// The table has no primary key; `id` is unique
#[model]
pub struct Keyless {
    #[property(unique)]
    pub code: String,
    #[property(id, generated)]
    pub id: i32,
}

#[model]
pub struct Large {
    #[property(id, generated)]
    pub id: i64,
    // column type: numeric(38,0); a value of more than 28 digits cannot be read
    // default of the column: '123456789012345678901234567890123456'::numeric
    #[property(sql(precision = 38, scale = 0))]
    pub b: Option<Decimal>,
}

// Another model, or Rust, has the name that the table `option` would give
#[model(table = "option")]
pub struct OptionRow {
    #[property(id, generated)]
    pub id: Uuid,
    // refers to `order_line`: a relation has one key, this foreign key has 2 columns
    pub line_order: Option<i32>,
    pub line: Option<i32>,
}

#[model(plural = "Orders2")]
pub struct Order {
    #[property(id, generated)]
    pub id: i32,
    #[property(column = "self_id")]
    pub self_: Option<BelongsTo<Order>>,
    pub orders: HasMany<Order>,
}

#[model]
pub struct Profile {
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
    pub note_id: i32,
}

#[model(unique(
    another_column_its_name_is_as_long_as_a_name_can_become_too,
    a_third_column_whose_name_is_nearly_as_long_as_the_second_has
))]
pub struct TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll {
    #[property(id, generated)]
    pub id: i32,
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

// The column `ID` is left out: another column has the same name but for upper and lower case
#[model]
pub struct TwoIds {
    #[property(id, generated)]
    pub id: i32,
}

#[model]
pub struct Visit {
    #[property(id, generated)]
    pub id: i32,
    // refers to `elsewhere.place`: there is no model of that table
    pub place_id: Option<i32>,
}
