//! Window functions.

mod extent;

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::datatypes::IntervalMonthDayNano;
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::expr::{NullTreatment, Sort, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition, lit,
};

use extent::{ends_with_partition, extent};

use super::error::unsupported;
use super::expression::{engine_cast, fold};
use super::input::Input;
use super::relation::{named, one_zero};
use super::{Lowering, Result, column, extend};
use crate::bound::{self, Frame, FrameBound, FrameUnits, Plan, WindowCall, WindowFunctionRef};
use crate::functions::RowError;
use crate::functions::aggregate::engine;
use crate::functions::operator::whole_days;
use crate::types::Type;

/// More rows than any partition has.
const ROWS_MAX: u64 = i64::MAX as u64;

impl Lowering {
    pub(super) fn window(&mut self, input: &Plan, calls: &[WindowCall]) -> Result<LogicalPlan> {
        let mut input = Input::new(self.plan(input)?);
        let mut windows: Vec<Expr> = Vec::new();
        let mut names = Vec::with_capacity(calls.len());
        let is_waiting = calls.iter().any(ends_with_partition);
        for call in calls {
            let window = self.window_call(call, is_waiting, &mut input)?;
            names.push(window.schema_name().to_string());
            if !windows.contains(&window) {
                windows.push(window);
            }
        }
        let plan = LogicalPlanBuilder::window_plan(input.into_plan(), windows)?;
        let mut output = Vec::with_capacity(calls.len());
        for (call, name) in calls.iter().zip(names) {
            let value = Expr::Column(Column::new_unqualified(name));
            let actual = value.get_type(plan.schema().as_ref())?;
            let value = if actual == call.ty.data_type() { value } else { engine_cast(value, &call.ty) };
            let value = match call.function {
                WindowFunctionRef::Aggregate(_) if call.ty == Type::Double => self.canonical(value),
                _ => value,
            };
            output.push(named(value, call.id));
        }
        extend(plan, output)
    }

    /// All results of the windows beside each other wait for the last one.
    fn window_call(&mut self, call: &WindowCall, is_waiting: bool, input: &mut Input) -> Result<Expr> {
        let types: Vec<Type> = call.args.iter().map(|arg| arg.ty.clone()).collect();
        let mut args = self.columns_of(&call.args, input)?;
        let fun = match call.function {
            WindowFunctionRef::Window(function) => {
                let Some(overload) = function.overloads.get(call.overload) else {
                    return unsupported("this window function", call.span);
                };
                let function = (overload.engine)(&types, &call.ty);
                args = coerce(args, &function, input)?;
                WindowFunctionDefinition::WindowUDF(function)
            }
            WindowFunctionRef::Aggregate(function) => {
                let Some(overload) = function.overloads.get(call.overload) else {
                    return unsupported("this aggregate", call.span);
                };
                let mut udaf = (overload.engine)(&types, &call.ty);
                match (function.name, types.as_slice()) {
                    ("sum" | "avg", [Type::Double]) => udaf = engine::window_total(&udaf),
                    // The engine's own find the extremes of sliding frames in constant time.
                    ("max", [Type::Double]) => {
                        udaf = max_udaf();
                        for arg in &mut args {
                            let ranked = self.nan_first(arg.clone());
                            *arg = self.as_column(ranked, input)?;
                        }
                    }
                    ("min", [Type::Double]) => udaf = min_udaf(),
                    _ => {}
                }
                // count(*) counts the rows by a constant.
                let counted = [Type::Bigint];
                let types = if types.is_empty() { &counted[..] } else { &types };
                let udaf = engine::in_window(function.name, types, &call.ty, udaf, extent(call, is_waiting));
                if args.is_empty() {
                    args.push(lit(1_i64));
                }
                args = super::aggregate::coerce(args, &udaf, input)?;
                WindowFunctionDefinition::AggregateUDF(udaf)
            }
        };
        let filter = match &call.filter {
            Some(filter) => {
                let filter = self.expr(filter, input)?;
                Some(Box::new(self.as_column(filter, input)?))
            }
            None => None,
        };
        let mut partition_by = Vec::with_capacity(call.partition_by.len());
        for key in &call.partition_by {
            let lowered = one_zero(self.expr(key, input)?, &key.ty);
            let lowered = self.hidden_key(lowered, &key.ty, input)?;
            partition_by.push(self.as_column(lowered, input)?);
        }
        let key_type = call.order_by.first().map(|key| &key.expr.ty);
        let order_by = self.window_order(call, key_type, input)?;
        let params = WindowFunctionParams {
            args,
            partition_by,
            order_by,
            window_frame: self.frame(&call.frame, key_type)?,
            filter,
            null_treatment: call.ignore_nulls.then_some(NullTreatment::IgnoreNulls),
            distinct: false,
        };
        Ok(Expr::from(WindowFunction { fun, params }))
    }

    fn window_order(
        &mut self,
        call: &WindowCall,
        key_type: Option<&Type>,
        input: &mut Input,
    ) -> Result<Vec<Sort>> {
        let mut order_by = self.sort_keys(&call.order_by, input)?;
        for key in &mut order_by {
            if key_type == Some(&Type::Time) && has_distance(&call.frame) {
                // A RANGE has this key only. Times of day have no sums in DataFusion; their nanoseconds have.
                key.expr = engine_cast(key.expr.clone(), &Type::Bigint);
            }
            key.expr = self.as_column(key.expr.clone(), input)?;
        }
        Ok(order_by)
    }

    fn columns_of(&mut self, exprs: &[bound::Expr], input: &mut Input) -> Result<Vec<Expr>> {
        let mut columns = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let lowered = self.expr(expr, input)?;
            columns.push(self.as_column(lowered, input)?);
        }
        Ok(columns)
    }

    /// What a window is made of is computed before it. DataFusion takes a window's calls for ones with the same sort
    /// keys, and stops the query with a panic once an optimization has changed the keys of some of them only.
    fn as_column(&mut self, expr: Expr, input: &mut Input) -> Result<Expr> {
        if matches!(expr, Expr::Column(_)) || !(expr.any_column_refs() || expr.is_volatile()) {
            return Ok(expr);
        }
        let known = input.computed(&expr);
        let id = match known {
            Some(id) => id,
            None => {
                let id = self.fresh();
                input.compute(expr, id)?;
                id
            }
        };
        Ok(column(id))
    }

    fn frame(&mut self, frame: &Frame, key_type: Option<&Type>) -> Result<WindowFrame> {
        let units = match frame.units {
            FrameUnits::Rows => WindowFrameUnits::Rows,
            FrameUnits::Range => WindowFrameUnits::Range,
            FrameUnits::Groups => WindowFrameUnits::Groups,
        };
        let start = self.frame_bound(&frame.start, units, key_type)?;
        let end = self.frame_bound(&frame.end, units, key_type)?;
        if ends_before_start(&start, &end) {
            // No row is in such a frame; DataFusion refuses it, but not one that lies behind all rows.
            let behind = WindowFrameBound::Following(ScalarValue::UInt64(Some(ROWS_MAX)));
            return Ok(WindowFrame::new_bounds(WindowFrameUnits::Rows, behind.clone(), behind));
        }
        Ok(WindowFrame::new_bounds(units, start, end))
    }

    fn frame_bound(
        &mut self,
        bound: &FrameBound,
        units: WindowFrameUnits,
        key_type: Option<&Type>,
    ) -> Result<WindowFrameBound> {
        let (expr, is_preceding) = match bound {
            FrameBound::UnboundedPreceding => {
                return Ok(WindowFrameBound::Preceding(ScalarValue::UInt64(None)));
            }
            FrameBound::UnboundedFollowing => {
                return Ok(WindowFrameBound::Following(ScalarValue::UInt64(None)));
            }
            FrameBound::CurrentRow => return Ok(WindowFrameBound::CurrentRow),
            FrameBound::Preceding(expr) => (expr, true),
            FrameBound::Following(expr) => (expr, false),
        };
        let mut lowered = self.expr(expr, &mut Input::nothing())?;
        if lowered.any_column_refs() {
            return unsupported("a window frame that differs from row to row", expr.span);
        }
        if let Some(key_type) = key_type
            && units == WindowFrameUnits::Range
            && expr.ty.is_numeric()
            && expr.ty != *key_type
        {
            lowered = engine_cast(lowered, key_type);
        }
        let mut offset = fold(&lowered)?;
        if units != WindowFrameUnits::Range {
            offset = match offset {
                ScalarValue::Int32(Some(rows)) if rows >= 0 => ScalarValue::UInt64(Some(rows as u64)),
                ScalarValue::Int64(Some(rows)) if rows >= 0 => ScalarValue::UInt64(Some(rows as u64)),
                _ => return Err(bad_offset().into()),
            };
        } else if offset.is_null() || is_negative(&offset) {
            return Err(bad_offset().into());
        } else if let ScalarValue::DurationNanosecond(Some(ns)) = offset {
            offset = distance(ns, key_type)?;
        }
        Ok(if is_preceding {
            WindowFrameBound::Preceding(offset)
        } else {
            WindowFrameBound::Following(offset)
        })
    }
}

/// Whether a frame ends at a distance in the sort key from the current row.
fn has_distance(frame: &Frame) -> bool {
    let is_distance =
        |bound: &FrameBound| matches!(bound, FrameBound::Preceding(_) | FrameBound::Following(_));
    frame.units == FrameUnits::Range && (is_distance(&frame.start) || is_distance(&frame.end))
}

/// A duration as DataFusion adds it to keys of this type.
fn distance(ns: i64, key_type: Option<&Type>) -> Result<ScalarValue> {
    Ok(match key_type {
        Some(Type::Date) => {
            let days = whole_days(ns, "add", "to").map_err(super::error::row_error)?;
            let days = i32::try_from(days).unwrap_or(i32::MAX);
            ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(0, days, 0)))
        }
        Some(Type::Time) => ScalarValue::Int64(Some(ns)),
        _ => ScalarValue::DurationNanosecond(Some(ns)),
    })
}

fn ends_before_start(start: &WindowFrameBound, end: &WindowFrameBound) -> bool {
    use WindowFrameBound::{Following, Preceding};
    let order = match (start, end) {
        (Preceding(start), Preceding(end)) if !start.is_null() => end.partial_cmp(start),
        (Following(start), Following(end)) if !end.is_null() => start.partial_cmp(end),
        _ => None,
    };
    order == Some(Ordering::Greater)
}

fn bad_offset() -> datafusion::error::DataFusionError {
    super::error::row_error(RowError::new("Window frame offset value must not be negative or null"))
}

fn is_negative(offset: &ScalarValue) -> bool {
    match offset {
        ScalarValue::Int32(Some(value)) => *value < 0,
        ScalarValue::Int64(Some(value)) | ScalarValue::DurationNanosecond(Some(value)) => *value < 0,
        ScalarValue::IntervalYearMonth(Some(value)) => *value < 0,
        ScalarValue::Float64(Some(value)) => value.is_nan() || *value < 0.0,
        _ => false,
    }
}

fn coerce(
    args: Vec<Expr>,
    function: &Arc<datafusion::logical_expr::WindowUDF>,
    input: &Input,
) -> Result<Vec<Expr>> {
    let fields = args.iter().map(|arg| Ok(arg.to_field(input.plan().schema().as_ref())?.1));
    let fields = fields.collect::<Result<Vec<_>>>()?;
    let coerced = fields_with_udf(&fields, function.as_ref())?;
    let mut result = Vec::with_capacity(args.len());
    for (arg, (from, to)) in args.into_iter().zip(fields.iter().zip(&coerced)) {
        let cast = from.data_type() != to.data_type();
        result.push(match cast {
            true => Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(arg), to.data_type().clone())),
            false => arg,
        });
    }
    Ok(result)
}
