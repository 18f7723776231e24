//! What a model with a base takes over from it.

use super::{KindDef, ModelDef, ModelRef, PropertyDef, RelationDef, RelationKindDef};

/// The base of a model, as an expansion asks it: how many properties and relations come before the model's own, and
/// what their names are. Its methods run while the application is compiled, and a panic is an error of the compiler.
#[derive(Clone, Copy, Debug)]
pub struct BaseDef(&'static ModelDef);

impl BaseDef {
    /// The base with a definition.
    pub const fn new(def: &'static ModelDef) -> Self {
        Self(def)
    }

    /// The index of the model's own property that is the `own`-th.
    pub const fn property(self, own: u16) -> u16 {
        // A model has far fewer than 65536 columns: no database has more than some thousands.
        self.0.properties.len() as u16 + own
    }

    /// The index of the model's own relation that is the `own`-th.
    pub const fn relation(self, own: u16) -> u16 {
        self.0.relations.len() as u16 + own
    }

    /// Which of the model's own properties has an index; `None`: the base's property with that index.
    pub const fn own(self, at: usize) -> Option<usize> {
        at.checked_sub(self.0.properties.len())
    }

    /// The number of properties, with some of the model's own.
    pub const fn width(self, own: &[PropertyDef]) -> usize {
        self.0.properties.len() + own.len()
    }

    /// The number of relations, with some of the model's own.
    pub const fn relation_count(self, own: &[RelationDef]) -> usize {
        self.0.relations.len() + own.len()
    }

    /// The base's properties and the model's own.
    pub const fn properties<const N: usize>(self, own: &[PropertyDef]) -> [PropertyDef; N] {
        let mut all = [PropertyDef::of::<bool>("", "", ""); N];
        let (own_after, mut at) = (self.0.properties.len(), 0);
        while at < N {
            all[at] = if at < own_after { self.0.properties[at] } else { own[at - own_after] };
            at += 1;
        }
        all
    }

    /// The base's relations and the model's own.
    pub const fn relations<const N: usize>(self, own: &[RelationDef]) -> [RelationDef; N] {
        let mut all = [RelationDef::without_type(RelationKindDef::BelongsTo, None, "", ""); N];
        let (own_after, mut at) = (self.0.relations.len(), 0);
        while at < N {
            all[at] = if at < own_after { self.0.relations[at] } else { own[at - own_after] };
            at += 1;
        }
        all
    }

    /// The JSON name of what a field of the base stores.
    ///
    /// # Panics
    /// With `unknown` when no field has the name; when the field stores two properties.
    pub const fn field(self, field: &str, unknown: &str) -> &'static str {
        let mut found = None;
        let mut at = 0;
        while at < self.0.properties.len() {
            let property = &self.0.properties[at];
            if same(property.field, field) {
                assert!(found.is_none(), "a `BelongsToAny` of the base stores two properties: it cannot be named here");
                found = Some(property.name);
            }
            at += 1;
        }
        match found {
            Some(name) => name,
            None => panic!("{}", unknown),
        }
    }

    /// The JSON name of the base's property that a condition names by its JSON name, or else by its field.
    ///
    /// # Panics
    /// With `unknown` when there is none; when it is not a boolean.
    pub const fn condition(self, name: &str, unknown: &str) -> &'static str {
        let mut found = None;
        let mut at = 0;
        while at < self.0.properties.len() {
            let property = &self.0.properties[at];
            if same(property.name, name) || found.is_none() && same(property.field, name) {
                found = Some(property);
            }
            at += 1;
        }
        match found {
            Some(property) => {
                assert!(
                    matches!(property.kind, KindDef::Boolean),
                    "`if` and `unless` take a property of the type `bool` or `Option<bool>`; this one of the base is another"
                );
                property.name
            }
            None => panic!("{}", unknown),
        }
    }

    /// Refuses an id of the model's own beside the base's.
    ///
    /// # Panics
    /// With `second` when the base has an id.
    pub const fn no_id(self, second: &str) {
        if self.has_id() {
            panic!("{}", second);
        }
    }

    /// Asks for the id of a model without one of its own.
    ///
    /// # Panics
    /// With `missing` when the base has no id.
    pub const fn id(self, missing: &str) {
        if !self.has_id() {
            panic!("{}", missing);
        }
    }

    /// Refuses a base with a table for a model without one.
    ///
    /// # Panics
    /// With `message` when the base has a table.
    pub const fn transient(self, message: &str) {
        if !self.0.settings.transient {
            panic!("{}", message);
        }
    }

    const fn has_id(self) -> bool {
        let mut at = 0;
        while at < self.0.properties.len() {
            if self.0.properties[at].id {
                return true;
            }
            at += 1;
        }
        false
    }
}

/// `==` is not for constants yet.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

impl ModelDef {
    /// The models that this one extends, the nearest first.
    pub(crate) fn bases(&self) -> impl Iterator<Item = &'static ModelDef> + use<> {
        std::iter::successors(self.base.and_then(ModelRef::def), |def| def.base.and_then(ModelRef::def))
    }

    /// Whether the struct, or that of a base, has a field of the name.
    pub(crate) fn has_field(&self, field: &str) -> bool {
        self.properties.iter().any(|property| property.field == field)
            || self.relations.iter().any(|relation| relation.field == field)
    }

    /// The model whose struct has the field of the property with an index: this one, or one of its bases.
    pub(crate) fn owner_of_property(&'static self, at: usize) -> &'static Self {
        self.bases().take_while(|base| at < base.properties.len()).last().unwrap_or(self)
    }

    /// The model whose struct has the field of the relation with an index: this one, or one of its bases.
    pub(crate) fn owner_of_relation(&'static self, at: usize) -> &'static Self {
        self.bases().take_while(|base| at < base.relations.len()).last().unwrap_or(self)
    }
}
