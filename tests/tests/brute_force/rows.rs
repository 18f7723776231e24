//! Random rows with what databases like to disagree about: NULL, equal values, text with letters of either case, with
//! the characters of patterns and of SQL, with spaces at the end and characters beyond the first plane.

use super::cells::number;
use super::dice::Dice;
use super::reference::{Row, World};
use super::schema;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Any text of these may stand anywhere.
pub const TEXTS: [&str; 34] = [
    "", " ", "a", "A", "a ", "ab", "aB", "AB", "abc", "b", "B", "ba", "z", "Z", "é", "É", "e\u{301}", "ß", "ss", "ö",
    "100%", "100", "a_b", "a%b", "a\\b", "\\", "%", "it's", "\"q\"", "a\nb", "😀", "😀b", "\u{ffe6}", "ſ",
];
const CODES: [&str; 12] = ["a", "A", "é", "E", "e", "a b", "50%", "it's", "\"q\"", "a\\b", "😀", "\u{ffe6}"];
const NUMBERS: [f64; 13] = [-2.0, -0.5, 0.0, 0.1, 1.0, 2.5, 3.0, 3.0, 4.0, 4.5, 5.0, 100.0, 1e10];
const LARGE: [i64; 6] = [0, 1, 9_007_199_254_740_992, 9_007_199_254_740_993, -9_007_199_254_740_993, i64::MAX];
const DECIMALS: [&str; 9] = ["0", "-1.5", "1.5", "1.05", "9", "10", "10.25", "99999999.0000000001", "99999999"];
const DAYS: [&str; 6] = ["0999-12-31", "1899-01-01", "1970-01-01", "1999-12-31", "2000-02-29", "2024-06-15"];
const MOMENTS: [&str; 6] = [
    "1969-12-31T23:59:59.999Z",
    "1999-12-31T23:59:59.000Z",
    "2000-01-01T00:00:00.000Z",
    "2024-06-15T12:00:00.000Z",
    "2024-06-15T12:00:00.001Z",
    "2024-06-15T12:00:00.010Z",
];

/// How many rows of each model.
const AUTHORS: usize = 24;
const BOOKS: usize = 36;
const REVIEWS: usize = 70;
const PICTURES: usize = 26;

struct Making {
    dice: Dice,
}

impl Making {
    /// Nothing, now and then.
    fn perhaps(&mut self, make: impl FnOnce(&mut Dice) -> Json) -> Json {
        if self.dice.chance(25) { Json::Null } else { make(&mut self.dice) }
    }

    fn text(&mut self) -> Json {
        self.perhaps(|dice| json!(dice.one_of(&TEXTS)))
    }

    /// A text that is there: blank ones are taken for missing.
    fn required(&mut self) -> Json {
        json!(self.dice.one_of(&TEXTS[2..]))
    }

    fn of<T: serde::Serialize>(&mut self, list: &[T]) -> Json {
        self.perhaps(|dice| json!(dice.one_of(list)))
    }

    fn number(&mut self) -> Json {
        self.perhaps(|dice| number(*dice.one_of(&NUMBERS)))
    }

    fn whole(&mut self, end: usize) -> Json {
        self.perhaps(|dice| json!(dice.below(end)))
    }

    fn flag(&mut self) -> Json {
        self.of(&[true, false])
    }

    /// The key of one of the first rows of a table.
    fn key(&mut self, rows: usize) -> Json {
        if rows == 0 { Json::Null } else { self.perhaps(|dice| json!(dice.below(rows) + 1)) }
    }

    fn any(&mut self) -> Json {
        let leaf = |making: &mut Self| match making.dice.below(6) {
            0 => Json::Null,
            1 => making.flag(),
            2 => making.number(),
            3 => json!([1, "a"]),
            4 => json!({ "c": *making.dice.one_of(&TEXTS) }),
            _ => making.text(),
        };
        match self.dice.below(8) {
            0 => Json::Null,
            1 => json!("a"),
            2 => json!([{ "a": 1 }]),
            3 => json!({}),
            _ => json!({ "a": leaf(self), "b": { "c": leaf(self) }, "a b": leaf(self) }),
        }
    }

    /// One of a few places, so that some are equal.
    fn place(&mut self) -> Json {
        let places =
            [(59.913_71, 10.752_33), (60.391_25, 5.322_47), (-33.868_82, 151.209_29), (0.017, -179.989), (89.7, 13.1)];
        let (lat, lng) = *self.dice.one_of(&places);
        let (up, right) = (self.dice.fraction(), self.dice.fraction());
        let near = self.dice.chance(50);
        self.perhaps(|_| {
            if near {
                json!({ "lat": lat + up / 4.0, "lng": lng + right / 100.0 })
            } else {
                json!({ "lat": lat, "lng": lng })
            }
        })
    }

    fn author(&mut self, id: usize) -> Json {
        let address = json!({
            "street": self.text(), "floor": self.whole(5), "rent": self.number(), "owned": self.flag(), "since": self.of(&DAYS),
        });
        json!({
            "id": id, "name": self.text(), "alias": self.required(), "rating": self.number(), "born": self.of(&DAYS),
            "active": self.flag(), "meta": self.any(), "home": self.place(), "secret": self.text(), "remark": self.text(),
            "mentorId": self.key(id - 1), "_address": self.perhaps(|_| without_null(address)),
        })
    }

    fn book(&mut self, id: usize) -> Json {
        let chapters: Vec<Json> = (1..=self.dice.below(6))
            .map(|number| {
                without_null(json!({
                    "number": number, "heading": self.text(), "length": self.number(), "revised": self.of(&MOMENTS),
                    "done": self.flag(), "editorId": self.key(AUTHORS),
                }))
            })
            .collect();
        // A key twice, and keys of no rows, too.
        let related: Vec<usize> = (0..self.dice.below(6)).map(|_| self.dice.below(BOOKS + 4) + 1).collect();
        json!({
            "id": id, "title": self.required(), "isbn": self.text(), "pages": self.whole(6), "price": self.of(&DECIMALS),
            "published": self.of(&MOMENTS), "genre": self.of(&["novel", "poems", "essay"]), "authorId": self.key(AUTHORS),
            "shelfId": self.of(&[&CODES[..], &["none"]].concat()), "relatedIds": self.perhaps(|_| json!(related)),
            "_chapters": self.perhaps(|_| json!(chapters)),
        })
    }

    fn picture(&mut self) -> Json {
        let id: String = (0..32).map(|_| *self.dice.one_of(&b"0123456789abcdef".map(char::from))).collect();
        let id = format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
        let kind = self.dice.one_of(&["Author", "Book", "Book"]);
        let subject =
            if self.dice.chance(20) { (Json::Null, Json::Null) } else { (json!(self.dice.below(12) + 1), json!(kind)) };
        json!({ "id": id, "caption": self.text(), "width": self.whole(4), "subjectId": subject.0, "subjectType": subject.1 })
    }
}

/// All rows of a seed.
pub fn world(seed: u64) -> World {
    let mut making = Making { dice: Dice::new(seed) };
    let mut tables = BTreeMap::new();
    tables.insert("Author", rows((1..=AUTHORS).map(|id| making.author(id))));
    // One profile at most for each author.
    let owners = making.dice.some_of(&(1..=AUTHORS).collect::<Vec<_>>(), AUTHORS);
    let owners: Vec<Json> = owners.into_iter().map(|id| json!(id)).chain([Json::Null, Json::Null]).collect();
    let profiles = owners.into_iter().enumerate().map(
        |(at, author)| json!({ "id": at + 1, "bio": making.text(), "visits": making.of(&LARGE), "authorId": author }),
    );
    tables.insert("Profile", rows(profiles));
    tables.insert("Book", rows((1..=BOOKS).map(|id| making.book(id))));
    let reviews = (1..=REVIEWS).map(|id| {
        let (author, book) = (making.key(8), making.key(12));
        json!({ "id": id, "stars": making.whole(6), "body": making.text(), "authorId": author, "bookId": book })
    });
    tables.insert("Review", rows(reviews));
    let tags = CODES.iter().take(8);
    tables.insert("Tag", by_id("code", rows(tags.map(|code| json!({ "code": code, "label": making.text() })))));
    let shelves = CODES.iter().map(|code| json!({ "code": code, "room": making.text(), "closed": making.flag() }));
    tables.insert("Shelf", by_id("code", rows(shelves)));
    tables.insert("Picture", by_id("id", rows((0..PICTURES).map(|_| making.picture()))));
    let mut links: Vec<(usize, String)> = Vec::new();
    for _ in 0..60 {
        let tag = making.dice.one_of(&tables["Tag"])["code"].as_str().unwrap_or_default().to_owned();
        let link = (making.dice.below(14) + 1, tag);
        if !links.contains(&link) {
            links.push(link);
        }
    }
    tables.insert("BookTag", rows(links.into_iter().map(|(book, tag)| json!({ "book": book, "tag": tag }))));
    World { models: schema::models(), tables }
}

fn rows(list: impl Iterator<Item = Json>) -> Vec<Row> {
    list.map(|json| json.as_object().cloned().unwrap_or_default()).collect()
}

fn by_id(id: &str, mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| a[id].as_str().cmp(&b[id].as_str()));
    rows
}

/// What is stored in a row keeps what has a value.
fn without_null(json: Json) -> Json {
    match json {
        Json::Object(map) => Json::Object(map.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => other,
    }
}
