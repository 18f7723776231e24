use loopback::prelude::*;

#[model(disable("deleteByID", delete_by_id, cuont, "prototype.patchAttribute", launch, 5, upsert, updateOrCreate))]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
