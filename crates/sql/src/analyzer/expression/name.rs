//! Names: columns, lambda parameters, fields of rows, measures.

use std::sync::Arc;

use super::super::Analyzer;
use super::super::error::{Reason, Result};
use super::super::measure::find_measure;
use super::super::scope::{Place, prefer_exact, same_name};
use crate::bound::{Expr, ExprKind, Origin};
use crate::syntax::ast::{self, Identifier, Span};
use crate::types::{RowField, Type};

/// A resolved name: the expression with the name its column gets in the output.
#[derive(Debug)]
pub(in crate::analyzer) struct Named {
    pub expr: Expr,
    pub name: Option<Arc<str>>,
    pub origin: Option<Arc<Origin>>,
}

impl<'a> Analyzer<'a> {
    /// Resolves `a`, `a.b`, `a.b.c`; `None` when the expression is no name.
    pub(in crate::analyzer) fn reference(
        &mut self,
        expr: &'a ast::Expr,
        place: Place<'_>,
    ) -> Result<Option<Named>> {
        match expr.name_parts() {
            Some(parts) => resolve(&parts, expr.span, place).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn named_expression(&mut self, expr: &'a ast::Expr, place: Place<'_>) -> Result<Expr> {
        if let Some(named) = self.reference(expr, place)? {
            return Ok(named.expr);
        }
        let ast::ExprKind::Dereference { base, field } = &expr.kind else {
            return Reason::Unsupported("this name").at(expr.span);
        };
        let base = self.expression(base, place)?;
        Ok(field_of(base, field, expr.span)?.0)
    }
}

fn resolve(parts: &[&Identifier], span: Span, place: Place<'_>) -> Result<Named> {
    if let Some(found) = place.scope.find(parts, span)? {
        let column = &found.field.column;
        let kind = if found.outer { ExprKind::OuterColumn(column.id) } else { ExprKind::Column(column.id) };
        let mut expr = Expr::new(kind, column.ty.clone(), span);
        let mut name = found.field.name.clone();
        let fields = parts.get(found.parts..).unwrap_or_default();
        for field in fields {
            (expr, name) = field_of(expr, field, span)?;
        }
        let origin = if fields.is_empty() { found.field.origin.clone() } else { None };
        return Ok(Named { expr, name, origin });
    }
    if let Some(found) = find_measure(place.scope, parts, span)? {
        return Ok(Named { expr: found.expr, name: Some(found.name), origin: Some(found.origin) });
    }
    let name = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
    Reason::ColumnMissing(name).at(span)
}

/// `row.field`, and the field's own name.
fn field_of(row: Expr, field: &Identifier, span: Span) -> Result<(Expr, Option<Arc<str>>)> {
    let Type::Row(fields) = &row.ty else {
        return Reason::NotARow(row.ty).at(span);
    };
    let named =
        |found: &(usize, &RowField)| found.1.name.as_deref().is_some_and(|name| same_name(name, &field.text));
    let matches: Vec<_> = fields.iter().enumerate().filter(named).collect();
    let found = prefer_exact(matches, &field.text, |found| found.1.name.as_deref())
        .map_err(|()| Reason::Ambiguous(field.text.clone()).fault(span))?;
    let Some((index, found)) = found else {
        return Reason::FieldMissing { field: field.text.clone(), row: row.ty }.at(span);
    };
    let (name, ty) = (found.name.as_deref().map(Arc::from), found.ty.clone());
    Ok((Expr::new(ExprKind::Field { row: Box::new(row), index }, ty, span), name))
}
