//! The shop: categories, products and what hangs on them.

use super::customers::{Customer, OrderItem};
use loopback::prelude::*;

#[model(scopes(active, first_two))]
pub struct Category {
    pub name: String,
    #[property(uniqueness)]
    pub slug: Option<String>,
    #[property(default = 0.0)]
    pub position: Option<f64>,
    #[property(default = true)]
    pub active: Option<bool>,
    pub meta: Option<serde_json::Value>,
    // Where LoopBack puts an id that a model does not define itself; XML shows the order.
    #[property(id, generated)]
    pub id: i64,
    #[relation(nest)]
    pub products: HasMany<Product>,
}

fn active() -> Filter<Category> {
    Category::props().active.eq(true).into()
}

fn first_two() -> Filter<Category> {
    Filter::from(Category::props().position.asc()).limit(2)
}

#[model(scopes(live, cheap))]
pub struct Product {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 2, max = 40))]
    pub name: String,
    #[property(format("^[A-Z]{3}-[0-9]{3}$", allow_null, allow_blank), uniqueness)]
    pub sku: Option<String>,
    #[property(validate = negative)]
    pub price: Option<f64>,
    #[property(default = 0.0)]
    pub stock: Option<f64>,
    #[property(default = "draft", inclusion("draft", "live", "retired"))]
    pub status: Option<String>,
    pub rating: Option<f64>,
    #[property(default = true)]
    pub available: Option<bool>,
    pub released_at: Option<DateTime<Utc>>,
    pub labels: Option<Vec<String>>,
    pub specs: Option<serde_json::Value>,
    pub dims: Option<Dims>,
    pub location: Option<GeoPoint>,
    #[property(hidden)]
    pub cost_price: Option<f64>,
    #[property(protected)]
    pub supplier_note: Option<String>,
    pub category: Option<BelongsTo<Category>>,
    pub reviews: HasMany<Review>,
    #[relation(through = "TagProduct")]
    pub tags: HasAndBelongsToMany<Tag>,
    #[relation(polymorphic = imageable)]
    pub pictures: HasMany<Picture>,
    pub order_items: HasMany<OrderItem>,
}

#[model]
impl Product {
    /// The best products, best first.
    #[remote_method(get, "/top")]
    async fn top(ctx: &Ctx, n: Option<u32>) -> Result<Vec<Self>> {
        let product = Self::props();
        let mut best: Filter<Self> = product.rating.gt(0.0).order(product.rating.desc());
        if let Some(n) = n {
            best = best.limit(n.into());
        }
        Self::find(ctx, best).await
    }

    /// Lowers the price, by so many percent.
    #[remote_method(post, "/{id}/discount", returns = "price")]
    async fn discount(&self, ctx: &Ctx, percent: f64) -> Result<Option<f64>> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(Error::new(422, "percent out of range").with_code("BAD_PERCENT"));
        }
        let price = self.price.map(|price| price * (100.0 - percent) / 100.0);
        Ok(self.update_attributes(ctx, set!(Self { price: price })).await?.price)
    }

    #[remote_method(get, "/{id}/summary", returns = "summary")]
    async fn summary(&self) -> Result<String> {
        Ok(format!("{} ({})", self.name, self.status.as_deref().unwrap_or_default()))
    }

    #[remote_hook(before, "prototype.*")]
    async fn name_the_instance(call: &mut RemoteCall) -> Result<()> {
        if let Some(id) = call.id().map(str::to_owned) {
            call.set_header("x-demo-instance", id);
        }
        Ok(())
    }

    #[remote_hook(after, find_by_id)]
    async fn say_that_it_was_found(call: &mut RemoteCall) -> Result<()> {
        call.set_header("x-demo-found", "yes");
        Ok(())
    }

    #[remote_hook(before, create)]
    async fn trim_the_name(call: &mut RemoteCall) -> Result<()> {
        let Some(mut data) = call.arg("data").cloned() else { return Ok(()) };
        if let Some(name) = data.get("name").and_then(serde_json::Value::as_str).filter(|name| name.starts_with("  ")) {
            data["name"] = name.trim().into();
            call.set_arg("data", data);
        }
        Ok(())
    }
}

fn live() -> Filter<Product> {
    Product::props().status.eq("live").into()
}

fn cheap() -> Filter<Product> {
    let product = Product::props();
    product.price.lt(20.0).order(product.price.asc())
}

/// How large a product is.
#[derive(Clone, Debug, PropertyType)]
pub struct Dims {
    pub w: Option<f64>,
    pub h: Option<f64>,
    pub unit: Option<String>,
}

/// Refuses a price below zero, with the code `negative.negative`: LoopBack names the validator and the kind of failure.
fn negative(price: &Option<f64>) -> Result<(), Invalid> {
    match price {
        Some(price) if *price < 0.0 => Err(Invalid::kind("negative")),
        _ => Ok(()),
    }
}

#[model]
pub struct Tag {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = "TagProduct")]
    pub products: HasAndBelongsToMany<Product>,
}

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$everyone", read)]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner", write)]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub body: String,
    #[property(default = 3.0)]
    pub stars: Option<f64>,
    pub product: Option<BelongsTo<Product>>,
    pub author: Option<BelongsTo<Customer>>,
}

/// A picture of anything: the two properties of a polymorphic relation say of what.
#[model]
pub struct Picture {
    #[property(id, generated)]
    pub id: i64,
    pub url: String,
    pub caption: Option<String>,
    pub imageable: Option<BelongsToAny>,
}
