//! Relations to tokens: their definitions, and what the compiler is asked about the two ends of each.

use super::access::expand::relation_acl_def;
use super::expand::set;
use super::expand_base::{as_model, position, property_index, relation_index};
use super::ir::{Model, OnDelete, Relation, RelationKind, RelationOptions, Scope, Through};
use crate::support::attr::last_ident;
use crate::support::spans::{generated_at, line, plain};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

/// The definition of a relation.
pub(super) fn relation_def(model: &Model, relation: &Relation) -> TokenStream {
    let Relation { ident, ty, target, doc, name, property, options, .. } = relation;
    let (name, field) = (&name.value, relation.field());
    let field_name = |field: &Option<Ident>| field.as_ref().map(plain);
    let through = options.through.as_ref().map(|through| match through {
        Through::Model(model) => quote!(lb::ThroughDef::Model(lb::ModelRef::Type(|| <#model as lb::Model>::DEF))),
        Through::Made(name) => quote!(lb::ThroughDef::Made(#name)),
    });
    let scope = options.scope.as_ref().map(|path| query(target, path));
    let properties = options.properties.iter().map(|(own, target)| {
        let (own, target) = (plain(own), plain(target));
        quote!((#own, #target))
    });
    let on_delete = options.on_delete.as_ref().map(|at| match at.value {
        OnDelete::Restrict => quote!(lb::OnDelete::Restrict),
        OnDelete::Cascade => quote!(lb::OnDelete::Cascade),
        OnDelete::SetNull => quote!(lb::OnDelete::SetNull),
    });
    let validate = options.validate;
    let line = line(ident.span());
    let given = [
        set("property", &property.map(|property| property_index(model, property))),
        (!doc.is_empty()).then(|| quote!(doc: #doc)),
        set("foreign_key", &field_name(&options.foreign_key)),
        set("primary_key", &field_name(&options.primary_key)),
        set("through", &through),
        set("key_through", &field_name(&options.key_through)),
        set("polymorphic", &field_name(&options.polymorphic)),
        set("scope", &scope),
        (!options.properties.is_empty()).then(|| quote!(properties: &[#(#properties),*])),
        options.disable_include.map(|_| quote!(disable_include: true)),
        options.nest.map(|_| quote!(nest: true)),
        set("constraint", &options.constraint),
        on_delete.map(|on_delete| quote!(on_delete: #on_delete)),
        validate.map(|validate| quote!(validate: #validate)),
        set("relation_acl", &options.relation_acl.map(relation_acl_def)),
        Some(quote!(line: #line)),
    ]
    .into_iter()
    .flatten();
    quote!(lb::RelationDef { #(#given,)* ..lb::RelationDef::of::<#ty>(#name, #field) })
}

/// The query of a function of the user's, as a function that a definition can hold.
pub(super) fn query(model: impl ToTokens, path: &Path) -> TokenStream {
    // The call at the path's span: an answer of another type is reported there.
    let call = quote_spanned!(generated_at(path.span())=> lb::scope::<#model>(#path()));
    quote!(lb::ScopeQuery::Typed(|| #call))
}

/// The definition of a scope of a model.
pub(super) fn scope_def(model: &Ident, scope: &Scope) -> TokenStream {
    let (name, query) = (&scope.name.value, query(model, &scope.query));
    quote!(lb::ScopeDef { name: #name, query: #query })
}

/// The method that shows the fields that are relations; nothing without any.
pub(super) fn visit_relations(model: &Model) -> Option<TokenStream> {
    let at = (0..model.relations.len()).map(|at| position(model, &relation_index(model, at)));
    let base = model.base.as_ref().map(|base| {
        let (field, as_model) = (&base.ident, as_model(base));
        quote!(#as_model::relations(&mut self.#field, visit)?;)
    });
    let fields = model.relations.iter().map(|relation| &relation.ident);
    (!model.relations.is_empty() || base.is_some()).then(|| {
        quote! {
            fn relations(
                &mut self,
                visit: &mut dyn ::core::ops::FnMut(usize, &mut dyn lb::RelationField) -> lb::Result<()>,
            ) -> lb::Result<()> {
                #base
                #(visit(#at, &mut self.#fields)?;)*
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// Says to which models this one refers by exactly one field. Models are compared by the last word of their paths.
pub(super) fn refers_to(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let targets: Vec<(&Type, Option<Ident>)> = model
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::BelongsTo)
        .filter_map(|relation| relation.target.as_ref())
        .map(|target| (target, last_ident(target)))
        .collect();
    let quiet = super::expand::quiet(model);
    let once = targets.iter().filter(|(_, name)| targets.iter().filter(|(_, other)| other == name).count() == 1);
    once.map(|(target, _)| {
        quote_spanned! {generated_at(target.span())=>
            #[automatically_derived]
            #quiet
            impl lb::RefersTo<#target> for #ident {}
        }
    })
    .collect()
}

/// What the compiler is asked: that what an option names is there, and of the type that it must have. Nothing of it is
/// ever called.
pub(super) fn checks(model: &Model) -> TokenStream {
    let mut checks: TokenStream =
        model.relations.iter().flat_map(|relation| of_relation(&model.ident, relation)).collect();
    if model.base.is_some() {
        // Whether a field that is none of the model's own is one of the base's.
        let keys = model.relations.iter().filter(|relation| relation.kind != RelationKind::BelongsTo);
        for field in keys.filter_map(|relation| relation.options.primary_key.as_ref()) {
            let own = props(&model.ident);
            checks.extend(
                quote_spanned!(generated_at(field.span())=> const _: fn(#own) = |own| { let _ = own.#field; };),
            );
        }
    }
    checks
}

fn of_relation(model: &Ident, relation: &Relation) -> Vec<TokenStream> {
    let Relation { ty, kind, target, options, .. } = relation;
    let Some(target) = target else { return Vec::new() };
    let RelationOptions { foreign_key, key_through, polymorphic, .. } = options;
    let mut checks = match (&options.through, kind) {
        (Some(Through::Model(through)), _) => {
            let here = leads_back(model, through, foreign_key.as_ref(), polymorphic.as_ref());
            // A model that is related to itself: the other field of the two.
            let itself = last_ident(target).is_some_and(|target| target == *model);
            let there = match key_through {
                None if itself => None,
                field => Some(leads_back(target, through, field.as_ref(), None)),
            };
            vec![Some(here), there]
        }
        (None, RelationKind::HasMany | RelationKind::HasOne) => {
            vec![Some(leads_back(model, target, foreign_key.as_ref(), polymorphic.as_ref()))]
        }
        _ => Vec::new(),
    };
    if let (RelationKind::BelongsTo, Some(field)) = (kind, &options.primary_key) {
        let target = props(target);
        checks.push(Some(quote_spanned! {generated_at(field.span())=>
            const _: fn(#target) = |target| lb::key_is::<#ty>(&target.#field);
        }));
    }
    for (own, other) in &options.properties {
        let (own_props, target) = (props(model), props(target));
        checks.push(Some(quote_spanned! {generated_at(other.span())=>
            const _: fn(#own_props, #target) = |own, target| lb::takes_over(&own.#own, &target.#other);
        }));
    }
    checks.into_iter().flatten().collect()
}

/// That a model has a field that leads to another: the named one, or exactly one.
fn leads_back(
    to: impl ToTokens,
    from: impl ToTokens + Spanned,
    foreign_key: Option<&Ident>,
    polymorphic: Option<&Ident>,
) -> TokenStream {
    let props = props(&from);
    match (polymorphic, foreign_key) {
        (Some(field), _) => quote_spanned! {generated_at(field.span())=>
            const _: fn(#props) = |other| lb::refers_by_any::<#to, #from, _>(other.#field);
        },
        (None, Some(field)) => quote_spanned! {generated_at(field.span())=>
            const _: fn(#props) = |other| lb::refers_by::<#to, #from, _>(other.#field);
        },
        (None, None) => quote_spanned! {generated_at(from.span())=>
            const _: () = lb::refers::<#to, #from, _>();
        },
    }
}

/// The type of a model's handles.
fn props(model: impl ToTokens) -> TokenStream {
    quote!(<#model as lb::Model>::Props<#model>)
}
