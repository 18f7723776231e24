//! Categories in the default data source, items and their movements in `stock`.

use loopback::prelude::*;

/// What items are sorted into.
#[model]
pub struct Category {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub items: HasMany<Item>,
}

/// Something that is sold.
#[model(data_source = "stock")]
pub struct Item {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 2, max = 20), uniqueness)]
    pub sku: String,
    pub name: Option<String>,
    #[property(default = 0, range(min = 0))]
    pub amount: i64,
    pub tags: Option<Vec<String>>,
    pub category: Option<BelongsTo<Category>>,
    pub movements: HasMany<Movement>,
}

/// What has come and gone.
#[model(data_source = "stock")]
pub struct Movement {
    #[property(id, generated)]
    pub id: i64,
    pub change: i64,
    pub item: BelongsTo<Item>,
}

#[model]
impl Item {
    /// Codes are upper case, however they are typed.
    #[operation_hook(before_save)]
    async fn upper_case(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let item = Self::props();
        if let Some(sku) = op.get(item.sku) {
            op.set(item.sku, sku.to_uppercase());
        }
        Ok(())
    }
}

#[model]
impl Movement {
    /// The amount of the item follows: both are written, or neither.
    #[operation_hook(after_save)]
    async fn count(op: &mut AfterSave<'_, Self>) -> Result<()> {
        let is_new = op.is_new_instance() == Some(true);
        let movement = op.instance()?.map(|movement| (*movement.item.id(), movement.change));
        let Some((item, change)) = movement.filter(|_| is_new) else { return Ok(()) };
        let item = Item::find_by_id(op.ctx(), item).await?.or_not_found()?;
        let amount = item.amount + change;
        item.update_attributes(op.ctx(), set!(Item { amount: amount })).await?;
        Ok(())
    }
}
