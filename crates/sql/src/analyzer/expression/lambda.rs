//! Lambdas (sql.md 9).

use model::limits::SQL_LAMBDA_WIDENINGS_MAX;

use super::super::Analyzer;
use super::super::clause::Clause;
use super::super::error::Result;
use super::super::scope::{Field, Place, Scope};
use crate::bound::{ColumnDef, Expr, ExprKind};
use crate::functions::signature::{Binding, LambdaFit};
use crate::syntax::ast;

/// A lambda argument of a call, as far as it could be bound.
#[derive(Debug)]
enum BoundLambda {
    Fits(Expr),
    /// Its body made a type wider that it takes itself.
    Widened,
    Misfit,
}

impl<'a> Analyzer<'a> {
    /// Binds the lambdas among the arguments of a call, by position; `None` when one does not fit. The state of
    /// `reduce` takes the type that its first value and the step's result have in common.
    pub(super) fn bind_lambdas(
        &mut self,
        binding: &mut Binding,
        arguments: &'a [ast::Expr],
        place: Place<'_>,
    ) -> Result<Option<Vec<Option<Expr>>>> {
        'bound: for _ in 0..=SQL_LAMBDA_WIDENINGS_MAX {
            let mut lambdas = Vec::with_capacity(arguments.len());
            for (index, argument) in arguments.iter().enumerate() {
                if !matches!(argument.kind, ast::ExprKind::Lambda { .. }) {
                    lambdas.push(None);
                    continue;
                }
                match self.bind_lambda(binding, index, argument, place)? {
                    BoundLambda::Fits(lambda) => lambdas.push(Some(lambda)),
                    BoundLambda::Widened => continue 'bound,
                    BoundLambda::Misfit => return Ok(None),
                }
            }
            return Ok(Some(lambdas));
        }
        Ok(None)
    }

    /// Binds a lambda argument; its parameters hide names around it.
    fn bind_lambda(
        &mut self,
        binding: &mut Binding,
        index: usize,
        lambda: &'a ast::Expr,
        place: Place<'_>,
    ) -> Result<BoundLambda> {
        let ast::ExprKind::Lambda { parameters: names, body } = &lambda.kind else {
            return Ok(BoundLambda::Misfit);
        };
        let Some(types) = binding.lambda_parameters(index) else { return Ok(BoundLambda::Misfit) };
        let parameters: Vec<ColumnDef> = types.into_iter().map(|ty| self.new_column(ty)).collect();
        let fields: Vec<Field> = names
            .iter()
            .zip(&parameters)
            .map(|(name, column)| Field::unqualified(Some(name.text.as_str().into()), column.clone()))
            .collect();
        let scope = Scope::within(&fields, place.scope);
        let body = self.expression(body, Place::plain(&scope, Clause::Lambda))?;
        match binding.bind_lambda(index, &body.ty) {
            LambdaFit::Fits(ty) => {
                let body = Box::new(self.coerce(body, &ty)?);
                let lambda = Expr::new(ExprKind::Lambda { parameters, body }, ty, lambda.span);
                Ok(BoundLambda::Fits(lambda))
            }
            LambdaFit::Widened => {
                self.charge(&body)?;
                Ok(BoundLambda::Widened)
            }
            LambdaFit::Misfit => Ok(BoundLambda::Misfit),
        }
    }
}
