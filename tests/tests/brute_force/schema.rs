//! What the reference knows of the models: written down by hand, not taken from the engine's graph.

use serde_json::{Value as Json, json};

/// How values of a property compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Word(&'static [&'static str]),
    Whole,
    Number,
    Decimal,
    Flag,
    Moment,
    Day,
    Uuid,
    Any,
    Point,
    /// A list of keys, or embedded data: only compared with null.
    Stored,
}

/// Who sees a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Always,
    /// Not where another model's answer has it.
    Protected,
    Never,
}

#[derive(Debug)]
pub struct Property {
    pub name: &'static str,
    pub kind: Kind,
    pub seen: Seen,
}

/// Where the related rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    BelongsTo { from: &'static str },
    BelongsToAny { from: &'static str, kind: &'static str },
    HasOne { to: &'static str },
    HasMany { to: &'static str },
    HasAny { to: &'static str, kind: &'static str },
    Through { between: &'static str, from: &'static str, to: &'static str },
    References { from: &'static str },
    EmbedsOne { from: &'static str },
    EmbedsMany { from: &'static str },
}

impl Way {
    pub fn is_to_one(self) -> bool {
        matches!(
            self,
            Self::BelongsTo { .. } | Self::BelongsToAny { .. } | Self::HasOne { .. } | Self::EmbedsOne { .. }
        )
    }

    pub fn is_embedded(self) -> bool {
        matches!(self, Self::EmbedsOne { .. } | Self::EmbedsMany { .. })
    }

    pub fn is_to_any(self) -> bool {
        matches!(self, Self::BelongsToAny { .. })
    }
}

#[derive(Debug)]
pub struct Relation {
    pub name: &'static str,
    pub target: &'static str,
    pub way: Way,
    pub scope: Option<Json>,
}

#[derive(Debug)]
pub struct Model {
    pub name: &'static str,
    /// Below `/api`; none of what is embedded.
    pub path: Option<&'static str>,
    pub id: &'static str,
    pub properties: Vec<Property>,
    pub relations: Vec<Relation>,
    pub default_scope: Option<Json>,
    pub default_limit: Option<usize>,
}

impl Model {
    fn new(name: &'static str, path: Option<&'static str>, properties: &[(&'static str, Kind)]) -> Self {
        let properties = properties
            .iter()
            .map(|(name, kind)| Property { name, kind: *kind, seen: Seen::Always })
            .collect::<Vec<_>>();
        let id = properties[0].name;
        Self { name, path, id, properties, relations: Vec::new(), default_scope: None, default_limit: None }
    }

    fn with(mut self, name: &'static str, target: &'static str, way: Way) -> Self {
        self.relations.push(Relation { name, target, way, scope: None });
        self
    }

    fn seen(mut self, name: &str, seen: Seen) -> Self {
        for property in self.properties.iter_mut().filter(|property| property.name == name) {
            property.seen = seen;
        }
        self
    }

    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}

/// The model of that name.
///
/// # Panics
/// There is none.
pub fn model<'m>(models: &'m [Model], name: &str) -> &'m Model {
    models.iter().find(|model| model.name == name).unwrap_or_else(|| panic!("no model {name}"))
}

/// The models of [`super::models`].
pub fn models() -> Vec<Model> {
    use Kind::*;
    let mut author = Model::new(
        "Author",
        Some("Authors"),
        &[
            ("id", Whole),
            ("name", Text),
            ("alias", Text),
            ("rating", Number),
            ("born", Day),
            ("active", Flag),
            ("meta", Any),
            ("home", Point),
            ("secret", Text),
            ("remark", Text),
            ("mentorId", Whole),
            ("_address", Stored),
        ],
    )
    .seen("secret", Seen::Never)
    .seen("remark", Seen::Protected)
    .with("mentor", "Author", Way::BelongsTo { from: "mentorId" })
    .with("pupils", "Author", Way::HasMany { to: "mentorId" })
    .with("books", "Book", Way::HasMany { to: "authorId" })
    .with("profile", "Profile", Way::HasOne { to: "authorId" })
    .with("reviews", "Review", Way::HasMany { to: "authorId" })
    .with("praise", "Review", Way::HasMany { to: "authorId" })
    .with("reviewed", "Book", Way::Through { between: "Review", from: "authorId", to: "bookId" })
    .with("pictures", "Picture", Way::HasAny { to: "subjectId", kind: "subjectType" })
    .with("address", "Address", Way::EmbedsOne { from: "_address" });
    for relation in author.relations.iter_mut().filter(|relation| relation.name == "praise") {
        relation.scope = Some(json!({ "where": { "stars": { "gte": 3 } }, "order": "stars DESC" }));
    }
    let address = Model::new(
        "Address",
        None,
        &[("street", Text), ("floor", Whole), ("rent", Number), ("owned", Flag), ("since", Day)],
    );
    let profile = Model::new(
        "Profile",
        Some("Profiles"),
        &[("id", Whole), ("bio", Text), ("visits", Whole), ("authorId", Whole)],
    )
    .with("author", "Author", Way::BelongsTo { from: "authorId" });
    let book = Model::new(
        "Book",
        Some("Books"),
        &[
            ("id", Whole),
            ("title", Text),
            ("isbn", Text),
            ("pages", Whole),
            ("price", Decimal),
            ("published", Moment),
            ("genre", Word(&["novel", "poems", "essay"])),
            ("authorId", Whole),
            ("shelfId", Text),
            ("relatedIds", Stored),
            ("_chapters", Stored),
        ],
    )
    .with("author", "Author", Way::BelongsTo { from: "authorId" })
    .with("shelf", "Shelf", Way::BelongsTo { from: "shelfId" })
    .with("reviews", "Review", Way::HasMany { to: "bookId" })
    .with("reviewers", "Author", Way::Through { between: "Review", from: "bookId", to: "authorId" })
    .with("tags", "Tag", Way::Through { between: "BookTag", from: "book", to: "tag" })
    .with("related", "Book", Way::References { from: "relatedIds" })
    .with("chapters", "Chapter", Way::EmbedsMany { from: "_chapters" })
    .with("pictures", "Picture", Way::HasAny { to: "subjectId", kind: "subjectType" });
    let chapter = Model::new(
        "Chapter",
        None,
        &[
            ("number", Whole),
            ("heading", Text),
            ("length", Number),
            ("revised", Moment),
            ("done", Flag),
            ("editorId", Whole),
        ],
    )
    .with("editor", "Author", Way::BelongsTo { from: "editorId" });
    let mut review = Model::new(
        "Review",
        Some("Reviews"),
        &[("id", Whole), ("stars", Whole), ("body", Text), ("authorId", Whole), ("bookId", Whole)],
    )
    .with("author", "Author", Way::BelongsTo { from: "authorId" })
    .with("book", "Book", Way::BelongsTo { from: "bookId" });
    review.default_limit = Some(30);
    let tag = Model::new("Tag", Some("Tags"), &[("code", Text), ("label", Text)]).with(
        "books",
        "Book",
        Way::Through { between: "BookTag", from: "tag", to: "book" },
    );
    let mut shelf = Model::new("Shelf", Some("Shelves"), &[("code", Text), ("room", Text), ("closed", Flag)]).with(
        "books",
        "Book",
        Way::HasMany { to: "shelfId" },
    );
    shelf.default_scope = Some(json!({ "where": { "closed": { "neq": true } }, "order": "room DESC" }));
    let picture = Model::new(
        "Picture",
        Some("Pictures"),
        &[("id", Uuid), ("caption", Text), ("width", Whole), ("subjectId", Whole), ("subjectType", Text)],
    )
    .with("subject", "", Way::BelongsToAny { from: "subjectId", kind: "subjectType" });
    vec![author, address, profile, book, chapter, review, tag, shelf, picture]
}
