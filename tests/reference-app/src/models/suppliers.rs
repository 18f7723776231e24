//! Suppliers: what other models embed or refer to in a list.

use super::shop::Category;
use loopback::prelude::*;

#[model(transient)]
pub struct Address {
    pub street: String,
    pub city: Option<String>,
    pub zip: Option<String>,
}

#[model(transient)]
pub struct Contact {
    #[property(id, default = guid)]
    pub id: String,
    #[property(default = "mail")]
    pub kind: Option<String>,
    pub value: String,
}

#[model]
pub struct Supplier {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(name = "addressData", column = "address_data")]
    pub address: EmbedsOne<Address>,
    #[property(name = "contactList", column = "contact_list")]
    pub contacts: EmbedsMany<Contact>,
    pub categories: ReferencesMany<Category>,
}
