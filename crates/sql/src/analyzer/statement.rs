//! Statements: SHOW and DESCRIBE resolve the names they mention (sql.md 5.2, 5.3).

use model::scan::{ReadView, TableView};

use super::error::{Reason, Result};
use super::{Analyzed, NamePattern, Parameters};
use crate::syntax::ast::{LikePattern, QualifiedName, Span, Statement};

pub(super) fn analyze(
    statement: &Statement,
    view: &dyn ReadView,
    _parameters: &Parameters,
) -> Result<Analyzed> {
    Ok(match statement {
        Statement::Query(query) => return Reason::Unsupported("SELECT").at(query.span),
        Statement::ShowDatabases { pattern } => {
            Analyzed::ShowDatabases { pattern: name_pattern(pattern.as_ref())? }
        }
        Statement::ShowTables { database, pattern } => {
            if let Some(name) = database
                && view.tables(&name.text).is_none()
            {
                let (database, identifier) = (name.text.clone(), name.text.clone());
                return Reason::DatabaseMissing { database, identifier }.at(name.span);
            }
            let database = database.as_ref().map(|name| name.text.clone());
            Analyzed::ShowTables { database, pattern: name_pattern(pattern.as_ref())? }
        }
        Statement::ShowMeasures { table, pattern } => Analyzed::ShowMeasures {
            table: find_table(table, view)?,
            pattern: name_pattern(pattern.as_ref())?,
        },
        Statement::Describe { table } => Analyzed::Describe { table: find_table(table, view)? },
        Statement::Unload(unload) => return Reason::Unsupported("UNLOAD").at(unload.destination_span),
        Statement::Explain { query, .. } => return Reason::Unsupported("EXPLAIN").at(query.span),
    })
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
    let Some(pattern) = pattern else { return Ok(None) };
    let escape = match &pattern.escape {
        None => None,
        Some(text) => Some(single_character(text, pattern.span)?),
    };
    Ok(Some(NamePattern { text: pattern.text.clone(), escape }))
}

fn single_character(text: &str, span: Span) -> Result<char> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Reason::EscapeLength.at(span),
    }
}
