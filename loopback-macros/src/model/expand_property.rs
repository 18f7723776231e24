//! Properties to tokens: their definitions, and how a field gives and takes their values.

use super::expand::{option, set};
use super::expand_base::{condition, json_names, position, property_index};
use super::ir::{Base, DefaultValue, Message, Model, Part, Property, Rule, Sql, Validation};
use crate::support::literal::{Literal, float_tokens, int_tokens};
use crate::support::spans::{At, generated_at, line, plain};
use proc_macro2::{Ident, Literal as LiteralToken, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

/// The definition of a property.
pub(super) fn property_def(model: &Model, property: &Property) -> TokenStream {
    let Property { ident, ty, doc, name, column, options, .. } = property;
    let (name, field, column) = (&name.value, property.field(), &column.value);
    let flag = |key: &str, at: Option<Span>| {
        let key = format_ident!("{key}");
        at.map(|_| quote!(#key: true))
    };
    let default = options.default.as_ref().map(|default| {
        let default = default_def(property, &default.value);
        quote!(default: #default)
    });
    let sql = sql_def(&options.sql);
    let validations = options.validations.iter().map(|validation| validation_def(model, property, validation));
    let line = line(ident.span());
    // `of` would say the kind as well. Said first in the words of `value` and `set_value`, it makes a type without
    // `PropertyType` one error: rustc shows the same message at the same place once.
    let kind = quote_spanned!(generated_at(ty.span())=> <#ty as lb::PropertyType>::KIND);
    let given = [
        Some(quote!(kind: #kind)),
        (!doc.is_empty()).then(|| quote!(doc: #doc)),
        flag("id", options.id),
        flag("generated", options.generated),
        flag("hidden", options.hidden),
        flag("protected", options.protected),
        default,
        flag("index", options.index),
        sql.map(|sql| quote!(sql: #sql)),
        (!options.validations.is_empty()).then(|| quote!(validations: &[#(#validations),*])),
        Some(quote!(line: #line)),
    ]
    .into_iter()
    .flatten();
    quote!(lb::PropertyDef { #(#given,)* ..lb::PropertyDef::of::<#ty>(#name, #field, #column) })
}

fn default_def(property: &Property, default: &DefaultValue) -> TokenStream {
    let ty = &property.ty;
    match default {
        DefaultValue::Literal(literal) => {
            let literal = literal_def(property.shape.base, literal);
            quote!(lb::DefaultDef::Literal(#literal))
        }
        DefaultValue::Now => quote!(lb::DefaultDef::Now),
        DefaultValue::Uuid => quote!(lb::DefaultDef::Uuid),
        DefaultValue::Function(path) => {
            // The call at the path's span: an answer of another type is reported there.
            let call = quote_spanned!(generated_at(path.span())=> #path());
            quote!(lb::DefaultDef::Function(|| <#ty as lb::PropertyType>::into_value(#call)))
        }
    }
}

/// A literal as the value of a type.
pub(crate) fn literal_def(base: Base, literal: &Literal) -> TokenStream {
    match literal {
        Literal::Bool(value) => quote!(lb::Literal::Bool(#value)),
        Literal::Int(value) if base == Base::Float => {
            // `default = 5` on an `f64` means 5.0.
            let value = float_tokens(*value as f64);
            quote!(lb::Literal::Float(#value))
        }
        Literal::Int(value) => {
            let value = int_tokens(*value);
            quote!(lb::Literal::Int(#value))
        }
        Literal::Float(value) => {
            let value = float_tokens(*value);
            quote!(lb::Literal::Float(#value))
        }
        Literal::Str(value) => quote!(lb::Literal::Str(#value)),
    }
}

fn sql_def(sql: &Sql) -> Option<TokenStream> {
    let number = |number: &Option<At<u32>>| number.as_ref().map(|at| LiteralToken::u32_unsuffixed(at.value));
    let given: Vec<TokenStream> = [
        set("length", &number(&sql.length)),
        set("precision", &number(&sql.precision)),
        set("scale", &number(&sql.scale)),
        set("sql_type", &sql.sql_type),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!given.is_empty()).then(|| quote!(lb::SqlDef { #(#given,)* ..lb::SqlDef::DEFAULT }))
}

fn validation_def(model: &Model, property: &Property, validation: &Validation) -> TokenStream {
    let rule = rule_def(model, property, &validation.rule);
    let json_name = |name: &Option<syn::LitStr>, key| name.as_ref().and_then(|name| condition(model, name, key));
    let message = match &validation.message {
        Message::Default => None,
        Message::All(text) => Some(quote!(message: lb::MessageDef::All(#text))),
        Message::ByKind(list) => {
            let list = list.iter().map(|(kind, text)| quote!((#kind, #text)));
            Some(quote!(message: lb::MessageDef::ByKind(&[#(#list),*])))
        }
    };
    let given: Vec<TokenStream> = [
        message,
        set("allow_null", &validation.allow_null),
        set("allow_blank", &validation.allow_blank),
        set("when", &json_name(&validation.when, "if")),
        set("unless", &json_name(&validation.unless, "unless")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if given.is_empty() {
        quote!(lb::ValidationDef::new(#rule))
    } else {
        quote!(lb::ValidationDef { #(#given,)* ..lb::ValidationDef::new(#rule) })
    }
}

fn rule_def(model: &Model, property: &Property, rule: &Rule) -> TokenStream {
    let count = |bound: &Option<At<u64>>| option(&bound.as_ref().map(|at| LiteralToken::u64_unsuffixed(at.value)));
    let number = |bound: &Option<At<f64>>| option(&bound.as_ref().map(|at| float_tokens(at.value)));
    let literals = |list: &[At<Literal>]| {
        let list = list.iter().map(|literal| literal_def(property.shape.base, &literal.value));
        quote!(&[#(#list),*])
    };
    match rule {
        Rule::Presence => quote!(lb::RuleDef::Presence),
        Rule::Absence => quote!(lb::RuleDef::Absence),
        Rule::Length { min, max, is } => {
            let (min, max, is) = (count(min), count(max), count(is));
            quote!(lb::RuleDef::Length { min: #min, max: #max, is: #is })
        }
        Rule::Numericality { int } => quote!(lb::RuleDef::Numericality { int: #int }),
        Rule::Range { min, max } => {
            let (min, max) = (number(min), number(max));
            quote!(lb::RuleDef::Range { min: #min, max: #max })
        }
        Rule::Inclusion(list) => {
            let list = literals(list);
            quote!(lb::RuleDef::Inclusion(#list))
        }
        Rule::Exclusion(list) => {
            let list = literals(list);
            quote!(lb::RuleDef::Exclusion(#list))
        }
        Rule::Format(pattern) => quote!(lb::RuleDef::Format(#pattern)),
        Rule::Uniqueness { scope } => {
            let scope = json_names(model, scope, "scope");
            quote!(lb::RuleDef::Uniqueness { scope: &[#(#scope),*] })
        }
        Rule::Custom(path) => custom(&property.ty, path),
        Rule::CustomAsync(path) => custom_async(&property.ty, path),
    }
}

/// The last segment of a path: the name of a function.
fn function_name(path: &Path) -> String {
    path.segments.last().map(|segment| plain(&segment.ident)).unwrap_or_default()
}

/// A local variable beside a path of the user's. Mixed hygiene, as the function may bear the same name.
fn local(name: &str, path: &Path) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(path.span()))
}

fn custom(ty: &Type, path: &Path) -> TokenStream {
    let name = function_name(path);
    let value = local("value", path);
    // A closure around the call, so that `fn(&str)` goes with a `String`; at the path, as a function for another type
    // is to be reported there.
    let check = quote_spanned!(generated_at(path.span())=> lb::check::<#ty, _>(#value, |#value| #path(#value)));
    quote!(lb::RuleDef::Custom { name: #name, check: |#value| #check })
}

fn custom_async(ty: &Type, path: &Path) -> TokenStream {
    let name = function_name(path);
    let [ctx, value] = ["ctx", "value"].map(|name| local(name, path));
    let call = quote_spanned!(generated_at(path.span())=> #path(#ctx, &#value));
    quote! {
        lb::RuleDef::CustomAsync {
            name: #name,
            check: |#ctx, #value| ::std::boxed::Box::pin(async move {
                let #value = lb::decode::<#ty>(#value)?;
                #call.await.map_err(::core::convert::Into::into)
            }),
        }
    }
}

/// The property's value, of `self`.
pub(super) fn read(property: &Property) -> TokenStream {
    let Property { ident, ty, .. } = property;
    match property.part {
        // At the type, so that a type without `PropertyType` is reported once and there.
        Part::Field | Part::Stored => quote_spanned! {generated_at(ty.span())=>
            <#ty as lb::PropertyType>::into_value(::core::clone::Clone::clone(&self.#ident))
        },
        Part::AnyKey => quote!(lb::AnyKey::key_value(&self.#ident)),
        Part::AnyModel => quote!(lb::AnyKey::model_value(&self.#ident)),
    }
}

/// Sets the property of `self` to `value`.
pub(super) fn write(property: &Property) -> TokenStream {
    let Property { ident, ty, .. } = property;
    let new = match property.part {
        Part::Field | Part::Stored => {
            let decoder = decoder(ty);
            quote!(#decoder(value)?)
        }
        Part::AnyKey => quote!(lb::AnyKey::from_values(value, lb::AnyKey::model_value(&self.#ident))?),
        Part::AnyModel => quote!(lb::AnyKey::from_values(lb::AnyKey::key_value(&self.#ident), value)?),
    };
    quote!(self.#ident = #new)
}

/// `field: value`, of the value of the field's property with an index, and of the next one for a `BelongsToAny`.
pub(super) fn from_value(model: &Model, at: usize) -> TokenStream {
    let Property { ident, ty, part, .. } = &model.properties[at];
    let [first, second] = [at, at + 1].map(|at| position(model, &property_index(model, at)));
    match part {
        Part::Field | Part::Stored => {
            let decoder = decoder(ty);
            quote!(#ident: #decoder(next(#first)?)?)
        }
        Part::AnyKey | Part::AnyModel => quote!(#ident: lb::AnyKey::from_values(next(#first)?, next(#second)?)?),
    }
}

fn decoder(ty: &Type) -> TokenStream {
    quote_spanned!(generated_at(ty.span())=> <#ty as lb::PropertyType>::from_value)
}
