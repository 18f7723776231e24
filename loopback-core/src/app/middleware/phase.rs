//! Phases: their names, their order, and how new ones are put between them. Answers to loopback-phase
//! `lib/merge-name-lists.js` and loopback `lib/server-app.js`.

use crate::suggest::did_you_mean;
use std::borrow::Cow;
use std::fmt;

/// Where middleware stands: a phase, and before, in or after it.
///
/// The phases are `initial session auth parse routes files final`, and those that
/// [`define_phases`](crate::app::AppBuilder::define_phases) adds. A text says the same: `"auth"`, `"auth:before"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct MiddlewarePhase {
    name: Cow<'static, str>,
    part: Part,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Before,
    #[default]
    In,
    After,
}

#[allow(non_upper_case_globals, reason = "they read as the variants that a closed list of phases would have")]
impl MiddlewarePhase {
    /// The first phase: what concerns all requests, as CORS and compression.
    pub const Initial: Self = Self::of("initial");
    /// Sessions.
    pub const Session: Self = Self::of("session");
    /// Who is it.
    pub const Auth: Self = Self::of("auth");
    /// Bodies.
    pub const Parse: Self = Self::of("parse");
    /// The REST API and the application's own routes answer at the beginning of this phase: what is placed in it sees what
    /// they do not have. What is to stand before them is placed in `Routes.before()` or an earlier phase.
    pub const Routes: Self = Self::of("routes");
    /// Files, for what no route has.
    pub const Files: Self = Self::of("files");
    /// What nothing else answers, before it is a 404.
    pub const Final: Self = Self::of("final");

    const fn of(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), part: Part::In }
    }

    /// A phase of the application's own.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Cow::Owned(name.into()), part: Part::In }
    }

    /// Before the phase.
    pub fn before(self) -> Self {
        Self { part: Part::Before, ..self }
    }

    /// After the phase.
    pub fn after(self) -> Self {
        Self { part: Part::After, ..self }
    }

    /// The phase's name, without what part of it is meant.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for MiddlewarePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        f.write_str(match self.part {
            Part::Before => ":before",
            Part::In => "",
            Part::After => ":after",
        })
    }
}

/// `"auth"`, `"auth:before"`, `"auth:after"`.
impl From<&str> for MiddlewarePhase {
    fn from(text: &str) -> Self {
        let (name, part) = match text.rsplit_once(':') {
            Some((name, "before")) => (name, Part::Before),
            Some((name, "after")) => (name, Part::After),
            _ => (text, Part::In),
        };
        Self { name: Cow::Owned(name.to_owned()), part }
    }
}

impl From<String> for MiddlewarePhase {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

/// The names of an app's phases, in their order.
#[derive(Clone, Debug)]
pub(crate) struct PhaseNames(Vec<String>);

impl Default for PhaseNames {
    fn default() -> Self {
        let names = ["initial", "session", "auth", "parse", "routes", "files", "final"];
        Self(names.map(str::to_owned).into())
    }
}

/// The place of a phase among all others.
pub(crate) type Place = (usize, Part);

impl PhaseNames {
    /// Adds phases: one alone before `routes`, several merged in the order that both lists have.
    ///
    /// # Errors
    /// The lists contradict each other, or a name is none.
    pub(crate) fn define(&mut self, names: &[String]) -> Result<(), String> {
        if let Some(name) = names.iter().find(|name| name.is_empty() || name.contains(':')) {
            return Err(format!(
                "`{name}` cannot be the name of a middleware phase: it must not be empty nor have a colon"
            ));
        }
        match names {
            [] => {}
            // Differs from LoopBack: there it comes before the phase before `routes`, which is not what its docs say.
            [name] if !self.0.contains(name) => {
                let routes = self.0.iter().position(|known| known == "routes").unwrap_or(self.0.len());
                self.0.insert(routes, name.clone());
            }
            names => self.0 = merged(&self.0, names)?,
        }
        Ok(())
    }

    /// Takes phases for known that could not be put in order, so that they are not missed as well: that there is a fault is
    /// said already.
    pub(crate) fn assume(&mut self, names: &[String]) {
        for name in names {
            if !self.0.contains(name) {
                self.0.push(name.clone());
            }
        }
    }

    /// The place of a phase.
    ///
    /// # Errors
    /// There is no such phase; says those there are.
    pub(crate) fn place(&self, phase: &MiddlewarePhase) -> Result<Place, String> {
        match self.0.iter().position(|name| name == phase.name()) {
            Some(at) => Ok((at, phase.part)),
            None => Err(format!(
                "there is no middleware phase `{}`{}; the phases are {}, each also with `:before` and `:after`",
                phase.name(),
                did_you_mean(phase.name(), self.0.iter().map(String::as_str)),
                self.0.join(", ")
            )),
        }
    }

    /// Where the routes answer: what has this place, or a later one, sees what they do not.
    pub(super) fn routes(&self) -> Place {
        (self.0.iter().position(|name| name == "routes").unwrap_or(self.0.len()), Part::In)
    }
}

/// Two lists of names as one in which the names of both keep their order: a new name comes right after the one before it
/// in its own list, or at the front when none is before it.
///
/// # Errors
/// The lists have two names in opposite orders.
fn merged(known: &[String], more: &[String]) -> Result<Vec<String>, String> {
    let mut all = known.to_vec();
    let mut from = 0;
    let mut previous: Option<&String> = None;
    for name in more {
        if let Some(at) = all[from..].iter().position(|known| known == name) {
            from += at;
        } else if let (Some(previous), true) = (previous, all.contains(name)) {
            return Err(format!(
                "the phases contradict each other: `{name}` cannot come after `{previous}`, for it comes before it already"
            ));
        } else {
            let after = previous.and_then(|previous| all.iter().position(|known| known == previous));
            all.insert(after.map_or(0, |at| at + 1), name.clone());
        }
        previous = Some(name);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    fn joined(known: &str, more: &str) -> Result<String, String> {
        merged(&list(known), &list(more)).map(|all| all.join(" "))
    }

    const BUILT_IN: &str = "initial session auth parse routes files final";

    /// The right sides are what `mergePhaseNameLists` of loopback-phase 3.4 gives.
    #[test]
    fn lists_are_merged_as_loopback_phase_does() {
        for (known, more, all) in [
            (
                "initial session auth routes files final",
                "initial postinit preauth auth routes subapps final last",
                "initial postinit preauth session auth routes subapps files final last",
            ),
            ("initial session auth", "initial preauth auth", "initial preauth session auth"),
            ("a b", "x y b", "x y a b"),
            ("a b", "x", "x a b"),
            ("a b", "b x", "a b x"),
            ("a b", "x y", "x y a b"),
            ("a b", "a b", "a b"),
            ("a b", "", "a b"),
            ("", "x y", "x y"),
            ("a", "x x", "x a"),
        ] {
            assert_eq!(joined(known, more).as_deref(), Ok(all), "{known} + {more}");
        }
    }

    #[test]
    fn lists_that_contradict_each_other_are_a_fault() {
        let fault = joined(BUILT_IN, "auth initial").unwrap_err();
        assert!(fault.contains("`initial` cannot come after `auth`"), "{fault}");
        assert!(joined("a b c", "c x a").is_err());
    }

    #[test]
    fn a_phase_alone_comes_before_the_routes() {
        let mut names = PhaseNames::default();
        names.define(&list("custom")).unwrap();
        assert_eq!(names.0.join(" "), "initial session auth parse custom routes files final");
        names.define(&list("custom")).unwrap();
        names.define(&list("initial postinit preauth routes subapps")).unwrap();
        assert_eq!(names.0.join(" "), "initial postinit preauth session auth parse custom routes subapps files final");
        assert!(names.define(&list("a:before")).is_err());
    }

    #[test]
    fn a_phase_that_is_not_there_is_told_with_those_that_are() {
        let fault = PhaseNames::default().place(&"auht:before".into()).unwrap_err();
        assert!(fault.contains("did you mean `auth`?") && fault.contains("routes, files"), "{fault}");
    }

    #[test]
    fn phases_are_in_order() {
        let names = PhaseNames::default();
        let place = |text: &str| names.place(&text.into()).unwrap();
        let order =
            ["initial:before", "initial", "initial:after", "auth:before", "routes:before", "routes", "files:before"];
        assert!(order.is_sorted_by_key(|text| place(text)));
        assert!(place("routes:before") < names.routes() && place("routes") >= names.routes());
        assert_eq!(MiddlewarePhase::Auth.before(), "auth:before".into());
        assert_eq!(MiddlewarePhase::from("auth:after").to_string(), "auth:after");
    }
}
