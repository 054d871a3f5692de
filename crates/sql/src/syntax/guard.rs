//! The limits that need the whole tree (reliability.md 5). Those that protect the parser itself stand in the parser.
//!
//! Recurses over a tree whose depth the parser has bounded.

use model::limits;

use super::ast::{
    Child, ExprKind, GroupBy, GroupingElement, QualifiedName, Query, QueryBody, Select, Span, Statement,
};
use super::error::{Limit, SyntaxError};

/// Checks a statement that was parsed from `text`.
pub(super) fn check(statement: &Statement, text: &str) -> Result<(), SyntaxError> {
    let query = match statement {
        Statement::Query(query) | Statement::Explain { query, .. } => query,
        Statement::Unload(unload) => &unload.query,
        Statement::ShowDatabases { .. }
        | Statement::ShowTables { .. }
        | Statement::ShowMeasures { .. }
        | Statement::Describe { .. } => return Ok(()),
    };
    let mut expansion = Expansion { visible: Vec::new(), added: 0 };
    match expansion.query_parts(query) {
        Ok(_) => Ok(()),
        Err((limit, span)) => Err(SyntaxError::limit(text, span, limit)),
    }
}

type Checked<T> = Result<T, (Limit, Span)>;

/// Counts what a query becomes when each reference to a WITH query is replaced by that query.
struct Expansion<'a> {
    /// The WITH queries in scope with the parts of each. Names compare without case: that may count too much, never
    /// too little.
    visible: Vec<(&'a str, usize)>,
    /// The parts that references have added to the query at hand.
    added: usize,
}

impl<'a> Expansion<'a> {
    /// The branches and table references of a query with all that is inside.
    fn query_parts(&mut self, query: &'a Query) -> Checked<usize> {
        let outer = self.visible.len();
        for table in query.with.iter().flat_map(|with| &with.tables) {
            let before = self.added;
            let parts = self.query_parts(&table.query)?;
            // A definition adds nothing until it is referenced.
            self.added = before;
            self.visible.push((&table.name.text, parts));
        }
        let mut parts = Ok(check_branches(&query.body)?);
        query.for_each_child_behind_with(&mut |child| self.add(child, &mut parts));
        self.visible.truncate(outer);
        parts
    }

    fn add(&mut self, child: Child<'a>, parts: &mut Checked<usize>) {
        let Ok(count) = parts else { return };
        let more = match child {
            Child::Expr(expr) => return expr.for_each_child(&mut |part| self.add(part, parts)),
            Child::Query(query) => self.query_parts(query),
            Child::Table(name) => self.reference_parts(name),
        };
        *parts = more.map(|more| *count + more);
    }

    fn reference_parts(&mut self, name: &QualifiedName) -> Checked<usize> {
        let [single] = name.parts.as_slice() else {
            return Ok(1);
        };
        let definition = self.visible.iter().rev().find(|(defined, _)| single.is(defined));
        let Some((_, parts)) = definition else {
            return Ok(1);
        };
        // The sum stays small: parts of one query are bounded by the text and this limit.
        self.added += parts;
        match self.added > limits::SQL_WITH_EXPANSION_MAX {
            true => Err((Limit::WithExpansion, name.span)),
            false => Ok(*parts),
        }
    }
}

/// Checks the branches of a query and counts them.
fn check_branches(body: &QueryBody) -> Checked<usize> {
    match body {
        QueryBody::Select(select) => check_select(select).map(|()| 1),
        QueryBody::Values(values) => {
            let wide = values.rows.iter().find(|row| match &row.kind {
                ExprKind::Row { fields, .. } => fields.len() > limits::SQL_OUTPUT_COLUMNS_MAX,
                _ => false,
            });
            wide.map_or(Ok(1), |row| Err((Limit::OutputColumns, row.span)))
        }
        QueryBody::SetOperation(operation) => {
            let mut count = 1;
            for branch in &operation.branches {
                count += check_branches(branch)?;
            }
            Ok(count)
        }
        QueryBody::Table(_) | QueryBody::Query(_) => Ok(1),
    }
}

fn check_select(select: &Select) -> Checked<()> {
    if select.items.len() > limits::SQL_OUTPUT_COLUMNS_MAX {
        return Err((Limit::OutputColumns, select.span));
    }
    select.group_by.as_ref().map_or(Ok(()), check_grouping_sets)
}

/// The sets are the product of the elements; a cube has one for each subset.
fn check_grouping_sets(group_by: &GroupBy) -> Checked<()> {
    let mut product = 1usize;
    for element in &group_by.elements {
        let sets = match element {
            GroupingElement::Set(_) => 1,
            GroupingElement::Rollup(sets) => sets.len() + 1,
            GroupingElement::Cube(sets) => 1usize.checked_shl(sets.len() as u32).unwrap_or(usize::MAX),
            GroupingElement::GroupingSets(sets) => sets.len(),
        };
        product = product.saturating_mul(sets);
        if product > limits::SQL_GROUPING_SETS_MAX {
            return Err((Limit::GroupingSets, group_by.span));
        }
    }
    Ok(())
}
