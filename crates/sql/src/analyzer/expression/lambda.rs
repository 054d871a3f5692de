//! Lambdas (sql.md 9).

use super::super::Analyzer;
use super::super::clause::Clause;
use super::super::error::Result;
use super::super::scope::{Field, Place, Scope};
use crate::bound::{ColumnDef, Expr, ExprKind};
use crate::functions::signature::Binding;
use crate::syntax::ast;

impl<'a> Analyzer<'a> {
    /// Binds a lambda argument; its parameters hide names around it. `None` when the body's type does not fit.
    pub(super) fn bind_lambda(
        &mut self,
        binding: &mut Binding,
        index: usize,
        lambda: &'a ast::Expr,
        place: Place<'_>,
    ) -> Result<Option<Expr>> {
        let ast::ExprKind::Lambda { parameters: names, body } = &lambda.kind else { return Ok(None) };
        let Some(types) = binding.lambda_parameters(index) else { return Ok(None) };
        let parameters: Vec<ColumnDef> = types.into_iter().map(|ty| self.new_column(ty)).collect();
        let fields: Vec<Field> = names
            .iter()
            .zip(&parameters)
            .map(|(name, column)| Field::unqualified(Some(name.text.as_str().into()), column.clone()))
            .collect();
        let scope = Scope::within(&fields, place.scope);
        let body = self.expression(body, Place::plain(&scope, Clause::Lambda))?;
        let Some(ty) = binding.bind_lambda(index, &body.ty) else { return Ok(None) };
        let body = Box::new(self.coerce(body, &ty)?);
        Ok(Some(Expr::new(ExprKind::Lambda { parameters, body }, ty, lambda.span)))
    }
}
