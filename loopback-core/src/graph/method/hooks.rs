//! Remote hooks of the graph: which stand around a method, and in which order.

use super::MethodNode;
use crate::graph::resolve::{holds, is};
use crate::graph::{Fault, ModelNode};
use crate::meta::{MethodFn, ModelDef, RemoteHookDef, RemotePhase};
use crate::suggest::did_you_mean;
use std::sync::Arc;

/// A remote hook.
#[derive(Debug)]
pub(crate) struct RemoteHookNode {
    /// The function's name, for the log.
    pub(crate) name: Box<str>,
    pub(crate) call: MethodFn,
    pub(crate) location: Box<str>,
}

/// The remote hooks around a method, in the order in which they run.
#[derive(Clone, Debug, Default)]
pub(crate) struct MethodHooks {
    pub(crate) before: Vec<Arc<RemoteHookNode>>,
    pub(crate) after: Vec<Arc<RemoteHookNode>>,
    pub(crate) after_error: Vec<Arc<RemoteHookNode>>,
}

impl MethodHooks {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty() && self.after_error.is_empty()
    }

    fn of_phase(&mut self, phase: RemotePhase) -> &mut Vec<Arc<RemoteHookNode>> {
        match phase {
            RemotePhase::Before => &mut self.before,
            RemotePhase::After => &mut self.after,
            RemotePhase::AfterError => &mut self.after_error,
        }
    }
}

/// Puts the hooks of a model and of its bases around its methods.
pub(super) fn attach(
    model: &ModelNode,
    own: &'static ModelDef,
    all: &[RemoteHookDef],
    methods: &mut [MethodNode],
    faults: &mut Vec<Fault>,
) {
    let mut defs: Vec<&RemoteHookDef> = all.iter().filter(|def| holds(own, (def.model)())).collect();
    // Those of a base first.
    defs.sort_by_key(|def| (def.order, is(own, (def.model)()), def.location.file, def.location.line));
    for def in defs {
        let hook = Arc::new(RemoteHookNode {
            name: def.name.into(),
            call: def.call,
            location: def.location.to_string().into(),
        });
        let mut found: Vec<usize> = Vec::new();
        for pattern in def.methods {
            let matching = matching(methods, pattern);
            // The methods of a base are its own.
            if matching.is_empty() && is(own, (def.model)()) {
                let hint = did_you_mean(pattern, methods.iter().map(|method| &*method.name));
                faults.push(Fault {
                    location: def.location.to_string(),
                    message: format!(
                        "the remote hook `{}` is for `{pattern}`, which is no method of `{}`{hint}",
                        def.name, model.name
                    ),
                });
            }
            found.extend(matching);
        }
        // Once around each, however many of its patterns match.
        found.sort_unstable();
        found.dedup();
        for at in found {
            methods[at].hooks.of_phase(def.phase).push(hook.clone());
        }
    }
}

/// The methods that a name or a pattern is for.
pub(in crate::graph) fn matching(methods: &[MethodNode], pattern: &str) -> Vec<usize> {
    let all = |is: &dyn Fn(&MethodNode) -> bool| -> Vec<usize> {
        methods.iter().enumerate().filter(|(_, method)| is(method)).map(|(at, _)| at).collect()
    };
    if pattern.contains('*') {
        let pattern: Vec<&str> = pattern.split('.').collect();
        let fits = |name: &str| fits(&pattern, &name.split('.').collect::<Vec<_>>());
        return all(&|method| fits(&method.name) || method.aliases.iter().any(|alias| fits(alias)));
    }
    let exact = all(&|method| method.name == pattern || method.aliases.contains(&pattern));
    if exact.is_empty() { all(&|method| method.goes_by(pattern)) } else { exact }
}

/// `*` is one part of a name, `**` any number of them. Answers to npm `eventemitter2`, which strong-remoting asks.
fn fits(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        (["**", rest @ ..], _) => (0..=name.len()).any(|from| fits(rest, &name[from..])),
        (["*", pattern @ ..], [_, name @ ..]) => fits(pattern, name),
        ([word, pattern @ ..], [part, name @ ..]) => word == part && fits(pattern, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_one_part_of_a_name_and_two_are_any_number() {
        let fits = |pattern: &str, name: &str| {
            fits(&pattern.split('.').collect::<Vec<_>>(), &name.split('.').collect::<Vec<_>>())
        };
        for (pattern, name, want) in [
            ("*", "create", true),
            ("*", "prototype.open", false),
            ("**", "create", true),
            ("**", "prototype.open", true),
            ("prototype.*", "prototype.open", true),
            ("prototype.*", "open", false),
            ("prototype.**", "prototype.open", true),
            ("*.open", "prototype.open", true),
            ("*.open", "open", false),
            ("**.open", "open", true),
            ("**.open", "prototype.close", false),
        ] {
            assert_eq!(fits(pattern, name), want, "{pattern} {name}");
        }
    }
}
