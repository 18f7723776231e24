//! Validations as constant data. They run in the engine, so that models defined at run time have them too.
//! Answers to juggler `lib/validations.js`.

use crate::ctx::Ctx;
use crate::value::Value;
use futures_util::future::BoxFuture;

/// A literal in an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// `true`
    Bool(bool),
    /// `5`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `"draft"`
    Str(&'static str),
}

/// One validation of a property.
#[derive(Clone, Copy, Debug)]
pub struct ValidationDef {
    /// What is asked.
    pub rule: RuleDef,
    /// What the client reads when it fails.
    pub message: MessageDef,
    /// Whether `null` passes; `None`: it does for a property that is not required and has no `presence`.
    pub allow_null: Option<bool>,
    /// Whether an absent value or `""` passes; `None`: absent passes as `allow_null` says, `""` does not.
    pub allow_blank: Option<bool>,
    /// The property (JSON name) that must be true for the rule to be asked.
    pub when: Option<&'static str>,
    /// The property (JSON name) that must not be true for the rule to be asked.
    pub unless: Option<&'static str>,
}

impl ValidationDef {
    /// A rule without options.
    pub const fn new(rule: RuleDef) -> Self {
        Self { rule, message: MessageDef::DEFAULT, allow_null: None, allow_blank: None, when: None, unless: None }
    }
}

/// The messages of a validation.
#[derive(Clone, Copy, Debug)]
pub enum MessageDef {
    /// LoopBack's own.
    Default,
    /// One for every way to fail.
    All(&'static str),
    /// By the way to fail: `min`, `max`, `is`, `int`, `number`, `blank`, `null`.
    ByKind(&'static [(&'static str, &'static str)]),
}

impl MessageDef {
    /// LoopBack's own.
    pub const DEFAULT: Self = Self::Default;
}

/// The check of a custom validation.
pub type CustomFn = fn(&Value) -> Result<(), Invalid>;
/// The check of a custom validation that asks the database or the network.
pub type CustomAsyncFn = for<'a> fn(&'a Ctx, &'a Value) -> BoxFuture<'a, Result<(), Invalid>>;

/// What a validation asks.
#[derive(Clone, Copy)]
pub enum RuleDef {
    /// There is a value, and it is not `""`, `[]` or NaN.
    Presence,
    /// There is none.
    Absence,
    /// Characters of a text, items of a list.
    Length {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
        /// Exactly.
        is: Option<u64>,
    },
    /// A number; with `int` a whole one.
    Numericality {
        /// Whole numbers only.
        int: bool,
    },
    /// A number between two bounds.
    Range {
        /// The least.
        min: Option<f64>,
        /// The greatest.
        max: Option<f64>,
    },
    /// One of these.
    Inclusion(&'static [Literal]),
    /// None of these.
    Exclusion(&'static [Literal]),
    /// A text that a regular expression finds something in.
    Format(&'static str),
    /// No other row has it, among the rows that agree in the scope.
    Uniqueness {
        /// JSON names of the properties that must agree.
        scope: &'static [&'static str],
    },
    /// A function of the user's.
    Custom {
        /// Its name: the code of its errors.
        name: &'static str,
        /// The function.
        check: CustomFn,
    },
    /// An async function of the user's.
    CustomAsync {
        /// Its name: the code of its errors.
        name: &'static str,
        /// The function.
        check: CustomAsyncFn,
    },
}

impl std::fmt::Debug for RuleDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Presence => f.write_str("Presence"),
            Self::Absence => f.write_str("Absence"),
            Self::Length { min, max, is } => write!(f, "Length({min:?}, {max:?}, {is:?})"),
            Self::Numericality { int } => write!(f, "Numericality(int: {int})"),
            Self::Range { min, max } => write!(f, "Range({min:?}, {max:?})"),
            Self::Inclusion(list) => write!(f, "Inclusion({list:?})"),
            Self::Exclusion(list) => write!(f, "Exclusion({list:?})"),
            Self::Format(pattern) => write!(f, "Format({pattern:?})"),
            Self::Uniqueness { scope } => write!(f, "Uniqueness({scope:?})"),
            Self::Custom { name, .. } => write!(f, "Custom({name})"),
            Self::CustomAsync { name, .. } => write!(f, "CustomAsync({name})"),
        }
    }
}

/// Why a custom validation refuses a value.
///
/// The code in the answer is the function's name, or `name.kind` when the refusal names a kind, as LoopBack makes it
/// of `err('kind')`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invalid {
    /// The way to fail; `""` for the only one.
    pub kind: &'static str,
    /// What the client reads; `None`: `is invalid`.
    pub message: Option<String>,
}

impl Invalid {
    /// A refusal with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: "", message: Some(message.into()) }
    }

    /// A refusal that names a kind.
    pub fn kind(kind: &'static str) -> Self {
        Self { kind, message: None }
    }
}

impl From<&str> for Invalid {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for Invalid {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}
