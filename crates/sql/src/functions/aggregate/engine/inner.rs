//! Makes the accumulators that a [`super::udaf::Declared`] stands for, as often as they are needed.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::error::Result;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;

use super::groups::{Groups, Single};
use crate::functions::aggregate::fold::Fold;

/// A [`Fold`] without its type.
pub(super) trait Maker: Debug + Send + Sync {
    fn single(&self) -> Box<dyn Accumulator>;
    fn groups(&self) -> Box<dyn GroupsAccumulator>;
    fn saved_types(&self) -> Vec<DataType>;
}

impl<F: Fold> Maker for F {
    fn single(&self) -> Box<dyn Accumulator> {
        Box::new(Single::new(self.clone()))
    }

    fn groups(&self) -> Box<dyn GroupsAccumulator> {
        Box::new(Groups::new(self.clone()))
    }

    fn saved_types(&self) -> Vec<DataType> {
        Fold::saved_types(self)
    }
}

/// The arguments of a call, kept so that more accumulators can be made later.
#[derive(Debug)]
pub(super) enum Inner {
    Own(Arc<dyn Maker>),
    Engine {
        function: Arc<AggregateUDF>,
        return_field: FieldRef,
        schema: Schema,
        name: String,
        exprs: Vec<Arc<dyn PhysicalExpr>>,
        expr_fields: Vec<FieldRef>,
    },
}

impl Inner {
    pub fn engine(function: &Arc<AggregateUDF>, args: &AccumulatorArgs<'_>) -> Self {
        Self::Engine {
            function: Arc::clone(function),
            return_field: Arc::clone(&args.return_field),
            schema: args.schema.clone(),
            name: args.name.to_owned(),
            exprs: args.exprs.to_vec(),
            expr_fields: args.expr_fields.to_vec(),
        }
    }

    pub fn make(&self) -> Result<Box<dyn Accumulator>> {
        match self {
            Self::Own(maker) => Ok(maker.single()),
            Self::Engine { function, return_field, schema, name, exprs, expr_fields } => function
                .accumulator(AccumulatorArgs {
                    return_field: Arc::clone(return_field),
                    schema,
                    ignore_nulls: false,
                    order_bys: &[],
                    is_reversed: false,
                    name,
                    is_distinct: false,
                    exprs,
                    expr_fields,
                }),
        }
    }
}
