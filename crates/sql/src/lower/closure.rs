//! Expressions evaluated inside an operation: the bodies of lambdas and of TRY, with the columns they capture.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::physical_expr::PhysicalExpr;

use super::error::find_row_error;
use super::{Result, column_name, physical_expr};
use crate::bound::ColumnDef;
use crate::functions::{Argument, Arguments, LambdaArgument, RowError, stop};

/// A compiled body. Its inputs are its parameters and then the columns it captures.
#[derive(Debug)]
pub(super) struct Closure {
    schema: SchemaRef,
    parameter_count: usize,
    /// Where the captured columns stand among the arguments of the operation.
    captures: Vec<usize>,
    body: Arc<dyn PhysicalExpr>,
    is_volatile: bool,
}

impl Closure {
    pub(super) fn new(
        parameters: &[ColumnDef],
        captured: &[(ColumnDef, usize)],
        body: &Expr,
    ) -> Result<Self> {
        let columns = parameters.iter().chain(captured.iter().map(|(column, _)| column));
        let fields = columns.map(|column| Field::new(column_name(column.id), column.ty.data_type(), true));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let input = DFSchema::try_from(Arc::clone(&schema))?;
        let compiled = physical_expr(body, &input, &ExecutionProps::new())?;
        Ok(Self {
            schema,
            parameter_count: parameters.len(),
            captures: captured.iter().map(|(_, position)| *position).collect(),
            body: compiled,
            is_volatile: body.is_volatile(),
        })
    }

    pub(super) fn is_volatile(&self) -> bool {
        self.is_volatile
    }

    /// Evaluates the body on `rows` rows of its inputs.
    pub(super) fn evaluate(&self, inputs: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef, RowError> {
        stop::check()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), inputs, &options)?;
        let value = self.body.evaluate(&batch).and_then(|value| value.into_array(rows));
        value.map_err(into_row_error)
    }

    /// The closure with the captured values of one batch.
    pub(super) fn bind<'a>(&'a self, arguments: &'a [Argument<'a>]) -> Result<BoundClosure<'a>, RowError> {
        let find = |position: &usize| {
            arguments.get(*position).copied().ok_or_else(|| RowError::new("a captured column is missing"))
        };
        Ok(BoundClosure {
            closure: self,
            captured: self.captures.iter().map(find).collect::<Result<_, _>>()?,
        })
    }
}

/// A lambda during one call.
#[derive(Debug)]
pub(super) struct BoundClosure<'a> {
    closure: &'a Closure,
    captured: Vec<Argument<'a>>,
}

impl LambdaArgument for BoundClosure<'_> {
    fn call(&self, parameters: &[ArrayRef], row_of: &UInt32Array) -> Result<ArrayRef, RowError> {
        if parameters.len() != self.closure.parameter_count {
            return Err(RowError::new("a lambda was called with a wrong number of parameters"));
        }
        let elements = row_of.len();
        let mut inputs = parameters.to_vec();
        for captured in &self.captured {
            inputs.push(match captured {
                Argument::Array(array) => take(array, row_of, None)?,
                constant => Arguments::new(std::slice::from_ref(constant)).array(0, elements)?,
            });
        }
        self.closure.evaluate(inputs, elements)
    }
}

fn into_row_error(error: DataFusionError) -> RowError {
    match find_row_error(&error) {
        Some(found) => found.clone(),
        None => RowError::new(error.strip_backtrace()),
    }
}
