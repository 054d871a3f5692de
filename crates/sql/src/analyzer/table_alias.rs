//! Aliases of relations, with or without names for their columns.

use std::sync::Arc;

use super::error::{Reason, Result};
use super::scope::{Field, RelationName};
use crate::syntax::ast::{Identifier, TableAlias};

/// Gives the fields of a relation the name of its alias.
pub(super) fn apply_alias(fields: &mut [Field], alias: &TableAlias) -> Result<()> {
    let name = Arc::new(RelationName::of_alias(&alias.name));
    for field in fields.iter_mut() {
        field.relation = Some(name.clone());
    }
    if alias.columns.is_empty() {
        return Ok(());
    }
    let names = fields.iter_mut().filter(|field| !field.merged).map(|field| &mut field.name);
    name_columns(names.collect(), &alias.columns, &alias.name)
}

/// Renames columns by position; there must be a name for each.
pub(super) fn name_columns(
    columns: Vec<&mut Option<Arc<str>>>,
    names: &[Identifier],
    relation: &Identifier,
) -> Result<()> {
    if columns.len() != names.len() {
        let (given, available) = (names.len(), columns.len());
        return Reason::ColumnAliases { relation: relation.text.clone(), given, available }.at(relation.span);
    }
    for (column, name) in columns.into_iter().zip(names) {
        *column = Some(name.text.as_str().into());
    }
    Ok(())
}
