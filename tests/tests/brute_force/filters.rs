//! Random filters: valid ones, and of values that the rows have, so that they find something.

use super::cells::number;
use super::dice::Dice;
use super::reference::World;
use super::rows::TEXTS;
use super::schema::{Kind, Model, Property, Relation, Seen};
use serde_json::{Map, Value as Json, json};

/// What is asked, and how: `GET` of a path with a filter or a condition.
#[derive(Clone, Debug)]
pub struct Question {
    pub what: What,
    /// The filter, or the condition.
    pub filter: Json,
}

/// By names of models and relations, and ids.
#[derive(Clone, Debug)]
pub enum What {
    Find(&'static str),
    FindOne(&'static str),
    Count(&'static str),
    FindById(&'static str, Json),
    Related(&'static str, Json, &'static str),
    CountRelated(&'static str, Json, &'static str),
}

impl Question {
    /// The model that the answer is of.
    pub fn subject(&self, world: &World) -> &'static str {
        match &self.what {
            What::Find(model) | What::FindOne(model) | What::Count(model) | What::FindById(model, _) => model,
            What::Related(model, _, relation) | What::CountRelated(model, _, relation) => {
                world.model(model).relation(relation).map_or(model, |relation| match relation.target {
                    "" => model,
                    target => target,
                })
            }
        }
    }
}

/// Where a condition stands.
#[derive(Clone, Copy)]
struct Place {
    /// How much deeper it may go.
    depth: usize,
    /// Whether it is about another model's rows.
    included: bool,
    /// Whether every row has to meet it, so that `near` may order them.
    outer: bool,
    /// Whether it is about data in a row, which is related to nothing.
    stored: bool,
}

pub struct Asking<'w> {
    world: &'w World,
    dice: Dice,
    /// Whether a `near` orders the rows already.
    near: bool,
}

impl<'w> Asking<'w> {
    pub fn new(world: &'w World, seed: u64) -> Self {
        Self { world, dice: Dice::new(seed), near: false }
    }

    pub fn question(mut self) -> Question {
        let served: Vec<&Model> = self.world.models.iter().filter(|model| model.path.is_some()).collect();
        let weights = ["Author", "Author", "Author", "Book", "Book", "Book", "Review"];
        let model = if self.dice.chance(70) {
            {
                let name: &&str = self.dice.one_of(&weights);
                self.world.model(name)
            }
        } else {
            *self.dice.one_of(&served)
        };
        let (what, filter) = match self.dice.below(100) {
            0..55 => (What::Find(model.name), self.filter(model, 3, false)),
            55..60 => (What::FindOne(model.name), self.filter(model, 2, false)),
            60..72 => (What::Count(model.name), self.condition_of(model)),
            72..77 => (What::FindById(model.name, self.id(model)), self.instance_filter(model)),
            at => {
                let relations: Vec<&Relation> = model.relations.iter().collect();
                if relations.is_empty() {
                    return Question { what: What::Find(model.name), filter: self.filter(model, 1, false) };
                }
                let relation = *self.dice.one_of(&relations);
                let (id, name) = (self.id(model), relation.name);
                if relation.way.is_to_any() {
                    (What::Related(model.name, id, name), json!({}))
                } else if relation.way.is_to_one() {
                    let filter = self.instance_filter(self.world.model(relation.target));
                    (What::Related(model.name, id, name), filter)
                } else if at < 92 {
                    let target = self.world.model(relation.target);
                    let filter = self.filter(target, 2, relation.way.is_embedded());
                    (What::Related(model.name, id, name), filter)
                } else {
                    let target = self.world.model(relation.target);
                    let condition = self.where_of(target, Place::top(false, relation.way.is_embedded()));
                    (What::CountRelated(model.name, id, name), condition)
                }
            }
        };
        Question { what, filter }
    }

    fn id(&mut self, model: &Model) -> Json {
        self.dice.one_of(self.world.rows(model.name))[model.id].clone()
    }

    fn condition_of(&mut self, model: &Model) -> Json {
        self.where_of(model, Place::top(false, false))
    }

    fn where_of(&mut self, model: &Model, place: Place) -> Json {
        self.near = false;
        self.condition(model, place)
    }

    // ---- filters ------------------------------------------------------------------------------------------------

    /// `fields` and `include`.
    fn instance_filter(&mut self, model: &Model) -> Json {
        let mut filter = Map::new();
        if self.dice.chance(40) {
            filter.insert("fields".into(), self.fields(model, false));
        }
        if self.dice.chance(60) {
            filter.insert("include".into(), self.include(model, 2));
        }
        Json::Object(filter)
    }

    fn filter(&mut self, model: &Model, depth: usize, stored: bool) -> Json {
        self.filter_at(model, depth, Place::top(false, stored), true)
    }

    fn filter_at(&mut self, model: &Model, depth: usize, place: Place, paged: bool) -> Json {
        let mut filter = Map::new();
        if self.dice.chance(75) {
            filter.insert("where".into(), self.where_of(model, place));
        }
        if self.dice.chance(50) {
            filter.insert("order".into(), self.order(model, place.included));
        }
        if paged && self.dice.chance(30) {
            let limit = self.dice.below(6) + 1;
            filter.insert("limit".into(), if self.dice.chance(10) { json!(limit.to_string()) } else { json!(limit) });
        }
        if paged && self.dice.chance(25) {
            let name = if self.dice.chance(80) { "skip" } else { "offset" };
            filter.insert(name.into(), json!(self.dice.below(5)));
        }
        if self.dice.chance(25) {
            filter.insert("fields".into(), self.fields(model, place.included));
        }
        if depth > 0 && self.dice.chance(45) {
            filter.insert("include".into(), self.include(model, depth));
        }
        Json::Object(filter)
    }

    fn seen<'m>(&self, model: &'m Model, included: bool) -> Vec<&'m Property> {
        let seen = |property: &&Property| match property.seen {
            Seen::Always => true,
            Seen::Protected => !included,
            Seen::Never => false,
        };
        model.properties.iter().filter(seen).collect()
    }

    fn order(&mut self, model: &Model, included: bool) -> Json {
        let sortable: Vec<&Property> = self
            .seen(model, included)
            .into_iter()
            .filter(|property| !matches!(property.kind, Kind::Any | Kind::Point | Kind::Stored))
            .collect();
        let mut terms: Vec<String> = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let property = self.dice.one_of(&sortable);
            let direction = self.dice.one_of(&["", " ASC", " DESC", " DESC", " desc"]);
            terms.push(format!("{}{direction}", property.name));
        }
        match self.dice.below(3) {
            0 => json!(terms.join(", ")),
            _ if terms.len() == 1 => json!(terms[0]),
            _ => json!(terms),
        }
    }

    fn fields(&mut self, model: &Model, included: bool) -> Json {
        let names: Vec<&str> = self.seen(model, included).iter().map(|property| property.name).collect();
        let mut some = self.dice.some_of(&names, 4);
        if some.is_empty() {
            some.push(names[0]);
        }
        match self.dice.below(4) {
            0 => some.iter().map(|name| ((*name).to_owned(), json!(false))).collect(),
            1 => some.iter().map(|name| ((*name).to_owned(), json!(true))).collect(),
            2 if some.len() == 1 => json!(some[0]),
            _ => json!(some),
        }
    }

    fn include(&mut self, model: &Model, depth: usize) -> Json {
        let relations: Vec<&Relation> = model.relations.iter().collect();
        let chosen = self.dice.some_of(&relations, 3);
        let list: Vec<Json> = chosen.into_iter().map(|relation| self.include_one(relation, depth)).collect();
        match <[Json; 1]>::try_from(list) {
            Ok([one]) if self.dice.chance(50) => one,
            Ok(one) => json!(one),
            Err(list) => json!(list),
        }
    }

    fn include_one(&mut self, relation: &Relation, depth: usize) -> Json {
        if relation.way.is_to_any() {
            return if self.dice.chance(50) { json!(relation.name) } else { json!({ "relation": relation.name }) };
        }
        let target = self.world.model(relation.target);
        if self.dice.chance(20) {
            return json!(relation.name);
        }
        if self.dice.chance(10) && depth > 1 && !target.relations.is_empty() {
            return json!({ relation.name: self.include(target, depth - 2) });
        }
        let place = Place::top(true, relation.way.is_embedded());
        let scope = self.filter_at(target, depth.saturating_sub(1), place, !relation.way.is_to_one());
        json!({ "relation": relation.name, "scope": scope })
    }

    // ---- conditions -----------------------------------------------------------------------------------------------

    fn condition(&mut self, model: &Model, place: Place) -> Json {
        let mut condition = Map::new();
        for _ in 0..=self.dice.below(100) / 75 {
            let (name, with) = self.term(model, place);
            condition.insert(name, with);
        }
        Json::Object(condition)
    }

    /// A name and what it has to be like.
    fn term(&mut self, model: &Model, place: Place) -> (String, Json) {
        let deeper = Place { depth: place.depth.saturating_sub(1), ..place };
        match self.dice.below(100) {
            0..30 if place.depth > 0 => {
                let word = *self.dice.one_of(&["and", "or", "or", "nor"]);
                let inner = Place { outer: place.outer && word == "and", ..deeper };
                let list: Vec<Json> = (0..=self.dice.below(3)).map(|_| self.condition(model, inner)).collect();
                (word.to_owned(), json!(list))
            }
            30..50 if place.depth > 0 && !place.stored && !model.relations.is_empty() => {
                let relations: Vec<&Relation> = model.relations.iter().collect();
                let relation = *self.dice.one_of(&relations);
                self.over(relation, Place { included: true, outer: true, ..deeper })
            }
            _ => {
                let seen = self.seen(model, place.included);
                let property = *self.dice.one_of(&seen);
                self.compared(model, property, place)
            }
        }
    }

    /// A condition on related rows, or on whether there are any.
    fn over(&mut self, relation: &Relation, place: Place) -> (String, Json) {
        let way = relation.way;
        let opaque = way.is_to_any() || way.is_embedded() && !way.is_to_one();
        if opaque || self.dice.chance(20) {
            let nothing = [json!(null), json!({ "eq": null }), json!({ "neq": null }), json!({ "neq": null })];
            return (relation.name.to_owned(), self.dice.one_of(&nothing).clone());
        }
        let target = self.world.model(relation.target);
        let place = Place { stored: way.is_embedded(), ..place };
        let outside = std::mem::replace(&mut self.near, true);
        let (name, with) = self.term(target, place);
        self.near = outside;
        if self.dice.chance(40) && !["and", "or", "nor"].contains(&name.as_str()) {
            return (format!("{}.{name}", relation.name), with);
        }
        // An object of nothing but operators would be a comparison with the relation itself: the names are none.
        (relation.name.to_owned(), json!({ name: with }))
    }

    fn compared(&mut self, model: &Model, property: &Property, place: Place) -> (String, Json) {
        let name = property.name.to_owned();
        match property.kind {
            Kind::Stored => (name, self.nothing()),
            Kind::Point if self.dice.chance(25) => (name, self.nothing()),
            Kind::Point => match self.near(place) {
                Some(near) => (name, near),
                None => (name, self.nothing()),
            },
            Kind::Any if self.dice.chance(15) => (name, self.nothing()),
            Kind::Any => {
                let path = self.dice.one_of(&["a", "a", "a", "b.c", "b.c", "a b", "a.c", "b", "0", "a.0", "none"]);
                let kind = *self.dice.one_of(&[Kind::Text, Kind::Number, Kind::Flag]);
                (format!("{name}.{path}"), self.operators(model, property, kind))
            }
            kind => (name, self.operators(model, property, kind)),
        }
    }

    fn nothing(&mut self) -> Json {
        let ways = [
            json!(null),
            json!({ "eq": null }),
            json!({ "neq": null }),
            json!({ "inq": [null] }),
            json!({ "nin": [null] }),
        ];
        self.dice.one_of(&ways).clone()
    }

    fn near(&mut self, place: Place) -> Option<Json> {
        if place.stored {
            return None;
        }
        let from =
            *self.dice.one_of(&[(59.9, 10.7), (60.3, 5.3), (-33.0, 151.0), (0.0, 179.9), (90.0, 0.0), (12.3, -45.6)]);
        let from = if self.dice.chance(50) {
            json!({ "lat": from.0, "lng": from.1 })
        } else {
            json!(format!("{},{}", from.0, from.1))
        };
        let orders = place.outer && !std::mem::replace(&mut self.near, true);
        let mut near = json!({ "near": from });
        if !orders || self.dice.chance(60) {
            // No row is as far as that to the last digit.
            let distance =
                *self.dice.one_of(&[17.0, 211.0, 800.0, 5_000.0, 9_000.0]) * (1.0 + self.dice.fraction() / 10.0);
            let (name, unit) = (self.dice.one_of(&["maxDistance", "maxDistance", "minDistance"]), self.dice.below(4));
            near[*name] = json!(distance);
            if unit > 0 {
                near["unit"] = json!(["", "kilometers", "miles", "degrees"][unit]);
            }
        }
        Some(near)
    }

    /// One operator, or two, or the value alone.
    fn operators(&mut self, model: &Model, property: &Property, kind: Kind) -> Json {
        if self.dice.chance(20) {
            return if self.dice.chance(20) { Json::Null } else { self.value(model, property, kind) };
        }
        let text = matches!(kind, Kind::Text | Kind::Word(_));
        let mut names = vec!["eq", "neq", "neq", "inq", "inq", "nin", "nin"];
        if property.kind == Kind::Any || kind != Kind::Flag {
            names.extend(["gt", "gte", "lt", "lte", "between"]);
        }
        if text {
            names.extend(["like", "like", "nlike", "ilike", "ilike", "nilike", "regexp", "regexp"]);
        }
        let mut operators = Map::new();
        for _ in 0..=self.dice.below(100) / 80 {
            let name = *self.dice.one_of(&names);
            let value = match name {
                "eq" | "neq" if self.dice.chance(15) => Json::Null,
                "inq" | "nin" => {
                    let length = self.dice.below(4);
                    let mut item = || {
                        let null = self.dice.chance(15);
                        if null { Json::Null } else { self.item(model, property, kind) }
                    };
                    (0..length).map(|_| item()).collect()
                }
                "between" => json!([self.item(model, property, kind), self.item(model, property, kind)]),
                "like" | "nlike" | "ilike" | "nilike" => json!(self.pattern(model, property, kind)),
                "regexp" => json!(self.regexp()),
                _ => self.value(model, property, kind),
            };
            operators.insert(name.to_owned(), value);
        }
        Json::Object(operators)
    }

    /// A value of a list; inside JSON they may be of different types.
    fn item(&mut self, model: &Model, property: &Property, kind: Kind) -> Json {
        let kind = match property.kind {
            Kind::Any => *self.dice.one_of(&[kind, kind, kind, Kind::Text, Kind::Number, Kind::Flag]),
            _ => kind,
        };
        self.value(model, property, kind)
    }

    /// A value that some row has, or could have.
    fn value(&mut self, model: &Model, property: &Property, kind: Kind) -> Json {
        let rows = self.world.rows(model.name);
        if property.kind == kind && !rows.is_empty() && self.dice.chance(60) {
            let found = self.dice.one_of(rows).get(property.name).cloned().unwrap_or_default();
            if !found.is_null() {
                return self.written(kind, found);
            }
        }
        let made = match kind {
            Kind::Word(words) => json!(self.dice.one_of(words)),
            Kind::Text => json!(self.dice.one_of(&TEXTS)),
            Kind::Whole => json!(self.dice.below(9)),
            Kind::Number => number(*self.dice.one_of(&[0.0, 0.1, 1.0, 2.5, 3.0, 4.5, -0.5, 7.25])),
            Kind::Decimal => json!(self.dice.one_of(&["9", "10", "1.5", "1.50", "99999999.0000000002", "-3"])),
            Kind::Flag => json!(self.dice.chance(50)),
            Kind::Moment => {
                json!(self.dice.one_of(&["2000-01-01T00:00:00.000Z", "2024-06-15", "2024-06-15T12:00:00.005Z"]))
            }
            Kind::Day => json!(self.dice.one_of(&["1899-01-01", "1999-12-31", "2000-03-01"])),
            Kind::Uuid => json!("80000000-0000-4000-8000-000000000000"),
            Kind::Any | Kind::Point | Kind::Stored => json!("a"),
        };
        self.written(kind, made)
    }

    /// The value, or another way to write it.
    fn written(&mut self, kind: Kind, value: Json) -> Json {
        match (kind, &value) {
            (Kind::Whole, Json::Number(n)) if self.dice.chance(5) => json!(n.to_string()),
            _ => value,
        }
    }

    fn pattern(&mut self, model: &Model, property: &Property, kind: Kind) -> String {
        let text = self.value(model, property, kind);
        let mut pattern = String::new();
        for c in text.as_str().unwrap_or("a").chars() {
            match (self.dice.below(10), c) {
                (0 | 1, _) => pattern.push('_'),
                (2, _) => pattern.push('%'),
                (3..8, '%' | '_' | '\\') => pattern.extend(['\\', c]),
                (3, _) => pattern.extend(c.to_lowercase()),
                (4, _) => pattern.extend(c.to_uppercase()),
                _ => pattern.push(c),
            }
        }
        if self.dice.chance(25) {
            pattern.insert(0, '%');
        }
        if self.dice.chance(40) {
            pattern.push('%');
        }
        // A single backslash at the end is refused.
        if pattern.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1 {
            pattern.push('\\');
        }
        pattern
    }

    fn regexp(&mut self) -> &'static str {
        let pattern: &&str = self.dice.one_of(&[
            "^a", "b$", "^$", "^.$", "a.b", "/a.b/s", "/^A/i", "/É/i", "/s/i", "[0-9]+", "[^a-z]", "a|b", "\\\\", "%",
            "_", "^\\s*$", "(a|b){2}", "ss?", "'", "\"", "😀", "^[A-Z]", "o|é$", "\\d\\d", "^.b",
        ]);
        pattern
    }
}

impl Place {
    fn top(included: bool, stored: bool) -> Self {
        Self { depth: 3, included, outer: true, stored }
    }
}
