//! Relations of the graph.

use super::ModelNode;
use crate::meta::{OnDelete, RelationAcl};
use crate::plan::Query;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

/// A relation of a model, resolved: which property of which model meets which.
#[derive(Debug)]
pub struct RelationNode {
    /// `reviews`
    pub name: Box<str>,
    /// The description.
    pub doc: Box<str>,
    /// What kind it is.
    pub kind: RelationKind,
    /// The property of the source: its key (`has..`), the foreign key (`belongsTo`), the embedded data, the list of keys.
    pub from: usize,
    /// The property of the target: the foreign key (`has..`), its key (`belongsTo`, `referencesMany`), the id of an
    /// embedded item. With [`through`](Self::through) the key of the target that the model between refers to.
    pub to: usize,
    /// The model between the two.
    pub through: Option<Through>,
    /// What makes it polymorphic.
    pub polymorphic: Option<Polymorphic>,
    /// Which of the related rows belong to it, and their order.
    pub scope: Option<Query>,
    /// `(source's property, target's property)`: what a new related row takes over.
    pub properties: Vec<(usize, usize)>,
    /// Whether clients may not include it.
    pub disable_include: bool,
    /// Whether the routes of the target's relations are served below it.
    pub nest: bool,
    /// Whether embedded data passes its model's validations.
    pub validate: bool,
    /// Which rules are asked when it is followed; `None`: as the model says.
    pub relation_acl: Option<RelationAcl>,
    /// Where it was defined.
    pub location: String,
    /// `"reviews":`, ready for the writer.
    pub(crate) json_key: Box<str>,
    /// The target; that of a polymorphic `belongsTo` is the source itself, and not to be asked for.
    pub(crate) target: Link,
}

impl RelationNode {
    /// The model it leads to.
    pub fn target(&self) -> Arc<ModelNode> {
        self.target.get()
    }

    /// Whether one related row at most is answered, and not a list.
    pub fn is_to_one(&self) -> bool {
        matches!(self.kind, RelationKind::BelongsTo | RelationKind::HasOne | RelationKind::EmbedsOne)
    }

    /// Whether the related data is stored inside the source's row.
    pub fn is_embedded(&self) -> bool {
        matches!(self.kind, RelationKind::EmbedsOne | RelationKind::EmbedsMany)
    }

    /// The models that a polymorphic `belongsTo` may lead to, with the property that its key refers to.
    pub fn any_targets(&self) -> &[(Link, usize)] {
        match &self.polymorphic {
            Some(Polymorphic::To { targets, .. }) => targets.get().map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }

    /// Whether it leads to rows of a model that each row names itself.
    pub fn is_to_any(&self) -> bool {
        matches!(self.polymorphic, Some(Polymorphic::To { .. }))
    }
}

/// LoopBack's kinds of relations. One that goes through another model is a `HasMany` with a [`Through`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are LoopBack's")]
pub enum RelationKind {
    BelongsTo,
    HasOne,
    HasMany,
    EmbedsOne,
    EmbedsMany,
    ReferencesMany,
}

/// The model between two that are related through it.
#[derive(Debug)]
pub struct Through {
    pub(crate) model: Link,
    /// Its property that refers to the source.
    pub from: usize,
    /// Its property that refers to the target.
    pub to: usize,
    /// Its property that names the source's model, with the name; for a polymorphic relation.
    pub discriminator: Option<(usize, Box<str>)>,
    /// Whether two rows of it cannot link the same two rows.
    pub unique: bool,
}

impl Through {
    /// The model.
    pub fn model(&self) -> Arc<ModelNode> {
        self.model.get()
    }
}

/// The two ends of a polymorphic relation.
#[derive(Debug)]
pub enum Polymorphic {
    /// `belongsTo`: a property of the source names the model.
    To {
        /// The property.
        discriminator: usize,
        /// The models that have the other end.
        targets: OnceLock<Vec<(Link, usize)>>,
    },
    /// `hasMany`, `hasOne`: a property of the target names the source's model.
    From {
        /// The property.
        discriminator: usize,
        /// The name.
        name: Box<str>,
    },
}

/// A foreign key that the database guards.
#[derive(Debug)]
pub struct ForeignKeyNode {
    /// Its name in the database.
    pub name: Box<str>,
    /// The relation's name.
    pub relation: Box<str>,
    /// The property that refers.
    pub property: usize,
    pub(crate) target: Link,
    /// The property that it refers to.
    pub to: usize,
    /// What becomes of the row when the other goes.
    pub on_delete: OnDelete,
}

impl ForeignKeyNode {
    /// The model it refers to.
    pub fn target(&self) -> Arc<ModelNode> {
        self.target.get()
    }
}

/// One model's way to another. Models lead to each other in circles, so it does not keep the other alive: the graph
/// does.
#[derive(Clone, Default)]
pub struct Link {
    /// The place in the graph.
    pub(super) at: usize,
    node: Arc<OnceLock<Weak<ModelNode>>>,
}

impl Link {
    pub(super) fn to(at: usize) -> Self {
        Self { at, node: Arc::default() }
    }

    /// The place of the model in the graph.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn set(&self, models: &[Arc<ModelNode>]) {
        if let Some(model) = models.get(self.at) {
            // A link is set once, when its graph is complete.
            let _ = self.node.set(Arc::downgrade(model));
        }
    }

    /// The model.
    #[allow(clippy::expect_used, reason = "a node is only ever got from its graph, which keeps all of its nodes")]
    pub fn get(&self) -> Arc<ModelNode> {
        let node = self.node.get().and_then(Weak::upgrade);
        node.expect("whoever has a node of a graph has come from that graph, which keeps all of its nodes")
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node.get().and_then(Weak::upgrade) {
            Some(model) => f.write_str(&model.name),
            None => write!(f, "#{}", self.at),
        }
    }
}
