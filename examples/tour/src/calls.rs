//! Calls from Rust: what the tour shows of queries, change sets and transactions.

use crate::models::{Account, CoffeeShop};
use crate::types::{Percent, Tier};
use loopback::prelude::*;
use loopback::sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use loopback::{ErrorKind, TransactionOptions};
use std::time::Duration;

/// Rows to begin with, when there are none.
pub async fn fill(ctx: &Ctx) -> Result<()> {
    if CoffeeShop::count(ctx, ()).await? > 0 {
        return Ok(());
    }
    CoffeeShop::create_many(
        ctx,
        [
            set!(CoffeeShop { name: "Bean", city: "Oslo", rating: 4.5 }),
            set!(CoffeeShop { name: "Kaffe", city: "Bergen", rating: 3.5, margin: Some(Percent(30)) }),
            set!(CoffeeShop { name: "Fuglen", city: "Oslo", rating: 4, tier: Tier::Gold }),
        ],
    )
    .await?;
    Ok(())
}

/// The best shops of a city.
pub async fn best(ctx: &Ctx, city: &str) -> Result<Vec<CoffeeShop>> {
    let shop = CoffeeShop::props();
    CoffeeShop::find(ctx, shop.city.eq(city).and(shop.rating.gte(4.0)).order(shop.rating.desc()).limit(20)).await
}

/// Names and ratings, by name.
pub async fn ratings(ctx: &Ctx) -> Result<Vec<(String, f64)>> {
    let shop = CoffeeShop::props();
    CoffeeShop::select(ctx, (shop.name, shop.rating), shop.name.asc()).await
}

/// The life of a row.
pub async fn life(ctx: &Ctx) -> Result<()> {
    let shop = CoffeeShop::props();

    let new = CoffeeShop::create(ctx, set!(CoffeeShop { name: "Corner", city: "Rome" })).await?;
    let changed = new.update_attributes(ctx, set!(CoffeeShop { rating: 4.5 })).await?;
    assert_eq!((changed.city.as_deref(), changed.rating), (Some("Rome"), 4.5));

    let mut patch = Patch::new().set(shop.city, "Oslo");
    if changed.rating > 4.0 {
        patch = patch.set(shop.tier, Tier::Gold);
    }
    let mut moved = changed.update_attributes(ctx, patch).await?;

    moved.name = "Round the Corner".into();
    moved.save(ctx).await?;
    assert_eq!(CoffeeShop::count(ctx, shop.name.like("%Corner")).await?, 1);

    moved.destroy(ctx).await?;
    let gone = CoffeeShop::find_by_id(ctx, moved.id).await?.or_not_found();
    assert!(gone.is_err_and(|error| error.is_model_not_found()));
    Ok(())
}

/// What refuses a write.
pub async fn refused(ctx: &Ctx) -> Result<()> {
    let refused = CoffeeShop::create(ctx, set!(CoffeeShop { name: "", rating: 9.0 })).await;
    let Err(error) = refused else { return Err(Error::new(500, "it was stored")) };
    assert_eq!((error.kind(), error.status()), (ErrorKind::Validation, 422));
    let codes = error.details().map(|details| &details["codes"]);
    assert_eq!(codes.map(|codes| &codes["rating"][0]), Some(&"numericality.max".into()));
    Ok(())
}

/// Moves money: both changes, or none.
pub async fn pay(ctx: &Ctx, from: Uuid, to: Uuid, amount: Decimal) -> Result<()> {
    ctx.transaction(async |tx| {
        let payer = Account::find_by_id(&tx, from).await?.or_not_found()?;
        let payee = Account::find_by_id(&tx, to).await?.or_not_found()?;
        payee.update_attributes(&tx, set!(Account { balance: payee.balance + amount })).await?;
        payer.update_attributes(&tx, set!(Account { balance: payer.balance - amount })).await?;
        Ok(())
    })
    .await
}

/// Opens an account, within a second.
pub async fn open(ctx: &Ctx, balance: Decimal) -> Result<Account> {
    let options = TransactionOptions { timeout: Some(Duration::from_secs(1)), ..TransactionOptions::default() };
    ctx.transaction_with(options, async |tx| Account::create(&tx, set!(Account { balance: balance })).await).await
}

/// The same model in plain SeaORM.
pub async fn plain(ctx: &Ctx) -> Result<Vec<CoffeeShop>> {
    let shop = CoffeeShop::props();
    let query = Entity::<CoffeeShop>::find().filter(shop.rating.column().gt(4.0)).order_by_asc(shop.name.column());
    Ok(query.all(ctx.db()).await?)
}
