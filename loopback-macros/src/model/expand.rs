//! [`ir`](super::ir) to tokens. Cannot fail: what could go wrong was found before.
//!
//! The expansion is data where possible and one call where not. Every path of it goes through
//! `::loopback::__private`.

use super::access;
use super::expand_base::{self, as_model, json_names, property_index, relation_index};
use super::expand_property::{from_value, property_def, read, write};
use super::expand_relation::{checks, query, refers_to, relation_def, scope_def, visit_relations};
use super::ir::{BaseField, Field, Index, Model, Options, Property, Relation, RelationOptions, Settings, Strict};
use super::user::expand::user_def;
use crate::acl::acl_defs;
use crate::support::spans::{At, file, generated_at, line, plain, text};
use proc_macro2::{Ident, Literal as LiteralToken, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, parse_quote};

/// The expansion without the struct itself.
pub(crate) fn expand(model: &Model) -> TokenStream {
    expansion(model, true)
}

/// The expansion of a model with errors: what other code names (the props, the trait), without what may be wrong.
pub(crate) fn recover(model: &Model) -> TokenStream {
    let mut model = model.clone();
    let Settings { transient, built_in, .. } = model.settings;
    model.settings = Settings { transient, built_in, ..Settings::default() };
    model.acls = Vec::new();
    for property in &mut model.properties {
        property.options = Options { id: property.options.id.filter(|_| property.can_be_id()), ..Options::default() };
    }
    for relation in &mut model.relations {
        relation.options = RelationOptions::default();
    }
    expansion(&model, false)
}

fn expansion(model: &Model, complete: bool) -> TokenStream {
    let ident = &model.ident;
    let props = props(model);
    let (def, lists) = def(model);
    let derefs = expand_base::derefs(model);
    let imp = implementation(model);
    let refers_to = refers_to(model);
    let submit = complete.then(|| quote!(lb::submit! { lb::ModelEntry(&DEF) }));
    let checks = complete.then(|| checks(model));
    let of_base = complete.then(|| expand_base::checks(model));
    quote! {
        #props

        const _: () = {
            use ::loopback::__private as lb;

            #lists

            // With every option given there is nothing left to update.
            #[allow(clippy::needless_update)]
            static DEF: lb::ModelDef = #def;

            #imp
            #derefs
            #refers_to

            lb::forward_sea_orm!(#ident);
            lb::forward_remote_model!(#ident);
            #submit
            #checks
            #of_base
        };
    }
}

pub(super) fn props_ident(model: &Model) -> Ident {
    format_ident!("{}Props", plain(&model.ident), span = model.ident.span())
}

fn props(model: &Model) -> TokenStream {
    let Model { ident, vis, .. } = model;
    let props = props_ident(model);
    let doc = format!("The properties of [`{}`], to name them in filters, orders and patches.", plain(ident));
    let fields = model.fields.iter().filter_map(|field| {
        let (field, doc, what, name, handle) = match field {
            Field::Property(at) => {
                let Property { ident: field, ty, doc, name, .. } = &model.properties[*at];
                (field, doc, "property", name, quote!(::loopback::__private::Prop<__M, #ty>))
            }
            Field::Relation(at) => {
                let Relation { ident: field, ty, doc, name, .. } = &model.relations[*at];
                // At the type, so that a target that is no model is reported there.
                let handle = quote_spanned! {generated_at(ty.span())=>
                    <#ty as ::loopback::__private::RelationType>::Handle<__M>
                };
                (field, doc, "relation", name, handle)
            }
            Field::Base => return base_props(model),
            Field::Unreadable(..) => return None,
        };
        let doc = if doc.is_empty() { format!("The {what} `{}`.", name.value) } else { doc.clone() };
        Some(quote! {
            #[doc = #doc]
            #vis #field: #handle
        })
    });
    let none = no_handles(model).then(|| quote!(none: ::core::marker::PhantomData<__M>,));
    quote! {
        #[doc = #doc]
        // A binary may never read them, and a field's type may be more private than the model. `__M` is the model or one
        // that extends it; a type of the user's may have a plainer name.
        #[allow(dead_code, private_interfaces)]
        #vis struct #props<__M = #ident> {
            #(#fields,)*
            #none
        }
    }
}

/// The handles of the base, as those of the model.
fn base_props(model: &Model) -> Option<TokenStream> {
    let BaseField { ident: field, ty, doc, .. } = model.base.as_ref()?;
    let vis = &model.vis;
    let doc = if doc.is_empty() { format!("The properties of the base [`{}`].", text(ty)) } else { doc.clone() };
    let props = quote_spanned!(generated_at(ty.span())=> <#ty as ::loopback::__private::Model>::Props<__M>);
    Some(quote! {
        #[doc = #doc]
        #vis #field: #props
    })
}

/// Whether the props have no field, which must then name the model in another way.
fn no_handles(model: &Model) -> bool {
    model.fields.iter().all(|field| matches!(field, Field::Unreadable(..)))
}

/// The definition, and the items that it needs.
fn def(model: &Model) -> (TokenStream, TokenStream) {
    let Model { ident, doc, settings, .. } = model;
    let name = plain(ident);
    let [table, plural, http_path] = [&settings.table, &settings.plural, &settings.path].map(option);
    let properties = model.properties.iter().map(|property| property_def(model, property));
    let relations = model.relations.iter().map(|relation| relation_def(model, relation));
    let (lists, items) = expand_base::lists(model, properties, relations);
    let base = model.base.as_ref().map(|base| {
        let base = as_model(base);
        quote!(lb::ModelRef::Type(|| #base::DEF))
    });
    let base = option(&base);
    let acls = acl_defs(&model.acls);
    let settings = settings_def(model, settings);
    let (file, line) = (file(ident.span()), line(ident.span()));
    let def = quote! {
        lb::ModelDef {
            name: #name,
            doc: #doc,
            base: #base,
            table: #table,
            plural: #plural,
            http_path: #http_path,
            #lists,
            acls: #acls,
            settings: #settings,
            location: lb::Location { file: #file, line: #line },
        }
    };
    (def, items)
}

/// `Some(..)` or `None`, by their full paths.
pub(super) fn option<T: ToTokens>(value: &Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// `name: Some(value)`, or nothing.
pub(super) fn set<T: ToTokens>(name: &str, value: &Option<T>) -> Option<TokenStream> {
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
        let properties = json_names(model, fields, if *unique { "unique" } else { "index" });
        quote!(lb::IndexDef { properties: &[#(#properties),*], unique: #unique })
    });
    let ident = &model.ident;
    let default_scope = settings.default_scope.as_ref().map(|path| query(ident, path));
    let scopes = settings.scopes.iter().map(|scope| scope_def(ident, scope));
    let mixins = settings.mixins.iter().map(|mixin| {
        // At the type, so that one which is no mixin is reported there.
        quote_spanned!(generated_at(mixin.span())=> lb::MixinDef::of::<#mixin>())
    });
    let limit = |limit: &Option<At<u64>>| limit.as_ref().map(|at| LiteralToken::u64_unsuffixed(at.value));
    let given: Vec<TokenStream> = [
        set("strict", &strict),
        set("force_id", &settings.force_id),
        settings.public.map(|public| quote!(public: #public)),
        set("replace_on_put", &settings.replace_on_put),
        set("change_stream", &settings.change_stream),
        (!disabled.is_empty()).then(|| quote!(disabled: &[#(#disabled),*])),
        set("data_source", &settings.data_source),
        (!settings.indexes.is_empty()).then(|| quote!(indexes: &[#(#indexes),*])),
        settings.transient.map(|_| quote!(transient: true)),
        set("default_scope", &default_scope),
        (!settings.scopes.is_empty()).then(|| quote!(scopes: &[#(#scopes),*])),
        set("default_limit", &limit(&settings.default_limit)),
        set("max_limit", &limit(&settings.max_limit)),
        set("implicit_transactions", &settings.implicit_transactions),
        (!settings.mixins.is_empty()).then(|| quote!(mixins: &[#(#mixins),*])),
        set("user", &settings.user.as_ref().map(user_def)),
        settings.built_in.map(|_| quote!(built_in: true)),
    ]
    .into_iter()
    .chain(access::expand::given(model))
    .flatten()
    .collect();
    if given.is_empty() {
        quote!(lb::SettingsDef::DEFAULT)
    } else {
        quote!(lb::SettingsDef { #(#given,)* ..lb::SettingsDef::DEFAULT })
    }
}

fn implementation(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let props = props_ident(model);
    let id = model.properties.iter().find(|property| property.options.id.is_some());
    // A model that others embed may have no id, and neither may a model with errors.
    let id: Type = match id {
        Some(property) => property.ty.clone(),
        None if model.base.is_some() => {
            let base = model.base.as_ref().map(as_model);
            parse_quote!(#base::Id)
        }
        None if model.settings.transient.is_some() => parse_quote!(::std::string::String),
        None => parse_quote!(i64),
    };
    let at: Vec<LiteralToken> = (0..model.properties.len()).map(LiteralToken::usize_unsuffixed).collect();
    let read = model.properties.iter().map(read);
    let write = model.properties.iter().map(write);
    let value = match &model.base {
        Some(base) => {
            let (field, as_model) = (&base.ident, as_model(base));
            quote! {
                match OF_BASE.own(at) {
                    ::core::option::Option::None => #as_model::value(&self.#field, at),
                    #(::core::option::Option::Some(#at) => #read,)*
                    _ => lb::no_such_property(at),
                }
            }
        }
        None => quote! {
            match at {
                #(#at => #read,)*
                _ => lb::no_such_property(at),
            }
        },
    };
    let set_value = match &model.base {
        Some(base) => {
            let (field, as_model) = (&base.ident, as_model(base));
            quote! {
                match OF_BASE.own(at) {
                    ::core::option::Option::None => #as_model::set_value(&mut self.#field, at, value)?,
                    #(::core::option::Option::Some(#at) => #write,)*
                    _ => return ::core::result::Result::Err(lb::unknown_property(at)),
                }
            }
        }
        None => quote! {
            match at {
                #(#at => #write,)*
                _ => return ::core::result::Result::Err(lb::unknown_property(at)),
            }
        },
    };
    let none = no_handles(model).then(|| quote!(none: ::core::marker::PhantomData,));
    let handles = model.fields.iter().filter_map(|field| handle(model, field));
    let fields = model.fields.iter().map(|field| made(model, field));
    let relations = visit_relations(model);
    let unreachable = model
        .fields
        .iter()
        .any(|field| matches!(field, Field::Unreadable(..)))
        .then(|| quote!(#[allow(unreachable_code)]));
    let quiet = quiet(model);
    let without_properties = at.is_empty().then(|| quote!(#[allow(unreachable_code)]));
    quote! {
        #[automatically_derived]
        #quiet
        impl lb::Model for #ident {
            type Id = #id;
            type Props<__M> = #props<__M>;

            const DEF: &'static lb::ModelDef = &DEF;

            fn props_of<__M>() -> #props<__M> {
                #props { #(#handles,)* #none }
            }

            fn value(&self, at: usize) -> lb::Value {
                #value
            }

            #without_properties
            #unreachable
            fn set_value(&mut self, at: usize, value: lb::Value) -> ::core::result::Result<(), lb::TypeError> {
                #set_value
                ::core::result::Result::Ok(())
            }

            #unreachable
            fn from_values(
                next: &mut dyn ::core::ops::FnMut(usize) -> ::core::result::Result<lb::Value, lb::TypeError>,
            ) -> ::core::result::Result<Self, lb::TypeError> {
                ::core::result::Result::Ok(Self { #(#fields),* })
            }

            #relations
        }

        #[automatically_derived]
        impl<__M> ::core::clone::Clone for #props<__M> {
            fn clone(&self) -> Self {
                *self
            }
        }

        #[automatically_derived]
        impl<__M> ::core::marker::Copy for #props<__M> {}

        #[automatically_derived]
        impl<__M> ::core::fmt::Debug for #props<__M> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::stringify!(#props))
            }
        }
    }
}

/// A message about a model of the user's does not list those of the framework.
pub(super) fn quiet(model: &Model) -> Option<TokenStream> {
    model.settings.built_in.map(|_| quote!(#[diagnostic::do_not_recommend]))
}

/// `field: handle`, in the props.
fn handle(model: &Model, field: &Field) -> Option<TokenStream> {
    match field {
        Field::Property(at) => {
            let (field, at) = (&model.properties[*at].ident, property_index(model, *at));
            Some(quote!(#field: lb::Prop::new(#at)))
        }
        Field::Relation(at) => {
            let Relation { ident: field, ty, property, .. } = &model.relations[*at];
            let at = relation_index(model, *at);
            let property = property.map_or_else(|| quote!(0), |property| property_index(model, property));
            let handle = quote_spanned!(generated_at(ty.span())=> <#ty as lb::RelationType>::handle(#at, #property));
            Some(quote!(#field: #handle))
        }
        Field::Base => {
            let base = model.base.as_ref()?;
            let BaseField { ident: field, ty, .. } = base;
            Some(quote_spanned!(generated_at(ty.span())=> #field: lb::props_of::<#ty, __M>()))
        }
        Field::Unreadable(..) => None,
    }
}

/// `field: value`, in an instance that is made of values.
fn made(model: &Model, field: &Field) -> TokenStream {
    match field {
        Field::Property(at) => from_value(model, *at),
        Field::Relation(at) => match &model.relations[*at] {
            Relation { property: Some(at), .. } => from_value(model, *at),
            Relation { ident: field, .. } => quote!(#field: ::core::default::Default::default()),
        },
        Field::Base => {
            let (field, as_model) = (model.base.as_ref().map(|base| &base.ident), model.base.as_ref().map(as_model));
            quote!(#field: #as_model::from_values(next)?)
        }
        // Only in the expansion of a model with errors, which nobody runs.
        Field::Unreadable(field, _) => quote!(#field: ::core::unreachable!()),
    }
}
