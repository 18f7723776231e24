//! What a dry run prints: each file with the lines that are new or gone, and two around them.

use crate::tree::Change;
use std::fmt::Write;

const AROUND: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Same,
    New,
    Gone,
}

/// The changes, one file after the other.
pub(crate) fn show(changes: &[Change<'_>]) -> String {
    let mut out = String::new();
    for change in changes {
        let what = if change.before.is_some() { "change" } else { "new file" };
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{what} {}", change.path);
        hunks(change.before.unwrap_or_default(), change.now, &mut out);
        out.push('\n');
    }
    out
}

fn hunks(before: &str, now: &str, out: &mut String) {
    let lines = compare(&before.lines().collect::<Vec<_>>(), &now.lines().collect::<Vec<_>>());
    let (mut number, mut shown) = (0, None);
    for (at, (side, line)) in lines.iter().enumerate() {
        number += usize::from(*side != Side::Gone);
        let near = lines[at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len())].iter();
        if !near.into_iter().any(|(side, _)| *side != Side::Same) {
            continue;
        }
        if shown.is_none_or(|shown| shown + 1 != at) {
            let _ = writeln!(out, "@@ line {} @@", number.max(1));
        }
        shown = Some(at);
        let mark = match side {
            Side::Same => ' ',
            Side::New => '+',
            Side::Gone => '-',
        };
        let _ = writeln!(out, "{}", format!("{mark}{line}").trim_end());
    }
}

/// The longest common lines stay, the rest is gone or new.
fn compare<'t>(before: &[&'t str], now: &[&'t str]) -> Vec<(Side, &'t str)> {
    let head = before.iter().zip(now).take_while(|(a, b)| a == b).count();
    let rest = (before.len() - head).min(now.len() - head);
    let tail = before.iter().rev().zip(now.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[head..before.len() - tail], &now[head..now.len() - tail]);
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let best = common[i + 1][j].max(common[i][j + 1]);
            common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { best };
        }
    }
    let mut lines: Vec<_> = before[..head].iter().map(|line| (Side::Same, *line)).collect();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((Side::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j < new.len() && (i == old.len() || common[i][j + 1] > common[i + 1][j]) {
            lines.push((Side::New, new[j]));
            j += 1;
        } else {
            lines.push((Side::Gone, old[i]));
            i += 1;
        }
    }
    lines.extend(before[before.len() - tail..].iter().map(|line| (Side::Same, *line)));
    lines
}

#[cfg(test)]
mod tests {
    use super::show;
    use crate::tree::Change;

    #[test]
    fn a_change_shows_its_lines_and_those_around() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n";
        let now = "1\n2\n3\nnew\n4\n5\n6\n7\n9\n";
        let text = show(&[
            Change { path: "src/a.rs", before: Some(before), now },
            Change { path: "src/b.rs", before: None, now: "b\n\nc\n" },
        ]);
        assert_eq!(
            text,
            "change src/a.rs\n@@ line 2 @@\n 2\n 3\n+new\n 4\n 5\n 6\n 7\n-8\n+9\n\nnew file src/b.rs\n@@ line 1 @@\n+b\n+\n+c\n\n"
        );
    }
}
