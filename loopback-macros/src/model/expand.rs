//! [`ir`](super::ir) to tokens. Cannot fail: what could go wrong was found before.
//!
//! The expansion is data where possible and one call where not. Every path of it goes through
//! `::loopback::__private`.

use super::ir::{
    Base, DefaultValue, Index, Message, Model, Options, Property, Rule, Settings, Sql, Strict, Validation,
};
use crate::support::literal::{Literal, float_tokens, int_tokens};
use crate::support::spans::{At, file, generated_at, line, plain};
use proc_macro2::{Ident, Literal as LiteralToken, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type, parse_quote};

/// The expansion without the struct itself.
pub(crate) fn expand(model: &Model) -> TokenStream {
    expansion(model, true)
}

/// The expansion of a model with errors: what other code names (the props, the trait), without what may be wrong.
pub(crate) fn recover(model: &Model) -> TokenStream {
    let mut model = model.clone();
    model.settings = Settings::default();
    for property in &mut model.properties {
        property.options = Options { id: property.options.id.filter(|_| property.can_be_id()), ..Options::default() };
    }
    expansion(&model, false)
}

fn expansion(model: &Model, submit: bool) -> TokenStream {
    let ident = &model.ident;
    let props = props(model);
    let def = def(model);
    let imp = implementation(model);
    let submit = submit.then(|| quote!(lb::submit! { lb::ModelEntry(&DEF) }));
    quote! {
        #props

        const _: () = {
            use ::loopback::__private as lb;

            // With every option given there is nothing left to update.
            #[allow(clippy::needless_update)]
            static DEF: lb::ModelDef = #def;

            #imp

            lb::forward_sea_orm!(#ident);
            #submit
        };
    }
}

fn props_ident(model: &Model) -> Ident {
    format_ident!("{}Props", plain(&model.ident), span = model.ident.span())
}

fn props(model: &Model) -> TokenStream {
    let Model { ident, vis, .. } = model;
    let props = props_ident(model);
    let doc = format!("The properties of [`{}`], to name them in filters, orders and patches.", plain(ident));
    let fields = model.properties.iter().map(|Property { ident: field, ty, doc, name, .. }| {
        let doc = if doc.is_empty() { format!("The property `{}`.", name.value) } else { doc.clone() };
        quote! {
            #[doc = #doc]
            #vis #field: ::loopback::__private::Prop<#ident, #ty>
        }
    });
    quote! {
        #[doc = #doc]
        // A binary may never read them, and a field's type may be more private than the model.
        #[allow(dead_code, private_interfaces)]
        #[derive(Clone, Copy, Debug)]
        #vis struct #props {
            #(#fields,)*
        }
    }
}

fn def(model: &Model) -> TokenStream {
    let Model { ident, doc, settings, .. } = model;
    let name = plain(ident);
    let [table, plural, http_path] = [&settings.table, &settings.plural, &settings.path].map(option);
    let properties = model.properties.iter().map(|property| property_def(model, property));
    let settings = settings_def(model, settings);
    let (file, line) = (file(ident.span()), line(ident.span()));
    quote! {
        lb::ModelDef {
            name: #name,
            doc: #doc,
            table: #table,
            plural: #plural,
            http_path: #http_path,
            properties: &[#(#properties),*],
            relations: &[],
            settings: #settings,
            location: lb::Location { file: #file, line: #line },
        }
    }
}

/// `Some(..)` or `None`, by their full paths.
fn option<T: ToTokens>(value: &Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// `name: Some(value)`, or nothing.
fn set<T: ToTokens>(name: &str, value: &Option<T>) -> Option<TokenStream> {
    let name = format_ident!("{name}");
    value.is_some().then(|| {
        let value = option(value);
        quote!(#name: #value)
    })
}

fn settings_def(model: &Model, settings: &Settings) -> TokenStream {
    let strict = settings.strict.map(|strict| match strict {
        Strict::Validate => quote!(lb::Strict::Validate),
        Strict::Throw => quote!(lb::Strict::Throw),
        Strict::Ignore => quote!(lb::Strict::Ignore),
        Strict::Free => quote!(lb::Strict::Free),
    });
    let disabled = &settings.disabled;
    let indexes = settings.indexes.iter().map(|Index { fields, unique }| {
        let properties = model.json_names(fields);
        quote!(lb::IndexDef { properties: &[#(#properties),*], unique: #unique })
    });
    let given: Vec<TokenStream> = [
        set("strict", &strict),
        set("force_id", &settings.force_id),
        settings.public.map(|public| quote!(public: #public)),
        set("replace_on_put", &settings.replace_on_put),
        (!disabled.is_empty()).then(|| quote!(disabled: &[#(#disabled),*])),
        set("data_source", &settings.data_source),
        (!settings.indexes.is_empty()).then(|| quote!(indexes: &[#(#indexes),*])),
    ]
    .into_iter()
    .flatten()
    .collect();
    if given.is_empty() {
        quote!(lb::SettingsDef::DEFAULT)
    } else {
        quote!(lb::SettingsDef { #(#given,)* ..lb::SettingsDef::DEFAULT })
    }
}

fn property_def(model: &Model, property: &Property) -> TokenStream {
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
            let literal = literal_def(property, literal);
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

fn literal_def(property: &Property, literal: &Literal) -> TokenStream {
    match literal {
        Literal::Bool(value) => quote!(lb::Literal::Bool(#value)),
        Literal::Int(value) if property.shape.base == Base::Float => {
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
    let json_name = |name: &Option<syn::LitStr>| {
        name.as_ref().and_then(|name| model.by_either_name(&name.value())).map(|named| named.name.value.as_str())
    };
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
        set("when", &json_name(&validation.when)),
        set("unless", &json_name(&validation.unless)),
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
        let list = list.iter().map(|literal| literal_def(property, &literal.value));
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
            let scope = model.json_names(scope);
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

fn implementation(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let props = props_ident(model);
    let id = model.properties.iter().find(|property| property.options.id.is_some());
    // Only a model with errors has no id.
    let id: Type = id.map_or_else(|| parse_quote!(i64), |property| property.ty.clone());
    let at: Vec<LiteralToken> = (0..model.properties.len()).map(LiteralToken::usize_unsuffixed).collect();
    let fields: Vec<&Ident> = model.properties.iter().map(|property| &property.ident).collect();
    let values = model.properties.iter().map(|Property { ident, ty, .. }| {
        // At the type, so that a type without `PropertyType` is reported once and there.
        quote_spanned!(generated_at(ty.span())=> <#ty as lb::PropertyType>::into_value(::core::clone::Clone::clone(&self.#ident)))
    });
    let decoders: Vec<TokenStream> = model
        .properties
        .iter()
        .map(|Property { ty, .. }| quote_spanned!(generated_at(ty.span())=> <#ty as lb::PropertyType>::from_value))
        .collect();
    quote! {
        #[automatically_derived]
        impl lb::Model for #ident {
            type Id = #id;
            type Props = #props;

            const DEF: &'static lb::ModelDef = &DEF;

            fn props() -> Self::Props {
                #props { #(#fields: lb::Prop::new(#at)),* }
            }

            fn value(&self, at: usize) -> lb::Value {
                match at {
                    #(#at => #values,)*
                    _ => lb::no_such_property(at),
                }
            }

            fn set_value(&mut self, at: usize, value: lb::Value) -> ::core::result::Result<(), lb::TypeError> {
                match at {
                    #(#at => self.#fields = #decoders(value)?,)*
                    _ => return ::core::result::Result::Err(lb::unknown_property(at)),
                }
                ::core::result::Result::Ok(())
            }

            fn from_values(
                next: &mut dyn ::core::ops::FnMut(usize) -> ::core::result::Result<lb::Value, lb::TypeError>,
            ) -> ::core::result::Result<Self, lb::TypeError> {
                ::core::result::Result::Ok(Self { #(#fields: #decoders(next(#at)?)?),* })
            }
        }
    }
}
