//! The DataFusion function behind a checked overload.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;

use super::nth::NthByRow;
use super::shift::{Direction, Shift, WholePartition};
use crate::functions::RowError;
use crate::types::Type;

/// Argument `index`, if it is there, must be a number that is at least `min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::functions::window) struct Check {
    pub index: usize,
    pub min: i64,
}

/// What takes the place of DataFusion's function where numbers differ from row to row or are NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByRow {
    Shift(Direction),
    Nth,
}

/// Never reversed by the optimizer, which would drop the check.
#[derive(Debug)]
pub(super) struct Declared {
    name: &'static str,
    signature: Signature,
    arguments: Vec<DataType>,
    function: Arc<WindowUDF>,
    check: Check,
    by_row: Option<ByRow>,
}

impl Declared {
    pub fn new(
        name: &'static str,
        arguments: &[Type],
        function: Arc<WindowUDF>,
        check: Check,
        by_row: Option<ByRow>,
    ) -> Self {
        let arguments: Vec<DataType> = arguments.iter().map(Type::data_type).collect();
        let signature = Signature::any(arguments.len(), Volatility::Immutable);
        Self { name, signature, arguments, function, check, by_row }
    }

    /// What takes the function's place for these arguments.
    fn by_row(&self, exprs: &[Arc<dyn PhysicalExpr>]) -> Option<ByRow> {
        let is_plain = |expr: &Arc<dyn PhysicalExpr>| expr.is::<Literal>();
        let is_null = |expr: &Arc<dyn PhysicalExpr>| {
            expr.downcast_ref::<Literal>().is_some_and(|literal| literal.value().is_null())
        };
        let number_is_null = exprs.get(self.check.index).is_some_and(is_null);
        self.by_row.filter(|_| number_is_null || !exprs.iter().skip(1).all(is_plain))
    }

    fn check(&self, exprs: &[Arc<dyn PhysicalExpr>]) -> Result<()> {
        let Some(expr) = exprs.get(self.check.index) else { return Ok(()) };
        let name = self.name;
        let Some(literal) = expr.downcast_ref::<Literal>() else {
            return Err(row_error(format!("the number given to {name} must be constant")));
        };
        let number = match literal.value() {
            ScalarValue::Int32(Some(number)) => Some(i64::from(*number)),
            ScalarValue::Int64(number) => *number,
            _ => None,
        };
        match number {
            Some(number) if number >= self.check.min => Ok(()),
            _ => Err(row_error(format!("the number given to {name} must be at least {}", self.check.min))),
        }
    }
}

pub(super) fn row_error(message: String) -> DataFusionError {
    DataFusionError::External(Box::new(RowError::new(message)))
}

impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.arguments == other.arguments
    }
}

impl Eq for Declared {}

impl Hash for Declared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.arguments.hash(state);
    }
}

impl WindowUDFImpl for Declared {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn expressions(&self, args: ExpressionArgs<'_>) -> Vec<Arc<dyn PhysicalExpr>> {
        if self.by_row(args.input_exprs()).is_some() {
            return args.input_exprs().to_vec();
        }
        self.function.expressions(args)
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        match self.by_row(args.input_exprs()) {
            Some(ByRow::Shift(direction)) => return Ok(Box::new(Shift::new(direction, args.ignore_nulls()))),
            Some(ByRow::Nth) => return Ok(Box::new(NthByRow::new(args.ignore_nulls()))),
            None => {}
        }
        self.check(args.input_exprs())?;
        let ignores_nulls = matches!(self.by_row, Some(ByRow::Shift(_))) && args.ignore_nulls();
        let evaluator = self.function.partition_evaluator_factory(args)?;
        Ok(if ignores_nulls { Box::new(WholePartition(evaluator)) } else { evaluator })
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let field = self.function.field(args)?;
        Ok(Arc::new(field.as_ref().clone().with_nullable(true)))
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        if self.by_row(args).is_some() {
            return LimitEffect::Unknown;
        }
        self.function.inner().limit_effect(args)
    }
}
