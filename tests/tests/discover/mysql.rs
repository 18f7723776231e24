// Models of the tables of `db`, written by the command `discover`.

use loopback::prelude::*;

#[model(table = "2nd table, größe")]
pub struct Table2ndTableGrosse {
    #[property(id, generated)]
    pub id: i32,
}

/// Who writes.
/// \`\`\`
/// panic!("run by a test")
/// \`\`\`
/// indented()
/// */ \<b> \[link] \\ end
// The column `search` is left out: column type: set('a','b'), which the framework does not read
// The column `upper` is left out: column type: varchar(80); the database computes it from other columns
// The column `words` is left out: column type: geometry, which the framework does not read
#[model]
pub struct Author {
    #[property(id, generated)]
    pub id: i64,
    /// The "name"
    /// of the \\ author */
    #[property(sql(length = 80))]
    pub name: String,
    #[property(unique, sql(length = 100))]
    pub email: Option<String>,
    #[property(default = "human \"x\" \\ it's */ {}", sql(length = 40))]
    pub r#type: String,
    #[property(default = now)]
    pub born: Option<NaiveDate>,
    #[property(column = "2nd")]
    pub _2nd: Option<u16>,
    #[property(column = "first name")]
    pub first_name: Option<String>,
    // column type: float
    pub größe: Option<f64>,
    #[property(column = "createdAt", default = now)]
    pub created_at: DateTime<Utc>,
    #[property(column = "self")]
    pub self_: Option<String>,
    // column type: char(3)
    #[property(sql(length = 3))]
    pub or: Option<String>,
    #[property(default = "1.50", sql(precision = 10, scale = 2))]
    pub price: Option<Decimal>,
    #[property(default = true)]
    pub active: bool,
    pub picture: Option<Vec<u8>>,
    pub settings: Option<loopback::serde_json::Value>,
    #[property(column = "why? \" \\\\ */")]
    pub why: Option<String>,
    #[property(default = -1)]
    pub a_column_with_a_name_that_is_as_long_as_names_of_postgresql_can: i32,
    // column type: datetime
    // default of the column: (current_timestamp() + interval 1 day)
    pub later: Option<DateTime<Utc>>,
    // column type: enum('glad','it''s "sad"')
    #[property(default = "glad", inclusion("glad", "it's \"sad\""))]
    pub mood: String,
    // column type: timestamp
    pub seen: Option<DateTime<Utc>>,
    // column type: binary(16)
    pub token: Option<Uuid>,
    // column type: bigint(20) unsigned
    pub huge: Option<i64>,
    pub tiny: Option<i8>,
    #[relation(foreign_key = author_row)]
    pub author_row_books: HasMany<Book>,
    #[relation(foreign_key = editor)]
    pub editor_books: HasMany<Book>,
    pub profile: HasOne<Profile>,
}

#[model(index(part_of, title), unique(title, author_row))]
pub struct Book {
    #[property(id, generated)]
    pub id: u32,
    #[property(sql(length = 200))]
    pub title: String,
    #[property(name = "authorId", column = "author_id")]
    #[relation(on_delete = cascade)]
    pub author_row: BelongsTo<Author>,
    #[property(column = "editor")]
    #[relation(on_delete = set_null)]
    pub editor: Option<BelongsTo<Author>>,
    #[property(column = "part_of")]
    pub part_of: Option<BelongsTo<Book>>,
    #[property(index, sql(length = 80))]
    pub author: Option<String>,
    #[property(column = "country")]
    #[relation(primary_key = code)]
    pub country: Option<BelongsTo<Country, String>>,
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

#[model]
pub struct Coded {
    #[property(id, generated)]
    pub id: i32,
    #[property(unique, sql(length = 20))]
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

#[model]
pub struct Country {
    #[property(id, generated)]
    pub id: i32,
    #[property(unique, sql(length = 2))]
    pub code: String,
    #[property(index, sql(length = 200))]
    pub label: Option<String>,
    pub books: HasMany<Book>,
}

// The primary key has 2 columns (tenant, id), and a model has one id; `id` is unique
#[model(unique(tenant, id))]
pub struct Keyless {
    pub tenant: i32,
    #[property(id, generated)]
    pub id: i32,
    #[property(unique, sql(length = 10))]
    pub code: String,
}

// Another model, or Rust, has the name that the table `option` would give
#[model(table = "option", index(line_order, line))]
pub struct OptionRow {
    #[property(id)]
    pub id: i32,
    // refers to `order_line`: a relation has one key, this foreign key has 2 columns
    pub line_order: Option<i32>,
    pub line: Option<i32>,
}

#[model]
pub struct Order {
    #[property(id, generated)]
    pub id: i32,
    #[property(column = "self_id")]
    pub self_: Option<BelongsTo<Order>>,
    pub orders: HasMany<Order>,
}

#[model(plural = "Orders2")]
pub struct Orders {
    #[property(id, generated)]
    pub id: i32,
}

#[model]
pub struct Profile {
    // column type: binary(16)
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
    // column type: binary(16)
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
    #[property(sql(length = 40))]
    pub another_column_its_name_is_as_long_as_a_name_can_become_too: String,
    #[property(sql(length = 40))]
    pub a_third_column_whose_name_is_nearly_as_long_as_the_second_has: Option<String>,
    #[relation(on_delete = set_null)]
    pub a_key_with_a_name_that_is_long_enough_to_break_its_line_too:
        Option<BelongsTo<TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll>>,
    pub table_with_a_name_as_long_as_names_of_tables_can_become_at_alls:
        HasMany<TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll>,
}

#[model]
pub struct Tag {
    #[property(id, sql(length = 40))]
    pub id: String,
    pub label: Option<String>,
    pub book_tags: HasMany<BookTag>,
    #[relation(through = BookTag)]
    pub books: HasMany<Book>,
}

#[model]
pub struct Worded {
    #[property(id, generated)]
    pub id: i32,
    // column type: enum('it''s','a\\b','n\n','')
    #[property(default = "", inclusion("it's", "a\\b", "n\n", ""))]
    pub word: String,
}
