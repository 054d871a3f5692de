//! GROUP BY: its keys and its grouping sets (sql.md 5.1).

use model::limits::SQL_GROUPING_SETS_MAX;

use super::Analyzer;
use super::clause::Clause;
use super::error::{Reason, Result};
use super::order::ordinal;
use super::scope::{Place, Scope};
use super::select::Selection;
use crate::bound::same::SameIndex;
use crate::bound::{ColumnId, Expr, ExprKind};
use crate::syntax::ast::{self, GroupingElement, GroupingSet};

/// The keys of an aggregation over its input, and the sets of them by position. `None` is one set of all keys.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    pub keys: GroupKeys,
    pub sets: Option<Vec<Vec<usize>>>,
}

/// Different expressions to group by, each with the column it becomes.
#[derive(Debug, Default)]
pub(super) struct GroupKeys {
    pub list: Vec<(ColumnId, Expr)>,
    known: SameIndex,
}

impl GroupKeys {
    /// The position of the key that computes the same as `expr`.
    pub fn find(&self, expr: &Expr, fingerprint: u64) -> Option<usize> {
        let same = |position: &usize| self.list.get(*position).is_some_and(|(_, key)| key.same(expr));
        self.known.candidates(fingerprint).find(same)
    }

    fn push(&mut self, id: ColumnId, key: Expr, fingerprint: u64) {
        self.known.insert(fingerprint, self.list.len());
        self.list.push((id, key));
    }
}

impl<'a> Analyzer<'a> {
    /// Binds GROUP BY. It sees the columns of FROM and the positions of the select list, not its aliases.
    pub(super) fn group_by(
        &mut self,
        group_by: &'a ast::GroupBy,
        selection: &Selection,
        scope: &Scope<'_>,
    ) -> Result<Grouping> {
        let mut grouping = Grouping::default();
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        let mut simple = true;
        for element in &group_by.elements {
            simple &= matches!(element, GroupingElement::Set(_));
            let mut written = Vec::with_capacity(element.sets().len());
            for set in element.sets() {
                written.push(self.grouping_set(set, selection, scope, &mut grouping.keys)?);
            }
            let alternatives = match element {
                GroupingElement::Set(_) | GroupingElement::GroupingSets(_) => written,
                GroupingElement::Rollup(_) => rollup(&written),
                GroupingElement::Cube(_) => cube(&written),
            };
            if sets.len().saturating_mul(alternatives.len()) > SQL_GROUPING_SETS_MAX {
                return Reason::GroupingSets(SQL_GROUPING_SETS_MAX).at(group_by.span);
            }
            sets = product(&sets, &alternatives);
        }
        if group_by.distinct {
            sets = distinct(sets);
        }
        if !simple {
            grouping.sets = Some(sets);
        }
        Ok(grouping)
    }

    fn grouping_set(
        &mut self,
        set: &'a GroupingSet,
        selection: &Selection,
        scope: &Scope<'_>,
        keys: &mut GroupKeys,
    ) -> Result<Vec<usize>> {
        let mut positions = Vec::with_capacity(set.expressions.len());
        for expr in &set.expressions {
            let key = self.group_key(expr, selection, scope)?;
            let fingerprint = key.fingerprint();
            let position = match keys.find(&key, fingerprint) {
                Some(position) => position,
                None => {
                    keys.push(self.new_column_id(), key, fingerprint);
                    keys.list.len() - 1
                }
            };
            if !positions.contains(&position) {
                positions.push(position);
            }
        }
        Ok(positions)
    }

    fn group_key(&mut self, expr: &'a ast::Expr, selection: &Selection, scope: &Scope<'_>) -> Result<Expr> {
        let position = ordinal(expr, selection.items.len(), "GROUP BY")?;
        let key = match position.and_then(|index| selection.items.get(index)) {
            Some(item) => {
                if uses_calls(&item.expr, selection) {
                    let call = item.expr.span.text(self.text).to_owned();
                    return Reason::CallInClause { clause: Clause::GroupBy.name(), call }.at(expr.span);
                }
                self.repeat(&item.expr)?
            }
            None => self.expression(expr, Place::plain(scope, Clause::GroupBy))?,
        };
        if !key.ty.is_comparable() {
            return Reason::GroupType(key.ty).at(expr.span);
        }
        Ok(key)
    }
}

/// Whether an expression reads an aggregate or a window.
fn uses_calls(expr: &Expr, selection: &Selection) -> bool {
    let mut found = false;
    let calls = &selection.calls;
    expr.for_each_deep(&mut |part| {
        if let ExprKind::Column(id) = part.kind {
            found |= calls.aggregates.iter().any(|call| call.id == id)
                || calls.windows.iter().any(|call| call.id == id)
                || calls.groupings.iter().any(|call| call.id == id);
        }
    });
    found
}

/// Every prefix, the longest first, down to the empty set.
fn rollup(written: &[Vec<usize>]) -> Vec<Vec<usize>> {
    (0..=written.len()).rev().map(|count| union(written.iter().take(count))).collect()
}

/// Every subset. More than the limit allows are cut off; the caller's check of the number fails then.
fn cube(written: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let subsets = 1_usize.checked_shl(written.len() as u32).unwrap_or(usize::MAX);
    let subset = |chosen: usize| {
        let members = written.iter().enumerate().filter(move |(index, _)| chosen >> index & 1 == 0);
        union(members.map(|(_, set)| set))
    };
    (0..subsets.min(SQL_GROUPING_SETS_MAX + 1)).map(subset).collect()
}

fn product(left: &[Vec<usize>], right: &[Vec<usize>]) -> Vec<Vec<usize>> {
    left.iter().flat_map(|left| right.iter().map(move |right| union([left, right].into_iter()))).collect()
}

fn union<'s>(sets: impl Iterator<Item = &'s Vec<usize>>) -> Vec<usize> {
    let mut all = Vec::new();
    for position in sets.flatten() {
        if !all.contains(position) {
            all.push(*position);
        }
    }
    all
}

/// Keeps the first of equal sets.
fn distinct(sets: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut seen: Vec<Vec<usize>> = Vec::new();
    let mut kept = Vec::new();
    for set in sets {
        let mut sorted = set.clone();
        sorted.sort_unstable();
        if !seen.contains(&sorted) {
            seen.push(sorted);
            kept.push(set);
        }
    }
    kept
}
