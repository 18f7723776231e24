//! Relations for queries with plain SeaORM: what joins two tables.
//!
//! Three ways, from the same definitions: [`EntityRelation`] for all of a model that lead straight to a table, a handle
//! as a [`Linked`] (`find_also_linked(shop.reviews)`), and [`Related`] where a model has one `BelongsTo` of the other.

use super::checks::RefersTo;
use super::handles::{ToMany, ToOne};
use crate::graph::{camel, snake_case, table_name};
use crate::meta::{ModelDef, OnDelete, RelationDef as Definition, RelationKindDef, ThroughDef};
use crate::typed::{Entity, EntityRelation, Model};
use sea_orm::sea_query::{Alias, ConditionType, ExprTrait, ForeignKeyAction, IntoIden, IntoTableRef};
use sea_orm::{Condition, Identity, Linked, Related, RelationDef, RelationTrait, RelationType};
use std::sync::Arc;

/// One end of a join.
struct End {
    table: String,
    column: String,
}

impl End {
    fn of(def: &'static ModelDef, property: usize) -> Self {
        let column = def.properties.get(property).map_or("", |property| property.column);
        Self { table: table_name(def).to_owned(), column: column.to_owned() }
    }

    /// The property that a key refers to: the one of a field, or the id.
    fn key(def: &'static ModelDef, field: Option<&str>) -> Self {
        let wanted = def.properties.iter().position(|property| match field {
            Some(field) => property.field == field,
            None => property.id,
        });
        Self::of(def, wanted.unwrap_or_default())
    }
}

fn join(from: &End, to: &End, kind: RelationType, is_owner: bool) -> RelationDef {
    RelationDef {
        rel_type: kind,
        from_tbl: Alias::new(&*from.table).into_table_ref(),
        to_tbl: Alias::new(&*to.table).into_table_ref(),
        from_col: Identity::Unary(Alias::new(&*from.column).into_iden()),
        to_col: Identity::Unary(Alias::new(&*to.column).into_iden()),
        is_owner,
        skip_fk: false,
        on_delete: None,
        on_update: None,
        on_condition: None,
        fk_name: None,
        condition_type: ConditionType::All,
    }
}

/// The relation of a model that leads back to another: the one of that field, or the only one but `not`.
fn back(
    def: &'static ModelDef,
    to: &'static ModelDef,
    field: Option<&str>,
    not: Option<&str>,
) -> Option<&'static Definition> {
    def.relations.iter().find(|relation| {
        relation.kind == RelationKindDef::BelongsTo
            && relation.target.is_some_and(|target| target.name() == to.name)
            && field.is_none_or(|field| relation.field == field)
            && not.is_none_or(|not| relation.field != not)
    })
}

/// From the row with the foreign key to the row that it names.
fn belongs_to(def: &'static ModelDef, relation: &Definition) -> Option<RelationDef> {
    let (own, target) = (End::of(def, relation.property?.into()), relation.target?.def()?);
    let mut made = join(&own, &End::key(target, relation.primary_key), RelationType::HasOne, true);
    made.skip_fk = relation.constraint == Some(false);
    made.on_delete = Some(match relation.on_delete {
        OnDelete::Restrict => ForeignKeyAction::Restrict,
        OnDelete::Cascade => ForeignKeyAction::Cascade,
        OnDelete::SetNull => ForeignKeyAction::SetNull,
    });
    Some(made)
}

/// From a row to those of `other` that lead to it; with the field of `other` that does.
fn has(def: &'static ModelDef, relation: &Definition, other: &'static ModelDef) -> Option<(RelationDef, &'static str)> {
    let kind = if relation.kind == RelationKindDef::HasOne { RelationType::HasOne } else { RelationType::HasMany };
    if let Some(field) = relation.polymorphic {
        let any = other.relations.iter().find(|any| any.field == field)?;
        let key = usize::from(any.property?);
        let mut made = join(&End::key(def, relation.primary_key), &End::of(other, key), kind, false);
        // The name of the model follows the key.
        let discriminator = End::of(other, key + 1).column;
        made.on_condition = Some(Arc::new(move |_, other| {
            let column = (other, Alias::new(&*discriminator).into_iden());
            Condition::all().add(sea_orm::sea_query::Expr::col(column).eq(def.name))
        }));
        return Some((made, any.field));
    }
    let back = back(other, def, relation.foreign_key, None)?;
    let own = End::key(def, back.primary_key.or(relation.primary_key));
    Some((join(&own, &End::of(other, back.property?.into()), kind, false), back.field))
}

/// The two joins over the table that the framework makes for a `HasAndBelongsToMany`.
fn over_made(def: &'static ModelDef, relation: &Definition, name: Option<&str>) -> Option<Vec<RelationDef>> {
    let target = relation.target?.def()?;
    let mut names = [def.name, target.name];
    names.sort_unstable();
    let name = name.map_or_else(|| names.concat(), str::to_owned);
    let key = |word: &str| End { table: snake_case(&name), column: format!("{}_id", snake_case(word)) };
    // Of a model that is linked to itself the other key has the name of the first relation that does.
    let itself = |other: &&Definition| {
        other.kind == RelationKindDef::HasAndBelongsToMany
            && other.target.is_some_and(|to| to.name() == def.name)
            && matches!(
                (&other.through, &relation.through),
                (None, None) | (Some(ThroughDef::Made(_)), Some(ThroughDef::Made(_)))
            )
    };
    let other = if def.name == target.name {
        format!("{}Other", def.relations.iter().find(itself).unwrap_or(relation).name)
    } else {
        camel(target.name)
    };
    Some(vec![
        join(&End::key(def, None), &key(&camel(def.name)), RelationType::HasMany, false),
        join(&key(&other), &End::key(target, None), RelationType::HasOne, true),
    ])
}

/// The joins of a relation; `None`: SQL alone does not know where it leads.
fn joins(def: &'static ModelDef, at: usize) -> Option<Vec<RelationDef>> {
    let relation = def.relations.get(at)?;
    match relation.kind {
        RelationKindDef::BelongsTo => Some(vec![belongs_to(def, relation)?]),
        RelationKindDef::BelongsToAny
        | RelationKindDef::EmbedsOne
        | RelationKindDef::EmbedsMany
        | RelationKindDef::ReferencesMany => None,
        RelationKindDef::HasOne | RelationKindDef::HasMany | RelationKindDef::HasAndBelongsToMany => {
            let target = relation.target?.def()?;
            match relation.through {
                Some(ThroughDef::Model(through)) => {
                    let through = through.def()?;
                    let (first, field) = has(def, relation, through)?;
                    let second = back(through, target, relation.key_through, Some(field))?;
                    Some(vec![first, belongs_to(through, second)?])
                }
                Some(ThroughDef::Made(name)) => over_made(def, relation, Some(name)),
                None if relation.kind == RelationKindDef::HasAndBelongsToMany => over_made(def, relation, None),
                None => Some(vec![has(def, relation, target)?.0]),
            }
        }
    }
}

/// The relations that lead straight to another table.
fn straight(def: &'static ModelDef) -> impl Iterator<Item = (&'static Definition, RelationDef)> {
    def.relations.iter().enumerate().filter_map(move |(at, relation)| {
        let [only] = <[RelationDef; 1]>::try_from(joins(def, at)?).ok()?;
        Some((relation, only))
    })
}

/// How many relations lead straight to another table.
pub(in crate::typed) fn count(def: &'static ModelDef) -> usize {
    straight(def).count()
}

/// The name of one of them.
pub(in crate::typed) fn name(def: &'static ModelDef, at: usize) -> &'static str {
    straight(def).nth(at).map_or("", |(relation, _)| relation.name)
}

impl<M: Model> RelationTrait for EntityRelation<M> {
    fn def(&self) -> RelationDef {
        let id = || join(&End::key(M::DEF, None), &End::key(M::DEF, None), RelationType::HasOne, false);
        // An index that no relation has comes from no handle; each row is then related to itself.
        straight(M::DEF).nth(self.at()).map_or_else(id, |(_, def)| def)
    }
}

/// `Entity::<Review>::find().find_also_linked(review.shop)`
impl<M: Model, T: Model, P> Linked for ToOne<M, T, P> {
    type FromEntity = Entity<M>;
    type ToEntity = Entity<T>;

    fn link(&self) -> Vec<RelationDef> {
        joins(M::DEF, self.relation.into()).unwrap_or_default()
    }
}

/// `Entity::<CoffeeShop>::find().find_with_linked(shop.reviews)`
impl<M: Model, T: Model> Linked for ToMany<M, T> {
    type FromEntity = Entity<M>;
    type ToEntity = Entity<T>;

    fn link(&self) -> Vec<RelationDef> {
        joins(M::DEF, self.relation.into()).unwrap_or_default()
    }
}

/// `Entity::<Review>::find().find_also_related(Entity::<CoffeeShop>::default())`
impl<M: Model + RefersTo<T>, T: Model> Related<Entity<T>> for Entity<M> {
    fn to() -> RelationDef {
        let relation = back(M::DEF, T::DEF, None, None);
        let id = || join(&End::key(M::DEF, None), &End::key(T::DEF, None), RelationType::HasOne, false);
        relation.and_then(|relation| belongs_to(M::DEF, relation)).unwrap_or_else(id)
    }
}
