//! [`ir`](super::ir) to tokens: data, in the definition of a model or a method.

use super::ir::{Acl, Principal};
use crate::support::access::Access;
use crate::support::spans::line;
use proc_macro2::TokenStream;
use quote::quote;

/// `&[lb::AclDef { .. }]`
pub(crate) fn acl_defs(acls: &[Acl]) -> TokenStream {
    let acls = acls.iter().map(acl_def);
    quote!(&[#(#acls),*])
}

fn acl_def(acl: &Acl) -> TokenStream {
    let permission = acl.permission.value.def();
    let principal = match &acl.principal.value {
        Principal::Role(role) => quote!(lb::PrincipalDef::Role(#role)),
        Principal::User(id) => quote!(lb::PrincipalDef::User(#id)),
        Principal::App(id) => quote!(lb::PrincipalDef::App(#id)),
    };
    let access = match acl.access.map(Access::def) {
        Some(access) => quote!(::core::option::Option::Some(#access)),
        None => quote!(::core::option::Option::None),
    };
    let methods = acl.methods.iter().map(|method| &method.value);
    let line = line(acl.at);
    quote! {
        lb::AclDef {
            permission: #permission,
            principal: #principal,
            access: #access,
            methods: &[#(#methods),*],
            line: #line,
        }
    }
}
