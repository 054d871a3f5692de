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

use super::shift::{Direction, Shift, WholePartition};
use crate::functions::RowError;
use crate::types::Type;

/// Argument `index`, if it is there, must be a number that is at least `min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::functions::window) struct Check {
    pub index: usize,
    pub min: i64,
}

/// Never reversed by the optimizer, which would drop the check.
#[derive(Debug)]
pub(super) struct Declared {
    name: &'static str,
    signature: Signature,
    arguments: Vec<DataType>,
    function: Arc<WindowUDF>,
    check: Check,
    direction: Option<Direction>,
}

impl Declared {
    pub fn new(
        name: &'static str,
        arguments: &[Type],
        function: Arc<WindowUDF>,
        check: Check,
        direction: Option<Direction>,
    ) -> Self {
        let arguments: Vec<DataType> = arguments.iter().map(Type::data_type).collect();
        let signature = Signature::any(arguments.len(), Volatility::Immutable);
        Self { name, signature, arguments, function, check, direction }
    }

    /// Whether this is `lag` or `lead` with an offset or a default that is not constant.
    fn shifts_by_row(&self, exprs: &[Arc<dyn PhysicalExpr>]) -> bool {
        self.direction.is_some() && exprs.iter().skip(1).any(|expr| !expr.is::<Literal>())
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
        if self.shifts_by_row(args.input_exprs()) {
            return args.input_exprs().to_vec();
        }
        self.function.expressions(args)
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        if let Some(direction) = self.direction
            && self.shifts_by_row(args.input_exprs())
        {
            return Ok(Box::new(Shift::new(direction, args.ignore_nulls())));
        }
        self.check(args.input_exprs())?;
        let ignores_nulls = self.direction.is_some() && args.ignore_nulls();
        let evaluator = self.function.partition_evaluator_factory(args)?;
        Ok(if ignores_nulls { Box::new(WholePartition(evaluator)) } else { evaluator })
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let field = self.function.field(args)?;
        Ok(Arc::new(field.as_ref().clone().with_nullable(true)))
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        if self.shifts_by_row(args) {
            return LimitEffect::Unknown;
        }
        self.function.inner().limit_effect(args)
    }
}
