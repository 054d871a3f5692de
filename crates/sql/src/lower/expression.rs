//! Expressions.

use datafusion::common::{Result as EngineResult, ScalarValue};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Case, Expr, Operator, lit};

use super::closure::Closure;
use super::error::unsupported;
use super::fallible::{is_constant, may_fail};
use super::input::Input;
use super::operation::{Kind, Operation, Slot};
use super::{Lowering, Result, column, constant};
use crate::bound::{self, ColumnDef, CompareOp, ExprKind};
use crate::functions::ScalarFunction;
use crate::types::Type;
use crate::value::Value;

impl Lowering {
    /// Lowers an expression over `input`. Subqueries in it join what they need to `input`, which keeps its columns.
    pub(super) fn expr(&mut self, expr: &bound::Expr, input: &mut Input) -> Result<Expr> {
        match &expr.kind {
            ExprKind::Literal(value) => Ok(Expr::Literal(constant::scalar(value, &expr.ty)?, None)),
            ExprKind::Column(id) => Ok(column(*id)),
            ExprKind::OuterColumn(_) => unsupported("this correlated subquery", expr.span),
            ExprKind::Call { function, overload, args } => {
                self.call(function, *overload, args, &expr.ty, input)
            }
            ExprKind::Cast { expr: operand, or_null } => self.cast(operand, &expr.ty, *or_null, input),
            ExprKind::Compare { op, left, right } => self.compare(*op, left, right, input),
            ExprKind::And(terms) => self.and(terms, input),
            ExprKind::Or(terms) => self.or(terms, input),
            ExprKind::Not(operand) => Ok(Expr::Not(Box::new(self.expr(operand, input)?))),
            ExprKind::IsNull(operand) => Ok(Expr::IsNull(Box::new(self.expr(operand, input)?))),
            ExprKind::InList { expr: operand, list, negated } => self.in_list(operand, list, *negated, input),
            ExprKind::Case { branches, otherwise } => {
                let mut lowered = Vec::with_capacity(branches.len());
                for (when, then) in branches {
                    lowered.push((self.expr(when, input)?, self.expr(then, input)?));
                }
                let otherwise = match otherwise {
                    Some(otherwise) => self.expr(otherwise, input)?,
                    None => constant::null_expr(&expr.ty)?,
                };
                // DataFusion tries a condition without columns once, and takes a branch that it is false for to be never
                // taken: with random numbers its NULLs come unannounced.
                let otherwise = if lowered.iter().any(|(when, _)| when.is_volatile()) {
                    self.nullable(otherwise, &expr.ty)
                } else {
                    otherwise
                };
                let is_lazy = expr.ty == Type::Boolean && expr.children().into_iter().any(may_fail);
                Ok(if is_lazy { lazy_boolean(lowered, otherwise) } else { case(lowered, otherwise) })
            }
            ExprKind::Coalesce(operands) => self.coalesce(operands, &expr.ty, input),
            ExprKind::Row(fields) => self.build(Kind::Row, "row", fields, &expr.ty, input),
            ExprKind::Array(elements) => self.build(Kind::Array, "array", elements, &expr.ty, input),
            ExprKind::Field { row, index } => {
                let name = format!("field_{index}");
                self.build(Kind::Field(*index), &name, std::slice::from_ref(row), &expr.ty, input)
            }
            ExprKind::Try(body) => self.attempt(body, input),
            ExprKind::Lambda { .. } => unsupported("a lambda in this place", expr.span),
            ExprKind::ScalarSubquery(plan) => self.scalar_subquery(plan, &expr.ty, input),
            ExprKind::Exists { plan, negated } => self.exists(plan, *negated, input),
            ExprKind::InSubquery { expr: left, plan, negated } => {
                let op = if *negated { CompareOp::NotEq } else { CompareOp::Eq };
                self.quantified(left, op, *negated, plan, input)
            }
            ExprKind::Quantified { left, op, all, plan } => self.quantified(left, *op, *all, plan, input),
        }
    }

    pub(super) fn exprs(&mut self, exprs: &[bound::Expr], input: &mut Input) -> Result<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr, input)).collect()
    }

    /// An operation of plain values.
    pub(super) fn build<'e>(
        &mut self,
        kind: Kind,
        name: &str,
        args: impl IntoIterator<Item = &'e (impl std::borrow::Borrow<bound::Expr> + 'e)>,
        ty: &Type,
        input: &mut Input,
    ) -> Result<Expr> {
        let (mut lowered, mut types) = (Vec::new(), Vec::new());
        for arg in args {
            let arg = arg.borrow();
            lowered.push(self.expr(arg, input)?);
            types.push(arg.ty.clone());
        }
        Ok(Operation::new(name.to_owned(), kind, types, ty.clone(), self.clock).call(lowered))
    }

    fn call(
        &mut self,
        function: &'static ScalarFunction,
        overload: usize,
        args: &[bound::Expr],
        ty: &Type,
        input: &mut Input,
    ) -> Result<Expr> {
        let mut values = Vec::new();
        let mut name = format!("{}#{overload}", function.name);
        let mut positions = Vec::with_capacity(args.len());
        for arg in args {
            positions.push(match &arg.kind {
                ExprKind::Lambda { .. } => None,
                _ => {
                    values.push(self.expr(arg, input)?);
                    Some(values.len() - 1)
                }
            });
        }
        let mut slots = Vec::with_capacity(args.len());
        for (arg, position) in args.iter().zip(positions) {
            slots.push(match (&arg.kind, position) {
                (ExprKind::Lambda { parameters, body }, _) => {
                    Slot::Lambda(self.closure(parameters, body, &mut values, input)?)
                }
                (_, position) => Slot::Value(position.unwrap_or_default()),
            });
        }
        if slots.iter().any(|slot| matches!(slot, Slot::Lambda(_))) {
            // Equal captured columns do not mean equal bodies.
            name = format!("{name}@{}", self.fresh().0);
        }
        let types = args.iter().map(|arg| arg.ty.clone()).collect();
        let kind = Kind::Function { function, overload, slots };
        Ok(Operation::new(name, kind, types, ty.clone(), self.clock).call(values))
    }

    fn attempt(&mut self, body: &bound::Expr, input: &mut Input) -> Result<Expr> {
        let mut captured = Vec::new();
        let closure = self.closure(&[], body, &mut captured, input)?;
        let name = format!("try@{}", self.fresh().0);
        Ok(Operation::new(name, Kind::Try(closure), Vec::new(), body.ty.clone(), self.clock).call(captured))
    }

    /// Compiles a body; the columns and subqueries it needs from outside are appended to `arguments`.
    fn closure(
        &mut self,
        parameters: &[ColumnDef],
        body: &bound::Expr,
        arguments: &mut Vec<Expr>,
        input: &mut Input,
    ) -> Result<Closure> {
        let mut body = body.clone();
        let mut captured = Vec::new();
        self.capture(&mut body, &mut parameters.to_vec(), &mut captured, arguments, input)?;
        let lowered = self.expr(&body, &mut Input::nothing())?;
        Closure::new(parameters, &captured, &lowered)
    }

    /// Collects what the body takes from outside and puts a column in the place of each subquery.
    fn capture(
        &mut self,
        body: &mut bound::Expr,
        inner: &mut Vec<ColumnDef>,
        captured: &mut Vec<(ColumnDef, usize)>,
        arguments: &mut Vec<Expr>,
        input: &mut Input,
    ) -> Result<()> {
        if body.subquery().is_some() {
            let id = self.fresh();
            arguments.push(self.expr(body, input)?);
            captured.push((ColumnDef { id, ty: body.ty.clone() }, arguments.len() - 1));
            body.kind = ExprKind::Column(id);
            return Ok(());
        }
        if let ExprKind::Column(id) = body.kind {
            let is_known =
                inner.iter().chain(captured.iter().map(|(column, _)| column)).any(|known| known.id == id);
            if !is_known {
                arguments.push(column(id));
                captured.push((ColumnDef { id, ty: body.ty.clone() }, arguments.len() - 1));
            }
            return Ok(());
        }
        let outside = inner.len();
        if let ExprKind::Lambda { parameters, .. } = &body.kind {
            inner.extend(parameters.iter().cloned());
        }
        for child in body.children_mut() {
            self.capture(child, inner, captured, arguments, input)?;
        }
        inner.truncate(outside);
        Ok(())
    }

    fn cast(&mut self, operand: &bound::Expr, to: &Type, or_null: bool, input: &mut Input) -> Result<Expr> {
        if let ExprKind::Literal(Value::Null) = operand.kind {
            return Ok(constant::null_expr(to)?);
        }
        if operand.ty.data_type() == to.data_type() {
            return self.expr(operand, input);
        }
        let widens = matches!(
            (&operand.ty, to),
            (Type::Integer, Type::Bigint | Type::Double) | (Type::Bigint, Type::Double)
        );
        if widens {
            return Ok(engine_cast(self.expr(operand, input)?, to));
        }
        let name = format!("{} as {to}", if or_null { "try_cast" } else { "cast" });
        self.build(Kind::Cast { or_null }, &name, [operand], to, input)
    }

    pub(super) fn compare(
        &mut self,
        op: CompareOp,
        left: &bound::Expr,
        right: &bound::Expr,
        input: &mut Input,
    ) -> Result<Expr> {
        let is_native = match &left.ty {
            Type::Unknown | Type::Row(_) | Type::Array(_) | Type::Timeseries(_) => false,
            Type::Double => {
                (self.is_stored(left) && is_plain_number(right))
                    || (is_plain_number(left) && self.is_stored(right))
            }
            _ => true,
        };
        let ty = &left.ty;
        let has_constant = [left, right].iter().any(|side| matches!(side.kind, ExprKind::Literal(_)));
        let (left, right) = (self.expr(left, input)?, self.expr(right, input)?);
        if op == CompareOp::IsNotDistinctFrom && is_native && !has_constant {
            return Ok(self.same(ty, left, right)?.into_condition());
        }
        Ok(if is_native { binary(left, op.native(), right) } else { self.own_compare(op, ty, left, right) })
    }

    /// A comparison of lowered values by our own kernel.
    pub(super) fn own_compare(&self, op: CompareOp, ty: &Type, left: Expr, right: Expr) -> Expr {
        let types = vec![ty.clone(), ty.clone()];
        let name = format!("compare_{op:?}");
        Operation::new(name, Kind::Compare(op), types, Type::Boolean, self.clock).call(vec![left, right])
    }

    /// A double, with NaN as the language has it.
    pub(super) fn canonical(&self, value: Expr) -> Expr {
        let kind = Kind::Cast { or_null: false };
        Operation::new("canonical".into(), kind, vec![Type::Double], Type::Double, self.clock)
            .call(vec![value])
    }

    /// A double, with NaN before all numbers.
    pub(super) fn nan_first(&self, value: Expr) -> Expr {
        let types = vec![Type::Double];
        Operation::new("nan_first".into(), Kind::NanFirst, types, Type::Double, self.clock).call(vec![value])
    }

    pub(super) fn is_stored(&self, expr: &bound::Expr) -> bool {
        matches!(expr.kind, ExprKind::Column(id) if self.stored.contains(&id))
    }

    /// DataFusion's IN compares doubles by their bits and rows not at all; it takes an element that answers an empty batch
    /// with a single value, as CASE does, for a constant, and a scalar subquery for a list. Those become comparisons.
    fn in_list(
        &mut self,
        operand: &bound::Expr,
        list: &[bound::Expr],
        negated: bool,
        input: &mut Input,
    ) -> Result<Expr> {
        let is_native = |element: &bound::Expr| match &operand.ty {
            Type::Unknown | Type::Row(_) | Type::Array(_) | Type::Timeseries(_) => false,
            Type::Double => {
                is_plain_number(element) || matches!(element.kind, ExprKind::Literal(Value::Null))
            }
            _ => true,
        };
        let ty = &operand.ty;
        let lowered = self.expr(operand, input)?;
        let (mut native, mut terms) = (Vec::new(), Vec::new());
        for element in list {
            let value = self.expr(element, input)?;
            if is_constant(element) && !element.is_volatile() && is_native(element) {
                native.push(value);
            } else {
                terms.push(self.own_compare(CompareOp::Eq, ty, lowered.clone(), value));
            }
        }
        if !native.is_empty() {
            terms.push(Expr::InList(InList { expr: Box::new(lowered), list: native, negated: false }));
        }
        let any = super::logic::balanced(terms, Operator::Or).unwrap_or_else(|| constant::boolean(false));
        Ok(if negated { negate(any) } else { any })
    }
}

impl CompareOp {
    pub(super) fn native(self) -> Operator {
        match self {
            Self::Eq => Operator::Eq,
            Self::NotEq => Operator::NotEq,
            Self::Lt => Operator::Lt,
            Self::LtEq => Operator::LtEq,
            Self::Gt => Operator::Gt,
            Self::GtEq => Operator::GtEq,
            Self::IsDistinctFrom => Operator::IsDistinctFrom,
            Self::IsNotDistinctFrom => Operator::IsNotDistinctFrom,
        }
    }
}

pub(super) fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

pub(super) fn case(branches: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    let branches = branches.into_iter().map(|(when, then)| (Box::new(when), Box::new(then)));
    Expr::Case(Case::new(None, branches.collect(), Some(Box::new(otherwise))))
}

/// A CASE of booleans that evaluates a branch only for the rows that take it. DataFusion turns a short CASE of booleans
/// into AND and OR, which evaluate everything; one of integers it leaves alone.
pub(super) fn lazy_boolean(branches: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    let number = |expr| engine_cast(expr, &Type::Integer);
    let branches = branches.into_iter().map(|(when, then)| (when, number(then))).collect();
    binary(case(branches, number(otherwise)), Operator::Eq, lit(1_i32))
}

fn negate(expr: Expr) -> Expr {
    match expr {
        Expr::InList(list) => Expr::InList(InList { negated: !list.negated, ..list }),
        expr => Expr::Not(Box::new(expr)),
    }
}

/// DataFusion's own cast, for conversions that cannot fail.
pub(super) fn engine_cast(expr: Expr, to: &Type) -> Expr {
    Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(expr), to.data_type()))
}

/// A constant double for which total order and IEEE order agree against any stored number.
fn is_plain_number(expr: &bound::Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Value::Double(value)) if value.is_finite() && value != 0.0)
}

/// The value of an expression without columns.
pub(super) fn fold(expr: &Expr) -> EngineResult<ScalarValue> {
    use arrow::array::{RecordBatch, RecordBatchOptions};
    use datafusion::common::DFSchema;
    let compiled = super::physical_expr(expr, &DFSchema::empty(), &Default::default())?;
    let schema = std::sync::Arc::new(arrow::datatypes::Schema::empty());
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let one_row = RecordBatch::try_new_with_options(schema, Vec::new(), &options)?;
    let value = compiled.evaluate(&one_row)?.into_array(1)?;
    ScalarValue::try_from_array(&value, 0)
}
