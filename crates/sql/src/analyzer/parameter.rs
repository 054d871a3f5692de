//! `@name` parameters: values in a query, types to be found out in PrepareQuery.

use super::Analyzer;
use super::error::{Reason, Result};
use crate::bound::{ColumnDef, ColumnId, Expr, ExprKind};
use crate::syntax::ast::Span;
use crate::types::Type;
use crate::value::Value;

/// A parameter of a prepared query. Its column stands for it until something decides its type.
#[derive(Debug)]
pub(super) struct InferredParameter {
    pub id: ColumnId,
    pub name: String,
    pub ty: Type,
    /// The first place of the text that names it.
    pub start: u32,
}

/// Where parameters come from.
#[derive(Debug)]
pub(super) enum ParameterSource<'a> {
    Values(&'a super::Parameters),
    Inferred(Vec<InferredParameter>),
}

/// The parameter that scheduled queries bind to the instant of their run (sql.md 1).
const SCHEDULED_RUNTIME: &str = "scheduled_runtime";

impl<'a> Analyzer<'a> {
    pub(super) fn parameter(&mut self, name: &str, span: Span) -> Result<Expr> {
        let known = match &mut self.parameters {
            ParameterSource::Values(values) => {
                return match values.find(name) {
                    Some(value) => Ok(Expr::literal(value.clone(), span)),
                    None => Reason::ParameterMissing(name.to_owned()).at(span),
                };
            }
            ParameterSource::Inferred(parameters) => parameters.iter_mut().find(|known| known.name == name),
        };
        if let Some(known) = known {
            known.start = known.start.min(span.start);
            return Ok(Expr::column(&ColumnDef { id: known.id, ty: known.ty.clone() }, span));
        }
        let ty = if name == SCHEDULED_RUNTIME { Type::Timestamp } else { Type::Unknown };
        let column = self.new_column(ty.clone());
        if let ParameterSource::Inferred(parameters) = &mut self.parameters {
            let name = name.to_owned();
            parameters.push(InferredParameter { id: column.id, name, ty, start: span.start });
        }
        Ok(Expr::column(&column, span))
    }

    /// The value of a parameter outside of expressions; `None` while preparing, where it has none.
    pub(super) fn parameter_value(&mut self, name: &str, span: Span) -> Result<Option<Value>> {
        let expr = self.parameter(name, span)?;
        match expr.kind {
            ExprKind::Literal(value) => Ok(Some(value)),
            _ => {
                self.infer_parameter(&expr, &Type::Bigint);
                Ok(None)
            }
        }
    }

    /// Notes that a parameter stands where a value of `ty` is needed. The first such place decides.
    pub(super) fn infer_parameter(&mut self, expr: &Expr, ty: &Type) {
        let ParameterSource::Inferred(parameters) = &mut self.parameters else { return };
        let ExprKind::Column(id) = expr.kind else { return };
        let known = parameters.iter_mut().find(|known| known.id == id && known.ty == Type::Unknown);
        if let Some(known) = known {
            known.ty = ty.clone();
        }
    }
}
