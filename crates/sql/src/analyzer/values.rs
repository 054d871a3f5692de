//! VALUES (sql.md 5.1): a parenthesised list is a row, anything else a row of one column.

use super::Analyzer;
use super::clause::Clause;
use super::coerce::common_type;
use super::error::{Reason, Result};
use super::query::{BoundQuery, QueryColumn};
use super::scope::{Place, Scope};
use crate::bound::{ColumnDef, Expr, Plan};
use crate::syntax::ast::{self, ExprKind, Values};
use crate::types::Type;

impl<'a> Analyzer<'a> {
    pub(super) fn values(&mut self, values: &'a Values, outer: Option<&Scope<'_>>) -> Result<BoundQuery> {
        let scope = Scope::empty(outer);
        let place = Place::plain(&scope, Clause::Values);
        let mut rows: Vec<Vec<Expr>> = Vec::with_capacity(values.rows.len());
        for row in &values.rows {
            let bound = match &row.kind {
                ExprKind::Row { fields, .. } => self.expressions(fields, place)?,
                _ => vec![self.expression(row, place)?],
            };
            if let Some(first) = rows.first()
                && first.len() != bound.len()
            {
                return mismatch(first, &bound, row);
            }
            rows.push(bound);
        }
        let types = column_types(&rows, values)?;
        let rows = rows
            .into_iter()
            .map(|row| row.into_iter().zip(&types).map(|(expr, ty)| self.coerce(expr, ty)).collect())
            .collect::<Result<_>>()?;
        let columns: Vec<ColumnDef> = types.into_iter().map(|ty| self.new_column(ty)).collect();
        let output = columns.iter().cloned().map(QueryColumn::unnamed).collect();
        Ok(BoundQuery { plan: Plan::Values { columns, rows }, columns: output })
    }
}

/// The common type of each column.
fn column_types(rows: &[Vec<Expr>], values: &Values) -> Result<Vec<Type>> {
    let width = rows.first().map_or(0, Vec::len);
    let mut types = Vec::with_capacity(width);
    for index in 0..width {
        match common_type(rows.iter().filter_map(|row| row.get(index))) {
            Some(ty) => types.push(ty),
            None => return first_mismatch(rows, index, values),
        }
    }
    Ok(types)
}

fn first_mismatch<T>(rows: &[Vec<Expr>], index: usize, values: &Values) -> Result<T> {
    let [first, rest @ ..] = rows else { return Reason::Unsupported("empty VALUES").at(values.span) };
    for (position, row) in rest.iter().enumerate() {
        let pair = [first.get(index), row.get(index)];
        if common_type(pair.into_iter().flatten()).is_none()
            && let Some(syntax) = values.rows.get(position + 1)
        {
            return mismatch(first, row, syntax);
        }
    }
    mismatch(
        first,
        first,
        values.rows.first().ok_or_else(|| Reason::Unsupported("VALUES").fault(values.span))?,
    )
}

fn mismatch<T>(first: &[Expr], other: &[Expr], at: &ast::Expr) -> Result<T> {
    let types = |row: &[Expr]| row.iter().map(|expr| expr.ty.to_string()).collect::<Vec<_>>().join(", ");
    Reason::ValuesTypes { first: types(first), other: types(other) }.at(at.span)
}
