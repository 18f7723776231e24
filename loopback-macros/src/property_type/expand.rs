//! [`ir`](super::ir) to tokens. Cannot fail.

use super::ir::{Field, Input, Shape, Variant};
use crate::support::spans::{generated_at, plain};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

/// The expansion.
pub(crate) fn expand(input: &Input) -> TokenStream {
    match &input.shape {
        Shape::Enum(variants) => of_enum(&input.ident, variants),
        Shape::Struct(fields) => of_struct(&input.ident, fields),
    }
}

/// The traits without a working body: a type with errors still can be the type of a property, so that its models
/// do not complain as well.
pub(crate) fn recover(ident: &Ident) -> TokenStream {
    implementation(
        ident,
        &quote!(lb::KindDef::Any),
        &quote!(::core::unreachable!()),
        &quote! {
            let _ = value;
            ::core::unreachable!()
        },
    )
}

fn implementation(
    ident: &Ident,
    kind: &TokenStream,
    into_value: &TokenStream,
    from_value: &TokenStream,
) -> TokenStream {
    quote! {
        const _: () = {
            use ::loopback::__private as lb;

            #[automatically_derived]
            impl lb::PropertyType for #ident {
                const KIND: lb::KindDef = #kind;

                fn into_value(self) -> lb::Value {
                    #into_value
                }

                fn from_value(value: lb::Value) -> ::core::result::Result<Self, lb::TypeError> {
                    #from_value
                }
            }

            #[automatically_derived]
            impl lb::IntoProperty<::core::option::Option<#ident>> for #ident {
                fn into_property(self) -> ::core::option::Option<#ident> {
                    ::core::option::Option::Some(self)
                }
            }

            lb::forward_remote!(#ident);
        };
    }
}

fn of_enum(ident: &Ident, variants: &[Variant]) -> TokenStream {
    let name = plain(ident);
    let idents: Vec<&Ident> = variants.iter().map(|variant| &variant.ident).collect();
    let words: Vec<&str> = variants.iter().map(|variant| variant.word.value.as_str()).collect();
    implementation(
        ident,
        &quote!(lb::KindDef::Enum(&[#(#words),*])),
        &quote! {
            lb::Value::Text(::std::string::String::from(match self {
                #(Self::#idents => #words,)*
            }))
        },
        &quote! {
            let lb::Value::Text(text) = &value else {
                return ::core::result::Result::Err(lb::not_a_variant(#name, &value));
            };
            match text.as_str() {
                #(#words => ::core::result::Result::Ok(Self::#idents),)*
                _ => ::core::result::Result::Err(lb::not_a_variant(#name, &value)),
            }
        },
    )
}

fn of_struct(ident: &Ident, fields: &[Field]) -> TokenStream {
    let name = plain(ident);
    let idents: Vec<&Ident> = fields.iter().map(|field| &field.ident).collect();
    let keys: Vec<&str> = fields.iter().map(|field| field.name.value.as_str()).collect();
    let defs = fields.iter().map(|Field { ty, name, doc, .. }| {
        let name = &name.value;
        // The kind twice, so that a type without `PropertyType` is reported as the bodies below report it.
        let kind = quote_spanned!(generated_at(ty.span())=> <#ty as lb::PropertyType>::KIND);
        quote!(lb::FieldDef { kind: #kind, ..lb::FieldDef::of::<#ty>(#name, #doc) })
    });
    // At the type, so that a type without `PropertyType` is reported once and there.
    let values = fields
        .iter()
        .map(|Field { ident, ty, .. }| quote_spanned!(generated_at(ty.span())=> <#ty as lb::PropertyType>::into_value(self.#ident)));
    let takes = fields.iter().map(|Field { ty, .. }| quote_spanned!(generated_at(ty.span())=> take::<#ty>));
    implementation(
        ident,
        &quote!(lb::KindDef::Object(&lb::ObjectDef { name: #name, fields: &[#(#defs),*] })),
        &quote!(lb::object([#((#keys, #values)),*])),
        &quote! {
            let mut fields = lb::fields(#name, value)?;
            ::core::result::Result::Ok(Self { #(#idents: fields.#takes(#keys)?),* })
        },
    )
}
