//! CASE, IF, COALESCE, NULLIF, TRY, typeof (sql.md 7.1): forms that decide what is evaluated, so no functions.

use super::super::Analyzer;
use super::super::error::{Reason, Result};
use super::super::scope::Place;
use super::compare::takes;
use crate::bound::{CompareOp, Expr, ExprKind};
use crate::syntax::ast::{self, CaseBranch, Span};
use crate::types::Type;
use crate::value::Value;

/// The forms that are written like calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConditionalForm {
    If,
    Coalesce,
    NullIf,
    Try,
    TypeOf,
}

impl ConditionalForm {
    pub fn of(name: &str) -> Option<Self> {
        let forms = [
            ("if", Self::If),
            ("coalesce", Self::Coalesce),
            ("nullif", Self::NullIf),
            ("try", Self::Try),
            ("typeof", Self::TypeOf),
        ];
        forms.into_iter().find(|(form, _)| name.eq_ignore_ascii_case(form)).map(|(_, form)| form)
    }
}

impl<'a> Analyzer<'a> {
    pub(super) fn case(
        &mut self,
        operand: Option<&'a ast::Expr>,
        branches: &'a [CaseBranch],
        otherwise: Option<&'a ast::Expr>,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        if let Some(operand) = operand {
            let operand = self.expression(operand, place)?;
            return self.with_shared(operand, |this, operand| {
                let conditions = this.simple_case_conditions(&operand, branches, place)?;
                this.case_results(conditions, branches, otherwise, span, place)
            });
        }
        let mut conditions = Vec::with_capacity(branches.len());
        for branch in branches {
            let condition = self.expression(&branch.when, place)?;
            conditions.push(self.boolean(condition, Reason::CaseCondition)?);
        }
        self.case_results(conditions, branches, otherwise, span, place)
    }

    fn case_results(
        &mut self,
        conditions: Vec<Expr>,
        branches: &'a [CaseBranch],
        otherwise: Option<&'a ast::Expr>,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let mut results = Vec::with_capacity(branches.len() + 1);
        for branch in branches {
            results.push(self.expression(&branch.then, place)?);
        }
        if let Some(otherwise) = otherwise {
            results.push(self.expression(otherwise, place)?);
        }
        let types = type_list(&results);
        let Some((mut results, ty)) = self.coerce_to_common(results)? else {
            return Reason::Mismatch { what: "All CASE results", types }.at(span);
        };
        let otherwise = if otherwise.is_some() { results.pop().map(Box::new) } else { None };
        let branches = conditions.into_iter().zip(results).collect();
        Ok(Expr::new(ExprKind::Case { branches, otherwise }, ty, span))
    }

    /// `CASE operand WHEN value`: one comparison per branch.
    fn simple_case_conditions(
        &mut self,
        operand: &Expr,
        branches: &'a [CaseBranch],
        place: Place<'_>,
    ) -> Result<Vec<Expr>> {
        let mut conditions = Vec::with_capacity(branches.len());
        for branch in branches {
            let value = self.expression(&branch.when, place)?;
            let types = [operand, &value].map(|expr| expr.ty.clone());
            let repeated = self.repeat(operand)?;
            match self.equals(repeated, value)? {
                Some(condition) => conditions.push(condition),
                None => {
                    let [left, right] = types;
                    return Reason::CaseOperand { left, right }.at(branch.when.span);
                }
            }
        }
        Ok(conditions)
    }

    fn equals(&mut self, left: Expr, right: Expr) -> Result<Option<Expr>> {
        let span = left.span.to(right.span);
        let Some((sides, ty)) = self.coerce_to_common(vec![left, right])? else { return Ok(None) };
        match <[Expr; 2]>::try_from(sides) {
            Ok([left, right]) if takes(CompareOp::Eq, &ty) => {
                Ok(Some(Expr::compare(CompareOp::Eq, left, right, span)))
            }
            _ => Ok(None),
        }
    }

    /// A conditional form written like a call.
    pub(super) fn conditional(
        &mut self,
        form: ConditionalForm,
        arguments: &'a [ast::Expr],
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        match (form, arguments) {
            (ConditionalForm::If, [condition, then]) => self.if_form(condition, then, None, span, place),
            (ConditionalForm::If, [condition, then, otherwise]) => {
                self.if_form(condition, then, Some(otherwise), span, place)
            }
            (ConditionalForm::Coalesce, arguments) if arguments.len() > 1 => {
                self.coalesce(arguments, span, place)
            }
            (ConditionalForm::NullIf, [value, other]) => self.null_if(value, other, span, place),
            (ConditionalForm::Try, [operand]) => self.try_expression(operand, span, place),
            (ConditionalForm::TypeOf, [operand]) => {
                let ty = self.expression(operand, place)?.ty;
                Ok(Expr::literal(Value::Varchar(ty.to_string()), span))
            }
            (ConditionalForm::If, _) => Reason::ArgumentCount("IF").at(span),
            (ConditionalForm::Coalesce, _) => Reason::ArgumentCount("COALESCE").at(span),
            (ConditionalForm::NullIf, _) => Reason::ArgumentCount("NULLIF").at(span),
            (ConditionalForm::Try, _) => Reason::ArgumentCount("TRY").at(span),
            (ConditionalForm::TypeOf, _) => Reason::ArgumentCount("typeof").at(span),
        }
    }

    fn if_form(
        &mut self,
        condition: &'a ast::Expr,
        then: &'a ast::Expr,
        otherwise: Option<&'a ast::Expr>,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let condition = self.expression(condition, place)?;
        let condition = self.boolean(condition, Reason::IfCondition)?;
        let mut results = vec![self.expression(then, place)?];
        if let Some(otherwise) = otherwise {
            results.push(self.expression(otherwise, place)?);
        }
        let types = type_list(&results);
        let Some((results, ty)) = self.coerce_to_common(results)? else {
            return Reason::Mismatch { what: "Result types for IF", types }.at(span);
        };
        let mut results = results.into_iter();
        let branches = results.next().map(|then| (condition, then)).into_iter().collect();
        let otherwise = results.next().map(Box::new);
        Ok(Expr::new(ExprKind::Case { branches, otherwise }, ty, span))
    }

    fn coalesce(&mut self, arguments: &'a [ast::Expr], span: Span, place: Place<'_>) -> Result<Expr> {
        let args = self.expressions(arguments, place)?;
        let types = type_list(&args);
        match self.coerce_to_common(args)? {
            Some((args, ty)) => self.first_present(args, &ty, span),
            None => Reason::Mismatch { what: "All COALESCE operands", types }.at(span),
        }
    }

    /// COALESCE uses each operand twice: to ask whether it is NULL, and as the result.
    fn first_present(&mut self, mut operands: Vec<Expr>, ty: &Type, span: Span) -> Result<Expr> {
        match operands.iter().position(Expr::is_volatile) {
            Some(volatile) => {
                let behind = operands.split_off(volatile + 1);
                let Some(operand) = operands.pop() else { return Reason::ArgumentCount("COALESCE").at(span) };
                self.with_shared(operand, |this, operand| {
                    operands.push(operand);
                    if !behind.is_empty() {
                        operands.push(this.first_present(behind, ty, span)?);
                    }
                    Ok(Expr::new(ExprKind::Coalesce(operands), ty.clone(), span))
                })
            }
            None => Ok(Expr::new(ExprKind::Coalesce(operands), ty.clone(), span)),
        }
    }

    /// `NULLIF(value, other)` keeps the type of `value`.
    fn null_if(
        &mut self,
        value: &'a ast::Expr,
        other: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let value = self.expression(value, place)?;
        let other = self.expression(other, place)?;
        let (left, right) = (value.ty.clone(), other.ty.clone());
        self.with_shared(value, |this, value| {
            let repeated = this.repeat(&value)?;
            let Some(equal) = this.equals(repeated, other)? else {
                return Reason::NullIf { left, right }.at(span);
            };
            let null = Expr::new(ExprKind::Literal(Value::Null), left.clone(), span);
            let kind = ExprKind::Case { branches: vec![(equal, null)], otherwise: Some(Box::new(value)) };
            Ok(Expr::new(kind, left, span))
        })
    }

    pub(super) fn try_expression(
        &mut self,
        operand: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let operand = self.expression(operand, place)?;
        let ty = operand.ty.clone();
        Ok(Expr::new(ExprKind::Try(Box::new(operand)), ty, span))
    }
}

pub(super) fn type_list(exprs: &[Expr]) -> String {
    let mut types: Vec<&Type> = Vec::new();
    for expr in exprs {
        if !types.contains(&&expr.ty) {
            types.push(&expr.ty);
        }
    }
    types.iter().map(|ty| ty.to_string()).collect::<Vec<_>>().join(", ")
}
