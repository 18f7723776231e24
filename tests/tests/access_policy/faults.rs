//! What is wrong with rules is said at start, all at once, with file and line, and with what was meant.

use crate::world::models;
use loopback::meta::ModelDef;
use loopback::prelude::*;

#[model(base = User, user(salt_work_factor = 4))]
pub struct Customer {
    #[base]
    pub user: User,
}

/// Has no tokens of its own.
#[model(base = User, user(salt_work_factor = 4))]
pub struct Member {
    #[base]
    pub user: User,
}

#[model]
pub struct Shelf {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(find_bi_id))]
pub struct Misspelt {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
#[acl(deny, "$authenticated", methods(text))]
pub struct OfProperty {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
#[acl(deny, "$everyone", methods("__get__shelff"))]
pub struct OfRelation {
    #[property(id, generated)]
    pub id: i64,
    pub shelf: Option<BelongsTo<Shelf>>,
}

#[model]
#[acl(deny, "$everyone", methods(remove_by_id, upsert, "prototype.updateAttributes", "shelf"))]
#[acl(allow, "$everyone", methods("__get__shelf"))]
pub struct ByOtherNames {
    #[property(id, generated)]
    pub id: i64,
    pub shelf: Option<BelongsTo<Shelf>>,
}

#[model]
#[acl(deny, "$everyone", methods(update_attributes))]
pub struct ByLoopbacksName {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner", read)]
pub struct Ownerless {
    #[property(id, generated)]
    pub id: i64,
    pub shelf: Option<BelongsTo<Shelf>>,
}

#[model(owner = shelf)]
#[acl(allow, "$owner", read)]
pub struct OwnedByShelf {
    #[property(id, generated)]
    pub id: i64,
    pub shelf: Option<BelongsTo<Shelf>>,
}

#[model]
#[acl(deny, "$everyone")]
pub struct Ruled {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

fn builder(models: &[&'static ModelDef]) -> AppBuilder {
    App::builder().models(models.iter().copied()).database_url("sqlite::memory:").migrate(Migrate::Recreate)
}

fn built(builder: AppBuilder) -> Result<App> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(builder.build())
}

/// What the start says.
#[track_caller]
fn fault(builder: AppBuilder) -> String {
    match built(builder) {
        Ok(_) => panic!("the app is built"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
}

/// Where a rule of a model stands.
fn place(def: &ModelDef, acl: usize) -> String {
    let line = def.acls[acl].line;
    assert!(line > def.location.line.saturating_sub(4) && def.location.file.ends_with("faults.rs"), "{line}");
    format!("{}:{line} ", def.location.file)
}

#[test]
fn a_rule_that_names_an_unknown_method_is_a_fault_with_what_was_meant() {
    let text = fault(builder(&models![Customer, Misspelt]).enable_auth());
    says(&text, &["Misspelt", "unknown method `findBiId`", "did you mean `findById`", &place(Misspelt::DEF, 1)]);
}

#[test]
fn a_rule_that_names_a_property_is_a_fault() {
    let text = fault(builder(&models![Customer, OfProperty]).enable_auth());
    says(&text, &["OfProperty", "the property `text`", "hidden", &place(OfProperty::DEF, 0)]);
}

#[test]
fn a_rule_that_names_an_unknown_method_of_a_relation_is_a_fault_with_what_was_meant() {
    let text = fault(builder(&models![Customer, Shelf, OfRelation]).enable_auth());
    says(&text, &["unknown method `__get__shelff`", "__get__shelf`?", &place(OfRelation::DEF, 0)]);
}

#[test]
fn a_rule_may_name_a_method_by_any_of_its_names_and_a_relation() {
    let app = built(builder(&models![Customer, Shelf, ByOtherNames]).enable_auth()).unwrap();
    let open = |method: &str| app.acl_explain(Some(&format!("ByOtherNames.{method}"))).methods[0].is_open();
    assert!(!open("deleteById") && !open("patchOrCreate") && !open("patchAttributes") && open("find"));
}

#[test]
fn a_rule_may_name_update_attributes_as_loopbacks_do() {
    let app = built(builder(&models![Customer, ByLoopbacksName]).enable_auth()).unwrap();
    assert!(!app.acl_explain(Some("ByLoopbacksName.patchAttributes")).methods[0].is_open());
}

#[test]
fn a_rule_of_the_app_that_names_an_unknown_method_is_a_fault_with_what_was_meant() {
    let rule = AclRule::allow("admin").methods(["fnd", "count"]);
    let text = fault(builder(&models![Customer, Shelf]).enable_auth().acl("Shelf", rule));
    says(&text, &["the app", "Shelf", "unknown method `fnd`", "did you mean `find`"]);
}

#[test]
fn a_rule_of_the_app_for_an_unknown_model_is_a_fault_with_what_was_meant() {
    let text = fault(builder(&models![Customer, Shelf]).enable_auth().acl("Shelv", AclRule::allow("admin")));
    says(&text, &["the app", "unknown model `Shelv`", "did you mean `Shelf`"]);
}

#[test]
fn a_rule_of_the_app_for_an_unknown_role_of_the_framework_is_a_fault_with_what_was_meant() {
    let text = fault(builder(&models![Customer, Shelf]).enable_auth().acl("Shelf", AclRule::allow("$everybody")));
    says(&text, &["the app", "unknown role `$everybody`", "$everyone"]);
}

#[test]
fn an_owner_that_is_nobody_is_a_fault_where_the_rule_stands() {
    let text = fault(builder(&models![Customer, Shelf, Ownerless]).enable_auth());
    says(&text, &["`$owner` of Ownerless is nobody", "BelongsTo", &place(Ownerless::DEF, 1)]);
}

#[test]
fn an_owner_that_is_nobody_is_a_fault_of_a_rule_of_the_app_too() {
    let text = fault(builder(&models![Customer, Shelf]).enable_auth().acl("Shelf", AclRule::allow("$owner")));
    says(&text, &["`$owner` of Shelf is nobody", "the app"]);
}

#[test]
fn an_owner_that_leads_to_no_user_is_a_fault() {
    let text = fault(builder(&models![Customer, Shelf, OwnedByShelf]).enable_auth());
    says(
        &text,
        &["OwnedByShelf", "`owner` names `shelf`", "Shelf, no model of users", OwnedByShelf::DEF.location.file],
    );
}

#[test]
fn a_model_of_users_without_tokens_is_a_fault() {
    let text = fault(builder(&models![Customer]));
    says(&text, &["Customer", "AccessToken", ".enable_auth()", Customer::DEF.location.file]);
}

#[test]
fn two_models_of_users_with_the_same_tokens_are_a_fault() {
    let text = fault(builder(&models![Customer, Member]).enable_auth());
    says(&text, &["Customer", "Member", "the same tokens", "user(token = ", Member::DEF.location.file]);
}

#[test]
fn rules_that_nobody_asks_are_a_fault() {
    let text = fault(builder(&models![Ruled, Shelf]));
    says(&text, &["Ruled", ".enable_auth()", ".disable_auth_for_tests()"]);
    assert!(!text.contains("Shelf"), "{text}");
    let text = fault(builder(&models![Shelf]).acl("Shelf", AclRule::deny("$everyone")));
    says(&text, &["Shelf", ".enable_auth()"]);
    built(builder(&models![Ruled]).disable_auth_for_tests()).unwrap();
    built(builder(&models![Shelf])).unwrap();
}

#[test]
fn an_exposed_model_that_is_none_of_the_frameworks_is_a_fault_with_what_was_meant() {
    let text = fault(builder(&models![Customer]).expose("Roel"));
    says(&text, &["the app exposes `Roel`", "Role"]);
}

#[test]
fn tokens_are_never_exposed() {
    let text = fault(builder(&models![Customer]).expose("AccessToken"));
    says(&text, &["the app exposes `AccessToken`", "no routes"]);
}

#[test]
fn all_faults_are_said_at_once() {
    let text = fault(
        builder(&models![Customer, Shelf, Misspelt, OfProperty, Ownerless, OwnedByShelf])
            .enable_auth()
            .acl("Shelv", AclRule::allow("admin"))
            .acl("Shelf", AclRule::allow("$everybody")),
    );
    says(
        &text,
        &["findBiId", "the property `text`", "Ownerless is nobody", "no model of users", "Shelv", "$everybody"],
    );
    says(&text, &["has 6 faults"]);
}
