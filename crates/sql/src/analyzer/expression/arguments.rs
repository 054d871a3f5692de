//! The arguments of a call: choosing the overload, then the lambdas, then the conversions.

use super::super::Analyzer;
use super::super::coerce::varchar_literal;
use super::super::error::Result;
use super::super::scope::Place;
use crate::bound::Expr;
use crate::functions::signature::{ArgumentShape, Binding, Signature, resolve};
use crate::syntax::ast::{self, ExprKind};

/// Arguments that fit an overload.
#[derive(Debug)]
pub(in crate::analyzer) struct BoundArguments {
    pub binding: Binding,
    pub args: Vec<Expr>,
}

/// What is known of a call's arguments where no overload fits, for the error text.
#[derive(Debug)]
pub(in crate::analyzer) struct Misfit {
    pub types: String,
}

/// What the choice of an overload needs to know of a value.
pub(super) fn shape(expr: &Expr) -> ArgumentShape {
    ArgumentShape::Value { ty: expr.ty.clone(), varchar_literal: varchar_literal(expr).is_some() }
}

impl<'a> Analyzer<'a> {
    /// Binds arguments in two steps: values choose the overload, which gives the lambdas their parameter types.
    pub(in crate::analyzer) fn bind_arguments(
        &mut self,
        signatures: &[Signature],
        arguments: &'a [ast::Expr],
        place: Place<'_>,
    ) -> Result<std::result::Result<BoundArguments, Misfit>> {
        let mut values = Vec::with_capacity(arguments.len());
        let mut shapes = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if let ExprKind::Lambda { parameters, .. } = &argument.kind {
                shapes.push(ArgumentShape::Lambda { parameter_count: parameters.len() });
                values.push(None);
            } else {
                let value = self.expression(argument, place)?;
                shapes.push(shape(&value));
                values.push(Some(value));
            }
        }
        let misfit = || Misfit { types: describe(&shapes) };
        let Some(mut binding) = resolve(signatures, &shapes) else { return Ok(Err(misfit())) };
        let Some(lambdas) = self.bind_lambdas(&mut binding, arguments, place)? else {
            return Ok(Err(misfit()));
        };
        let args = values.into_iter().zip(lambdas).filter_map(|(value, lambda)| value.or(lambda)).collect();
        let args = self.coerce_arguments(&binding, args)?;
        Ok(Ok(BoundArguments { binding, args }))
    }

    /// Converts values to the types of the overload; lambdas already have them.
    pub(super) fn coerce_arguments(&mut self, binding: &Binding, args: Vec<Expr>) -> Result<Vec<Expr>> {
        let mut converted = Vec::with_capacity(args.len());
        for (index, arg) in args.into_iter().enumerate() {
            let is_lambda = matches!(arg.kind, crate::bound::ExprKind::Lambda { .. });
            converted.push(match binding.argument_type(index) {
                Some(ty) if !is_lambda => self.coerce(arg, &ty)?,
                _ => arg,
            });
        }
        Ok(converted)
    }
}

fn describe(shapes: &[ArgumentShape]) -> String {
    let types = shapes.iter().map(|shape| match shape {
        ArgumentShape::Value { ty, .. } => ty.to_string(),
        ArgumentShape::Lambda { .. } => "function".to_owned(),
    });
    types.collect::<Vec<_>>().join(", ")
}
