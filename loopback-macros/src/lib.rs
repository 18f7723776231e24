//! Procedural macros of LoopBack for Rust. Use them through the crate `loopback`, which their expansions name.
//!
//! Entry points only: each macro is a folder with `parse`, `ir`, `check` and `expand`.

#![warn(missing_docs)]

mod main_fn;
mod model;
mod property_type;
mod support;

use proc_macro::TokenStream;

/// Makes a model of a struct with named fields.
///
/// Put it above `#[derive(..)]`: it adds `Clone` and `Debug` when the derives below do not name them.
///
/// | key | value | default | meaning |
/// |---|---|---|---|
/// | `base` | model | none | the model that this one extends; the field `#[base]` holds it |
/// | `plural` | string | as LoopBack makes it | plural name |
/// | `path` | string | `/` and the plural | path below the REST root |
/// | `table` | string | the name in snake_case | table |
/// | `strict` | `true`, `false`, `"throw"`, `"ignore"` | as the app says | what becomes of unknown properties |
/// | `force_id` | bool | for generated ids | a client may not give the id |
/// | `public` | bool | `true` | whether there are REST endpoints |
/// | `replace_on_put` | bool | as the app says | PUT replaces instead of updating |
/// | `disable(..)` | names of remote methods | none | endpoints to leave out; `"prototype.__get__reviews"` is one of a relation |
/// | `data_source` | string | the app's default | data source |
/// | `index(..)`, `unique(..)` | fields; repeatable | none | index over several columns |
/// | `default_scope` | path: `fn() -> impl Into<Filter<Self>>` | none | the query that every query starts from |
/// | `scopes(..)` | such paths, or `name = path` | none | queries with a name: `GET /Products/cheap` |
/// | `default_limit`, `max_limit` | int | as the app says | rows when a client names no limit; the greatest it may name |
/// | `transient` | – | has a table | what others embed: no table, no endpoints, no id needed; goes with `strict` only |
///
/// `#[property(..)]` on a field:
///
/// | key | value | meaning |
/// |---|---|---|
/// | `id` | – | the id, exactly one |
/// | `generated` | – | made by the database (integer) or the engine (`Uuid`, `String`); with `id` |
/// | `name` | string | JSON key; default: the field in camelCase |
/// | `column` | string | column; default: the field |
/// | `default` | literal, `now`, `guid`, `uuid`, path of a function | value when none is given |
/// | `index`, `unique` | – | index of the column; `unique` is short for `uniqueness` |
/// | `hidden`, `protected` | – | never in answers; not in answers of others that include it |
/// | `sql(..)` | `length`, `precision`, `scale`, `type` | options of the column |
/// | `length(..)` | `min`, `max`, `is` | characters of a text, items of a list |
/// | `presence`, `absence` | – | there is a value; there is none |
/// | `numericality(..)` | `int` | a number; a whole one |
/// | `range(..)` | `min`, `max` | a number between two bounds |
/// | `inclusion(..)`, `exclusion(..)` | literals | one of these; none of these |
/// | `format(..)` | string | a regular expression that finds something |
/// | `uniqueness(..)` | `scope(field, ..)` | no other row has it |
/// | `validate` | path: `fn(&T) -> Result<(), E>` | a function of yours |
/// | `validate_async` | path: `async fn(&Ctx, &T) -> Result<(), E>` | an async function of yours |
///
/// Every validation also takes `message = ".."` or `message(kind = "..")`, `allow_null`, `allow_blank`,
/// `if = "property"` and `unless = "property"`. A function of yours may take what `&T` derefs to: `&str` for a
/// `String`.
///
/// A field whose type is one of these is a relation. Of those that store something, `#[property(..)]` describes the
/// property.
///
/// | type | stores | relation |
/// |---|---|---|
/// | `BelongsTo<T>`, `Option<..>` of it | `ownerId` in `owner_id` | the row that the key refers to; `BelongsTo<T, K>` when that is not the id |
/// | `BelongsToAny<K>`, `Option<..>` of it | `ownerId` and `ownerType` in `owner_id` and `owner_type` | the row of any model; `name` and `column` are what both begin with; `K` is `i64` if not given |
/// | `HasMany<T>`, `HasOne<T>` | – | the rows, or the row, of which a `BelongsTo` refers to this one |
/// | `HasAndBelongsToMany<T>` | – | the rows linked by a table between, which the framework makes |
/// | `EmbedsOne<T>`, `EmbedsMany<T>` | `_parts` in `parts` | data of a (`transient`) model inside of this row |
/// | `ReferencesMany<T>` | `categoryIds` in `category_ids` for the field `categories` | the rows of which the ids are in a list |
///
/// `#[relation(..)]` on such a field:
///
/// | key | value | on | meaning |
/// |---|---|---|---|
/// | `name` | string | all | JSON name; default: the field in camelCase |
/// | `foreign_key` | field of the other model | `HasMany`, `HasOne` | its `BelongsTo` that leads back; needed when there are several |
/// | `primary_key` | field | `BelongsTo`, `HasMany`, `HasOne` | what the key refers to instead of the id: a field of `BelongsTo`'s target, else of this model |
/// | `through` | model | `HasMany`, `HasOne`, `HasAndBelongsToMany` | the model between the two; a string names the one that the framework makes for `HasAndBelongsToMany`. `foreign_key` and `key_through` are then fields of it |
/// | `key_through` | field of the model between | with `through` | its `BelongsTo` that leads to the target; needed when there are several |
/// | `polymorphic` | field of the other model | `HasMany`, `HasOne` | its `BelongsToAny` that leads back |
/// | `scope` | path: `fn() -> impl Into<Filter<T>>` | all but `BelongsToAny` | which of the rows belong to it, and their order |
/// | `properties(..)` | `own = other` | `HasMany`, `HasOne`, `HasAndBelongsToMany` | what a new related row takes over |
/// | `disable_include` | – | all | clients may not include it |
/// | `nest` | – | all but `BelongsToAny`, `EmbedsOne`, `EmbedsMany` | the target's own relations have routes below this one's |
/// | `foreign_key_constraint` | bool | `BelongsTo` | whether the database guards the key; default: as the app says |
/// | `on_delete` | `restrict`, `cascade`, `set_null` | `BelongsTo` | what becomes of this row when the other goes; default: `restrict` |
/// | `validate` | bool | `EmbedsOne`, `EmbedsMany` | whether the data passes its model's validations; default: it does |
///
/// With `base = Animal` one field has `#[base]` and the type `Animal`. The properties and relations of the base come
/// first in the model, which has a table, a path and routes of its own. It takes over `strict`, `force_id`,
/// `replace_on_put`, `default_scope`, `scopes`, `default_limit`, `max_limit`, `disable`, `index` and `unique`.
///
/// ```ignore
/// use loopback::prelude::*;
///
/// #[model(plural = "coffee-shops", unique(name, city))]
/// pub struct CoffeeShop {
///     #[property(id, generated)]
///     pub id: i64,
///     #[property(length(min = 1, max = 80, message(min = "is too short")))]
///     pub name: String,
///     pub city: String,
///     #[property(default = now)]
///     pub opened_at: DateTime<Utc>,
///     #[relation(on_delete = cascade)]
///     pub owner: BelongsTo<Customer>,
///     pub reviews: HasMany<Review>,
/// }
/// ```
///
/// The struct stays as it is. Beside it come `CoffeeShopProps`, the implementation of `Model`, and the entry by which
/// an app finds the model. `LOOPBACK_MACROS_DEBUG=CoffeeShop cargo check` prints them.
#[proc_macro_attribute]
pub fn model(args: TokenStream, item: TokenStream) -> TokenStream {
    model::expand_model(args.into(), item.into()).into()
}

/// Makes an enum or a struct the type of a property.
///
/// An enum without fields is stored as text, its variants in camelCase; a struct with named fields as JSON, its keys
/// in camelCase. The type must be `Clone`.
///
/// | key of `#[property_type]` | where | value | default |
/// |---|---|---|---|
/// | `rename` | variant | string | the variant in camelCase |
/// | `name` | field | string | the field in camelCase |
///
/// ```ignore
/// #[derive(Clone, Debug, PropertyType)]
/// pub enum Tier {
///     Basic,
///     #[property_type(rename = "gold-plus")]
///     GoldPlus,
/// }
/// ```
#[proc_macro_derive(PropertyType, attributes(property_type))]
pub fn property_type(item: TokenStream) -> TokenStream {
    property_type::expand_property_type(item.into()).into()
}

/// Runs an async `main` and reports its error.
///
/// Takes no keys. The function may answer with anything that `loopback` can make an exit code of, `Result<()>` most
/// of all.
///
/// ```ignore
/// #[loopback::main]
/// async fn main() -> Result<()> {
///     App::builder().build().await?.serve().await
/// }
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_fn::expand_main(args.into(), item.into()).into()
}
