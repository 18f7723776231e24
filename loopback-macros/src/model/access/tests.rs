//! The keys about access control, and `user(..)`.

use crate::model::expand_model;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::quote;

fn item() -> TokenStream {
    quote!(
        struct A {
            #[property(id)]
            id: i64,
            user_id: i64,
            customer: Option<BelongsTo<Customer>>,
            any: BelongsToAny,
            parts: HasMany<Part>,
        }
    )
}

/// The only message of a model with these keys.
fn keys(keys: TokenStream) -> String {
    let found = messages(expand_model(keys, item()));
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

/// The only message of `user(..)` in a built-in model.
fn user(options: &TokenStream) -> String {
    keys(quote!(built_in, user(#options)))
}

fn good(keys: TokenStream) {
    let found = messages(expand_model(keys, item()));
    assert!(found.is_empty(), "{found:?}");
}

fn assert_starts(found: &str, start: &str) {
    assert!(found.starts_with(start), "{found}");
}

/// The settings in an expansion.
fn settings(args: TokenStream, item: TokenStream) -> TokenStream {
    let text = expand_model(args, item).to_string();
    let found = &text[text.find("settings :").unwrap() + "settings :".len()..text.find(", location").unwrap()];
    let settings: TokenStream = found.parse().unwrap();
    quote!(const SETTINGS: lb::SettingsDef = #settings;)
}

#[test]
fn the_expansion_of_the_keys() {
    let mut both = settings(
        quote!(
            owner(customer, user_id),
            owner_writable = true,
            default_permission = deny,
            acl_error_status = 404,
            relation_acl = both,
            built_in
        ),
        item(),
    );
    both.extend(settings(
        quote!(
            base = User,
            owner = manager,
            relation_acl = called,
            user(
                email_verification_required,
                ttl = 3600,
                max_ttl = 7200,
                reset_password_token_ttl = 900,
                verification_token_ttl = 86400,
                realm_required = false,
                realm_delimiter = ":",
                salt_work_factor = 12,
                case_sensitive_email,
                allow_eternal_tokens = false,
                restrict_reset_password_token_scope = true,
                reject_password_changes_via_patch_or_replace = true,
                password_policy(min_length = 12),
                reveal_accounts,
                login_throttle = off,
                max_sessions = 5
            )
        ),
        quote!(
            struct Customer {
                #[base]
                user: User,
            }
        ),
    ));
    assert_snapshot("model/snapshots/access.txt", both);
}

#[test]
fn an_owner_is_a_field_that_leads_to_one() {
    assert_eq!(
        keys(quote!(owner = custmer)),
        "unknown field `custmer` in `owner`; did you mean `customer`? the fields of `A`: id, user_id, customer, any"
    );
    assert_starts(&keys(quote!(owner = parts)), "`owner` names `parts`, a `HasMany`: name a `BelongsTo`");
    assert_starts(&keys(quote!(owner(any))), "`owner` names `any`, a `BelongsToAny`: name a `BelongsTo`");
    assert_starts(&keys(quote!(owner(customer, customer))), "`customer` stands twice in `owner`");
    assert_starts(&keys(quote!(owner = "customer")), "`owner` takes a field's name without quotes");
    assert_starts(&keys(quote!(owner)), "`owner` takes the name of a field");
    good(quote!(owner(customer, user_id)));
}

#[test]
fn values_are_those_that_a_key_takes() {
    assert_eq!(
        keys(quote!(default_permission = denny)),
        "unknown value `denny` of `default_permission`; did you mean `deny`? allowed: allow, deny"
    );
    assert_starts(&keys(quote!(default_permission = audit)), "unknown value `audit` of `default_permission`; allowed");
    assert_eq!(keys(quote!(acl_error_status = 500)), "`acl_error_status` is one of 401, 403, 404, found `500`");
    assert_starts(
        &keys(quote!(relation_acl = "both")),
        "unknown value `\"both\"` of `relation_acl`; did you mean `both`, without",
    );
    assert_starts(&keys(quote!(owner_writable = 1)), "`owner_writable` takes `true` or `false`");
    assert_starts(&keys(quote!(built_in = true)), "`built_in` takes no value");
    assert_starts(&keys(quote!(owner = user_id, owner = id)), "`owner` stands twice in `#[model]`");
}

#[test]
fn of_a_relation_there_is_one_key() {
    let relation = |keys: TokenStream| {
        expand_model(
            quote!(),
            quote!(
                struct A {
                    #[property(id)]
                    id: i64,
                    #[relation(#keys)]
                    parts: HasMany<Part>,
                }
            ),
        )
    };
    let found = relation(quote!(relation_acl = called)).to_string();
    assert!(found.contains(&quote!(relation_acl: ::core::option::Option::Some(lb::RelationAcl::Called)).to_string()));
    let found = messages(relation(quote!(relation_acl = all)));
    assert_eq!(found, ["unknown value `all` of `relation_acl`; allowed: called, both"]);
}

#[test]
fn a_built_in_model_stays_one_in_spite_of_errors() {
    let found = expand_model(quote!(built_in, owner = none, user(ttl = 1)), item()).to_string();
    assert!(found.contains("built_in : true"), "{found}");
    assert!(!found.contains("UserDef"), "{found}");
}

#[test]
fn user_goes_with_a_base() {
    assert_starts(&keys(quote!(user(ttl = 5))), "`user` goes with `base`: write `base = User`");
    good(quote!(built_in, user(ttl = 5)));
}

#[test]
fn options_of_users_are_checked() {
    for (options, start) in [
        (quote!(), "`user` says nothing"),
        (quote!("ttl"), "expected a key of `user`"),
        (quote!(tll = 5), "unknown key `tll` in `user`; did you mean `ttl`?"),
        (quote!(ttl = 5, ttl = 6), "`ttl` stands twice in `user`"),
        (quote!(ttl = 0), "`ttl` must be at least 1"),
        (quote!(max_sessions = 0), "`max_sessions` must be at least 1"),
        (quote!(ttl = "1h"), "`ttl` takes a whole number from zero on"),
        (quote!(ttl = 9223372036854775808), "`ttl` is a number from 1 to"),
        (quote!(salt_work_factor = 3), "`salt_work_factor` is a number from 4 to 31, found `3`"),
        (quote!(realm_delimiter = ""), "`realm_delimiter` must not be empty"),
        (quote!(realm_required = 1), "`realm_required` takes `true` or `false`"),
        (quote!(restrict_reset_password_token_scope), "`restrict_reset_password_token_scope` takes `true` or `false`"),
        (quote!(login_throttle = offf), "unknown value `offf` of `login_throttle`; did you mean `off`?"),
        (quote!(login_throttle), "`login_throttle` takes `on` or `off`"),
        (quote!(password_policy = strong), "unknown value `strong` of `password_policy`; allowed: default, none"),
        (quote!(password_policy()), "`password_policy` says nothing"),
        (quote!(password_policy(min_length = 7)), "`min_length` is a number from 8 to 64, found `7`"),
        (quote!(password_policy(min = 9)), "unknown key `min` in `password_policy`; "),
    ] {
        assert_starts(&user(&options), start);
    }
    let found = messages(expand_model(quote!(built_in, user(max_ttl = 5, ttl = 6)), item()));
    assert_eq!(found, ["`max_ttl` 5 is below `ttl` 6: it is the longest that a token may live", "`ttl` stands here"]);
}
