//! [`ir`](super::ir) to tokens.

use super::ir::{PasswordPolicy, UserSettings, UserValue};
use crate::support::spans::generated_at;
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// `lb::UserDef { .. }`
pub(in crate::model) fn user_def(user: &UserSettings) -> TokenStream {
    let options = user.options.iter().map(|(key, value)| {
        let value = value_def(value);
        let key = quote::format_ident!("{key}");
        quote!(#key: ::core::option::Option::Some(#value))
    });
    quote!(lb::UserDef { #(#options,)* ..lb::UserDef::NONE })
}

fn value_def(value: &UserValue) -> TokenStream {
    match value {
        UserValue::Bool(flag) => quote!(#flag),
        UserValue::Count(count) => {
            let number = Literal::u64_unsuffixed(count.value);
            quote!(#number)
        }
        UserValue::Text(text) => quote!(#text),
        // At the model, so that one which is none is reported there.
        UserValue::Model(model) => {
            quote_spanned!(generated_at(model.span())=> lb::ModelRef::Type(|| <#model as lb::Model>::DEF))
        }
        UserValue::Policy(PasswordPolicy::None) => quote!(lb::PasswordPolicyDef::None),
        UserValue::Policy(PasswordPolicy::Default) => quote!(lb::PasswordPolicyDef::Default),
        UserValue::Policy(PasswordPolicy::MinLength(length)) => {
            let length = Literal::u64_unsuffixed(*length);
            quote!(lb::PasswordPolicyDef::MinLength(#length))
        }
    }
}
