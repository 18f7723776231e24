//! What an attribute said, typed, with the places it was said at. No tokens of the expansion here.

use super::access::ir::{AccessSettings, RelationAcl};
use super::user::ir::UserSettings;
use crate::acl::Acl;
use crate::support::literal::Literal;
use crate::support::spans::{At, plain};
use proc_macro2::Span;
use syn::{Ident, LitStr, Path, Type, Visibility};

/// A model.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) doc: String,
    pub(crate) settings: Settings,
    /// Who may call what.
    pub(crate) acls: Vec<Acl>,
    /// The model that it extends.
    pub(crate) base: Option<BaseField>,
    /// Whether it extends another, be it with an error: what is not here may be there.
    pub(crate) extends: bool,
    /// What the struct's fields are, in their order.
    pub(crate) fields: Vec<Field>,
    pub(crate) properties: Vec<Property>,
    pub(crate) relations: Vec<Relation>,
}

/// What a field of the struct is: where it stands in the model's lists.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// A property and nothing else.
    Property(usize),
    /// A relation, whose field may store properties as well.
    Relation(usize),
    /// The base.
    Base,
    /// A relation of a type that was reported.
    Unreadable(Ident, Box<Type>),
}

/// `#[base]`
#[derive(Clone, Debug)]
pub(crate) struct BaseField {
    pub(crate) ident: Ident,
    /// The field's type.
    pub(crate) ty: Type,
    /// What `base = ..` names.
    pub(crate) path: Path,
    pub(crate) doc: String,
}

impl Model {
    /// The properties that a field stores: none of a `HasMany`, two of a `BelongsToAny`.
    pub(crate) fn of_field(&self, field: &Ident) -> Vec<&Property> {
        self.properties.iter().filter(|property| property.ident == *field).collect()
    }

    /// The relation that a field is.
    pub(crate) fn relation_of(&self, field: &Ident) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.ident == *field)
    }

    /// The property with this JSON name, or else of this field.
    pub(crate) fn by_either_name(&self, name: &str) -> Option<&Property> {
        let by_name = self.properties.iter().find(|property| property.name.value == name);
        by_name.or_else(|| self.properties.iter().find(|property| property.field() == name))
    }
}

/// The keys of `#[model]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// `base = Animal`
    pub(crate) base: Option<Path>,
    pub(crate) plural: Option<LitStr>,
    pub(crate) path: Option<LitStr>,
    pub(crate) table: Option<LitStr>,
    pub(crate) data_source: Option<LitStr>,
    pub(crate) strict: Option<Strict>,
    pub(crate) force_id: Option<bool>,
    pub(crate) public: Option<bool>,
    pub(crate) replace_on_put: Option<bool>,
    pub(crate) change_stream: Option<bool>,
    /// Canonical names of remote methods.
    pub(crate) disabled: Vec<String>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) transient: Option<Span>,
    pub(crate) default_scope: Option<Path>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) default_limit: Option<At<u64>>,
    pub(crate) max_limit: Option<At<u64>>,
    pub(crate) implicit_transactions: Option<bool>,
    /// Types that are a `Mixin`.
    pub(crate) mixins: Vec<Path>,
    pub(crate) access: AccessSettings,
    pub(crate) user: Option<UserSettings>,
    /// One of the framework's own.
    pub(crate) built_in: Option<Span>,
    /// The keys as they were written, for rules about keys that do not go together.
    pub(crate) keys: Vec<Ident>,
}

/// An entry of `scopes(..)`.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The JSON name, at the name or the function.
    pub(crate) name: At<String>,
    /// The function that makes the query.
    pub(crate) query: Path,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Strict {
    Validate,
    Throw,
    Ignore,
    Free,
}

/// `index(name, city)` or `unique(name, city)`.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) fields: Vec<Ident>,
    pub(crate) unique: bool,
}

/// A property: a field, or what a relation's field stores.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) ident: Ident,
    /// The type of its values: the field's, except for the two halves of a `BelongsToAny`.
    pub(crate) ty: Type,
    pub(crate) part: Part,
    pub(crate) shape: Shape,
    pub(crate) doc: String,
    /// The JSON name, at its literal or at the field.
    pub(crate) name: At<String>,
    /// The column, at its literal or at the field.
    pub(crate) column: At<String>,
    pub(crate) options: Options,
}

impl Property {
    /// The field's name without `r#`.
    pub(crate) fn field(&self) -> String {
        plain(&self.ident)
    }

    /// Whether the type can be that of an id, as far as a macro can see.
    pub(crate) fn can_be_id(&self) -> bool {
        matches!(self.part, Part::Field)
            && !self.shape.optional
            && matches!(self.shape.base, Base::String | Base::Integer { .. } | Base::Uuid | Base::Unknown)
    }
}

/// Which part of its field a property is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    /// All of a field that is no relation.
    Field,
    /// All that a relation's field stores.
    Stored,
    /// The key of a `BelongsToAny`.
    AnyKey,
    /// The name of the model of a `BelongsToAny`.
    AnyModel,
}

/// A field that is a relation.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) ident: Ident,
    /// The field's type, with the model's name for `Self`.
    pub(crate) ty: Type,
    pub(crate) kind: RelationKind,
    /// `Option<BelongsTo<..>>`
    pub(crate) optional: bool,
    /// The model it leads to; a `BelongsToAny` leads to any.
    pub(crate) target: Option<Type>,
    pub(crate) doc: String,
    /// The JSON name, at its literal or at the field.
    pub(crate) name: At<String>,
    /// The index of the property that the field stores, the first of two.
    pub(crate) property: Option<usize>,
    pub(crate) options: RelationOptions,
}

impl Relation {
    /// The field's name without `r#`.
    pub(crate) fn field(&self) -> String {
        plain(&self.ident)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RelationKind {
    BelongsTo,
    BelongsToAny,
    HasMany,
    HasOne,
    HasAndBelongsToMany,
    EmbedsOne,
    EmbedsMany,
    ReferencesMany,
}

impl RelationKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::BelongsTo,
        Self::BelongsToAny,
        Self::HasMany,
        Self::HasOne,
        Self::HasAndBelongsToMany,
        Self::EmbedsOne,
        Self::EmbedsMany,
        Self::ReferencesMany,
    ];

    /// The name of the type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BelongsTo => "BelongsTo",
            Self::BelongsToAny => "BelongsToAny",
            Self::HasMany => "HasMany",
            Self::HasOne => "HasOne",
            Self::HasAndBelongsToMany => "HasAndBelongsToMany",
            Self::EmbedsOne => "EmbedsOne",
            Self::EmbedsMany => "EmbedsMany",
            Self::ReferencesMany => "ReferencesMany",
        }
    }

    /// Whether the field stores something; of the others the key is on the other side.
    pub(crate) fn stores(self) -> bool {
        !matches!(self, Self::HasMany | Self::HasOne | Self::HasAndBelongsToMany)
    }
}

/// The keys of `#[relation]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct RelationOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) foreign_key: Option<Ident>,
    pub(crate) primary_key: Option<Ident>,
    pub(crate) through: Option<Through>,
    pub(crate) key_through: Option<Ident>,
    pub(crate) polymorphic: Option<Ident>,
    pub(crate) scope: Option<Path>,
    /// `(own field, target's field)`
    pub(crate) properties: Vec<(Ident, Ident)>,
    pub(crate) disable_include: Option<Span>,
    pub(crate) nest: Option<Span>,
    pub(crate) constraint: Option<bool>,
    pub(crate) on_delete: Option<At<OnDelete>>,
    pub(crate) validate: Option<bool>,
    pub(crate) relation_acl: Option<RelationAcl>,
}

/// `through = ..`
#[derive(Clone, Debug)]
pub(crate) enum Through {
    /// A model of the user's.
    Model(Path),
    /// The name of a model that the framework makes.
    Made(LitStr),
}

/// `on_delete = ..`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OnDelete {
    Restrict,
    Cascade,
    SetNull,
}

/// The keys of `#[property]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) id: Option<Span>,
    pub(crate) generated: Option<Span>,
    pub(crate) hidden: Option<Span>,
    pub(crate) protected: Option<Span>,
    pub(crate) index: Option<Span>,
    pub(crate) name: Option<LitStr>,
    pub(crate) column: Option<LitStr>,
    pub(crate) default: Option<At<DefaultValue>>,
    pub(crate) sql: Sql,
    pub(crate) validations: Vec<Validation>,
    /// The keys as they were written, for rules about keys that do not go together.
    pub(crate) keys: Vec<Ident>,
}

/// `default = ..`
#[derive(Clone, Debug)]
pub(crate) enum DefaultValue {
    Literal(Literal),
    Now,
    Uuid,
    Function(Path),
}

/// `sql(..)`
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) length: Option<At<u32>>,
    pub(crate) precision: Option<At<u32>>,
    pub(crate) scale: Option<At<u32>>,
    pub(crate) sql_type: Option<LitStr>,
}

/// A validation.
#[derive(Clone, Debug)]
pub(crate) struct Validation {
    /// The key that asked for it.
    pub(crate) key: Ident,
    pub(crate) rule: Rule,
    pub(crate) message: Message,
    pub(crate) allow_null: Option<bool>,
    pub(crate) allow_blank: Option<bool>,
    pub(crate) when: Option<LitStr>,
    pub(crate) unless: Option<LitStr>,
}

#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Presence,
    Absence,
    Length { min: Option<At<u64>>, max: Option<At<u64>>, is: Option<At<u64>> },
    Numericality { int: bool },
    Range { min: Option<At<f64>>, max: Option<At<f64>> },
    Inclusion(Vec<At<Literal>>),
    Exclusion(Vec<At<Literal>>),
    Format(LitStr),
    Uniqueness { scope: Vec<Ident> },
    Custom(Path),
    CustomAsync(Path),
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Default,
    All(LitStr),
    ByKind(Vec<(String, LitStr)>),
}

/// What the type's name says about its values. A guess by name: an alias or a type of the user's is
/// [`Base::Unknown`], and nothing is said against that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    /// `Option<..>`
    pub(crate) optional: bool,
    pub(crate) base: Base,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Base {
    String,
    Integer { name: &'static str, min: i64, max: i64 },
    Float,
    Bool,
    DateTime,
    Date,
    Decimal,
    Uuid,
    Bytes,
    GeoPoint,
    List,
    Unknown,
}

impl Shape {
    /// Reads the last segment of the type's path.
    pub(crate) fn of(ty: &Type) -> Self {
        let Some((name, inner)) = last_segment(ty) else { return Self { optional: false, base: Base::Unknown } };
        match (name.as_str(), inner) {
            ("Option", Some(inner)) => Self { optional: true, base: Self::of(inner).base },
            ("Vec", Some(inner)) => {
                let bytes = last_segment(inner).is_some_and(|(name, _)| name == "u8");
                Self { optional: false, base: if bytes { Base::Bytes } else { Base::List } }
            }
            (name, _) => Self { optional: false, base: Base::named(name) },
        }
    }
}

impl Base {
    fn named(name: &str) -> Self {
        macro_rules! integer {
            ($($int:ident)*) => {
                match name {
                    $(stringify!($int) => {
                        return Self::Integer { name: stringify!($int), min: $int::MIN as i64, max: $int::MAX as i64 };
                    })*
                    _ => {}
                }
            };
        }
        integer!(i8 i16 i32 i64 u16 u32);
        match name {
            "String" => Self::String,
            "f32" | "f64" => Self::Float,
            "bool" => Self::Bool,
            "DateTime" => Self::DateTime,
            "NaiveDate" => Self::Date,
            "Decimal" => Self::Decimal,
            "Uuid" => Self::Uuid,
            "GeoPoint" => Self::GeoPoint,
            _ => Self::Unknown,
        }
    }
}

fn last_segment(ty: &Type) -> Option<(String, Option<&Type>)> {
    match ty {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            let inner = match &segment.arguments {
                syn::PathArguments::AngleBracketed(arguments) => {
                    arguments.args.iter().find_map(|argument| match argument {
                        syn::GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    })
                }
                _ => None,
            };
            Some((plain(&segment.ident), inner))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_from_the_last_segment() {
        let shape = |text: &str| Shape::of(&syn::parse_str(text).unwrap());
        let plain = |base| Shape { optional: false, base };
        assert_eq!(shape("String"), plain(Base::String));
        assert_eq!(shape("std::string::String"), plain(Base::String));
        assert_eq!(shape("Option<chrono::DateTime<Utc>>"), Shape { optional: true, base: Base::DateTime });
        assert_eq!(shape("Vec<u8>"), plain(Base::Bytes));
        assert_eq!(shape("Vec<String>"), plain(Base::List));
        assert_eq!(shape("u16"), plain(Base::Integer { name: "u16", min: 0, max: 65535 }));
        assert_eq!(shape("Tier"), plain(Base::Unknown));
        assert_eq!(shape("(i32, i32)"), plain(Base::Unknown));
    }
}
