//! Which methods have endpoints, by name and by pattern: `{"*": false, "find": true}`. Answers to loopback
//! `lib/configure-shared-methods.js`.

use crate::graph::node::ModelNode;

/// Takes away the methods that are not shared. The last word of a list is the one that counts, as in an object that is
/// laid over another.
///
/// A method that is named goes by its name alone; others are taken away by any pattern that is `false`. As in LoopBack a
/// pattern may match anywhere in a name: `"find*": false` takes `prototype.__findById__reviews` away, too.
pub(in crate::graph) fn share(model: &mut ModelNode, all: &[(&str, bool)]) {
    if all.is_empty() {
        return;
    }
    let word = |pattern: &str| all.iter().rev().find(|(known, _)| *known == pattern).map(|(_, on)| *on);
    model.methods.retain(|method| {
        let named = std::iter::once(&*method.name).chain(method.aliases.iter().copied()).find_map(word);
        named.unwrap_or_else(|| {
            !all.iter().any(|(pattern, _)| {
                pattern.contains('*') && word(pattern) == Some(false) && matches(pattern, &method.name)
            })
        })
    });
}

/// Whether the parts between the stars stand in the name, in their order.
fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = name;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_loopbacks_do() {
        for (pattern, name, expected) in [
            ("*", "find", true),
            ("find*", "findById", true),
            ("find*", "prototype.__findById__reviews", true),
            ("prototype.*", "prototype.patchAttributes", true),
            ("prototype.*", "find", false),
            ("prototype.__*__orders", "prototype.__get__orders", true),
            ("a*b*c", "xaxbxc", true),
            ("a*c*b", "xaxbxc", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
