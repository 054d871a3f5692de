//! Statements: SHOW and DESCRIBE resolve the names they mention (sql.md 5.2, 5.3).

use model::scan::{ReadView, TableView};

use super::error::{Reason, Result};
use super::prune::prune;
use super::{Analyzed, Analyzer, NamePattern, Unload, UnloadOption};
use crate::bound::{ExprKind as Bound, OutputColumn, Query};
use crate::functions::operator::LikePattern as Compiled;
use crate::syntax::ast::{self, Expr, ExprKind, LikePattern, QualifiedName, Statement};
use crate::value::Value;

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

    fn unload(&mut self, unload: &'a ast::Unload) -> Result<Unload> {
        let query = self.output_query(&unload.query)?;
        let options = unload.options.iter().map(|option| {
            let name = option.name.text.to_lowercase();
            Ok(UnloadOption { name, values: option_values(&option.value)?, span: option.value.span })
        });
        Ok(Unload {
            query,
            destination: unload.destination.clone(),
            destination_span: unload.destination_span,
            options: options.collect::<Result<_>>()?,
        })
    }
}

/// The constants of an option: one, or the items of an array.
fn option_values(expr: &Expr) -> Result<Vec<Value>> {
    match &expr.kind {
        ExprKind::Array(items) => {
            let values = items.iter().map(option_values).collect::<Result<Vec<_>>>()?;
            Ok(values.into_iter().flatten().collect())
        }
        ExprKind::Literal(literal) => match super::literal::literal(literal, expr.span)?.kind {
            Bound::Literal(value) => Ok(vec![value]),
            _ => Reason::Unsupported("an option that is no constant").at(expr.span),
        },
        _ => Reason::Unsupported("an option that is no constant").at(expr.span),
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
