//! Which columns a name can mean (sql.md 2.1).
//!
//! A scope is one level of names; its parent is the level around it. Names compare without regard to case and prefer
//! the exact match. A level that knows the name hides the levels around it.

use std::cell::RefCell;
use std::sync::Arc;

use model::catalog::Table;

use super::calls::Calls;
use super::clause::Clause;
use super::error::{Reason, Result};
use super::measure::MeasureTable;
use crate::bound::{ColumnDef, Origin, Plan};
use crate::syntax::ast::{Identifier, Span};
use crate::types::Type;

/// A relation of a FROM clause, or a whole query seen as one.
#[derive(Debug)]
pub(super) struct Relation {
    pub plan: Plan,
    pub fields: Vec<Field>,
    /// The tables whose single-measure measures can be named like columns.
    pub measures: Vec<MeasureTable>,
}

/// A column of a relation with the names it answers to. A query can have very many, so they share what they can.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub relation: Option<Arc<RelationName>>,
    /// `None` for a column that nothing can refer to.
    pub name: Option<Arc<str>>,
    pub column: ColumnDef,
    pub origin: Option<Arc<Origin>>,
    /// Whether only `relation.name` finds it: a column that USING merged into another one.
    pub merged: bool,
}

/// What may stand before a column name: an alias, or a table's name with or without its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RelationName {
    pub database: Option<String>,
    pub name: String,
}

/// One level of names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'s> {
    pub fields: &'s [Field],
    pub measures: &'s [MeasureTable],
    pub parent: Option<&'s Scope<'s>>,
    /// Whether the parent belongs to the query around this one.
    pub query_boundary: bool,
}

/// Where an expression stands: what it can name and which calls it may make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    pub scope: &'p Scope<'p>,
    /// What the arguments of aggregates and windows can name; in ORDER BY that excludes the select list's aliases.
    pub source: &'p Scope<'p>,
    pub clause: Clause<'p>,
    /// Where the aggregates and windows of the expression go; `None` where there can be none.
    pub calls: Option<&'p RefCell<Calls>>,
}

/// A column found by name.
#[derive(Debug)]
pub(super) struct Found<'s> {
    pub field: &'s Field,
    /// Whether it belongs to a query around this one.
    pub outer: bool,
    /// How many of the name's parts it took; the others select fields of a row.
    pub parts: usize,
}

impl RelationName {
    pub fn of_table(table: &Table) -> Self {
        Self { database: Some(table.database.clone()), name: table.name.clone() }
    }

    pub fn of_alias(name: &Identifier) -> Self {
        Self { database: None, name: name.text.clone() }
    }

    /// Whether `qualifier`, one or two names, means this relation.
    pub fn answers_to(&self, qualifier: &[&Identifier]) -> bool {
        match qualifier {
            [name] => same_name(&self.name, &name.text),
            [database, name] => {
                self.database.as_deref() == Some(database.text.as_str()) && same_name(&self.name, &name.text)
            }
            _ => false,
        }
    }
}

impl Field {
    /// A column without a relation around it.
    pub fn unqualified(name: Option<Arc<str>>, column: ColumnDef) -> Self {
        Self { relation: None, name, column, origin: None, merged: false }
    }

    fn answers_to(&self, qualifier: &[&Identifier]) -> bool {
        match qualifier {
            [] => !self.merged,
            qualifier => self.relation.as_ref().is_some_and(|relation| relation.answers_to(qualifier)),
        }
    }
}

impl<'s> Scope<'s> {
    /// The level of a query's FROM clause, inside the query around it, if any.
    pub fn of_query(relation: &'s Relation, outer: Option<&'s Scope<'s>>) -> Self {
        Self { fields: &relation.fields, measures: &relation.measures, parent: outer, query_boundary: true }
    }

    /// A level without names of its own.
    pub fn empty(outer: Option<&'s Scope<'s>>) -> Self {
        Self { fields: &[], measures: &[], parent: outer, query_boundary: true }
    }

    /// More names of the same query: lambda parameters, output columns.
    pub fn within(fields: &'s [Field], parent: &'s Scope<'s>) -> Self {
        Self { fields, measures: &[], parent: Some(parent), query_boundary: false }
    }

    /// The levels from this one outwards, with whether each belongs to a query around this one.
    pub fn levels(&'s self) -> impl Iterator<Item = (&'s Scope<'s>, bool)> {
        let mut next = Some((self, false));
        std::iter::from_fn(move || {
            let (scope, outer) = next?;
            next = scope.parent.map(|parent| (parent, outer || scope.query_boundary));
            Some((scope, outer))
        })
    }

    /// Finds the column that a name of one or more parts begins with.
    pub fn find(&'s self, name: &[&Identifier], span: Span) -> Result<Option<Found<'s>>> {
        for (level, outer) in self.levels() {
            for qualifier_parts in (0..name.len().min(3)).rev() {
                let (qualifier, rest) = name.split_at(qualifier_parts);
                let Some((column, fields)) = rest.split_first() else { continue };
                let Some(field) = level.find_here(qualifier, &column.text, span)? else { continue };
                if fields.is_empty() || matches!(field.column.ty, Type::Row(_)) {
                    return Ok(Some(Found { field, outer, parts: qualifier_parts + 1 }));
                }
            }
        }
        Ok(None)
    }

    fn find_here(&self, qualifier: &[&Identifier], name: &str, span: Span) -> Result<Option<&'s Field>> {
        let mut matches: Vec<&Field> = Vec::new();
        for field in self.fields {
            if let Some(own) = &field.name
                && same_name(own, name)
                && field.answers_to(qualifier)
            {
                matches.push(field);
            }
        }
        prefer_exact(matches, name, |field| field.name.as_deref()).map_err(|()| {
            let shown = qualifier.iter().map(|part| part.text.as_str()).chain([name]);
            Reason::Ambiguous(shown.collect::<Vec<_>>().join(".")).fault(span)
        })
    }
}

impl<'p> Place<'p> {
    /// A place that allows neither aggregates nor windows.
    pub fn plain(scope: &'p Scope<'p>, clause: Clause<'p>) -> Self {
        Self { scope, source: scope, clause, calls: None }
    }
}

/// Names of columns and aliases compare without regard to case.
pub(super) fn same_name(left: &str, right: &str) -> bool {
    left == right || left.eq_ignore_ascii_case(right) || {
        !(left.is_ascii() && right.is_ascii()) && left.to_lowercase() == right.to_lowercase()
    }
}

/// Picks the one match, or the one whose name is exactly `name`; an error when several are left.
pub(super) fn prefer_exact<'n, T>(
    mut matches: Vec<T>,
    name: &str,
    name_of: impl Fn(&T) -> Option<&'n str>,
) -> std::result::Result<Option<T>, ()> {
    if matches.len() > 1 && matches.iter().any(|found| name_of(found) == Some(name)) {
        matches.retain(|found| name_of(found) == Some(name));
    }
    match matches.len() {
        0 | 1 => Ok(matches.pop()),
        _ => Err(()),
    }
}
