//! `model` and `property` in source.

use super::{AFTER_SCHEMA, Report, app, sentence, specs, word};
use crate::command::Model;
use crate::fault::{Result, fault};
use crate::names;
use crate::source::fields::with_fields;
use crate::source::items::{with_mod, with_use};
use crate::source::models::{Found, Models};
use crate::source::{Source, attribute, imports, is, plain};
use crate::spec::Spec;
use crate::tree::Tree;
use syn::Item;

/// Where a model stands, and what it extends.
enum Base {
    None,
    /// No table: LoopBack's `Model`.
    Transient,
    BuiltIn(&'static str),
    Own {
        name: String,
        path: String,
        has_id: bool,
        transient: bool,
    },
}

pub(super) fn add(tree: &mut Tree, model: &Model) -> Result<Report> {
    let name = names::model(&model.name)?;
    let models = Models::of(tree);
    models.is_free(&name)?;
    let file = names::file(model.file.as_deref().unwrap_or(&name), "a file", "coffee_shop")?;
    let base = base(&models, model)?;
    let specs = specs(&model.specs, &own_types(tree))?;
    let (text, path) = written(&name, model, &base, &specs)?;

    let module = app::module(tree, "models", "The models of the app.")?;
    let place = format!("src/models/{file}.rs");
    tree.create(&place, text)?;
    import_types(tree, &place, &specs)?;
    if let Base::Own { name, path, .. } = &base {
        imports::name(tree, &place, name, path)?;
    }
    // A program without a library hands nothing on: the compiler would call that unused.
    let library = app::root(tree)? == "src/lib.rs";
    let text = with_mod(&module, tree.get(&module).unwrap_or_default(), if library { "" } else { "pub " }, &file)?;
    let text = if library { with_use(&module, &text, "pub ", &format!("{file}::{name}"))? } else { text };
    tree.set(&module, text);

    let mut report = Report::next(AFTER_SCHEMA);
    if let Some(path) = path {
        report = report.say(format!("{name} is served at /api{path}"));
    }
    if matches!(base, Base::BuiltIn("User")) && !crate::source::calls::has(tree, &["enable_auth", "auth"]) {
        crate::source::calls::add(tree, ".enable_auth()")?;
        report = report.say("the app has users now: `.enable_auth()` is on, and rules of access control are enforced");
    }
    Ok(report)
}

/// Properties for a model that is there.
pub(super) fn properties(tree: &mut Tree, model: &str, texts: &[String]) -> Result<Report> {
    let models = Models::of(tree);
    let found = models.get(model)?;
    let specs = specs(texts, &own_types(tree))?;
    for spec in &specs {
        if spec.id && (found.base.is_some() || found.fields.iter().any(|field| field.is_id)) {
            return Err(fault(format!("{} has an id already, in {}", found.name, found.path)));
        }
        found.is_free(&spec.field, &spec.json)?;
    }
    let lines = specs.iter().map(Spec::field).collect::<Result<String>>()?;
    let text = with_fields(&found.path, tree.get(&found.path).unwrap_or_default(), &found.name, &lines)?;
    tree.set(&found.path, text);
    imports::prelude(tree, &found.path)?;
    import_types(tree, &found.path, &specs)?;
    let mut report = Report::next(AFTER_SCHEMA);
    let needed: Vec<&str> =
        specs.iter().filter(|spec| spec.required && spec.default.is_none()).map(|spec| spec.json.as_str()).collect();
    if !needed.is_empty() && !found.transient {
        report = report.say(format!(
            "{} {} a value in every row: where there are rows already, the database will not take the column without a default",
            needed.join(", "),
            if needed.len() == 1 { "needs" } else { "need" }
        ));
    }
    Ok(report)
}

fn base(models: &Models, model: &Model) -> Result<Base> {
    let Some(given) = &model.base else { return Ok(if model.transient { Base::Transient } else { Base::None }) };
    match given.as_str() {
        "PersistedModel" => Ok(Base::None),
        "Model" => Ok(Base::Transient),
        "ACL" => Ok(Base::BuiltIn("Acl")),
        given => match names::BUILT_IN.iter().find(|own| **own == given) {
            Some(own) => Ok(Base::BuiltIn(own)),
            None => {
                let found = models.get(given)?;
                let Found { name, path, transient, .. } = found;
                let has_id = models.has_id(found);
                Ok(Base::Own { name: name.clone(), path: path.clone(), has_id, transient: *transient })
            }
        },
    }
}

/// The file, and the path of the model below the REST API.
fn written(name: &str, model: &Model, base: &Base, specs: &[Spec]) -> Result<(String, Option<String>)> {
    let transient = matches!(base, Base::Transient) || model.transient;
    if model.transient && !matches!(base, Base::Transient | Base::Own { transient: true, .. }) {
        let base = model.base.as_deref().unwrap_or_default();
        return Err(fault(format!("`--transient`: {base} has a table, and a model that extends it has one, too")));
    }
    let has_id = !matches!(base, Base::None | Base::Transient | Base::Own { has_id: false, .. });
    let base_name = match base {
        Base::BuiltIn(name) => Some(*name),
        Base::Own { name, .. } => Some(name.as_str()),
        Base::None | Base::Transient => None,
    };
    let mut keys = Vec::new();
    if let Some(base) = base_name {
        keys.push(format!("base = {base}"));
    }
    if transient {
        keys.push("transient".into());
    }
    let mut path = None;
    if let Some(plural) = &model.plural {
        let plural = word(plural, "a plural")?;
        keys.push(format!("plural = {plural:?}"));
        path = Some(format!("/{plural}"));
    }
    if let Some(given) = &model.http_path {
        path = Some(names::http_path(given)?);
    }
    if model.no_public {
        keys.push("public = false".into());
        path = None;
    } else if transient {
        path = None;
    } else {
        let own = path.get_or_insert_with(|| format!("/{}", names::kebab_plural(name)));
        if model.plural.is_none() || model.http_path.is_some() {
            keys.push(format!("path = {own:?}"));
        }
    }
    if let Some(table) = &model.table {
        keys.push(format!("table = {:?}", word(table, "a table")?));
    }
    if let Some(source) = &model.data_source {
        keys.push(format!("data_source = {:?}", word(source, "a data source")?));
    }

    let mut text = String::from("use loopback::prelude::*;\n\n");
    if let Some(description) = &model.description {
        text.push_str(&format!("/// {}\n", sentence(description)?));
    }
    text.push_str(&attribute("", "model", &keys));
    text.push_str(&format!("pub struct {name} {{\n"));
    if let Some(base) = base_name {
        if has_id && specs.iter().any(|spec| spec.id) {
            return Err(fault(format!("{name} has the id of {base}, which it extends; leave its own out")));
        }
        let field = names::raw(&names::snake_case(base));
        if specs.iter().any(|spec| spec.field == names::snake_case(base)) {
            return Err(fault(format!("`{field}` is the field of the base; give the property another name")));
        }
        text.push_str(&format!("    #[base]\n    pub {field}: {base},\n"));
    }
    if !has_id && !transient && !specs.iter().any(|spec| spec.id) {
        text.push_str("    #[property(id, generated)]\n    pub id: i64,\n");
    }
    let first = |spec: &&Spec| spec.id;
    for spec in specs.iter().filter(first).chain(specs.iter().filter(|spec| !spec.id)) {
        text.push_str(&spec.field()?);
    }
    text.push_str("}\n");
    Ok((text, path))
}

/// Enums and structs of the application's own that can be properties.
pub(super) fn own_types(tree: &Tree) -> Vec<String> {
    own(tree).into_iter().map(|(name, _)| name).collect()
}

fn own(tree: &Tree) -> Vec<(String, String)> {
    let mut types = Vec::new();
    for (path, text) in tree.below("src", ".rs").filter(|(_, text)| text.contains("PropertyType")) {
        // What is no Rust has no types for us.
        let Ok(source) = Source::parse(path, text) else { continue };
        for item in &source.file.items {
            let (attributes, name) = match item {
                Item::Enum(item) => (&item.attrs, &item.ident),
                Item::Struct(item) => (&item.attrs, &item.ident),
                _ => continue,
            };
            let derives = attributes.iter().filter(|it| is(it, "derive"));
            if derives.into_iter().any(|it| source.at(syn::spanned::Spanned::span(it)).contains("PropertyType")) {
                types.push((plain(name), path.to_owned()));
            }
        }
    }
    types
}

/// Imports the application's own types of properties.
pub(super) fn import_types(tree: &mut Tree, place: &str, specs: &[Spec]) -> Result<()> {
    let own = own(tree);
    for name in specs.iter().filter_map(|spec| spec.kind.own()) {
        if let Some((name, path)) = own.iter().find(|(known, _)| known == name) {
            imports::name(tree, place, name, path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{add, properties};
    use crate::command::Model;
    use crate::tree::Tree;

    fn app() -> Tree {
        Tree::from([
            ("Cargo.toml", "[dependencies]\nloopback = \"0.1\"\n"),
            (
                "src/lib.rs",
                "use loopback::prelude::*;\n\nfn app(builder: AppBuilder) -> AppBuilder {\n    builder\n}\n",
            ),
            ("src/types.rs", "#[derive(Clone, PropertyType)]\npub enum Tier {\n    Basic,\n}\n"),
        ])
    }

    fn model(name: &str, specs: &[&str]) -> Model {
        Model { name: name.into(), specs: specs.iter().map(|spec| (*spec).to_owned()).collect(), ..Model::default() }
    }

    #[test]
    fn a_model_is_a_file_with_its_module() {
        let mut tree = app();
        let shop = Model {
            description: Some("A place".into()),
            ..model("CoffeeShop", &["name:string:required", "tier:Tier"])
        };
        let report = add(&mut tree, &shop).unwrap();
        assert_eq!(report.said, ["CoffeeShop is served at /api/coffee-shops"]);
        assert_eq!(
            tree.get("src/models/coffee_shop.rs"),
            Some(
                "use crate::types::Tier;\nuse loopback::prelude::*;\n\n/// A place.\n#[model(path = \"/coffee-shops\")]\npub struct CoffeeShop {\n    \
                 #[property(id, generated)]\n    pub id: i64,\n    pub name: String,\n    pub tier: Option<Tier>,\n}\n"
            )
        );
        let module = "//! The models of the app.\n\nmod coffee_shop;\n\npub use coffee_shop::CoffeeShop;\n";
        assert_eq!(tree.get("src/models/mod.rs"), Some(module));
        assert!(tree.get("src/lib.rs").unwrap().starts_with("pub mod models;\n\nuse loopback::prelude::*;\n"));
        let message = add(&mut tree, &model("coffee-shop", &[])).unwrap_err().to_string();
        assert_eq!(message, "there is a model CoffeeShop already, in src/models/coffee_shop.rs");
    }

    #[test]
    fn a_program_without_a_library_hands_nothing_on() {
        let mut tree = Tree::from([("src/main.rs", "use loopback::prelude::*;\n")]);
        add(&mut tree, &model("Shop", &[])).unwrap();
        assert_eq!(tree.get("src/models/mod.rs"), Some("//! The models of the app.\n\npub mod shop;\n"));
        assert_eq!(tree.get("src/main.rs"), Some("mod models;\n\nuse loopback::prelude::*;\n"));
    }

    #[test]
    fn options_are_keys_of_the_attribute() {
        for (given, attribute) in [
            (Model { plural: Some("Shops".into()), ..model("A", &[]) }, "#[model(plural = \"Shops\")]"),
            (Model { http_path: Some("Shops".into()), ..model("A", &[]) }, "#[model(path = \"/Shops\")]"),
            (
                Model { no_public: true, table: Some("a".into()), ..model("A", &[]) },
                "#[model(public = false, table = \"a\")]",
            ),
            (
                Model { data_source: Some("x".into()), ..model("A", &[]) },
                "#[model(path = \"/as\", data_source = \"x\")]",
            ),
            (Model { base: Some("Model".into()), ..model("A", &[]) }, "#[model(transient)]"),
            (Model { base: Some("PersistedModel".into()), ..model("A", &[]) }, "#[model(path = \"/as\")]"),
        ] {
            let mut tree = app();
            add(&mut tree, &given).unwrap();
            let text = tree.get("src/models/a.rs").unwrap();
            assert!(text.contains(attribute), "{text}");
        }
        let mut tree = app();
        add(&mut tree, &Model { file: Some("shop".into()), ..model("CoffeeShop", &[]) }).unwrap();
        assert!(tree.has("src/models/shop.rs"));
    }

    #[test]
    fn a_model_may_extend_another_and_users_bring_access_control() {
        let mut tree = app();
        add(&mut tree, &Model { base: Some("User".into()), ..model("Customer", &["name:string"]) }).unwrap();
        let text = tree.get("src/models/customer.rs").unwrap();
        assert!(text.contains("#[model(base = User, path = \"/customers\")]"), "{text}");
        assert!(text.contains("    #[base]\n    pub user: User,\n    pub name: Option<String>,\n"), "{text}");
        assert!(tree.get("src/lib.rs").unwrap().contains("    builder.enable_auth()\n"));
        add(&mut tree, &Model { base: Some("Customer".into()), ..model("Buyer", &[]) }).unwrap();
        let text = tree.get("src/models/buyer.rs").unwrap();
        assert!(text.starts_with("use crate::models::Customer;\nuse loopback::prelude::*;\n"), "{text}");
        let message =
            add(&mut tree, &Model { base: Some("Custmer".into()), ..model("C", &[]) }).unwrap_err().to_string();
        assert!(message.contains("did you mean `Customer`?"), "{message}");
    }

    #[test]
    fn what_extends_a_model_without_a_table_has_an_id_or_is_none_itself() {
        let mut tree = app();
        add(&mut tree, &Model { transient: true, ..model("Address", &["city:string"]) }).unwrap();
        let base = || Some("Address".to_owned());
        add(&mut tree, &Model { base: base(), ..model("Home", &[]) }).unwrap();
        let text = tree.get("src/models/home.rs").unwrap();
        assert!(
            text.contains("    pub address: Address,\n    #[property(id, generated)]\n    pub id: i64,\n"),
            "{text}"
        );
        add(&mut tree, &Model { base: base(), transient: true, ..model("Place", &[]) }).unwrap();
        let text = tree.get("src/models/place.rs").unwrap();
        assert!(text.contains("#[model(base = Address, transient)]") && !text.contains("id"), "{text}");
        for base in ["Home", "User", "PersistedModel"] {
            let model = Model { base: Some(base.into()), transient: true, ..model("Other", &[]) };
            let message = add(&mut tree, &model).unwrap_err().to_string();
            assert!(message.contains("`--transient`"), "{message}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let mut tree = app();
        tree.set("src/models/shop.rs", "// mine\n".into());
        assert!(
            add(&mut tree, &model("Shop", &[]))
                .unwrap_err()
                .to_string()
                .contains("src/models/shop.rs is there already")
        );
        for (file, hint) in [("../x", "is no name of a file"), ("mod", "a word of Rust's")] {
            let model = Model { file: Some(file.into()), ..model("Shop", &[]) };
            assert!(add(&mut app(), &model).unwrap_err().to_string().contains(hint), "{file}");
        }
    }

    #[test]
    fn properties_are_added_to_the_struct() {
        let mut tree = app();
        add(&mut tree, &model("Shop", &["name:string"])).unwrap();
        let report = properties(&mut tree, "shop", &["seats:i32:required".into(), "tier:Tier".into()]).unwrap();
        assert!(report.said[0].starts_with("seats needs a value"), "{report:?}");
        let text = tree.get("src/models/shop.rs").unwrap();
        assert!(
            text.contains("    pub name: Option<String>,\n    pub seats: i32,\n    pub tier: Option<Tier>,\n}\n"),
            "{text}"
        );
        assert!(text.starts_with("use crate::types::Tier;\n"), "{text}");
        for (spec, hint) in [("name:string", "has a property `name` already"), ("code:string:id", "has an id already")]
        {
            assert!(properties(&mut tree, "Shop", &[spec.into()]).unwrap_err().to_string().contains(hint), "{spec}");
        }
        let twice = ["a:string".into(), "a:number".into()];
        assert!(properties(&mut tree, "Shop", &twice).unwrap_err().to_string().contains("given twice"));
    }
}
