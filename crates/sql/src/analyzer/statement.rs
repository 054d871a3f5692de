//! Statements: SHOW and DESCRIBE resolve the names they mention (sql.md 5.2, 5.3).

use model::scan::{ReadView, TableView};

use super::error::{Reason, Result};
use super::prune::prune;
use super::{Analyzed, Analyzer, NamePattern};
use crate::bound::{OutputColumn, Query};
use crate::functions::operator::LikePattern as Compiled;
use crate::syntax::ast::{self, LikePattern, QualifiedName, Statement};

impl<'a> Analyzer<'a> {
    pub(super) fn statement(&mut self, statement: &'a Statement) -> Result<Analyzed> {
        Ok(match statement {
            Statement::Query(query) => Analyzed::Query(self.output_query(query)?),
            Statement::ShowDatabases { pattern } => {
                Analyzed::ShowDatabases { pattern: name_pattern(pattern.as_ref())? }
            }
            Statement::ShowTables { database, pattern } => {
                if let Some(name) = database
                    && self.view.tables(&name.text).is_none()
                {
                    let (database, identifier) = (name.text.clone(), name.text.clone());
                    return Reason::DatabaseMissing { database, identifier }.at(name.span);
                }
                let database = database.as_ref().map(|name| name.text.clone());
                Analyzed::ShowTables { database, pattern: name_pattern(pattern.as_ref())? }
            }
            Statement::ShowMeasures { table, pattern } => Analyzed::ShowMeasures {
                table: find_table(table, self.view)?,
                pattern: name_pattern(pattern.as_ref())?,
            },
            Statement::Describe { table } => Analyzed::Describe { table: find_table(table, self.view)? },
            Statement::Explain { analyze, query } => {
                Analyzed::Explain { analyze: *analyze, query: self.output_query(query)? }
            }
            Statement::Unload(unload) => Analyzed::Unload(Box::new(self.unload(unload)?)),
        })
    }

    /// A query whose result goes to the client: its columns have names, and it reads nothing in vain.
    pub(super) fn output_query(&mut self, query: &'a ast::Query) -> Result<Query> {
        let bound = self.query(query, None)?;
        let output = bound.columns.into_iter().enumerate().map(|(position, column)| OutputColumn {
            id: column.column.id,
            name: column.name.map_or_else(|| format!("_col{position}"), |name| name.to_string()),
            ty: column.column.ty,
            aliased: column.aliased,
            origin: column.origin.map(|origin| (*origin).clone()),
        });
        let mut query = Query { output: output.collect(), plan: bound.plan };
        prune(&mut query);
        Ok(query)
    }
}

/// Finds `database.table`; there is no default database (sql.md 2.1).
pub(super) fn find_table(name: &QualifiedName, view: &dyn ReadView) -> Result<TableView> {
    let parts: Vec<&str> = name.parts.iter().map(|part| part.text.as_str()).collect();
    let identifier = parts.join(".");
    let [database, table] = parts.as_slice() else {
        return Reason::TableMissing(identifier).at(name.span);
    };
    match view.find_table(database, table) {
        Some(found) => Ok(found),
        None if view.tables(database).is_some() => Reason::TableMissing(identifier).at(name.span),
        None => Reason::DatabaseMissing { database: (*database).to_owned(), identifier }.at(name.span),
    }
}

fn name_pattern(pattern: Option<&LikePattern>) -> Result<Option<NamePattern>> {
    let Some(written) = pattern else { return Ok(None) };
    match Compiled::new(&written.text, written.escape.as_deref()) {
        Ok(pattern) => Ok(Some(NamePattern { pattern })),
        Err(error) => Reason::LikePattern(error.message).at(written.span),
    }
}
