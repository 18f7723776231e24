//! A filter resolved against a model: names are columns, values have the columns' types. Plain data; no SQL, no HTTP.
//!
//! Whoever executes a plan needs no more than this: another connector, or another driver, takes its place beside SQL.

mod compare;
mod inside;
mod print;
mod regexp;
mod resolve;

pub(crate) use inside::inside;
pub(crate) use print::{filter_json, fixed, where_json};
pub use regexp::{Pattern, RegexpSyntax, ignoring_case};
pub use resolve::{Reader, resolve_filter, resolve_where};

use crate::graph::{ModelNode, Through};
use crate::value::{GeoPoint, Row, Value};
use std::sync::Arc;

/// A query of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The condition; `None`: all rows.
    pub condition: Option<Condition>,
    /// The order, first the strongest. The id comes last in any case, so that the order is total.
    pub order: Vec<Order>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Leave out so many rows at the beginning.
    pub skip: Option<u64>,
    /// The properties to read; `None`: all.
    pub fields: Option<FieldSet>,
    /// The related rows to read along.
    pub include: Vec<Include>,
}

/// Related rows that are read along with the rows of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// The relation's index.
    pub relation: usize,
    /// Which of the related rows; its `limit` and `skip` count for each row they are related to.
    pub query: Query,
    /// Of a polymorphic `belongsTo`: which rows of a model, by its name; others are all there.
    pub of_any: Vec<(Box<str>, Condition)>,
}

impl Query {
    /// All rows that a condition holds for.
    pub fn of(condition: Option<Condition>) -> Self {
        Self { condition, ..Self::default() }
    }

    /// The point to order by the distance from, nearest first: a query without an order of its own takes the first
    /// [`Condition::Near`] that every row has to meet.
    pub fn nearest(&self) -> Option<&Near> {
        fn first(condition: &Condition) -> Option<&Near> {
            match condition {
                Condition::Near(near) => Some(near),
                Condition::And(list) => list.iter().find_map(first),
                Condition::Fixed(condition) => first(condition),
                _ => None,
            }
        }
        if self.order.is_empty() { first(self.condition.as_ref()?) } else { None }
    }

    /// The row with an id.
    pub fn by_id(model: &ModelNode, id: Value) -> Self {
        Self::of(Some(Condition::equals(model.id, id).fixed(model)))
    }
}

/// Properties to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSet {
    /// The columns.
    pub columns: Vec<usize>,
    /// Of the properties without a column.
    pub free: FreeFields,
}

/// Which of the properties without a column to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FreeFields {
    /// All.
    All,
    /// These only.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}

impl FreeFields {
    /// Whether a property is read.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|known| known == name),
            Self::Except(names) => !names.iter().any(|known| known == name),
        }
    }
}

/// A column, perhaps a place inside its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The property's index.
    pub at: usize,
    /// The keys that lead to the place; empty for the column itself.
    pub path: Vec<String>,
}

impl From<usize> for Column {
    fn from(at: usize) -> Self {
        Self { at, path: Vec::new() }
    }
}

/// A condition of a plan. A connector refuses one that it does not know ([`Error::not_supported`](crate::Error::not_supported)):
/// a condition that is overlooked would show rows, or change them, that nobody asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// All of them hold.
    And(Vec<Condition>),
    /// One of them holds.
    Or(Vec<Condition>),
    /// A comparison with a value that is not NULL. NULL columns are left out, `Ne` included.
    Compare(Column, Comparison, Value),
    /// The column is NULL, or (`false`) is not.
    Null(Column, bool),
    /// The column is one of the values, or (`false`) none of them; NULL is neither.
    In(Column, bool, Vec<Value>),
    /// Low and high bound, both included.
    Between(Column, Value, Value),
    /// The condition does not hold: it is false, or unknown because a column is NULL.
    Not(Box<Condition>),
    /// `%` stands for any text, `_` for any character, `\` takes their meaning away. `false`: is not like.
    Like(Column, bool, String),
    /// The same, and letters stand for their other case too ([`ignoring_case`]).
    Ilike(Column, bool, String),
    /// The regular expression is found in the text.
    Regexp(Column, Pattern),
    /// A geo point so far from another.
    Near(Near),
    /// Holds always, or never.
    Constant(bool),
    /// A related row is there that a condition holds for, or (`false`) there is none.
    Related(Box<Related>),
    /// A row of a model between links it to a key.
    LinkedTo(Box<LinkedTo>),
    /// A condition that no hook takes away: the id that was asked for, the key of a relation, a default scope, what another
    /// hook has narrowed.
    Fixed(Box<Condition>),
}

/// A link to a key, in a model between.
#[derive(Clone, Debug)]
pub struct LinkedTo {
    /// The model between.
    pub between: Arc<ModelNode>,
    /// Its property that has the key.
    pub from: usize,
    /// Its property that refers to the row.
    pub to: usize,
    /// A property of it that has to have a value.
    pub discriminator: Option<(usize, Value)>,
    /// The key.
    pub key: Value,
    /// The row's property that it refers to.
    pub at: usize,
    /// Which rows of the model between count; `None`: all.
    pub condition: Option<Condition>,
}

impl PartialEq for LinkedTo {
    fn eq(&self, other: &Self) -> bool {
        *self.between.name == *other.between.name
            && (self.from, self.to, self.at) == (other.from, other.to, other.at)
            && self.discriminator == other.discriminator
            && self.key == other.key
            && self.condition == other.condition
    }
}

/// What is asked of related rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// The relation's index.
    pub relation: usize,
    /// Whether there is to be one.
    pub some: bool,
    /// What the related row must be like; `None`: anything.
    pub condition: Option<Condition>,
    /// Which rows of a model between count; `None`: all.
    pub between: Option<Condition>,
}

impl Condition {
    /// A property equals a value; NULL equals NULL.
    pub fn equals(at: usize, value: Value) -> Self {
        match &value {
            Value::Null => Self::Null(at.into(), true),
            // No row has it, and PostgreSQL refuses to look.
            Value::Text(text) if text.contains('\0') => Self::Constant(false),
            _ => Self::Compare(at.into(), Comparison::Eq, value),
        }
    }

    /// The id that a row must have for it to hold; `None`: it names none, or several.
    pub fn id(&self, model: &ModelNode) -> Option<&Value> {
        match self {
            Self::Compare(column, Comparison::Eq, value) if column.at == model.id && column.path.is_empty() => {
                Some(value)
            }
            Self::And(list) => list.iter().find_map(|condition| condition.id(model)),
            Self::Fixed(condition) => condition.id(model),
            _ => None,
        }
    }

    /// The same, where hooks of the model could take it away.
    pub(crate) fn fixed(self, model: &ModelNode) -> Self {
        if model.hooks.choose() { Self::Fixed(Box::new(self)) } else { self }
    }

    /// Whether it is about related rows anywhere.
    pub fn is_related(&self) -> bool {
        match self {
            Self::Fixed(condition) => condition.is_related(),
            Self::And(list) | Self::Or(list) => list.iter().any(Self::is_related),
            Self::Not(condition) => condition.is_related(),
            Self::Related(_) => true,
            _ => false,
        }
    }

    /// How many relations it goes over, those within each other included.
    pub(crate) fn relations(&self) -> usize {
        match self {
            Self::Fixed(condition) => condition.relations(),
            Self::And(list) | Self::Or(list) => list.iter().map(Self::relations).sum(),
            Self::Not(condition) => condition.relations(),
            Self::Related(related) => 1 + related.condition.as_ref().map_or(0, Self::relations),
            _ => 0,
        }
    }

    /// Whether it is about a distance anywhere.
    pub(crate) fn is_near(&self) -> bool {
        match self {
            Self::Fixed(condition) => condition.is_near(),
            Self::And(list) | Self::Or(list) => list.iter().any(Self::is_near),
            Self::Not(condition) => condition.is_near(),
            Self::Near(_) => true,
            _ => false,
        }
    }

    /// The same condition with other questions about related rows.
    pub(crate) fn map_related(self, change: &dyn Fn(Related) -> Related) -> Self {
        let list = |list: Vec<Self>| list.into_iter().map(|item| item.map_related(change)).collect();
        match self {
            Self::And(items) => Self::And(list(items)),
            Self::Or(items) => Self::Or(list(items)),
            Self::Not(condition) => Self::Not(Box::new(condition.map_related(change))),
            Self::Fixed(condition) => Self::Fixed(Box::new(condition.map_related(change))),
            Self::Related(related) => Self::Related(Box::new(change(*related))),
            other => other,
        }
    }

    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut list) => {
                list.push(other);
                Self::And(list)
            }
            first => Self::And(vec![first, other]),
        }
    }

    /// It does not hold, two-valued: a row of which it is unknown is one.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Constant(holds) => Self::Constant(!holds),
            other => Self::Not(Box::new(other)),
        }
    }

    /// One of the two holds.
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut list) => {
                list.push(other);
                Self::Or(list)
            }
            first => Self::Or(vec![first, other]),
        }
    }
}

/// How far a geo point is from another. Rows without a point are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The index of the property, a geo point.
    pub at: usize,
    /// The other point.
    pub from: GeoPoint,
    /// No nearer than this angle, in radians.
    pub min: Option<f64>,
    /// No farther than this angle, in radians.
    pub max: Option<f64>,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
}

/// A column to order by. NULL comes last ascending and first descending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The property's index.
    pub at: usize,
    /// From the greatest down.
    pub descending: bool,
}

/// Rows to read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SelectPlan<'a> {
    /// The model.
    pub model: &'a Arc<ModelNode>,
    /// The columns, in the order in which the rows have them.
    pub columns: &'a [usize],
    /// Which rows.
    pub query: &'a Query,
    /// Of a relation: the rows that other rows are related to. `limit` and `skip` then count for each of those.
    pub linked: Option<Linked<'a>>,
    /// Whether the rows are going to be changed: no other transaction changes them meanwhile.
    pub lock: bool,
}

impl<'a> SelectPlan<'a> {
    /// The rows of a query.
    pub fn of(model: &'a Arc<ModelNode>, columns: &'a [usize], query: &'a Query) -> Self {
        Self { model, columns, query, linked: None, lock: false }
    }
}

/// How rows are related to others.
#[derive(Clone, Copy, Debug)]
pub struct Linked<'a> {
    /// The keys of the others.
    pub keys: &'a [Value],
    /// Where the keys are.
    pub by: LinkedBy<'a>,
    /// Whether the order is that of all rows together, and not of those of each key: one of the others may have several
    /// keys.
    pub mixed: bool,
}

/// Where the keys are.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum LinkedBy<'a> {
    /// In a property of the rows; it is one of the plan's columns.
    Property {
        /// The property.
        at: usize,
        /// A property that has to have this value.
        discriminator: Option<(usize, &'a str)>,
    },
    /// In rows of a model between. The key follows the plan's columns as one more.
    Through {
        /// The model between.
        through: &'a Through,
        /// The rows' property that it refers to.
        to: usize,
        /// Which rows of the model between count; `None`: all.
        condition: Option<&'a Condition>,
    },
}

/// Rows to write. Each sets the same columns; the others have no value. A generated id that is not set is the connector's to
/// make.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InsertPlan<'a> {
    /// The model.
    pub model: &'a Arc<ModelNode>,
    /// The rows.
    pub rows: &'a [Row],
}

/// Rows to change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdatePlan<'a> {
    /// The model.
    pub model: &'a Arc<ModelNode>,
    /// What they are set to.
    pub set: &'a Row,
    /// Which rows.
    pub condition: Option<&'a Condition>,
    /// The columns of the changed rows to read back, when they are wanted.
    pub returning: &'a [usize],
    /// Properties without a column to add to the ones that a row has; `None`: they are not touched, or replaced by
    /// what [`set`](Self::set) says.
    pub merge_free: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

impl UpdatePlan<'_> {
    /// Changes a row as the plan says.
    pub fn apply(&self, row: &mut Row) {
        for (at, value) in self.set.iter() {
            row.set(at, value.clone());
        }
        let (Some(at), Some(added)) = (self.model.free, self.merge_free.filter(|added| !added.is_empty())) else {
            return;
        };
        let mut free = match row.take(at) {
            Some(Value::Json(serde_json::Value::Object(map))) => map,
            _ => serde_json::Map::new(),
        };
        free.extend(added.iter().map(|(key, value)| (key.clone(), value.clone())));
        row.set(at, Value::Json(serde_json::Value::Object(free)));
    }
}
