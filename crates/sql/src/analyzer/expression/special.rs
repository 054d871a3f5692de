//! Calls with words between their arguments, and constructors: EXTRACT, POSITION, TRIM, ROW, ARRAY, subscripts.

use super::super::Analyzer;
use super::super::error::{Reason, Result};
use super::super::scope::Place;
use super::conditional::type_list;
use crate::bound::{Expr, ExprKind};
use crate::syntax::ast::{self, Identifier, Span, TrimSide};
use crate::types::{RowField, Type};
use crate::value::Value;

/// The fields of EXTRACT; each is a function of the same name (sql.md 7.8).
const EXTRACT_FIELDS: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "day_of_month",
    "day_of_week",
    "dow",
    "day_of_year",
    "doy",
    "year_of_week",
    "yow",
    "hour",
    "minute",
    "second",
];

impl<'a> Analyzer<'a> {
    pub(super) fn extract(
        &mut self,
        field: &'a Identifier,
        operand: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let operand = self.expression(operand, place)?;
        let Some(function) = EXTRACT_FIELDS.iter().find(|name| field.is(name)) else {
            return Reason::ExtractField(field.text.clone()).at(field.span);
        };
        let ty = operand.ty.clone();
        match self.operator_call(function, vec![operand], span)? {
            Some(call) => Ok(call),
            None => Reason::ExtractType { field: field.text.to_uppercase(), ty }.at(span),
        }
    }

    pub(super) fn position(
        &mut self,
        needle: &'a ast::Expr,
        haystack: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let needle = self.expression(needle, place)?;
        let haystack = self.expression(haystack, place)?;
        self.named_call("strpos", vec![haystack, needle], span)
    }

    pub(super) fn trim(
        &mut self,
        side: TrimSide,
        characters: Option<&'a ast::Expr>,
        operand: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let function = match side {
            TrimSide::Leading => "ltrim",
            TrimSide::Trailing => "rtrim",
            TrimSide::Both => "trim",
        };
        let mut args = vec![self.expression(operand, place)?];
        if let Some(characters) = characters {
            args.push(self.expression(characters, place)?);
        }
        self.named_call(function, args, span)
    }

    /// Calls a scalar function by name with bound arguments.
    fn named_call(&mut self, name: &str, args: Vec<Expr>, span: Span) -> Result<Expr> {
        let types = args.iter().map(|arg| arg.ty.to_string()).collect::<Vec<_>>().join(", ");
        match self.operator_call(name, args, span)? {
            Some(call) => Ok(call),
            None => Reason::Arguments { types, function: name.to_owned(), expected: String::new() }.at(span),
        }
    }

    pub(super) fn row(&mut self, fields: &'a [ast::Expr], span: Span, place: Place<'_>) -> Result<Expr> {
        let fields = self.expressions(fields, place)?;
        let types = fields.iter().map(|field| RowField { name: None, ty: field.ty.clone() });
        let ty = Type::Row(types.collect());
        Ok(Expr::new(ExprKind::Row(fields), ty, span))
    }

    pub(super) fn array(&mut self, items: &'a [ast::Expr], span: Span, place: Place<'_>) -> Result<Expr> {
        let items = self.expressions(items, place)?;
        let types = type_list(&items);
        match self.coerce_to_common(items)? {
            Some((items, element)) => Ok(Expr::new(ExprKind::Array(items), Type::array(element), span)),
            None => Reason::Mismatch { what: "All ARRAY elements", types }.at(span),
        }
    }

    /// `array[index]`, or `row[n]` with a constant.
    pub(super) fn subscript(
        &mut self,
        base: &'a ast::Expr,
        index: &'a ast::Expr,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let base = self.expression(base, place)?;
        let index = self.expression(index, place)?;
        if let (Type::Row(fields), ExprKind::Literal(Value::Integer(position))) = (&base.ty, &index.kind) {
            let position = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
            return match position.and_then(|position| Some((position, fields.get(position)?.ty.clone()))) {
                Some((index, ty)) => Ok(Expr::new(ExprKind::Field { row: Box::new(base), index }, ty, span)),
                None => Reason::RowSubscript(fields.len()).at(index.span),
            };
        }
        let (base_type, index_type) = (base.ty.clone(), index.ty.clone());
        match self.operator_call("$subscript", vec![base, index], span)? {
            Some(call) => Ok(call),
            None => Reason::Subscript { base: base_type, index: index_type }.at(span),
        }
    }
}
