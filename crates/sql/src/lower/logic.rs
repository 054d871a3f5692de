//! AND and OR over lists: balanced trees, with terms that may fail kept from rows that earlier terms decide.

use datafusion::logical_expr::{Expr, Operator};

use super::expression::{binary, case, lazy_boolean};
use super::fallible::{is_constant, may_fail};
use super::input::Input;
use super::{Lowering, Result, constant};
use crate::bound::{self, ColumnDef, CompareOp, ExprKind};
use crate::types::Type;

/// Guarding more terms one behind the other would nest too deep; beyond this they guard each other no more.
const CHAIN_MAX: usize = 16;

impl Lowering {
    pub(super) fn and(&mut self, terms: &[bound::Expr], input: &mut Input) -> Result<Expr> {
        self.guarded(terms, Operator::And, input)
    }

    pub(super) fn or(&mut self, terms: &[bound::Expr], input: &mut Input) -> Result<Expr> {
        self.guarded(terms, Operator::Or, input)
    }

    /// DataFusion evaluates both sides of AND on whole batches and moves terms apart. So `x <> 0 AND 1 / x > 2` becomes
    /// `x <> 0 AND CASE WHEN x <> 0 IS NOT FALSE THEN 1 / x > 2 END`: terms that cannot fail come first, and each term
    /// that may fail is evaluated only for rows the terms before it leave open.
    fn guarded(&mut self, terms: &[bound::Expr], op: Operator, input: &mut Input) -> Result<Expr> {
        if let Some(shared) = self.share_volatile(terms, op) {
            return self.expr(&shared, input);
        }
        let (mut safe, mut risky) = (Vec::new(), Vec::new());
        for term in flat(terms, op) {
            let lowered = self.expr(term, input)?;
            if may_fail(term) { risky.push(lowered) } else { safe.push(lowered) }
        }
        let risky = if risky.len() > CHAIN_MAX {
            balanced(risky, op)
        } else {
            let mut guarded = None;
            for term in risky.into_iter().rev() {
                guarded = Some(match guarded {
                    Some(rest) => self.guard(term, op, rest)?,
                    None => term,
                });
            }
            guarded
        };
        Ok(match (balanced(safe, op), risky) {
            (Some(safe), Some(risky)) => self.guard(safe, op, risky)?,
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => constant::boolean(op == Operator::And),
        })
    }

    /// A term with random numbers that guards others is used twice: it becomes a value that is computed once.
    fn share_volatile(&mut self, terms: &[bound::Expr], op: Operator) -> Option<bound::Expr> {
        if !terms.iter().any(may_fail) {
            return None;
        }
        let position = terms.iter().position(bound::Expr::is_volatile)?;
        let mut terms = terms.to_vec();
        let span = terms.get(position)?.span;
        let parameter = ColumnDef { id: self.fresh(), ty: Type::Boolean };
        let value = std::mem::replace(terms.get_mut(position)?, bound::Expr::column(&parameter, span));
        let kind = if op == Operator::And { ExprKind::And(terms) } else { ExprKind::Or(terms) };
        Some(bound::Expr::once(value, parameter, bound::Expr::new(kind, Type::Boolean, span)))
    }

    /// `before op rest`, with `rest` evaluated only where `before` does not decide.
    fn guard(&mut self, before: Expr, op: Operator, rest: Expr) -> Result<Expr> {
        let copy = Box::new(self.copy(&before)?);
        let open = match op {
            Operator::And => Expr::IsNotFalse(copy),
            _ => Expr::IsNotTrue(copy),
        };
        Ok(binary(before, op, lazy_boolean(vec![(open, rest)], constant::unknown())))
    }

    /// A condition of which only the rows matter for which it is true: doubles that it wants equal become keys, by which
    /// joins find their partners.
    pub(super) fn condition(&mut self, on: &bound::Expr, input: &mut Input) -> Result<Expr> {
        let terms = match &on.kind {
            ExprKind::And(terms) => terms.clone(),
            _ => vec![on.clone()],
        };
        let terms: Vec<bound::Expr> = terms.into_iter().map(keyed).collect();
        self.and(&terms, input)
    }
}

/// Terms in brackets that are of the same kind join the list: guards within guards would double with each level.
fn flat(terms: &[bound::Expr], op: Operator) -> Vec<&bound::Expr> {
    let mut found = Vec::with_capacity(terms.len());
    for term in terms {
        match (&term.kind, op) {
            (ExprKind::And(inner), Operator::And) | (ExprKind::Or(inner), Operator::Or) => {
                found.extend(flat(inner, op));
            }
            _ => found.push(term),
        }
    }
    found
}

fn keyed(term: bound::Expr) -> bound::Expr {
    match term.kind {
        ExprKind::Compare { op: CompareOp::Eq, left, right }
            if left.ty == Type::Double && ![&left, &right].into_iter().any(|side| is_constant(side)) =>
        {
            bound::Expr::compare(CompareOp::Eq, left.join_key(), right.join_key(), term.span)
        }
        kind => bound::Expr { kind, ..term },
    }
}

/// How two values are the same, where NULL is the same as NULL.
pub(super) enum Same {
    /// Pairs that are all equal, and never NULL.
    Keys(Vec<(Expr, Expr)>),
    Condition(Expr),
}

impl Same {
    pub(super) fn into_condition(self) -> Expr {
        match self {
            Self::Keys(pairs) => {
                let terms = pairs.into_iter().map(|(left, right)| binary(left, Operator::Eq, right));
                balanced(terms.collect(), Operator::And).unwrap_or_else(|| constant::boolean(true))
            }
            Self::Condition(condition) => condition,
        }
    }
}

impl Lowering {
    /// `left IS NOT DISTINCT FROM right` in a form in which joins can use it. DataFusion's own joins in which NULL equals
    /// NULL take in conditions in which it does not (EliminateCrossJoin, ExtractEquijoinPredicate), so none is made.
    pub(super) fn same(&mut self, ty: &Type, left: Expr, right: Expr) -> Result<Same> {
        let is_volatile = left.is_volatile() || right.is_volatile();
        let Some(filler) = constant::filler(ty).filter(|_| !is_volatile) else {
            return Ok(Same::Condition(self.own_compare(CompareOp::IsNotDistinctFrom, ty, left, right)));
        };
        let (left, right) = (self.copy(&left)?, self.copy(&right)?);
        let is_null = |side: &Expr| Expr::IsNull(Box::new(side.clone()));
        let filled = |side: Expr| case(vec![(is_null(&side), filler.clone())], side);
        Ok(Same::Keys(vec![(is_null(&left), is_null(&right)), (filled(left), filled(right))]))
    }
}

/// Joins terms as a tree of logarithmic depth; `None` without terms.
pub(super) fn balanced(mut terms: Vec<Expr>, op: Operator) -> Option<Expr> {
    while terms.len() > 1 {
        let mut joined = Vec::with_capacity(terms.len().div_ceil(2));
        let mut rest = terms.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => binary(left, op, right),
                None => left,
            });
        }
        terms = joined;
    }
    terms.pop()
}
