//! Coffee shops, reviews and reviewers, with their methods and hooks.

use crate::sample::Sample;
use loopback::chrono::{Local, Timelike};
use loopback::prelude::*;

/// A place that serves coffee.
#[model]
pub struct CoffeeShop {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1, max = 80))]
    pub name: String,
    pub city: Option<String>,
    pub reviews: HasMany<Review>,
    #[relation(through = Review)]
    pub reviewers: HasMany<Reviewer>,
}

/// Who writes reviews.
#[model]
pub struct Reviewer {
    #[property(id, generated)]
    pub id: i64,
    #[property(format("^[^@ ]+@[^@ ]+$"), uniqueness)]
    pub email: String,
    pub reviews: HasMany<Review>,
}

/// What a visitor has to say.
#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    #[property(default = now)]
    pub date: DateTime<Utc>,
    #[property(range(min = 0, max = 5))]
    pub rating: Option<f64>,
    #[property(presence)]
    pub comments: String,
    pub coffee_shop: BelongsTo<CoffeeShop>,
    #[property(name = "publisherId", column = "publisher_id")]
    pub reviewer: Option<BelongsTo<Reviewer>>,
}

#[model]
impl CoffeeShop {
    /// Whether the shops are open.
    #[remote_method(get, "/status", returns = "status", access = read)]
    async fn status(
        /// The hour to ask for, now if none.
        hour: Option<u32>,
    ) -> Result<String> {
        match hour.unwrap_or_else(|| Local::now().hour()) {
            6..20 => Ok("We are open for business.".into()),
            0..24 => Ok("Sorry, we are closed. Open daily from 6am to 8pm.".into()),
            _ => Err(Error::bad_request("a day has 24 hours")),
        }
    }

    /// What visitors think of a shop: the mean of their ratings, and how many there are.
    #[remote_method(get, "/{id}/rating", returns("rating", "reviews"), access = read)]
    async fn rating(&self, ctx: &Ctx) -> Result<(Option<f64>, usize)> {
        let review = Review::props();
        let all = Review::select(ctx, (review.rating,), review.coffee_shop.eq(self.id)).await?;
        let given: Vec<f64> = all.into_iter().filter_map(|(rating,)| rating).collect();
        let mean = given.iter().sum::<f64>() / given.len() as f64;
        Ok(((!given.is_empty()).then_some(mean), given.len()))
    }
}

#[model]
impl Review {
    /// A review is of now, and of the user who writes it, whatever the request says.
    #[operation_hook(before_save)]
    async fn sign(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        if op.is_new_instance() == Some(true) && op.ctx().option::<Sample>().is_none() {
            let review = Self::props();
            op.set(review.date, Utc::now());
            if let Some(user) = op.ctx().user_id().cloned() {
                op.set(review.reviewer, i64::from_value(user)?);
            }
        }
        Ok(())
    }

    /// Tells where the new review is.
    #[remote_hook(after, create)]
    async fn locate(call: &mut RemoteCall) -> Result<()> {
        if let Some(id) = call.result().and_then(|review| review["id"].as_i64()) {
            call.set_status(201);
            call.set_header("location", format!("/api/Reviews/{id}"));
        }
        Ok(())
    }
}
