//! ORDER BY: ordinals, the select list's names, then the columns below (sql.md 5.1). NULLs are last unless stated.

use super::error::{Reason, Result};
use crate::bound::{Expr, SortKey};
use crate::syntax::ast::{self, ExprKind, Literal, SortItem};

/// A sort key from its bound expression.
pub(super) fn sort_key(expr: Expr, item: &SortItem) -> Result<SortKey> {
    if !expr.ty.is_orderable() {
        return Reason::OrderType(expr.ty).at(item.expr.span);
    }
    Ok(SortKey { expr, descending: item.descending, nulls_first: item.nulls_first.unwrap_or(false) })
}

/// The position that a bare integer means in ORDER BY or GROUP BY, from 0; `None` for any other expression.
///
/// # Errors
/// A position outside of a list of `columns` columns.
pub(super) fn ordinal(expr: &ast::Expr, columns: usize, clause: &'static str) -> Result<Option<usize>> {
    let ExprKind::Literal(Literal::Integer(digits)) = &expr.kind else { return Ok(None) };
    let position = digits.parse::<usize>().ok();
    match position.and_then(|position| position.checked_sub(1)).filter(|index| *index < columns) {
        Some(index) => Ok(Some(index)),
        None => Reason::Position { clause, position: digits.clone() }.at(expr.span),
    }
}
