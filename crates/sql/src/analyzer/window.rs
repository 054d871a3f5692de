//! Window calls: the window, its frame, its defaults (sql.md 5.1).

use super::Analyzer;
use super::clause::Clause;
use super::coerce::can_become;
use super::error::{Reason, Result};
use super::expression::unexpected;
use super::order::sort_key;
use super::scope::Place;
use crate::bound::{ColumnDef, Expr, Frame, FrameBound, FrameUnits, SortKey, WindowCall, WindowFunctionRef};
use crate::functions::Registry;
use crate::functions::signature::Signature;
use crate::syntax::ast::{
    self, FrameUnit, FunctionCall, NullTreatment, SortItem, Span, Window, WindowDefinition, WindowFrame,
    WindowSpecification,
};
use crate::types::Type;
use crate::value::Value;

/// The window functions that can skip NULLs.
const NULL_TREATMENT: &[&str] = &["first_value", "last_value", "nth_value", "lead", "lag"];

/// A window with what it takes over from a named one.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    partition_by: &'a [ast::Expr],
    order_by: &'a [SortItem],
    frame: Option<&'a WindowFrame>,
}

impl<'a> Analyzer<'a> {
    /// `function(...) OVER window` becomes a column computed above the aggregation.
    pub(super) fn window_call(
        &mut self,
        call: &'a FunctionCall,
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let allowed = matches!(place.clause, Clause::Select | Clause::OrderBy);
        let (true, Some(calls), Some(window)) = (allowed, place.calls, &call.over) else {
            return self.misplaced(call, span, place.clause).at(span);
        };
        let (function, signatures) = find_function(call, span)?;
        let is_aggregate = matches!(function, WindowFunctionRef::Aggregate(_));
        if !is_aggregate && call.filter.is_some() {
            return Reason::NotAnAggregate { what: "FILTER", function: call.name.text.clone() }.at(span);
        }
        if call.distinct || !call.order_by.is_empty() {
            return Reason::Unsupported("DISTINCT or ORDER BY in a window function").at(span);
        }
        if call.null_treatment.is_some() && !NULL_TREATMENT.iter().any(|name| call.name.is(name)) {
            return Reason::NullTreatment(call.name.text.clone()).at(span);
        }
        let inside = Place { scope: place.source, clause: Clause::Window, ..place };
        let bound = match self.bind_arguments(signatures, &call.arguments, inside)? {
            Ok(bound) => bound,
            Err(misfit) => return unexpected(call, misfit, signatures).at(span),
        };
        let Some(ty) = bound.binding.return_type() else {
            return Reason::Unsupported("a call whose type nothing decides").at(span);
        };
        let filter = self.call_filter(call, place)?;
        let parts = self.window_parts(window, self.named_windows.len())?;
        let partition_by = self.partition(parts.partition_by, inside)?;
        let mut order_by = Vec::with_capacity(parts.order_by.len());
        for item in parts.order_by {
            order_by.push(sort_key(self.expression(&item.expr, inside)?, item)?);
        }
        let frame = self.frame(parts.frame, &order_by, inside)?;
        let column = ColumnDef { id: self.new_column_id(), ty: ty.clone() };
        calls.borrow_mut().windows.push(WindowCall {
            id: column.id,
            function,
            overload: bound.binding.overload,
            args: bound.args,
            ty,
            partition_by,
            order_by,
            frame,
            ignore_nulls: call.null_treatment == Some(NullTreatment::Ignore),
            filter,
            span,
        });
        Ok(Expr::column(&column, span))
    }

    fn partition(&mut self, exprs: &'a [ast::Expr], place: Place<'_>) -> Result<Vec<Expr>> {
        let keys = self.expressions(exprs, place)?;
        match keys.iter().find(|key| !key.ty.is_comparable()) {
            Some(key) => Reason::PartitionType(key.ty.clone()).at(key.span),
            None => Ok(keys),
        }
    }

    /// Follows the names of a WINDOW clause; a window sees the ones defined before it.
    fn window_parts(&self, window: &'a Window, visible: usize) -> Result<Parts<'a>> {
        match window {
            Window::Named(name) => self.named_window(name, visible),
            Window::Specification(specification) => self.specified_window(specification, visible),
        }
    }

    fn named_window(&self, name: &'a ast::Identifier, visible: usize) -> Result<Parts<'a>> {
        let windows = self.named_windows.get(..visible).unwrap_or_default();
        let found = windows.iter().rposition(|known: &WindowDefinition| known.name.is(&name.text));
        match found.and_then(|index| Some((index, windows.get(index)?))) {
            Some((index, definition)) => self.specified_window(&definition.window, index),
            None => Reason::WindowMissing(name.text.clone()).at(name.span),
        }
    }

    fn specified_window(&self, window: &'a WindowSpecification, visible: usize) -> Result<Parts<'a>> {
        let own = Parts {
            partition_by: &window.partition_by,
            order_by: &window.order_by,
            frame: window.frame.as_ref(),
        };
        let Some(name) = &window.base else { return Ok(own) };
        let base = self.named_window(name, visible)?;
        if !own.partition_by.is_empty() {
            return Reason::WindowOverride("PARTITION BY").at(window.span);
        }
        if !own.order_by.is_empty() && !base.order_by.is_empty() {
            return Reason::WindowOverride("ORDER BY").at(window.span);
        }
        if base.frame.is_some() {
            return Reason::WindowOverride("frame").at(window.span);
        }
        let order_by = if own.order_by.is_empty() { base.order_by } else { own.order_by };
        Ok(Parts { partition_by: base.partition_by, order_by, frame: own.frame })
    }

    /// The frame, or its default: with ORDER BY up to the current row and its peers, else the whole partition.
    fn frame(
        &mut self,
        frame: Option<&'a WindowFrame>,
        order_by: &[SortKey],
        place: Place<'_>,
    ) -> Result<Frame> {
        let Some(frame) = frame else {
            let end =
                if order_by.is_empty() { FrameBound::UnboundedFollowing } else { FrameBound::CurrentRow };
            return Ok(Frame { units: FrameUnits::Range, start: FrameBound::UnboundedPreceding, end });
        };
        check_bounds(frame)?;
        let units = match frame.unit {
            FrameUnit::Rows => FrameUnits::Rows,
            FrameUnit::Range => FrameUnits::Range,
            FrameUnit::Groups => FrameUnits::Groups,
        };
        if units == FrameUnits::Groups && order_by.is_empty() {
            return Reason::FrameNeedsOrder.at(frame.span);
        }
        let start = self.frame_bound(&frame.start, units, order_by, frame.span, place)?;
        let end = match &frame.end {
            Some(end) => self.frame_bound(end, units, order_by, frame.span, place)?,
            None => FrameBound::CurrentRow,
        };
        Ok(Frame { units, start, end })
    }

    fn frame_bound(
        &mut self,
        bound: &'a ast::FrameBound,
        units: FrameUnits,
        order_by: &[SortKey],
        span: Span,
        place: Place<'_>,
    ) -> Result<FrameBound> {
        Ok(match bound {
            ast::FrameBound::UnboundedPreceding => FrameBound::UnboundedPreceding,
            ast::FrameBound::CurrentRow => FrameBound::CurrentRow,
            ast::FrameBound::UnboundedFollowing => FrameBound::UnboundedFollowing,
            ast::FrameBound::Preceding(offset) => {
                FrameBound::Preceding(self.frame_offset(offset, units, order_by, span, place)?)
            }
            ast::FrameBound::Following(offset) => {
                FrameBound::Following(self.frame_offset(offset, units, order_by, span, place)?)
            }
        })
    }

    /// A number of rows or groups, or for RANGE a distance in the sort key.
    fn frame_offset(
        &mut self,
        offset: &'a ast::Expr,
        units: FrameUnits,
        order_by: &[SortKey],
        span: Span,
        place: Place<'_>,
    ) -> Result<Expr> {
        let offset = self.expression(offset, place)?;
        if is_negative(&offset) {
            return Reason::FrameOffsetNegative.at(offset.span);
        }
        if units != FrameUnits::Range {
            if !matches!(offset.ty, Type::Integer | Type::Bigint) {
                return Reason::FrameOffsetType(offset.ty).at(offset.span);
            }
            return self.coerce(offset, &Type::Bigint);
        }
        let [key] = order_by else { return Reason::FrameSortKeys(order_by.len()).at(span) };
        if key.expr.ty.is_numeric() && can_become(&offset, &key.expr.ty) {
            return self.coerce(offset, &key.expr.ty);
        }
        let operands = vec![key.expr.clone(), offset.clone()];
        match self.operator_call("$subtract", operands, span)? {
            Some(bound) if bound.ty == key.expr.ty => Ok(offset),
            _ => {
                let reason = Reason::FrameRange { key: key.expr.ty.clone(), offset: offset.ty };
                reason.at(offset.span)
            }
        }
    }
}

fn find_function(call: &FunctionCall, span: Span) -> Result<(WindowFunctionRef, &'static [Signature])> {
    let registry = Registry::get();
    let name = call.name.text.as_str();
    if call.star && !call.name.is("count") {
        return Reason::StarArgument(name.to_owned()).at(span);
    }
    if let Some((function, signatures)) = registry.window(name) {
        return Ok((WindowFunctionRef::Window(function), signatures));
    }
    if let Some((function, signatures)) = registry.aggregate(name) {
        return Ok((WindowFunctionRef::Aggregate(function), signatures));
    }
    match registry.scalar(name) {
        Some(_) => Reason::NotAWindowFunction(name.to_owned()).at(span),
        None => Reason::FunctionMissing(name.to_owned()).at(span),
    }
}

fn is_negative(offset: &Expr) -> bool {
    match &offset.kind {
        crate::bound::ExprKind::Literal(value) => match value {
            Value::Integer(value) => *value < 0,
            Value::Bigint(value) | Value::IntervalDayToSecond(value) => *value < 0,
            Value::Double(value) => *value < 0.0,
            Value::IntervalYearToMonth(value) => *value < 0,
            _ => false,
        },
        _ => false,
    }
}

/// The end of a frame must not lie before its start.
fn check_bounds(frame: &WindowFrame) -> Result<()> {
    use ast::FrameBound::{CurrentRow, Following, Preceding, UnboundedFollowing, UnboundedPreceding};
    let end = frame.end.as_ref().unwrap_or(&CurrentRow);
    let fault = match (&frame.start, end) {
        (UnboundedFollowing, _) => "Window frame start cannot be UNBOUNDED FOLLOWING",
        (_, UnboundedPreceding) => "Window frame end cannot be UNBOUNDED PRECEDING",
        (CurrentRow, Preceding(_)) => "Window frame starting from CURRENT ROW cannot end with PRECEDING",
        (Following(_), Preceding(_)) => "Window frame starting from FOLLOWING cannot end with PRECEDING",
        (Following(_), CurrentRow) => "Window frame starting from FOLLOWING cannot end with CURRENT ROW",
        _ => return Ok(()),
    };
    Reason::Frame(fault).at(frame.span)
}
