//! Tables as models that are still to be written: what `rust` and `json` write down, each in its language. Pure.

use super::names::{FieldNames, ModelNames};
use crate::connector::sql::schema::discover::{Found, FoundColumn, FoundDefault, FoundTable};
use crate::graph::{FREE_COLUMN, Kind};
use crate::meta::OnDelete;

/// A model for a table.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) table: String,
    pub(super) name: String,
    /// The plural, where the usual one is taken.
    pub(super) plural: Option<String>,
    pub(super) doc: String,
    /// What is to be known of it, a line each.
    pub(super) notes: Vec<String>,
    /// Whether it keeps properties that it does not have.
    pub(super) free: bool,
    /// Whether clients may give ids, which are made else.
    pub(super) gives_ids: bool,
    pub(super) fields: Vec<Field>,
    /// What leads back from other models.
    pub(super) backs: Vec<Back>,
    /// Indexes over several columns, by the fields.
    pub(super) indexes: Vec<Index>,
    pub(super) names: FieldNames,
}

/// A property, perhaps the key of a relation.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) column: String,
    /// The place of the column in its table.
    pub(super) at: usize,
    /// The field of the struct, without `r#`; that of the relation when it is a key.
    pub(super) name: String,
    /// The property in JSON.
    pub(super) json: String,
    pub(super) kind: Kind,
    pub(super) length: Option<u32>,
    pub(super) nullable: bool,
    pub(super) id: bool,
    pub(super) generated: bool,
    pub(super) unique: bool,
    pub(super) index: bool,
    pub(super) default: FoundDefault,
    pub(super) doc: String,
    pub(super) notes: Vec<String>,
    pub(super) link: Option<Link>,
}

/// A column that no property is made of, and why.
#[derive(Debug)]
pub(super) struct LeftOut {
    pub(super) column: String,
    pub(super) why: String,
}

/// The relation of a key: a `BelongsTo`.
#[derive(Debug)]
pub(super) struct Link {
    /// The relation in JSON.
    pub(super) json: String,
    /// The model that it leads to.
    pub(super) model: String,
    /// What it refers to when that is not the id.
    pub(super) to: Option<Referred>,
    pub(super) on_delete: OnDelete,
    /// What the database does when the other row goes, in SQL's words, when no relation can say it.
    pub(super) unsaid: Option<String>,
    /// Whether nothing in the table finds rows by it.
    pub(super) slow: bool,
}

/// A property that a key refers to, other than the id.
#[derive(Debug)]
pub(super) struct Referred {
    pub(super) column: String,
    pub(super) field: String,
    pub(super) json: String,
    pub(super) nullable: bool,
}

/// The other end of a relation: `HasMany` or `HasOne`.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) field: String,
    pub(super) json: String,
    pub(super) model: String,
    pub(super) one: bool,
    /// The relation of the other model that leads back, where it has several.
    pub(super) foreign_key: Option<String>,
    /// The property in JSON that leads back.
    pub(super) key: String,
    /// The property of this model that it refers to, in JSON, when that is not the id.
    pub(super) primary_key: Option<String>,
    pub(super) through: Option<Through>,
}

/// The model between two others.
#[derive(Debug)]
pub(super) struct Through {
    pub(super) model: String,
    /// Its property in JSON that leads to the target.
    pub(super) key: String,
}

/// An index over several columns.
#[derive(Debug)]
pub(super) struct Index {
    /// By their places in the fields.
    pub(super) fields: Vec<usize>,
    pub(super) unique: bool,
}

impl Draft {
    /// The model of a table; an error says why there can be none.
    pub(super) fn of(
        found: &Found,
        table: &FoundTable,
        names: &mut ModelNames,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let id = id(found, table)?;
        let name = names.of(&table.name);
        let mut draft = Self {
            table: table.name.clone(),
            name: name.name,
            plural: name.plural,
            doc: table.comment.clone(),
            notes: Vec::new(),
            free: false,
            gives_ids: table.sequenced,
            fields: Vec::new(),
            backs: Vec::new(),
            indexes: Vec::new(),
            names: FieldNames::default(),
        };
        if name.changed {
            draft
                .notes
                .push(format!("Another model, or Rust, has the name that the table `{}` would give", table.name));
        }
        if table.key.is_empty() {
            draft.notes.push(format!("The table has no primary key; `{id}` is unique"));
        } else if !is_key(found, table, &id) {
            draft.notes.push(format!(
                "The primary key has {} columns ({}), and a model has one id; `{id}` is unique",
                table.key.len(),
                table.key.join(", ")
            ));
        }
        let mut left_out = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            if column.name == FREE_COLUMN {
                draft.free = true;
                continue;
            }
            // The framework's own, of an index.
            if column.computed && column.name.starts_with("lb_") {
                continue;
            }
            let before = &table.columns[..at];
            match field(before, column, at, &id) {
                Ok(field) => draft.fields.push(field),
                Err(why) => left_out.push(LeftOut { column: column.name.clone(), why }),
            }
        }
        for LeftOut { column, why } in left_out {
            warnings.push(format!("table `{}`: column `{column}` is left out: {why}", table.name));
            draft.notes.push(format!("The column `{column}` is left out: {why}"));
        }
        draft.indexes(found, table);
        Ok(draft)
    }

    /// Names the fields that are no keys, in their order: a column has more right to its name than a relation.
    pub(super) fn name_fields(&mut self) {
        for field in self.fields.iter_mut().filter(|field| field.link.is_none()) {
            (field.name, field.json) = self.names.of_column(&field.column, field.at);
        }
    }

    pub(super) fn field(&self, found: &Found, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| found.same_column(&field.column, column))
    }

    fn indexes(&mut self, found: &Found, table: &FoundTable) {
        for index in &table.indexes {
            let fields: Option<Vec<usize>> = index.columns.iter().map(|name| self.field(found, name)).collect();
            match fields.as_deref() {
                Some([one]) => {
                    let field = &mut self.fields[*one];
                    field.unique |= index.unique && !field.id;
                    field.index |= !index.unique && !field.id;
                }
                Some([_, _, ..]) => {
                    let fields = fields.unwrap_or_default();
                    self.indexes.push(Index { fields, unique: index.unique });
                }
                _ => {}
            }
        }
    }
}

/// The column that is the id: the primary key, or else one that is unique.
fn id(found: &Found, table: &FoundTable) -> Result<String, String> {
    let usable = |name: &str| {
        let column = table.columns.iter().find(|column| found.same_column(&column.name, name))?;
        let fits = id_kind(column).is_some() && !column.computed;
        fits.then(|| column.name.clone())
    };
    if let [key] = table.key.as_slice()
        && let Some(name) = usable(key)
    {
        return Ok(name);
    }
    let unique = table.indexes.iter().filter(|index| index.unique).filter_map(|index| {
        let [name] = index.columns.as_slice() else { return None };
        let column = table.columns.iter().find(|column| found.same_column(&column.name, name))?;
        Some((column.counted, usable(name).filter(|_| !column.nullable)?))
    });
    // What the database counts is made for it. The last of the greatest is taken, so the first comes last.
    let unique: Vec<(bool, String)> = unique.collect();
    if let Some((_, name)) = unique.into_iter().rev().max_by_key(|(counted, _)| *counted) {
        return Ok(name);
    }
    Err(match table.key.as_slice() {
        [] => "it has neither a primary key nor a column that is unique and never null: a model has one id".to_owned(),
        [key] => {
            let column = table.columns.iter().find(|column| found.same_column(&column.name, key));
            let full_type = column.map(|column| column.full_type.as_str()).unwrap_or_default();
            format!("its primary key `{key}` is `{full_type}`: an id is an integer, a string or a UUID")
        }
        keys => format!(
            "its primary key has {} columns ({}): a model has one id, of one column",
            keys.len(),
            keys.join(", ")
        ),
    })
}

fn is_key(found: &Found, table: &FoundTable, id: &str) -> bool {
    matches!(table.key.as_slice(), [key] if found.same_column(key, id))
}

/// What an id of the column is; `None`: it can be none.
fn id_kind(column: &FoundColumn) -> Option<Kind> {
    match column.kind.as_ref()?.kind.clone() {
        kind @ (Kind::Integer { .. } | Kind::String | Kind::Uuid) => Some(kind),
        // SQLite has one type for both.
        Kind::Bytes if column.holds(&Kind::Uuid) && column.full_type.eq_ignore_ascii_case("blob") => Some(Kind::Uuid),
        _ => None,
    }
}

/// The property of a column, or why there is none.
fn field(before: &[FoundColumn], column: &FoundColumn, at: usize, id: &str) -> Result<Field, String> {
    let folded = column.name.to_lowercase();
    let same = |other: &str| other.to_lowercase() == folded;
    let (id, of_id) = (column.name == id, same(id));
    let shown = if column.full_type.is_empty() { "no type" } else { &*column.full_type };
    if column.computed {
        return Err(format!("column type: {shown}; the database computes it from other columns"));
    }
    if column.always && !id {
        return Err(format!("column type: {shown}; the database alone gives its values"));
    }
    if !id && (of_id || before.iter().any(|other| same(&other.name))) {
        return Err("another column has the same name but for upper and lower case".to_owned());
    }
    let Some(mut kind) = column.kind.clone() else {
        let mut why = format!("column type: {shown}, which the framework does not read");
        if shown.ends_with("without time zone") && shown.starts_with("timestamp") {
            why.push_str(": it is another moment in each time zone, `timestamptz` is not");
        }
        if !column.nullable && !column.has_default {
            why.push_str("; it may not be NULL and has no default, so that no row can be added");
        }
        return Err(why);
    };
    let mut notes = Vec::new();
    if id && let Some(of_id) = id_kind(column) {
        if of_id != kind.kind {
            notes.push(format!("column type: {shown}; an id of it is a UUID"));
        }
        kind.kind = of_id;
    }
    match kind.note {
        None => {}
        Some("") => notes.push(format!("column type: {shown}")),
        Some(note) => notes.push(format!("column type: {shown}; {note}")),
    }
    if column.counted && !id {
        notes.push("the database counts it, for who gives none; clients have to give it here".to_owned());
    }
    if let FoundDefault::Other(expression) = &column.default {
        notes.push(format!("default of the column: {expression}"));
    }
    let mut default = column.default.clone();
    // What makes the numbers is no default.
    let whole = matches!(kind.kind, Kind::Integer { .. });
    let mut generated = id && whole && (column.counted || matches!(column.default, FoundDefault::Other(_)));
    if id {
        match (&kind.kind, &default) {
            (Kind::String | Kind::Uuid, FoundDefault::Uuid) => generated = true,
            // Whoever gives none gets one.
            (Kind::Uuid, FoundDefault::None | FoundDefault::Other(_)) => default = FoundDefault::Uuid,
            _ => {}
        }
        if generated {
            default = FoundDefault::None;
        }
    }
    Ok(Field {
        column: column.name.clone(),
        at,
        name: String::new(),
        json: String::new(),
        kind: kind.kind,
        length: kind.length,
        nullable: column.nullable && !id,
        id,
        generated,
        unique: false,
        index: false,
        default,
        doc: column.comment.clone(),
        notes,
        link: None,
    })
}
