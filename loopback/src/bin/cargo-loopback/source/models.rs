//! The models of an application, as its source has them.

use super::{Source, is, is_for_tests, plain};
use crate::fault::{Result, fault};
use crate::names::{BUILT_IN, camel_case, snake_case};
use crate::source::rules::Rule;
use crate::tree::Tree;
use loopback::__private::did_you_mean;
use proc_macro2::TokenTree;
use syn::{Fields, GenericArgument, Item, ItemMod, ItemStruct, PathArguments, Type};

/// A struct with `#[model]`.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) base: Option<String>,
    pub(crate) transient: bool,
    /// The path below the root of the REST API.
    pub(crate) http_path: String,
    /// Its own remote methods, as they are called over REST.
    pub(crate) methods: Vec<String>,
    /// Its rules of access control, in their order.
    pub(crate) rules: Vec<Rule>,
    /// All its functions with an attribute of the framework.
    pub(crate) functions: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The key in JSON.
    pub(crate) json: String,
    pub(crate) relation: Option<Relation>,
    pub(crate) is_id: bool,
}

/// `BelongsTo<Shop>`: the kind, and the model where it has one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) kind: String,
    pub(crate) target: Option<String>,
}

/// All models of the source, and what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Models {
    all: Vec<Found>,
    unread: Vec<String>,
    /// Of modules that are written inside of another file: the model, and the file. A generator does not go there.
    inline: Vec<(String, String)>,
}

impl Models {
    /// Looks through the files below `src`.
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut models = Self::default();
        let mut functions = Vec::new();
        for (path, text) in tree.below("src", ".rs") {
            // Most files have none; the word is looked for before the parser is asked.
            if !text.contains("model") {
                continue;
            }
            match Source::parse(path, text) {
                Ok(source) => {
                    for item in &source.file.items {
                        match item {
                            Item::Struct(item) if item.attrs.iter().any(|it| is(it, "model")) => {
                                models.all.push(found(path, item));
                            }
                            Item::Impl(item) if item.attrs.iter().any(|it| is(it, "model")) => {
                                functions.extend(functions_of(item));
                            }
                            Item::Mod(item) => models.note_inline(path, item),
                            _ => {}
                        }
                    }
                }
                Err(error) => models.unread.push(error.to_string()),
            }
        }
        for (model, function, method) in functions {
            if let Some(model) = models.all.iter_mut().find(|found| found.name == model) {
                model.methods.extend(method);
                model.functions.push(function);
            }
        }
        models
    }

    /// Notes the models of a module that stands inside of a file; those of tests are nobody's.
    fn note_inline(&mut self, path: &str, module: &ItemMod) {
        if is_for_tests(&module.attrs) {
            return;
        }
        for item in module.content.iter().flat_map(|(_, items)| items) {
            match item {
                Item::Struct(item) if item.attrs.iter().any(|it| is(it, "model")) => {
                    self.inline.push((plain(&item.ident), path.to_owned()));
                }
                Item::Mod(item) => self.note_inline(path, item),
                _ => {}
            }
        }
    }

    /// Whether a model has an id, its own or that of what it extends. The framework's have one.
    pub(crate) fn has_id(&self, model: &Found) -> bool {
        let mut model = model;
        for _ in 0..20 {
            if !model.transient || model.fields.iter().any(|field| field.is_id) {
                return true;
            }
            match model.base.as_deref().map(|base| self.find(base)) {
                Some(Some(base)) => model = base,
                Some(None) => return true,
                None => return false,
            }
        }
        true
    }

    fn find_inline(&self, name: &str) -> Option<&(String, String)> {
        self.inline.iter().find(|(known, _)| folded(known) == folded(name))
    }

    /// Whether there is a model of a name, also where none can be changed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some() || self.find_inline(name).is_some()
    }

    /// Refuses a name that a model has.
    ///
    /// # Errors
    /// One has it, with its file.
    pub(crate) fn is_free(&self, name: &str) -> Result<()> {
        let found = self.find(name).map(|found| (&found.name, &found.path));
        let inline = || self.find_inline(name).map(|(name, path)| (name, path));
        match found.or_else(inline) {
            Some((name, path)) => Err(fault(format!("there is a model {name} already, in {path}"))),
            None => Ok(()),
        }
    }

    /// The model of a name, in any case.
    pub(crate) fn find(&self, name: &str) -> Option<&Found> {
        let wanted = folded(name);
        self.all
            .iter()
            .find(|found| found.name == name)
            .or_else(|| self.all.iter().find(|found| folded(&found.name) == wanted))
    }

    /// The model of a name.
    ///
    /// # Errors
    /// There is none, with what there is.
    pub(crate) fn get(&self, name: &str) -> Result<&Found> {
        if let Some(found) = self.find(name) {
            return Ok(found);
        }
        if let Some((name, path)) = self.find_inline(name) {
            return Err(fault(format!("{name} stands in an inline module in {path}; it is changed by hand")));
        }
        if let Some(unread) = self.unread.first() {
            return Err(fault(format!("there is no model `{name}` in what can be read; {unread}")));
        }
        if let Some(own) = BUILT_IN.iter().find(|own| folded(own) == folded(name)) {
            return Err(fault(format!(
                "`{own}` is a model of the framework: a model that extends it can be changed, `cargo loopback model My{own} --base {own}`"
            )));
        }
        let names: Vec<&str> = self.all.iter().map(|found| found.name.as_str()).collect();
        let hint = did_you_mean(name, names.iter().copied());
        let there =
            if names.is_empty() { "there is none yet".to_owned() } else { format!("there are {}", names.join(", ")) };
        Err(fault(format!("there is no model `{name}`{hint} ({there}; `cargo loopback model {name}` makes one)")))
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Found {
    /// Its fields `BelongsTo` of a model.
    pub(crate) fn belongs_to<'f>(&'f self, model: &'f str) -> impl Iterator<Item = &'f Field> {
        self.fields.iter().filter(move |field| {
            field.relation.as_ref().is_some_and(|it| it.kind == "BelongsTo" && it.target.as_deref() == Some(model))
        })
    }

    /// Refuses a name that a field, or the key of a relation, has already.
    ///
    /// # Errors
    /// It has it.
    pub(crate) fn is_free(&self, name: &str, json: &str) -> Result<()> {
        if let Some(field) = self.fields.iter().find(|field| field.name == name || field.json == json) {
            let what = if field.relation.is_some() { "relation" } else { "property" };
            return Err(fault(format!("{} has a {what} `{}` already, in {}", self.name, field.name, self.path)));
        }
        let key = self.fields.iter().find(|field| {
            field.relation.as_ref().is_some_and(|it| it.kind == "BelongsTo") && format!("{}Id", field.json) == json
        });
        if let Some(field) = key {
            return Err(fault(format!(
                "`{json}` is the key that the relation `{}` of {} has already, in {}",
                field.name, self.name, self.path
            )));
        }
        Ok(())
    }
}

fn found(path: &str, item: &ItemStruct) -> Found {
    let mut found = Found {
        name: plain(&item.ident),
        path: path.to_owned(),
        fields: Vec::new(),
        base: None,
        transient: false,
        http_path: format!("/{}", loopback::__private::pluralize(&plain(&item.ident))),
        methods: Vec::new(),
        rules: Vec::new(),
        functions: Vec::new(),
    };
    for attribute in item.attrs.iter().filter(|it| is(it, "acl")) {
        if let syn::Meta::List(list) = &attribute.meta {
            found.rules.push(Rule::of(list.tokens.clone()));
        }
    }
    let mut path = None;
    for attribute in item.attrs.iter().filter(|it| is(it, "model")) {
        // What is not of this form is the compiler's matter.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("transient") {
                found.transient = true;
            } else if meta.path.is_ident("base") {
                let base: syn::Path = meta.value()?.parse()?;
                found.base = base.segments.last().map(|last| plain(&last.ident));
            } else if meta.path.is_ident("path") {
                path = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.path.is_ident("plural") {
                found.http_path = format!("/{}", meta.value()?.parse::<syn::LitStr>()?.value());
            } else {
                skip(&meta)?;
            }
            Ok(())
        });
    }
    if let Some(path) = path {
        found.http_path = format!("/{}", path.trim_matches('/'));
    }
    if let Fields::Named(fields) = &item.fields {
        found.fields = fields.named.iter().filter_map(field).collect();
    }
    found
}

/// Passes over the value of a key: `= ..`, `(..)`, or nothing.
pub(crate) fn skip(meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(syn::Token![=]) {
        meta.value()?.parse::<syn::Expr>().map(drop)
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>().map(drop)
    } else {
        Ok(())
    }
}

fn field(field: &syn::Field) -> Option<Field> {
    let name = plain(field.ident.as_ref()?);
    let mut json = camel_case(&name);
    let mut is_id = false;
    for attribute in field.attrs.iter().filter(|it| is(it, "property") || is(it, "relation")) {
        let of_relation = is(attribute, "relation");
        let relation = relation(&field.ty).is_some();
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("id") {
                is_id = true;
                Ok(())
            } else if meta.path.is_ident("name") && of_relation == relation {
                json = meta.value()?.parse::<syn::LitStr>()?.value();
                Ok(())
            } else {
                skip(&meta)
            }
        });
    }
    Some(Field { name, json, relation: relation(&field.ty), is_id })
}

/// The relation that a type is, through `Option`.
fn relation(ty: &Type) -> Option<Relation> {
    const KINDS: [&str; 9] = [
        "BelongsTo",
        "BelongsToAny",
        "HasMany",
        "HasOne",
        "HasAndBelongsToMany",
        "EmbedsOne",
        "EmbedsMany",
        "ReferencesMany",
        "OptionalBelongsTo",
    ];
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let first = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    };
    if last.ident == "Option" {
        return relation(first?);
    }
    let kind = KINDS.into_iter().find(|kind| last.ident == kind)?;
    let target = match first {
        Some(Type::Path(path)) => path.path.segments.last().map(|last| plain(&last.ident)),
        _ => None,
    };
    Some(Relation { kind: kind.trim_start_matches("Optional").to_owned(), target })
}

/// Of an impl block: model, function, and the remote method that it is.
fn functions_of(item: &syn::ItemImpl) -> Vec<(String, String, Option<String>)> {
    let Type::Path(path) = &*item.self_ty else { return Vec::new() };
    let Some(model) = path.path.segments.last().map(|last| plain(&last.ident)) else { return Vec::new() };
    let functions = item.items.iter().filter_map(|item| match item {
        syn::ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    functions.map(|function| (model.clone(), plain(&function.sig.ident), method(function))).collect()
}

/// The remote method that a function is: its name over REST.
fn method(function: &syn::ImplItemFn) -> Option<String> {
    let attribute = function.attrs.iter().find(|it| is(it, "remote_method"))?;
    let mut name = camel_case(&plain(&function.sig.ident));
    if let syn::Meta::List(list) = &attribute.meta {
        let tokens: Vec<_> = list.tokens.clone().into_iter().collect();
        // Verbs and paths stand before the keys, which is no form that syn has a reader for.
        for key in tokens.windows(3) {
            if let [TokenTree::Ident(key), TokenTree::Punct(sign), TokenTree::Literal(value)] = key
                && key == "name"
                && sign.as_char() == '='
                && let Ok(value) = syn::parse_str::<syn::LitStr>(&value.to_string())
            {
                name = value.value();
            }
        }
    }
    Some(name)
}

/// The module of a file, `["models", "review"]` of `src/models/review.rs`.
pub(crate) fn module(path: &str) -> Vec<&str> {
    let path = path.strip_prefix("src/").unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut parts: Vec<&str> = path.split('/').collect();
    if matches!(parts[..], ["lib" | "main"]) || parts.last() == Some(&"mod") {
        parts.pop();
    }
    parts
}

/// The path by which another file names a type: by the module above when that hands it on.
pub(crate) fn public_path(tree: &Tree, file: &str, name: &str) -> String {
    let own = module(file);
    let mut parts = own.clone();
    if let Some((last, above)) = own.split_last() {
        let above_file = match above {
            [] => ["src/lib.rs".to_owned(), "src/main.rs".to_owned()],
            parts => [format!("src/{}/mod.rs", parts.join("/")), format!("src/{}.rs", parts.join("/"))],
        };
        let text = above_file.iter().find_map(|path| tree.get(path)).unwrap_or_default();
        let hands_on = |line: &str| {
            let line = line.trim().trim_start_matches("self::");
            line.starts_with("pub use ") || line.starts_with("pub(crate) use ")
        };
        let names = |line: &str| {
            let line =
                line.split(" use ").nth(1).unwrap_or_default().trim_start_matches("self::").trim_end_matches(';');
            let rest = line.strip_prefix(&format!("{last}::")).unwrap_or_default();
            rest == "*" || rest.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
        };
        if text.lines().any(|line| hands_on(line) && names(line)) {
            parts.pop();
        }
    }
    parts.insert(0, "crate");
    parts.push(name);
    parts.join("::")
}

/// The property name of a foreign key without its `Id`: `ownerId`, `owner_id` and `owner` are `owner`.
pub(crate) fn relation_of_key(key: &str) -> String {
    let snake = snake_case(key);
    snake.strip_suffix("_id").map_or(snake.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Models, Relation, module, public_path};
    use crate::tree::Tree;

    const SHOP: &str = r#"
        use loopback::prelude::*;
        #[loopback::model(base = loopback::models::User, plural = "x", index(a, b), transient)]
        pub struct CoffeeShop {
            #[property(id, generated)]
            pub id: i64,
            #[property(length(min = 1), name = "label", default = "a")]
            pub name: String,
            pub r#type: Option<String>,
            #[relation(on_delete = cascade)]
            #[property(name = "ownerKey")]
            pub owner: Option<BelongsTo<crate::Customer>>,
            pub reviews: HasMany<Review>,
        }
        #[model]
        impl CoffeeShop {
            #[remote_method(get)]
            async fn near() -> Result<()> { Ok(()) }
            #[remote_method(post, "/x", name = "HTTPClose", returns = "x")]
            async fn close_down() -> Result<()> { Ok(()) }
            #[operation_hook(access)]
            async fn look(op: &mut Access<'_, Self>) -> Result<()> { Ok(()) }
        }
    "#;

    #[test]
    fn a_model_is_found_with_what_it_has() {
        let tree = Tree::from([("src/models/coffee_shop.rs", SHOP), ("src/broken.rs", "model {")]);
        let models = Models::of(&tree);
        let shop = models.get("coffee-shop").unwrap();
        assert_eq!((shop.name.as_str(), shop.base.as_deref(), shop.transient), ("CoffeeShop", Some("User"), true));
        assert_eq!(shop.http_path, "/x");
        let names: Vec<_> = shop.fields.iter().map(|it| (it.name.as_str(), it.json.as_str(), it.is_id)).collect();
        let expected = [
            ("id", "id", true),
            ("name", "label", false),
            ("type", "type", false),
            ("owner", "owner", false),
            ("reviews", "reviews", false),
        ];
        assert_eq!(names, expected);
        let owner = Relation { kind: "BelongsTo".into(), target: Some("Customer".into()) };
        assert_eq!(shop.fields[3].relation, Some(owner));
        assert_eq!((shop.methods.join(" "), shop.functions.len()), ("near HTTPClose".to_owned(), 3));
        for (name, json) in [("label", "label"), ("name", "x"), ("owner_id", "ownerId")] {
            assert!(shop.is_free(name, json).is_err(), "{name}");
        }
        shop.is_free("other", "other").unwrap();
        assert!(models.get("Nothing").unwrap_err().to_string().contains("src/broken.rs:1:"));
    }

    #[test]
    fn a_model_that_is_not_there_is_told_with_what_is() {
        let models = Models::of(&Tree::from([("src/a.rs", SHOP)]));
        let message = models.get("CofeeShop").unwrap_err().to_string();
        assert!(message.contains("did you mean `CoffeeShop`?"), "{message}");
        assert!(models.get("User").unwrap_err().to_string().contains("--base User"));
    }

    #[test]
    fn a_model_in_an_inline_module_is_known_and_left_alone() {
        let text = "mod models {\n    mod deep {\n        #[model]\n        pub struct Note {}\n    }\n}\n\
                    #[cfg(test)]\nmod tests {\n    #[model]\n    struct Other {}\n}\n";
        let models = Models::of(&Tree::from([("src/main.rs", text)]));
        let message = models.get("note").unwrap_err().to_string();
        assert_eq!(message, "Note stands in an inline module in src/main.rs; it is changed by hand");
        assert_eq!(models.is_free("Note").unwrap_err().to_string(), "there is a model Note already, in src/main.rs");
        assert!(models.has("Note") && !models.has("Other"));
        models.is_free("Other").unwrap();
    }

    #[test]
    fn a_type_is_named_by_the_module_that_hands_it_on() {
        assert_eq!(module("src/lib.rs"), Vec::<&str>::new());
        assert_eq!(module("src/models/mod.rs"), ["models"]);
        let tree = Tree::from([("src/models/mod.rs", "mod a;\nmod b;\n\npub use a::A;\npub use b::*;\n")]);
        assert_eq!(public_path(&tree, "src/models/a.rs", "A"), "crate::models::A");
        assert_eq!(public_path(&tree, "src/models/b.rs", "B"), "crate::models::B");
        assert_eq!(public_path(&tree, "src/models/c.rs", "C"), "crate::models::c::C");
        assert_eq!(public_path(&tree, "src/models/mod.rs", "M"), "crate::models::M");
        assert_eq!(public_path(&tree, "src/main.rs", "M"), "crate::M");
    }
}
