//! Procedural macros of LoopBack for Rust. Use them through the crate `loopback`, which their expansions name.
//!
//! Entry points only: each macro is a folder with `parse`, `ir`, `check` and `expand`.

#![warn(missing_docs)]

mod acl;
mod boot;
mod impl_block;
mod main_fn;
mod model;
mod property_type;
mod role_resolver;
mod support;

use proc_macro::TokenStream;

/// Makes a model of a struct with named fields; in an impl block of a model, makes remote methods and hooks of the
/// functions with [`#[remote_method]`](macro@remote_method), [`#[operation_hook]`](macro@operation_hook) and
/// [`#[remote_hook]`](macro@remote_hook). On an impl block it takes no keys.
///
/// On a struct:
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
/// | `change_stream` | bool | as the app says | clients can listen to the changes of its rows: `GET /CoffeeShops/change-stream` |
/// | `disable(..)` | names of remote methods | none | endpoints to leave out; `"prototype.__get__reviews"` is one of a relation |
/// | `data_source` | string | the app's default | data source |
/// | `index(..)`, `unique(..)` | fields; repeatable | none | index over several columns |
/// | `default_scope` | path: `fn() -> impl Into<Filter<Self>>` | none | the query that every query starts from |
/// | `scopes(..)` | such paths, or `name = path` | none | queries with a name: `GET /Products/cheap` |
/// | `default_limit`, `max_limit` | int | as the app says | rows when a client names no limit; the greatest it may name |
/// | `mixins(..)` | types with `Mixin` | none | what the model has in common with others: `Timestamps`, `SoftDelete`, or your own |
/// | `implicit_transactions` | bool | as the app says | whether an operation with hooks, and what they write, is one transaction |
/// | `owner`, or `owner(..)` | fields: a `BelongsTo`, or a property that holds the id of a user | the `BelongsTo` to a user | who is `$owner` of a row |
/// | `owner_writable` | bool | as the app says | whether a client may change who the owner is |
/// | `default_permission` | `allow`, `deny` | as the app says | what holds when no [`#[acl]`](macro@acl) is about a call |
/// | `acl_error_status` | `401`, `403`, `404` | as the app says | HTTP status of a call that is denied |
/// | `relation_acl` | `called`, `both` | as the app says | whether a call through a relation must be allowed by the target, too |
/// | `user(..)` | see below | as the app says | with a base that is a `User`: how its users log in |
/// | `transient` | – | has a table | what others embed: no table, no endpoints, no id needed; goes with `strict` only |
///
/// `user(..)`:
///
/// | key | value | meaning |
/// |---|---|---|
/// | `email_verification_required` | –, bool | whether only a user whose address is verified may log in |
/// | `ttl`, `max_ttl` | seconds | how long a token lives; the longest that a client may ask for |
/// | `reset_password_token_ttl`, `verification_token_ttl` | seconds | how long the tokens in mails live |
/// | `realm_required` | –, bool | whether users are told apart by their realm as well |
/// | `realm_delimiter` | string | what stands between realm and name |
/// | `salt_work_factor` | 4 to 31 | how expensive a password's hash is |
/// | `case_sensitive_email` | –, bool | whether addresses differ in upper and lower case |
/// | `allow_eternal_tokens` | –, bool | whether a token may live forever |
/// | `restrict_reset_password_token_scope` | bool | whether the token of a mail resets the password and nothing else |
/// | `reject_password_changes_via_patch_or_replace` | bool | whether a password changes by its own methods only |
/// | `password_policy` | `none`, `default`, or `(min_length = 8 to 64)` | what a password must be like |
/// | `reveal_accounts` | –, bool | whether an answer may tell that there is an account |
/// | `login_throttle` | `on`, `off` | whether attempts to log in are slowed down |
/// | `max_sessions` | at least 1 | how many tokens a user may have |
/// | `token` | model that extends `AccessToken` | the model of the tokens; every model of users but one needs its own |
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
/// | `relation_acl` | `called`, `both` | all | whether a call through it must be allowed by the target, too; default: as the model says |
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

/// Makes a function of a model a remote method: it is called over REST, and is in the API description.
///
/// It goes on a function in an impl block with [`#[model]`](macro@model). A model may have any number of these blocks,
/// in any module.
///
/// | key | value | default | meaning |
/// |---|---|---|---|
/// | – | `get`, `head`, `post`, `put`, `patch`, `delete`, `all` | `post` | verb |
/// | – | string that begins with `/` | `/` and the name, below `/{id}` of an instance method | path below the model's |
/// | `name` | string | the function in camelCase | name of the method |
/// | `route(..)` | verb and path; repeatable | none | a further route; without a verb and a path before it the only one |
/// | `returns` | string, or `returns("x", "y")` | the answer is the value | the answer is an object with the value, or the values of a tuple, under these names |
/// | `status` | 100 to 599 | 200, or 204 for `()` | HTTP status of an answer |
/// | `error_status` | 100 to 599 | 500 | HTTP status of an error that has none itself |
/// | `access` | `read`, `write`, `execute`, `replicate` | as its verbs say | how access control sees it; a `get` method with `&mut self` must say it |
/// | `inherited` | – | of this model only | models that extend this one have the method, too |
/// | `scopes(..)` | strings | none | scopes that a token must have |
/// | `notes` | string | none | more to say in the API description; the doc comment is the description |
///
/// Parameters:
///
/// | parameter | is |
/// |---|---|
/// | `&self`, `&mut self` | the row with the id in the path; 404 when there is none. The method is called on an instance, and its paths begin with `/{id}` |
/// | `&Ctx` | the context |
/// | `&RemoteCall`, `&mut RemoteCall` | the request and its reply |
/// | any other | an argument, named as the parameter is, in camelCase; its doc comment is the description |
///
/// Without a source an argument is a part of the path when the path names it, else a property of the body, else a
/// parameter of the query string. `#[arg(..)]` on an argument:
///
/// | key | value | meaning |
/// |---|---|---|
/// | `name` | string | its name; default: the parameter in camelCase, of a header with `-` for `_` |
/// | `default` | literal | value when the request has none |
/// | `path`, `query`, `header` | – | comes from there |
/// | `body` | – | is the whole body |
/// | `form` | – | is a property of the body |
///
/// The function answers with `Result<T>`, or `Result<T, E>` where `E` becomes an `Error`. It may be async or not.
///
/// ```ignore
/// #[model]
/// impl CoffeeShop {
///     /// The shops nearest to a place.
///     #[remote_method(get, "/near", access = read)]
///     async fn near(ctx: &Ctx, at: GeoPoint, #[arg(default = 10)] limit: u32) -> Result<Vec<Self>> {
///         Self::find(ctx, Self::props().location.near(at).limit(limit)).await
///     }
///
///     /// Opens the shop.
///     #[remote_method(post, "/{id}/open", returns = "hours")]
///     async fn open(&mut self, ctx: &Ctx, /** For how long. */ hours: u32) -> Result<u32> {
///         self.open_for = Some(hours);
///         self.save(ctx).await?;
///         Ok(hours)
///     }
/// }
/// ```
///
/// The impl block stays as it is, without these attributes. Beside it comes, for each method, the entry by which an
/// app finds it: routes, arguments, and a closure that takes the arguments out of the request and calls the function.
/// `LOOPBACK_MACROS_DEBUG=CoffeeShop cargo check` prints them.
#[proc_macro_attribute]
pub fn remote_method(_args: TokenStream, item: TokenStream) -> TokenStream {
    impl_block::expand_alone(impl_block::Attr::RemoteMethod, item.into()).into()
}

/// Makes a function of a model an operation hook: it runs when the model's data is read or written, by REST or by code.
///
/// It goes on a function in an impl block with [`#[model]`](macro@model).
///
/// | phase | parameter | when |
/// |---|---|---|
/// | `access` | `&mut Access<'_, Self>` | before rows are looked for |
/// | `before_save` | `&mut BeforeSave<'_, Self>` | before data is validated |
/// | `persist` | `&mut Persist<'_, Self>` | after validation, before the data goes to the database |
/// | `loaded` | `&mut Loaded<'_, Self>` | when data came from the database, or was written to it |
/// | `after_save` | `&mut AfterSave<'_, Self>` | after data was written |
/// | `before_delete` | `&mut BeforeDelete<'_, Self>` | before rows are deleted |
/// | `after_delete` | `&mut AfterDelete<'_, Self>` | after rows were deleted |
///
/// | key | value | default | meaning |
/// |---|---|---|---|
/// | – | a phase | – | when it runs |
/// | `order` | whole number | 0 | hooks with a lower one run first; then the order is that of the source |
///
/// The function answers with `Result<()>`, or `Result<(), E>` where `E` becomes an `Error`: an error ends the
/// operation. It may be async or not.
///
/// ```ignore
/// #[model]
/// impl CoffeeShop {
///     #[operation_hook(before_save, order = 5)]
///     async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
///         op.update(Self::props().name, |name| name.trim().to_owned());
///         Ok(())
///     }
/// }
/// ```
///
/// The impl block stays as it is, without these attributes. Beside it comes, for each hook, the entry by which an app
/// finds it.
#[proc_macro_attribute]
pub fn operation_hook(_args: TokenStream, item: TokenStream) -> TokenStream {
    impl_block::expand_alone(impl_block::Attr::OperationHook, item.into()).into()
}

/// Makes a function of a model a remote hook: it runs around remote methods of the model, when they are called over
/// REST.
///
/// It goes on a function in an impl block with [`#[model]`](macro@model).
///
/// | key | value | default | meaning |
/// |---|---|---|---|
/// | – | `before`, `after`, `after_error` | – | when it runs; stands first |
/// | – | methods, at least one | – | `create`, `find_by_id` for `findById`, or a string: `"prototype.open"`, and patterns: `"*"` are the methods of the model, `"prototype.*"` those of an instance, `"**"` all |
/// | `order` | whole number | 0 | hooks with a lower one run first; then the order is that of the source |
///
/// The function takes `&mut RemoteCall` and answers with `Result<()>`, or `Result<(), E>` where `E` becomes an `Error`:
/// an error ends the call. It may be async or not.
///
/// ```ignore
/// #[model]
/// impl CoffeeShop {
///     #[remote_hook(after, create, find_by_id, "prototype.*", order = 1)]
///     async fn announce(call: &mut RemoteCall) -> Result<()> {
///         println!("{} was called", call.model().name);
///         Ok(())
///     }
/// }
/// ```
///
/// The impl block stays as it is, without these attributes. Beside it comes, for each hook, the entry by which an app
/// finds it.
#[proc_macro_attribute]
pub fn remote_hook(_args: TokenStream, item: TokenStream) -> TokenStream {
    impl_block::expand_alone(impl_block::Attr::RemoteHook, item.into()).into()
}

/// Says who may call what: an entry of access control.
///
/// It goes on a struct with [`#[model]`](macro@model), above or below it, and is then about the model's remote methods;
/// and on a function with [`#[remote_method]`](macro@remote_method), and is then about that one. It may stand any number
/// of times.
///
/// | words | is |
/// |---|---|
/// | `allow`, `deny`, `audit`, `alarm` | the permission, exactly one; `audit` and `alarm` allow, and say so in the log |
/// | a string, `user = 1`, `user = ".."`, `app = ".."` | the principal, exactly one: a role, one user, one app |
/// | `read`, `write`, `execute`, `replicate`, `all` | what the call does; without one: all of them |
/// | `methods(..)` | remote methods, on a struct only: `find`, `find_by_id`, `prototype.patchAttributes`, `"__get__orders"`; without it: all of them |
///
/// | role | who has it |
/// |---|---|
/// | `"$everyone"` | everyone |
/// | `"$authenticated"`, `"$unauthenticated"` | who is logged in; who is not |
/// | `"$owner"` | the owner of the row that is called |
/// | `"$related"` | who is related to the row that is called |
/// | any other, without `$` | whom a [`#[role_resolver]`](macro@role_resolver) or the table of roles says |
///
/// ```ignore
/// #[acl(deny, "$everyone")]
/// #[acl(allow, "$everyone", read)]
/// #[acl(allow, "$owner", write)]
/// #[acl(allow, "admin", methods(create, delete_by_id))]
/// #[model]
/// pub struct CoffeeShop {
///     #[property(id, generated)]
///     pub id: i64,
///     pub owner: BelongsTo<Customer>,
/// }
///
/// #[model]
/// impl CoffeeShop {
///     #[remote_method]
///     #[acl(allow, "$owner")]
///     async fn open(&mut self) -> Result<()> {
///         Ok(())
///     }
/// }
/// ```
///
/// `#[model]` reads it and takes it off.
#[proc_macro_attribute]
pub fn acl(args: TokenStream, item: TokenStream) -> TokenStream {
    acl::expand_acl(&args.into(), item.into()).into()
}

/// Makes a function the one that says who is in a role.
///
/// | key | value | default | meaning |
/// |---|---|---|---|
/// | – | string | the function in camelCase | the role, as [`#[acl]`](macro@acl) names it; without `$` |
///
/// The function is a free one. It takes `&AccessContext` and answers with `Result<bool>`, or `Result<bool, E>` where `E`
/// becomes an `Error`. It may be async or not.
///
/// ```ignore
/// #[role_resolver("teamLead")]
/// async fn team_lead(access: &AccessContext) -> Result<bool> {
///     leads_a_team(access).await
/// }
/// ```
///
/// The function stays as it is. Beside it comes the entry by which an app finds it.
#[proc_macro_attribute]
pub fn role_resolver(args: TokenStream, item: TokenStream) -> TokenStream {
    role_resolver::expand_role_resolver(args.into(), item.into()).into()
}

/// Makes a function one that runs at the start of an app: when the tables are there, before anything is served. LoopBack's
/// boot scripts.
///
/// | key | value | default | meaning |
/// |---|---|---|---|
/// | `order` | whole number | 0 | functions with a lower one run first; then the order is that of their names |
///
/// The function is a free one, and async. It takes the app's `Ctx` and answers with `Result<()>`, or `Result<(), E>` where
/// `E` becomes an `Error`: an error ends the start. All functions that are linked run, in any module, before those of the
/// builder's `.boot(..)`.
///
/// ```ignore
/// #[boot(order = 10)]
/// async fn sample_data(ctx: Ctx) -> Result<()> {
///     let shop = CoffeeShop::props();
///     CoffeeShop::find_or_create(&ctx, shop.name.eq("Bel Cafe"), set!(CoffeeShop { name: "Bel Cafe" })).await?;
///     Ok(())
/// }
/// ```
///
/// The function stays as it is. Beside it comes the entry by which an app finds it.
#[proc_macro_attribute]
pub fn boot(args: TokenStream, item: TokenStream) -> TokenStream {
    boot::expand_boot(args.into(), item.into()).into()
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
///     App::from_env()?.serve().await
/// }
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_fn::expand_main(args.into(), item.into()).into()
}
