//! How long an engine that backtracks may need for a pattern, whatever the text.
//!
//! The pattern becomes the automaton of its places (Glushkov's): a place is one character class, and from each lead ways
//! to those that may come next. Where two ways take the same character, such an engine may try both. On a loop that
//! makes the time double with each character; at the end of a loop it multiplies it by the text's length.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Places of a pattern, repetitions counted out.
const MAX_PLACES: usize = 300;
/// The time is the text's length to this power.
const MAX_DEGREE: u32 = 2;
/// Ways to match that do not grow with the text.
const MAX_WAYS: f64 = 200.0;

/// Refuses a pattern that some text takes too long.
pub(super) fn check(hir: &Hir) -> Result<(), String> {
    let mut automaton = Automaton::default();
    let whole = automaton.part(hir)?;
    let properties = hir.properties();
    let ends = properties.look_set().contains(Look::End);
    let mut cost = Costs::of(&automaton, &whole, !ends).of_start(&whole)?;
    // Where no `^` holds it, the pattern is tried from every character of the text on.
    if !properties.look_set_prefix().contains(Look::Start) {
        cost.degree += 1;
    }
    if cost.degree > MAX_DEGREE || cost.ways > MAX_WAYS {
        return Err("the pattern has too many parts that can share a text in more than one way, which takes some \
                    databases too long: use fewer repetitions, begin it with `^`, or let each repetition end with a \
                    character that it cannot have itself (`[^,]*,`)"
            .to_owned());
    }
    Ok(())
}

/// `C*` at a place of a sequence, then text that is made of `C` only and has one length, then a loop that takes all that
/// `C` takes: gives where the text ends. The first place where such a text stands is as good as any later one, so nobody
/// has to come back for another.
pub(super) fn lazy_segment(list: &[Hir], at: usize) -> Option<usize> {
    let class = loop_class(list.get(at)?)?;
    let mut end = at + 1;
    while let Some(item) = list.get(end) {
        let inside = match item.kind() {
            HirKind::Literal(literal) => {
                String::from_utf8_lossy(&literal.0).chars().all(|c| holds(class, u32::from(c), u32::from(c)))
            }
            HirKind::Class(Class::Unicode(other)) => covers(class, &ranges(other)),
            _ => break,
        };
        if !inside {
            return None;
        }
        end += 1;
    }
    let next = loop_class(list.get(end)?)?;
    (end > at + 1 && covers(next, &ranges(class))).then_some(end)
}

fn loop_class(hir: &Hir) -> Option<&regex_syntax::hir::ClassUnicode> {
    match hir.kind() {
        HirKind::Repetition(repetition) if repetition.max.is_none() => match repetition.sub.kind() {
            HirKind::Class(Class::Unicode(class)) => Some(class),
            _ => None,
        },
        _ => None,
    }
}

type Ranges = Vec<(u32, u32)>;

fn ranges(class: &regex_syntax::hir::ClassUnicode) -> Ranges {
    class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
}

fn holds(class: &regex_syntax::hir::ClassUnicode, from: u32, to: u32) -> bool {
    class.ranges().iter().any(|range| u32::from(range.start()) <= from && to <= u32::from(range.end()))
}

fn covers(class: &regex_syntax::hir::ClassUnicode, other: &Ranges) -> bool {
    other.iter().all(|(from, to)| holds(class, *from, *to))
}

/// Places and the ways between them.
#[derive(Default)]
struct Automaton {
    classes: Vec<Ranges>,
    next: Vec<Vec<usize>>,
    /// Loops that are never left for a second try.
    settled: Vec<bool>,
}

/// A piece of a pattern: the places it may begin and end with.
#[derive(Clone, Default)]
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    /// It may be nothing.
    empty: bool,
}

impl Part {
    fn nothing() -> Self {
        Self { empty: true, ..Self::default() }
    }
}

impl Automaton {
    fn place(&mut self, class: Ranges) -> Result<Part, String> {
        if self.classes.len() >= MAX_PLACES {
            return Err(format!(
                "the pattern is too large: with its repetitions counted out it has more than {MAX_PLACES} characters"
            ));
        }
        let at = self.classes.len();
        self.classes.push(class);
        self.next.push(Vec::new());
        self.settled.push(false);
        Ok(Part { first: vec![at], last: vec![at], empty: false })
    }

    fn lead(&mut self, from: &[usize], to: &[usize]) {
        for place in from {
            // A way that is there twice is two ways to match: `(a+)+`.
            self.next[*place].extend(to);
        }
    }

    fn then(&mut self, mut one: Part, other: Part) -> Part {
        self.lead(&one.last, &other.first);
        if one.empty {
            one.first.extend(&other.first);
        }
        let mut last = other.last;
        if other.empty {
            last.extend(&one.last);
        }
        Part { first: one.first, last, empty: one.empty && other.empty }
    }

    fn part(&mut self, hir: &Hir) -> Result<Part, String> {
        Ok(match hir.kind() {
            HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => Part::nothing(),
            HirKind::Literal(literal) => {
                let mut whole = Part::nothing();
                for c in String::from_utf8_lossy(&literal.0).chars() {
                    let place = self.place(vec![(c.into(), c.into())])?;
                    whole = self.then(whole, place);
                }
                whole
            }
            HirKind::Class(Class::Unicode(class)) => self.place(ranges(class))?,
            HirKind::Capture(capture) => self.part(&capture.sub)?,
            HirKind::Concat(list) => {
                let mut whole = Part::nothing();
                for (at, item) in list.iter().enumerate() {
                    let before = self.settled.len();
                    let part = self.part(item)?;
                    if lazy_segment(list, at).is_some() {
                        self.settled[before..].fill(true);
                    }
                    whole = self.then(whole, part);
                }
                whole
            }
            HirKind::Alternation(list) => {
                let mut whole = Part::default();
                for item in list {
                    let part = self.part(item)?;
                    whole.first.extend(part.first);
                    whole.last.extend(part.last);
                    whole.empty |= part.empty;
                }
                whole
            }
            HirKind::Repetition(repetition) => {
                let (least, most) = (repetition.min, repetition.max);
                let mut whole = Part::nothing();
                for time in 0..least.max(most.is_none().into()) {
                    let mut part = self.part(&repetition.sub)?;
                    if most.is_none() && time + 1 >= least {
                        let (first, last) = (part.first.clone(), part.last.clone());
                        self.lead(&last, &first);
                    }
                    part.empty |= time >= least;
                    whole = self.then(whole, part);
                }
                // `a{0,2}` is `(a(a)?)?`.
                let more = least..most.unwrap_or(least);
                let more = more.map(|_| self.part(&repetition.sub)).collect::<Result<Vec<_>, _>>()?;
                let mut rest = Part::nothing();
                for part in more.into_iter().rev() {
                    rest = Part { empty: true, ..self.then(part, rest) };
                }
                whole = self.then(whole, rest);
                whole
            }
        })
    }
}

/// `ways * length^degree` at most.
#[derive(Clone, Copy)]
struct Cost {
    degree: u32,
    ways: f64,
}

impl Cost {
    const ONE: Self = Self { degree: 0, ways: 1.0 };

    fn plus(self, other: Self) -> Self {
        Self { degree: self.degree.max(other.degree), ways: self.ways + other.ways }
    }
}

struct Costs<'a> {
    automaton: &'a Automaton,
    /// The characters, in pieces that each class has as a whole or not at all: which places have a piece.
    takes: Vec<Vec<bool>>,
    /// Which places are on a common loop.
    loops: Vec<Option<usize>>,
    /// Where the pattern may end, if nothing but the text so far decides that.
    done: Vec<bool>,
    known: Vec<Option<Cost>>,
}

impl<'a> Costs<'a> {
    fn of(automaton: &'a Automaton, whole: &Part, open: bool) -> Self {
        let places = automaton.classes.len();
        let mut bounds: Vec<u32> =
            automaton.classes.iter().flatten().flat_map(|(from, to)| [*from, to.saturating_add(1)]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let mut takes: Vec<Vec<bool>> = bounds
            .iter()
            .map(|c| {
                automaton.classes.iter().map(|class| class.iter().any(|(from, to)| from <= c && c <= to)).collect()
            })
            .collect();
        takes.sort_unstable();
        takes.dedup();
        let mut reach = vec![vec![false; places]; places];
        for (from, reached) in reach.iter_mut().enumerate() {
            let mut todo = automaton.next[from].clone();
            while let Some(place) = todo.pop() {
                if !std::mem::replace(&mut reached[place], true) {
                    todo.extend(&automaton.next[place]);
                }
            }
        }
        let loops =
            (0..places).map(|place| (0..places).find(|other| reach[place][*other] && reach[*other][place])).collect();
        let mut done = vec![false; places];
        if open {
            whole.last.iter().for_each(|place| done[*place] = true);
        }
        Self { automaton, takes, loops, done, known: vec![None; places] }
    }

    fn of_start(&mut self, whole: &Part) -> Result<Cost, String> {
        self.worst(&whole.first)
    }

    /// What the worst character costs, when it may lead to these places.
    fn worst(&mut self, to: &[usize]) -> Result<Cost, String> {
        let mut worst = Cost::ONE;
        let costs = to.iter().map(|place| Ok((*place, self.cost(*place)?))).collect::<Result<Vec<_>, String>>()?;
        for taken in &self.takes {
            let ways = costs.iter().filter(|(place, _)| taken[*place]).map(|(_, cost)| *cost);
            if let Some(sum) = ways.reduce(Cost::plus) {
                worst = Cost { degree: worst.degree.max(sum.degree), ways: worst.ways.max(sum.ways) };
            }
        }
        Ok(worst)
    }

    fn cost(&mut self, place: usize) -> Result<Cost, String> {
        if let Some(known) = self.known[place] {
            return Ok(known);
        }
        let Some(own) = self.loops[place] else {
            let cost = if self.done[place] {
                Cost::ONE
            } else {
                let next = self.automaton.next[place].clone();
                self.worst(&next)?
            };
            self.known[place] = Some(cost);
            return Ok(cost);
        };
        // All places of a loop cost the same: a walk along it, and what follows, once for each time it can be left.
        let members: Vec<usize> = (0..self.loops.len()).filter(|other| self.loops[*other] == Some(own)).collect();
        let mut cost = Cost { degree: 1, ways: 1.0 };
        for member in &members {
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                self.automaton.next[*member].iter().partition(|next| self.loops[**next] == Some(own));
            let mut left_again = false;
            for taken in &self.takes {
                let on = inside.iter().filter(|next| taken[**next]).count();
                if on > 1 {
                    return Err("the pattern has a repetition that can match the same text in more than one way, as \
                                `(a+)+` or `(a|ab)*`: some databases need a time for it that doubles with each character"
                        .to_owned());
                }
                left_again |= on == 1 && outside.iter().any(|next| taken[*next]);
            }
            let mut after = self.worst(&outside)?;
            if left_again && !self.automaton.settled[*member] {
                after.degree += 1;
            }
            cost = Cost { degree: cost.degree.max(after.degree), ways: cost.ways.max(after.ways) };
        }
        if members.iter().any(|member| self.done[*member]) && members.len() == 1 {
            // The pattern has matched as soon as it is here.
            cost = Cost::ONE;
        }
        for member in members {
            self.known[member] = Some(cost);
        }
        Ok(cost)
    }
}
