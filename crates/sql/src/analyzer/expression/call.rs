//! Calls: finds out whether a name is a form, an aggregate, a window function or a scalar function.

use super::super::Analyzer;
use super::super::clause::Clause;
use super::super::error::{Reason, Result};
use super::super::scope::Place;
use super::arguments::Misfit;
use super::conditional::ConditionalForm;
use crate::bound::{AggregateCall, Expr, ExprKind};
use crate::functions::signature::Signature;
use crate::functions::{AggregateFunction, Registry, ScalarFunction, constants};
use crate::syntax::ast::{FunctionCall, Span};

impl<'a> Analyzer<'a> {
    pub(super) fn function(&mut self, call: &'a FunctionCall, span: Span, place: Place<'_>) -> Result<Expr> {
        let name = call.name.text.as_str();
        let registry = Registry::get();
        if call.over.is_some() {
            return self.window_call(call, span, place);
        }
        if let Some((function, signatures)) = registry.aggregate(name) {
            return self.aggregate_call(function, signatures, call, span, place);
        }
        if registry.window(name).is_some() {
            return Reason::WindowWithoutOver(name.to_owned()).at(span);
        }
        if call.star {
            return Reason::StarArgument(name.to_owned()).at(span);
        }
        self.require_scalar_call(call, span)?;
        if name.eq_ignore_ascii_case("grouping") {
            return self.grouping_call(&call.arguments, span, place);
        }
        if let Some(form) = ConditionalForm::of(name) {
            return self.conditional(form, &call.arguments, span, place);
        }
        match registry.scalar(name) {
            Some((function, signatures)) if !name.starts_with('$') => {
                self.scalar_call(function, signatures, call, span, place)
            }
            _ => Reason::FunctionMissing(name.to_owned()).at(span),
        }
    }

    fn scalar_call(
        &mut self,
        function: &'static ScalarFunction,
        signatures: &[Signature],
        call: &'a FunctionCall,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let bound = match self.bind_arguments(signatures, &call.arguments, place)? {
            Ok(bound) => bound,
            Err(misfit) => return unexpected(call, misfit, signatures).at(span),
        };
        let Some(ty) = bound.binding.return_type() else {
            return Reason::Unsupported("a call whose type nothing decides").at(span);
        };
        for (index, arg) in bound.args.iter().enumerate() {
            if let ExprKind::Literal(value) = &arg.kind
                && let Err(error) = constants::check(function, index, value)
            {
                return Reason::Constant(error).at(arg.span);
            }
        }
        let kind = ExprKind::Call { function, overload: bound.binding.overload, args: bound.args };
        Ok(Expr::new(kind, ty, span))
    }

    /// An aggregate becomes a column of the SELECT's aggregation.
    fn aggregate_call(
        &mut self,
        function: &'static AggregateFunction,
        signatures: &[Signature],
        call: &'a FunctionCall,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let Some(calls) = place.calls else { return self.misplaced(call, span, place.clause).at(span) };
        if call.star && function.name != "count" {
            return Reason::StarArgument(call.name.text.clone()).at(span);
        }
        if call.null_treatment.is_some() {
            return Reason::NullTreatment(call.name.text.clone()).at(span);
        }
        let inside = Place {
            scope: place.source,
            source: place.source,
            clause: Clause::Aggregate(&call.name.text),
            calls: None,
        };
        let bound = match self.bind_arguments(signatures, &call.arguments, inside)? {
            Ok(bound) => bound,
            Err(misfit) => return unexpected(call, misfit, signatures).at(span),
        };
        let Some(ty) = bound.binding.return_type() else {
            return Reason::Unsupported("a call whose type nothing decides").at(span);
        };
        let filter = self.call_filter(call, place)?;
        let order_by = self.call_order(call, inside)?;
        let aggregate = AggregateCall {
            id: self.new_column_id(),
            function,
            overload: bound.binding.overload,
            args: bound.args,
            ty,
            distinct: call.distinct,
            filter,
            order_by,
            span,
        };
        check_distinct(&aggregate)?;
        let column = calls.borrow_mut().aggregate(aggregate);
        Ok(Expr::column(&column, span))
    }

    fn call_order(&mut self, call: &'a FunctionCall, place: Place<'_>) -> Result<Vec<crate::bound::SortKey>> {
        let mut keys = Vec::with_capacity(call.order_by.len());
        for item in &call.order_by {
            let expr = self.expression(&item.expr, place)?;
            keys.push(super::super::order::sort_key(expr, item)?);
        }
        Ok(keys)
    }

    /// `FILTER (WHERE condition)`.
    pub(in crate::analyzer) fn call_filter(
        &mut self,
        call: &'a FunctionCall,
        place: Place<'_>,
    ) -> Result<Option<Expr>> {
        let Some(filter) = &call.filter else { return Ok(None) };
        let inside = Place { scope: place.source, source: place.source, clause: Clause::Filter, calls: None };
        self.condition(filter, inside, Reason::FilterCondition).map(Some)
    }

    /// An aggregate or a window where the clause takes none.
    pub(in crate::analyzer) fn misplaced(
        &self,
        call: &FunctionCall,
        span: Span,
        clause: Clause<'_>,
    ) -> Reason {
        let text = span.text(self.text).to_owned();
        match clause {
            Clause::Aggregate(outer) => Reason::NestedAggregate { outer: outer.to_owned(), inner: text },
            Clause::Window if call.over.is_some() => Reason::NestedWindow(text),
            clause => Reason::CallInClause { clause: clause.name(), call: text },
        }
    }

    fn require_scalar_call(&self, call: &FunctionCall, span: Span) -> Result<()> {
        let name = call.name.text.clone();
        if call.distinct {
            return Reason::NotAnAggregate { what: "DISTINCT", function: name }.at(span);
        }
        if call.filter.is_some() {
            return Reason::NotAnAggregate { what: "FILTER", function: name }.at(span);
        }
        if !call.order_by.is_empty() {
            return Reason::NotAnAggregate { what: "ORDER BY", function: name }.at(span);
        }
        if call.null_treatment.is_some() {
            return Reason::NullTreatment(name).at(span);
        }
        Ok(())
    }
}

/// The error for arguments that no overload takes.
pub(in crate::analyzer) fn unexpected(
    call: &FunctionCall,
    misfit: Misfit,
    signatures: &[Signature],
) -> Reason {
    let mut expected: Vec<String> = Vec::new();
    for signature in signatures {
        expected.push(signature.to_string());
    }
    let function = call.name.text.to_lowercase();
    Reason::Arguments { types: misfit.types, function, expected: expected.join(", ") }
}

fn check_distinct(call: &AggregateCall) -> Result<()> {
    if !call.distinct {
        return Ok(());
    }
    if let Some(argument) = call.args.iter().find(|argument| !argument.ty.is_comparable()) {
        return Reason::DistinctType(argument.ty.clone()).at(call.span);
    }
    let in_arguments = |key: &crate::bound::SortKey| call.args.iter().any(|arg| arg.same(&key.expr));
    if !call.order_by.iter().all(in_arguments) {
        return Reason::DistinctAggregateOrder.at(call.span);
    }
    Ok(())
}
