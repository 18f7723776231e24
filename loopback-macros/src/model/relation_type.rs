//! Whether the type of a field is a relation, and which: read off the names in it.

use super::ir::RelationKind;
use crate::support::errors::Errors;
use crate::support::own_type::without_self;
use crate::support::spans::text;
use syn::{GenericArgument, Ident, PathArguments, PathSegment, Type};

/// What the type of a field says.
pub(super) enum FieldType {
    /// The type of a property.
    Property,
    /// A relation.
    Relation(Box<RelationType>),
    /// A relation, written in a way that was reported.
    Unreadable,
}

/// The type of a relation.
pub(super) struct RelationType {
    /// The whole type, with the model's name for `Self`.
    pub(super) ty: Type,
    pub(super) kind: RelationKind,
    /// `Option<BelongsTo<..>>`
    pub(super) optional: bool,
    /// The model it leads to; a `BelongsToAny` leads to any.
    pub(super) target: Option<Type>,
    /// The type of the key, where it is written.
    pub(super) key: Option<Type>,
}

/// Reads the type of a field of a model.
pub(super) fn field_type(ty: &Type, model: &Ident, errors: &mut Errors) -> FieldType {
    let direct = relation(ty).map(|found| (found, false));
    let found = direct.or_else(|| {
        let optional = inside(ty, "Option").and_then(relation);
        optional.filter(|(kind, _)| can_be_optional(*kind)).map(|found| (found, true))
    });
    if let Some(((kind, segment), optional)) = found {
        let Some((target, key)) = arguments(kind, segment, errors) else { return FieldType::Unreadable };
        let [target, key] = [target, key].map(|ty| ty.map(|ty| without_self(ty, model)));
        return FieldType::Relation(Box::new(RelationType {
            ty: without_self(ty, model),
            kind,
            optional,
            target,
            key,
        }));
    }
    match nested(ty) {
        Some((kind, segment)) => {
            errors.at(ty, misplaced(ty, kind, segment));
            FieldType::Unreadable
        }
        None => FieldType::Property,
    }
}

fn can_be_optional(kind: RelationKind) -> bool {
    matches!(kind, RelationKind::BelongsTo | RelationKind::BelongsToAny)
}

/// The last segment of the type's path.
fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The type as a relation.
fn relation(ty: &Type) -> Option<(RelationKind, &PathSegment)> {
    let segment = last_segment(ty)?;
    let kind = RelationKind::ALL.into_iter().find(|kind| segment.ident == kind.name())?;
    Some((kind, segment))
}

/// The generic arguments of a segment that are types.
fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The first argument of a generic type with this name.
fn inside<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    types(segment).next()
}

/// A relation anywhere in the type.
fn nested(ty: &Type) -> Option<(RelationKind, &PathSegment)> {
    if let Some(found) = relation(ty) {
        return Some(found);
    }
    match ty {
        Type::Array(array) => nested(&array.elem),
        Type::Group(group) => nested(&group.elem),
        Type::Paren(paren) => nested(&paren.elem),
        Type::Reference(reference) => nested(&reference.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(nested),
        Type::Path(_) => types(last_segment(ty)?).find_map(nested),
        _ => None,
    }
}

/// The message for a relation inside another type.
fn misplaced(ty: &Type, kind: RelationKind, segment: &PathSegment) -> String {
    use RelationKind::{BelongsTo, BelongsToAny, EmbedsOne, HasOne};
    let found = text(ty);
    let relation = text(segment);
    let inner = types(segment).next().map_or_else(|| "Model".to_owned(), text);
    if inside(ty, "Option").and_then(self::relation).is_some() {
        let why = match kind {
            HasOne | EmbedsOne => "may have no row",
            _ => "may be empty",
        };
        return format!("`{}` {why} as it is: write `{relation}` instead of `{found}`", kind.name());
    }
    if inside(ty, "Vec").and_then(self::relation).is_some() {
        let instead = match kind {
            EmbedsOne => format!("`EmbedsMany<{inner}>`"),
            BelongsTo => {
                format!("`ReferencesMany<{inner}>`, or `HasMany<{inner}>` when the keys are on the other side")
            }
            HasOne => format!("`HasMany<{inner}>`"),
            BelongsToAny => "`HasMany<Model>`, where the model has the `BelongsToAny`".to_owned(),
            _ => format!("`{relation}`"),
        };
        return format!("a list of `{}` cannot be stored: instead of `{found}` write {instead}", kind.name());
    }
    let option = if can_be_optional(kind) { format!(" or `Option<{relation}>`") } else { String::new() };
    format!("a relation is a field of its own: write `{relation}`{option} instead of `{found}`")
}

/// The model and the key among the arguments of a relation's type. `None`: they were reported.
fn arguments(kind: RelationKind, segment: &PathSegment, errors: &mut Errors) -> Option<(Option<Type>, Option<Type>)> {
    use RelationKind::{BelongsTo, BelongsToAny, ReferencesMany};
    let name = kind.name();
    let given = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.len(),
        PathArguments::Parenthesized(_) => usize::MAX,
        PathArguments::None => 0,
    };
    let mut types = types(segment).cloned();
    let (first, second) = (types.next(), types.next());
    let only_types = given == usize::from(first.is_some()) + usize::from(second.is_some());
    if kind == BelongsToAny {
        if !only_types || second.is_some() {
            errors.at(segment, "`BelongsToAny` takes the type of its key and nothing else: write `BelongsToAny<i64>`");
            return None;
        }
        return Some((None, first));
    }
    let Some(target) = first else {
        errors.at(segment, format!("`{name}` needs the model that it leads to: write `{name}<Model>`"));
        return None;
    };
    let has_key = matches!(kind, BelongsTo | ReferencesMany);
    if !only_types || second.is_some() && !has_key {
        let key = if has_key { ", and the type of the key when it is not that of the id" } else { "" };
        let target = text(&target);
        errors.at(
            segment,
            format!(
                "`{name}` takes the model that it leads to{key}, found `{}`: write `{name}<{target}>`",
                text(segment)
            ),
        );
        return None;
    }
    if let Some(wrapper) = ["Option", "Vec", "Box"].into_iter().find(|wrapper| inside(&target, wrapper).is_some()) {
        let model = inside(&target, wrapper).map(text).unwrap_or_default();
        let instead = match (wrapper, kind) {
            ("Option", BelongsTo) => format!("Option<BelongsTo<{model}>>"),
            ("Vec", BelongsTo) => format!("ReferencesMany<{model}>"),
            ("Vec", RelationKind::HasOne) => format!("HasMany<{model}>"),
            ("Vec", RelationKind::EmbedsOne) => format!("EmbedsMany<{model}>"),
            _ => format!("{name}<{model}>"),
        };
        errors.at(&target, format!("`{name}` leads to a model, found `{}`: write `{instead}`", text(&target)));
        return None;
    }
    Some((Some(target), second))
}
