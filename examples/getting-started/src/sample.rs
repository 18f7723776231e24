//! The rows to begin with.

use crate::models::{CoffeeShop, Review, Reviewer};
use loopback::chrono::TimeDelta;
use loopback::prelude::*;

/// The option of a context that writes sample data: reviews keep the date that they are given.
pub struct Sample;

/// Fills an empty database: all of it, or nothing.
#[boot]
pub async fn sample_data(ctx: Ctx) -> Result<()> {
    if CoffeeShop::count(&ctx, ()).await? > 0 {
        return Ok(());
    }
    ctx.with_option(Sample)
        .transaction(async |tx| {
            let shops =
                [("Bel Cafe", "Vancouver"), ("Three Bees Coffee House", "San Mateo"), ("Caffe Artigiano", "Vancouver")];
            let shops = shops.map(|(name, city)| set!(CoffeeShop { name: name, city: city }));
            let shops = CoffeeShop::create_many(&tx, shops).await?;
            let emails = ["foo@bar.com", "john@doe.com", "jane@doe.com"];
            let reviewers = Reviewer::create_many(&tx, emails.map(|email| set!(Reviewer { email: email }))).await?;
            for (days, rating, comments, reviewer, shop) in [
                (4, 5.0, "A very good coffee shop.", 0, 0),
                (3, 5.0, "Quite pleasant.", 1, 0),
                (2, 4.0, "It was ok.", 1, 1),
                (1, 4.0, "I go here everyday.", 2, 2),
            ] {
                let review = set!(Review {
                    date: Utc::now() - TimeDelta::days(days),
                    rating: rating,
                    comments: comments,
                    reviewer: reviewers[reviewer].id,
                });
                shops[shop].reviews.create(&tx, review).await?;
            }
            Ok(())
        })
        .await
}
