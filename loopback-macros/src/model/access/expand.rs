//! [`ir`](super::ir) to tokens.

use super::ir::{AccessSettings, RelationAcl};
use crate::model::expand::set;
use crate::model::expand_base::json_names;
use crate::model::ir::Model;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

/// What was given, as fields of `lb::SettingsDef`.
pub(in crate::model) fn given(model: &Model) -> [Option<TokenStream>; 5] {
    let AccessSettings { owner, owner_writable, default_permission, acl_error_status, relation_acl } =
        &model.settings.access;
    let owners: Vec<TokenStream> = owner
        .iter()
        .flat_map(|field| match model.relation_of(field) {
            Some(relation) => {
                let name = &relation.name.value;
                vec![quote!(#name)]
            }
            None => json_names(model, std::slice::from_ref(field), "owner"),
        })
        .collect();
    [
        (!owners.is_empty()).then(|| quote!(owner: &[#(#owners),*])),
        set("owner_writable", owner_writable),
        set("default_permission", &default_permission.map(crate::acl::Permission::def)),
        set("acl_error_status", &acl_error_status.map(Literal::u16_unsuffixed)),
        set("relation_acl", &relation_acl.map(relation_acl_def)),
    ]
}

/// The value in a definition.
pub(in crate::model) fn relation_acl_def(relation_acl: RelationAcl) -> TokenStream {
    let variant = format_ident!("{relation_acl:?}");
    quote!(lb::RelationAcl::#variant)
}
