//! What a model with relations can derive: `Serialize`, and `PartialEq` by what is stored and loaded.

use super::{BelongsTo, BelongsToAny, EmbedsMany, EmbedsOne, HasAndBelongsToMany, HasMany, HasOne, ReferencesMany};
use crate::typed::Model;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// The row when it was included, else the key.
impl<T: Model + Serialize, K: Serialize> Serialize for BelongsTo<T, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.loaded() {
            Some(row) => row.serialize(serializer),
            None => self.id().serialize(serializer),
        }
    }
}

/// `{"id": 5, "model": "Product"}`.
impl<K: Serialize> Serialize for BelongsToAny<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("BelongsToAny", 2)?;
        object.serialize_field("id", self.id())?;
        object.serialize_field("model", self.model_name())?;
        object.end()
    }
}

/// The row when it was included, else `null`.
impl<T: Serialize> Serialize for HasOne<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.loaded().serialize(serializer)
    }
}

/// The rows when they were included, else an empty list.
impl<T: Serialize> Serialize for HasMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.loaded().serialize(serializer)
    }
}

/// The rows when they were included, else an empty list.
impl<T: Serialize> Serialize for HasAndBelongsToMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.loaded().serialize(serializer)
    }
}

/// The data, or `null`.
impl<T: Serialize> Serialize for EmbedsOne<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

/// The items.
impl<T: Serialize> Serialize for EmbedsMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items().serialize(serializer)
    }
}

/// The rows when they were included, else the keys.
impl<T: Model + Serialize, K: Serialize> Serialize for ReferencesMany<T, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_loaded() { self.loaded().serialize(serializer) } else { self.ids().serialize(serializer) }
    }
}

/// The same key; what was included does not matter.
impl<T: Model, K: PartialEq> PartialEq for BelongsTo<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

/// The same key of the same model; what was included does not matter.
impl<K: PartialEq> PartialEq for BelongsToAny<K> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id() && self.model_name() == other.model_name()
    }
}

/// The same keys in the same order; what was included does not matter.
impl<T: Model, K: PartialEq> PartialEq for ReferencesMany<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.ids() == other.ids()
    }
}

/// The same included row; one that was not included is equal to none.
impl<T: PartialEq> PartialEq for HasOne<T> {
    fn eq(&self, other: &Self) -> bool {
        self.loaded() == other.loaded()
    }
}

/// The same included rows; what was not included is equal to no rows.
impl<T: PartialEq> PartialEq for HasMany<T> {
    fn eq(&self, other: &Self) -> bool {
        self.loaded() == other.loaded()
    }
}

/// The same included rows; what was not included is equal to no rows.
impl<T: PartialEq> PartialEq for HasAndBelongsToMany<T> {
    fn eq(&self, other: &Self) -> bool {
        self.loaded() == other.loaded()
    }
}

impl<T: PartialEq> PartialEq for EmbedsOne<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: PartialEq> PartialEq for EmbedsMany<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items() == other.items()
    }
}
