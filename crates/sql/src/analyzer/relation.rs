//! FROM: tables, derived tables, and how they follow each other (sql.md 5.1).

use std::sync::Arc;

use model::scan::TableView;

use super::Analyzer;
use super::error::Result;
use super::measure::MeasureTable;
use super::scope::{Field, Relation, RelationName, Scope};
use super::statement::find_table;
use super::table_alias::apply_alias;
use crate::bound::{JoinKind, Origin, Plan};
use crate::syntax::ast::{self, QualifiedName, RelationKind};
use crate::types::Type;

impl<'a> Analyzer<'a> {
    /// The members of a comma list, joined from the left; one row without columns when there is none.
    pub(super) fn from(
        &mut self,
        relations: &'a [ast::Relation],
        outer: Option<&Scope<'_>>,
    ) -> Result<Relation> {
        let mut members = relations.iter();
        let Some(first) = members.next() else { return Ok(Relation::single_row()) };
        let mut joined = self.relation(first, outer)?;
        for member in members {
            joined = self.join_onto(joined, member, JoinKind::Cross, None, outer)?;
        }
        Ok(joined)
    }

    pub(super) fn relation(
        &mut self,
        relation: &'a ast::Relation,
        outer: Option<&Scope<'_>>,
    ) -> Result<Relation> {
        let mut bound = match &relation.kind {
            RelationKind::Table(name) => self.named_relation(name)?,
            RelationKind::Subquery(query) => {
                let query = self.query(query, outer)?;
                let fields = query.columns.iter().map(|column| column.field()).collect();
                Relation { plan: query.plan, fields, measures: Vec::new() }
            }
            RelationKind::Parenthesized(inner) => self.relation(inner, outer)?,
            RelationKind::Join(join) => self.join(join, outer)?,
            RelationKind::Unnest { .. } => {
                return self.unnest_onto(Relation::single_row(), relation, false, outer);
            }
        };
        if let Some(alias) = &relation.alias {
            apply_alias(&mut bound.fields, alias)?;
            let name = Arc::new(RelationName::of_alias(&alias.name));
            for table in &mut bound.measures {
                table.relation = name.clone();
            }
        }
        Ok(bound)
    }

    /// A common table or a stored one.
    pub(super) fn named_relation(&mut self, name: &'a QualifiedName) -> Result<Relation> {
        match self.common_table(name)? {
            Some(relation) => Ok(relation),
            None => {
                self.count_part(name.span)?;
                let table = find_table(name, self.view)?;
                Ok(self.stored_table(table))
            }
        }
    }

    /// A scan of all columns in the order of `SELECT *`; what nothing uses is pruned in the end.
    fn stored_table(&mut self, table: TableView) -> Relation {
        let name = Arc::new(RelationName::of_table(&table.table));
        let origin =
            Arc::new(Origin { database: table.table.database.clone(), table: table.table.name.clone() });
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        let mut measure_columns = Vec::new();
        for stored in table.schema.in_display_order() {
            let column = self.new_column(Type::from_column(stored.column_type));
            if MeasureTable::reads(stored.role) {
                measure_columns.push((stored.id, column.clone()));
            }
            columns.push((column.clone(), stored.id));
            fields.push(Field {
                relation: Some(name.clone()),
                name: Some(stored.name.clone()),
                column,
                origin: Some(origin.clone()),
                merged: false,
            });
        }
        let schema = table.schema.clone();
        let measures = vec![MeasureTable { relation: name, origin, schema, columns: measure_columns }];
        Relation { plan: Plan::Scan { table, columns }, fields, measures }
    }
}

impl Relation {
    /// What a query without FROM reads.
    pub fn single_row() -> Self {
        Self { plan: Plan::SingleRow, fields: Vec::new(), measures: Vec::new() }
    }
}
