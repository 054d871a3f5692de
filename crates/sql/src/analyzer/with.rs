//! WITH: each reference to a common table binds its query anew, so that every use has columns of its own.

use std::sync::Arc;

use super::Analyzer;
use super::error::{Reason, Result};
use super::query::BoundQuery;
use super::scope::{Relation, RelationName, same_name};
use super::table_alias::name_columns;
use crate::syntax::ast::{CommonTable, QualifiedName, With};

/// A common table that can be named here. It sees the ones defined before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct VisibleTable<'a> {
    definition: &'a CommonTable,
    used: bool,
}

impl<'a> Analyzer<'a> {
    pub(super) fn define_common_tables(&mut self, with: &'a With) -> Result<()> {
        if with.recursive {
            return Reason::Unsupported("WITH RECURSIVE").at(with.span);
        }
        for (index, definition) in with.tables.iter().enumerate() {
            let earlier = with.tables.get(..index).unwrap_or_default();
            if earlier.iter().any(|other| same_name(&other.name.text, &definition.name.text)) {
                return Reason::DuplicateTable(definition.name.text.clone()).at(definition.name.span);
            }
            self.common_tables.push(VisibleTable { definition, used: false });
        }
        Ok(())
    }

    /// Leaves the query that defined the tables from `first` on. A table that nothing used is checked all the same.
    pub(super) fn forget_common_tables(&mut self, first: usize) -> Result<()> {
        while self.common_tables.len() > first {
            if let Some(VisibleTable { definition, used: false }) = self.common_tables.pop() {
                self.bind_common_table(definition)?;
            }
        }
        Ok(())
    }

    /// The relation that a single name means; there is no default database, so it can only be a common table.
    pub(super) fn common_table(&mut self, name: &'a QualifiedName) -> Result<Option<Relation>> {
        let [single] = name.parts.as_slice() else { return Ok(None) };
        let named = |table: &VisibleTable<'_>| same_name(&table.definition.name.text, &single.text);
        let Some(index) = self.common_tables.iter().rposition(named) else {
            return Reason::TableUnqualified(single.text.clone()).at(name.span);
        };
        let hidden = self.common_tables.split_off(index);
        let mut bound = None;
        if let Some(table) = hidden.first() {
            bound = Some(self.bind_common_table(table.definition)?);
        }
        self.common_tables.extend(hidden);
        if let Some(table) = self.common_tables.get_mut(index) {
            table.used = true;
        }
        let Some(query) = bound else { return Ok(None) };
        let mut fields: Vec<_> = query.columns.iter().map(|column| column.field()).collect();
        let relation = Arc::new(RelationName::of_alias(single));
        for field in &mut fields {
            field.relation = Some(relation.clone());
        }
        Ok(Some(Relation { plan: query.plan, fields, measures: Vec::new() }))
    }

    fn bind_common_table(&mut self, definition: &'a CommonTable) -> Result<BoundQuery> {
        let mut query = self.query(&definition.query, None)?;
        if !definition.columns.is_empty() {
            let names = query.columns.iter_mut().map(|column| &mut column.name);
            name_columns(names.collect(), &definition.columns, &definition.name)?;
        }
        Ok(query)
    }
}
