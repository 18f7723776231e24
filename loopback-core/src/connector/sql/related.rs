//! Related rows in SQL: conditions on them, and the rows of a relation for many sources at once.

use super::text::Sql;
use crate::graph::{ModelNode, Polymorphic, RelationNode};
use crate::plan::Related;
use std::fmt::Write;

impl<'a> Sql<'a> {
    /// `EXISTS (SELECT 1 FROM target AS t1 WHERE t1.key = source.key AND ..)`.
    ///
    /// Columns inside stand without the name of their table: they are the innermost table's. The outer one has a name of
    /// its own wherever it could be mistaken.
    pub(super) fn related(&mut self, model: &ModelNode, related: &'a Related) {
        let Some(relation) = model.relations.get(related.relation) else { return self.push("1 = 0") };
        let outer = self.alias.clone();
        if !related.some {
            self.push("NOT ");
        }
        self.push("EXISTS (SELECT 1 FROM ");
        self.aliases += 1;
        let alias = format!("t{}", self.aliases);
        let target = relation.target();
        match &relation.through {
            None => {
                self.identifier(&target.quoted_table);
                let _ = write!(self.text, " AS {alias} WHERE ");
                self.meets(model, relation, &target, outer.as_deref(), &alias);
            }
            Some(through) => {
                let between = through.model();
                self.aliases += 1;
                let link = format!("t{}", self.aliases);
                self.identifier(&between.quoted_table);
                let _ = write!(self.text, " AS {link} INNER JOIN ");
                self.identifier(&target.quoted_table);
                let _ = write!(self.text, " AS {alias} ON {alias}.");
                self.identifier(&target.properties[relation.to].quoted);
                let _ = write!(self.text, " = {link}.");
                self.identifier(&between.properties[through.to].quoted);
                let _ = write!(self.text, " WHERE {link}.");
                self.identifier(&between.properties[through.from].quoted);
                self.push(" = ");
                self.outer_column(model, relation.from, outer.as_deref());
                if let Some((discriminator, name)) = &through.discriminator {
                    let _ = write!(self.text, " AND {link}.");
                    self.identifier(&between.properties[*discriminator].quoted);
                    self.push(" = ");
                    self.text_value(name.to_string());
                }
            }
        }
        let conditions = [
            relation.scope.as_ref().and_then(|scope| scope.condition.as_ref()),
            target.default_scope.as_ref().and_then(|scope| scope.condition.as_ref()),
        ];
        self.alias = Some(alias);
        let _ = conditions;
        if let Some(condition) = &related.condition {
            self.push(" AND ");
            self.condition(&target, condition);
        }
        self.alias = outer;
        self.push(")");
    }

    fn outer_column(&mut self, model: &ModelNode, at: usize, alias: Option<&str>) {
        match alias {
            Some(alias) => self.push(alias),
            None => self.identifier(&model.quoted_table),
        }
        self.push(".");
        self.identifier(&model.properties[at].quoted);
    }

    fn meets(
        &mut self,
        model: &ModelNode,
        relation: &RelationNode,
        target: &ModelNode,
        outer: Option<&str>,
        alias: &str,
    ) {
        let _ = write!(self.text, "{alias}.");
        self.identifier(&target.properties[relation.to].quoted);
        self.push(" = ");
        self.outer_column(model, relation.from, outer);
        if let Some(Polymorphic::From { discriminator, name }) = &relation.polymorphic {
            let _ = write!(self.text, " AND {alias}.");
            self.identifier(&target.properties[*discriminator].quoted);
            self.push(" = ");
            self.text_value(name.to_string());
        }
    }
}
