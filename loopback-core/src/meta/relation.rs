//! Relations, as constant data.

use super::{ModelDef, ModelRef, RelationAcl};
use crate::plan::Query;
use crate::typed::RelationType;

/// A relation of a model: a field whose type is `BelongsTo<T>`, `HasMany<T>`, ...
#[derive(Clone, Copy)]
pub struct RelationDef {
    /// The JSON key, `reviews`.
    pub name: &'static str,
    /// The struct's field, `reviews`.
    pub field: &'static str,
    /// The doc comment, `""` without one.
    pub doc: &'static str,
    /// What kind of relation the field's type is.
    pub kind: RelationKindDef,
    /// The model it leads to; `None`: a row says which, as for `BelongsToAny`.
    pub target: Option<ModelRef>,
    /// The property that the field stores: a foreign key, embedded data, a list of keys. For `BelongsToAny` the key;
    /// the model's name follows it. `None`: the field stores nothing.
    pub property: Option<u16>,
    /// Of a relation whose key is on the other side: the field of the target (or of the model between the two) that
    /// leads back. `None`: the only one there that does.
    pub foreign_key: Option<&'static str>,
    /// The field that the key refers to, instead of the id: a field of the target of a `BelongsTo`, else of this model.
    pub primary_key: Option<&'static str>,
    /// The model between the two.
    pub through: Option<ThroughDef>,
    /// The field of the model between the two that leads to the target. `None`: the only one that does.
    pub key_through: Option<&'static str>,
    /// The field `BelongsToAny` of the target (or of the model between the two) that leads back.
    pub polymorphic: Option<&'static str>,
    /// Which of the related rows belong to the relation, and their order.
    pub scope: Option<ScopeQuery>,
    /// `(own field, target's field)`: what a new related row takes over.
    pub properties: &'static [(&'static str, &'static str)],
    /// Whether clients may not include it: 403.
    pub disable_include: bool,
    /// Whether the routes of the target's own relations are served below this one's.
    pub nest: bool,
    /// Whether the database guards the foreign key; `None`: as the app says.
    pub constraint: Option<bool>,
    /// What becomes of this row when the row it refers to goes.
    pub on_delete: OnDelete,
    /// Whether embedded data passes its model's validations.
    pub validate: bool,
    /// Which rules are asked; `None`: as the model says.
    pub relation_acl: Option<RelationAcl>,
    /// Whether `foreign_key`, `key_through` and `polymorphic` are JSON names of properties, and no fields: definitions that
    /// are made at run time have no fields.
    pub by_name: bool,
    /// The line of the field.
    pub line: u32,
}

impl RelationDef {
    /// A relation of a type, without options: the base that an expansion completes with `..`.
    pub const fn of<R: RelationType>(name: &'static str, field: &'static str) -> Self {
        Self::without_type(R::KIND, R::TARGET, name, field)
    }

    pub(crate) const fn without_type(
        kind: RelationKindDef,
        target: Option<fn() -> &'static ModelDef>,
        name: &'static str,
        field: &'static str,
    ) -> Self {
        Self {
            name,
            field,
            doc: "",
            kind,
            target: match target {
                Some(target) => Some(ModelRef::Type(target)),
                None => None,
            },
            property: None,
            foreign_key: None,
            primary_key: None,
            through: None,
            key_through: None,
            polymorphic: None,
            scope: None,
            properties: &[],
            disable_include: false,
            nest: false,
            constraint: None,
            on_delete: OnDelete::Restrict,
            validate: true,
            relation_acl: None,
            by_name: false,
            line: 0,
        }
    }
}

impl std::fmt::Debug for RelationDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.kind, self.name)
    }
}

/// LoopBack's kinds of relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are LoopBack's")]
pub enum RelationKindDef {
    BelongsTo,
    BelongsToAny,
    HasOne,
    HasMany,
    HasAndBelongsToMany,
    EmbedsOne,
    EmbedsMany,
    ReferencesMany,
}

/// The model between two that are related through it.
#[derive(Clone, Copy)]
pub enum ThroughDef {
    /// A model of the application's.
    Model(ModelRef),
    /// The name of a model that the framework makes: two keys and nothing else.
    Made(&'static str),
}

/// What becomes of a row when the row that its foreign key refers to is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused with 409.
    #[default]
    Restrict,
    /// It is deleted, too.
    Cascade,
    /// Its key becomes NULL.
    SetNull,
}

/// A query that a model gives a name: `GET /Products/cheap`.
#[derive(Clone, Copy, Debug)]
pub struct ScopeDef {
    /// Its name, `cheap`.
    pub name: &'static str,
    /// The query.
    pub query: ScopeQuery,
}

/// The query of a scope.
#[derive(Clone, Copy, Debug)]
pub enum ScopeQuery {
    /// The answer of a function.
    Typed(fn() -> Query),
    /// LoopBack's filter as JSON, resolved when the graph is built.
    Json(&'static str),
}
