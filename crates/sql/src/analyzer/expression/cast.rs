//! CAST and TRY_CAST (sql.md 3.4): which types can become which.

use super::super::Analyzer;
use super::super::error::{Reason, Result};
use super::super::scope::Place;
use super::super::type_name::{type_of, varchar_length};
use crate::bound::{Expr, ExprKind};
use crate::functions::cast::can_cast;
use crate::syntax::ast::{self, Span, TypeName};
use crate::value::Value;

impl<'a> Analyzer<'a> {
    pub(super) fn cast(
        &mut self,
        operand: &'a ast::Expr,
        type_name: &'a TypeName,
        or_null: bool,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let ty = type_of(type_name)?;
        let length = varchar_length(type_name)?;
        let operand = self.expression(operand, place)?;
        if !can_cast(&operand.ty, &ty) {
            return Reason::Cast { from: operand.ty, to: ty }.at(span);
        }
        self.infer_parameter(&operand, &ty);
        let cast = if operand.ty == ty {
            operand
        } else if let ExprKind::Literal(Value::Null) = operand.kind {
            Expr::new(ExprKind::Literal(Value::Null), ty, span)
        } else {
            Expr::new(ExprKind::Cast { expr: Box::new(operand), or_null }, ty, span)
        };
        match length {
            Some(length) => self.cut(cast, length, span),
            None => Ok(cast),
        }
    }

    /// `varchar(n)` keeps the first n characters.
    fn cut(&mut self, text: Expr, length: i64, span: Span) -> Result<Expr> {
        let start = Expr::literal(Value::Bigint(1), span);
        let length = Expr::literal(Value::Bigint(length), span);
        match self.operator_call("substr", vec![text, start, length], span)? {
            Some(call) => Ok(call),
            None => Reason::UnknownType("varchar with a length".to_owned()).at(span),
        }
    }
}
