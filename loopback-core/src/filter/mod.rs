//! LoopBack's filter language as plain data: parsed from JSON, not yet resolved against a model.
//!
//! No SQL and no HTTP here. Answers to juggler `lib/model-utils.js`. [`crate::plan`] resolves names and values.

mod parse;
pub mod qs;

pub(crate) use parse::{NO_LIST, as_loopback, list, own_filter, own_where};
pub use parse::{parse_filter, parse_where};

use serde_json::Value as Json;

/// A filter as a client wrote it: `{"where": .., "order": .., "limit": .., "skip": .., "fields": .., "include": ..}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The condition; `None`: all rows.
    pub condition: Option<Where>,
    /// The order, first the strongest.
    pub order: Vec<OrderBy>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Leave out so many rows at the beginning.
    pub skip: Option<u64>,
    /// The properties to answer with.
    pub fields: Option<Fields>,
    /// The relations to answer with.
    pub include: Vec<Include>,
}

/// A relation to answer with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Include {
    /// The relation's name.
    pub relation: String,
    /// Which of the related rows, and what of them; `limit` and `skip` count for each row they are related to.
    pub scope: Filter,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Where {
    /// All of them hold.
    And(Vec<Where>),
    /// One of them holds.
    Or(Vec<Where>),
    /// None of them holds. Differs from LoopBack, which has it for MongoDB only.
    Nor(Vec<Where>),
    /// How far the point of a property is from another.
    Near {
        /// The property.
        property: String,
        /// The other point: `{"lat": 59.9, "lng": 10.7}` or `"59.9,10.7"`.
        near: Json,
        /// No nearer than this.
        min_distance: Option<Json>,
        /// No farther than this.
        max_distance: Option<Json>,
        /// What the distances are counted in; miles when it is not said.
        unit: Option<Json>,
    },
    /// A property compared with a value.
    Compare {
        /// The property, perhaps with a path into its JSON: `address.city`.
        property: String,
        /// How.
        operator: Operator,
        /// With what.
        value: Json,
    },
    /// Several operators of one property with dots in its name: `{"reviews.stars": {"gt": 2, "lt": 5}}`. All of them hold,
    /// and if the name goes over a relation, for one and the same row.
    Together(Vec<Where>),
    /// A relation whose rows a condition is about: `{"reviews": {"stars": 5}}`.
    Related {
        /// The relation.
        relation: String,
        /// What one of its rows must be like.
        condition: Box<Where>,
        /// The word that would be an unknown operator if the name were a property's.
        unknown: String,
    },
}

/// How a property is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are LoopBack's operators")]
pub enum Operator {
    Eq,
    Neq,
    Gt,
    Gte,
    Lt,
    Lte,
    Inq,
    Nin,
    Between,
    Like,
    Nlike,
    Ilike,
    Nilike,
    Regexp,
}

impl Operator {
    const ALL: [(&'static str, Self); 14] = [
        ("eq", Self::Eq),
        ("neq", Self::Neq),
        ("gt", Self::Gt),
        ("gte", Self::Gte),
        ("lt", Self::Lt),
        ("lte", Self::Lte),
        ("inq", Self::Inq),
        ("nin", Self::Nin),
        ("between", Self::Between),
        ("like", Self::Like),
        ("nlike", Self::Nlike),
        ("ilike", Self::Ilike),
        ("nilike", Self::Nilike),
        ("regexp", Self::Regexp),
    ];

    /// The operator of a name: `gt`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }

    /// The names of all operators that compare a property with a value; `near` is [`Where::Near`].
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|(name, _)| *name)
    }
}

/// A property to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// The property.
    pub property: String,
    /// From the greatest down.
    pub descending: bool,
}

/// Which properties to answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// These only.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}
