//! The DataFusion function behind an overload.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

use super::counted::{Elements, Extent};
use super::distinct::{self, Distinct};
use super::frame_sum::{FrameSum, Total};
use super::inner::{Inner, Maker};
use super::sliding::Sliding;
use crate::functions::aggregate::fold::Fold;
use crate::types::Type;

/// Arguments come with exactly the declared types; ORDER BY in the call does not change the result.
#[derive(Debug)]
pub(super) struct Declared {
    name: &'static str,
    signature: Signature,
    arguments: Vec<DataType>,
    returns: DataType,
    body: Body,
    frames: Frames,
    /// Of arrays, where the function is a window's.
    elements: Option<Elements>,
}

/// How sliding frames are aggregated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frames {
    /// A row that leaves is subtracted, where the function knows how.
    Retracted,
    /// Each frame anew: subtracting what left would lose digits that matter.
    Anew,
    Summed(Total),
}

#[derive(Debug)]
enum Body {
    Own(Arc<dyn Maker>),
    Engine(Arc<AggregateUDF>),
}

impl Declared {
    pub fn own(name: &'static str, arguments: &[Type], returns: &Type, fold: impl Fold) -> Self {
        Self::new(name, arguments, returns, Body::Own(Arc::new(fold)))
    }

    pub fn wrapped(
        name: &'static str,
        arguments: &[Type],
        returns: &Type,
        function: Arc<AggregateUDF>,
    ) -> Self {
        Self::new(name, arguments, returns, Body::Engine(function))
    }

    fn new(name: &'static str, arguments: &[Type], returns: &Type, body: Body) -> Self {
        let arguments: Vec<DataType> = arguments.iter().map(Type::data_type).collect();
        let signature = Signature::any(arguments.len(), Volatility::Immutable);
        let (returns, frames) = (returns.data_type(), Frames::Retracted);
        Self { name, signature, arguments, returns, body, frames, elements: None }
    }

    pub fn without_retraction(self) -> Self {
        Self { frames: Frames::Anew, ..self }
    }

    pub fn summing_frames(self, total: Total) -> Self {
        Self { frames: Frames::Summed(total), ..self }
    }

    pub fn counting_elements(self, extent: Extent) -> Self {
        Self { elements: Some(Elements::new(extent)), ..self }
    }

    fn counted(&self, accumulator: Box<dyn Accumulator>) -> Box<dyn Accumulator> {
        match &self.elements {
            Some(elements) => elements.count(accumulator),
            None => accumulator,
        }
    }

    fn inner(&self, args: &AccumulatorArgs<'_>) -> Inner {
        match &self.body {
            Body::Own(maker) => Inner::Own(Arc::clone(maker)),
            Body::Engine(function) => Inner::engine(function, args),
        }
    }
}

/// The name stands for the body: overloads of one function differ in types.
impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.arguments == other.arguments && self.returns == other.returns
    }
}

impl Eq for Declared {}

impl Hash for Declared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.arguments.hash(state);
        self.returns.hash(state);
    }
}

impl AggregateUDFImpl for Declared {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let inner = self.inner(&args);
        if args.is_distinct {
            return Ok(Box::new(Distinct::new(inner, &self.arguments)?));
        }
        Ok(self.counted(inner.make()?))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if let Frames::Summed(total) = self.frames {
            return Ok(Box::new(FrameSum::new(total)));
        }
        let inner = self.inner(&args);
        if self.frames == Frames::Retracted {
            let accumulator = match &self.body {
                Body::Own(maker) => maker.single(),
                Body::Engine(function) => function.create_sliding_accumulator(args)?,
            };
            if accumulator.supports_retract_batch() {
                return Ok(self.counted(accumulator));
            }
        }
        Ok(self.counted(Box::new(Sliding::new(inner))))
    }

    /// The result for an empty frame.
    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        match &self.body {
            Body::Own(maker) => maker.single().evaluate(),
            Body::Engine(function) => function.default_value(data_type),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        if args.is_distinct {
            let name = format_state_name(args.name, "distinct");
            return Ok(vec![Arc::new(Field::new(name, distinct::saved_type(), true))]);
        }
        let types = match &self.body {
            Body::Engine(function) => return function.state_fields(args),
            Body::Own(maker) => maker.saved_types(),
        };
        let field = |(index, data_type): (usize, DataType)| {
            Arc::new(Field::new(format_state_name(args.name, &format!("state{index}")), data_type, true))
        };
        Ok(types.into_iter().enumerate().map(field).collect())
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        match &self.body {
            _ if args.is_distinct => false,
            Body::Own(_) => true,
            Body::Engine(function) => function.groups_accumulator_supported(args),
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        match &self.body {
            Body::Own(maker) => Ok(maker.groups()),
            Body::Engine(function) => function.create_groups_accumulator(args),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}
