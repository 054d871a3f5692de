//! The one adapter between our kernels and DataFusion: every function, cast, constructor and comparison that is not
//! DataFusion's own runs as an [`Operation`].

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, make_array, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::closure::Closure;
use super::error::row_error;
use crate::bound::CompareOp;
use crate::functions::datetime::calendar;
use crate::functions::{
    self, Argument, Arguments, Call, QueryClock, RowError, ScalarFunction, attempt, cast, compare, nan, stop,
};
use crate::types::Type;

/// What an operation computes.
#[derive(Debug)]
pub(super) enum Kind {
    Function {
        function: &'static ScalarFunction,
        overload: usize,
        /// For each argument of the function, in order: a value or a lambda.
        slots: Vec<Slot>,
    },
    Cast {
        or_null: bool,
    },
    Compare(CompareOp),
    Row,
    Array,
    Field(usize),
    /// NULL for the rows on which the closure fails; all arguments are captured columns.
    Try(Closure),
    /// Its argument; hides from the engine that a value cannot be NULL.
    Nullable,
    /// Its argument, a double, with NaN before all numbers.
    NanFirst,
}

#[derive(Debug)]
pub(super) enum Slot {
    /// The position among the operation's arguments.
    Value(usize),
    Lambda(Closure),
}

#[derive(Debug)]
pub(super) struct Operation {
    /// Distinguishes the operation in plans; equal names with equal types mean equal operations.
    name: String,
    kind: Kind,
    argument_types: Vec<Type>,
    return_type: Type,
    clock: QueryClock,
    signature: Signature,
}

impl Operation {
    pub(super) fn new(
        name: String,
        kind: Kind,
        argument_types: Vec<Type>,
        return_type: Type,
        clock: QueryClock,
    ) -> Self {
        let signature = Signature::user_defined(kind.volatility());
        Self { name, kind, argument_types, return_type, clock, signature }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The call of this operation.
    pub(super) fn call(self, mut args: Vec<Expr>) -> Expr {
        if self.is_volatile() {
            args.push(opaque());
        }
        Arc::new(ScalarUDF::new_from_impl(self)).call(args)
    }

    fn is_volatile(&self) -> bool {
        self.signature.volatility == Volatility::Volatile
    }

    fn evaluate(&self, arguments: &[Argument<'_>], rows: usize) -> Result<ArrayRef, RowError> {
        stop::check()?;
        let input = Arguments::new(arguments);
        match &self.kind {
            Kind::Function { function, overload, slots } => {
                self.call_function(function, *overload, slots, arguments, rows)
            }
            Kind::Cast { or_null } => {
                cast::cast(&input.array(0, rows)?, self.argument_type(0), &self.return_type, *or_null)
            }
            Kind::Compare(op) => compare::compare(*op, self.argument_type(0), &input, rows),
            Kind::Row => build_rows(&input, rows, &self.return_type),
            Kind::Array => build_arrays(&input, rows, &self.return_type),
            Kind::Field(index) => take_field(&input.array(0, rows)?, *index),
            Kind::Try(closure) => {
                let captured = (0..input.len()).map(|index| input.array(index, rows));
                let captured = captured.collect::<Result<Vec<_>, _>>()?;
                attempt::or_null(rows, &self.return_type.data_type(), &|start, count| {
                    let captured = captured.iter().map(|array| array.slice(start, count)).collect();
                    closure.evaluate(captured, count)
                })
            }
            Kind::Nullable => input.array(0, rows),
            Kind::NanFirst => Ok(nan::ordered_first(&input.array(0, rows)?)),
        }
    }

    fn call_function(
        &self,
        function: &'static ScalarFunction,
        overload: usize,
        slots: &[Slot],
        arguments: &[Argument<'_>],
        rows: usize,
    ) -> Result<ArrayRef, RowError> {
        let kernel = function.overloads.get(overload).ok_or_else(|| defect("unknown overload"))?.kernel;
        let lambdas: Vec<_> = slots
            .iter()
            .filter_map(|slot| match slot {
                Slot::Value(_) => None,
                Slot::Lambda(closure) => Some(closure.bind(arguments)),
            })
            .collect::<Result<_, _>>()?;
        let mut lambdas = lambdas.iter();
        let mut inputs = Vec::with_capacity(slots.len());
        for slot in slots {
            inputs.push(match slot {
                Slot::Value(index) => *arguments.get(*index).ok_or_else(|| defect("missing argument"))?,
                Slot::Lambda(_) => Argument::Lambda(lambdas.next().ok_or_else(|| defect("missing lambda"))?),
            });
        }
        let call = Call {
            rows,
            argument_types: &self.argument_types,
            return_type: &self.return_type,
            query: &self.clock,
        };
        kernel(&call, &Arguments::new(&inputs))
    }

    /// What computation made as the language has it: one NaN, and no instant before the earliest.
    fn in_range(&self, result: ArrayRef) -> Result<ArrayRef, RowError> {
        match (&self.return_type, &self.kind) {
            (_, Kind::NanFirst) => Ok(result),
            (Type::Double, _) => Ok(nan::canonical(result)),
            (Type::Timestamp, _) => calendar::in_range(result),
            _ => Ok(result),
        }
    }

    fn argument_type(&self, index: usize) -> &Type {
        self.argument_types.get(index).unwrap_or(&Type::Unknown)
    }
}

impl Kind {
    fn volatility(&self) -> Volatility {
        let is_volatile = match self {
            Self::Function { function, slots, .. } => {
                function.volatility == functions::Volatility::Volatile
                    || slots.iter().any(|slot| matches!(slot, Slot::Lambda(closure) if closure.is_volatile()))
            }
            Self::Try(closure) => closure.is_volatile(),
            Self::Nullable => true,
            _ => false,
        };
        // Folding would undo what `Nullable` is for. Otherwise: within one query the clock stands still, so calls on constants can be folded.
        if is_volatile { Volatility::Volatile } else { Volatility::Immutable }
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.argument_types == other.argument_types
            && self.return_type == other.return_type
            && self.clock == other.clock
    }
}

impl Eq for Operation {}

impl Hash for Operation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.argument_types.hash(state);
        self.return_type.hash(state);
        self.clock.hash(state);
    }
}

impl ScalarUDFImpl for Operation {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.to_vec())
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.return_type.data_type())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(&self.name, self.return_type.data_type(), true)))
    }

    fn output_ordering(&self, input: &[ExprProperties]) -> Result<SortProperties> {
        let ordered = match (&self.kind, input) {
            (Kind::Function { function, .. }, [time, width]) if function.name == "bin" => Some((time, width)),
            (Kind::Function { function, .. }, [unit, time]) if function.name == "date_trunc" => {
                Some((time, unit))
            }
            _ => None,
        };
        Ok(match ordered {
            // Rounding down keeps the order.
            Some((time, constant)) if constant.sort_properties == SortProperties::Singleton => {
                time.sort_properties
            }
            _ => SortProperties::Unordered,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_volatile = self.is_volatile();
        let given =
            if is_volatile { args.args.split_last().map_or(&[][..], |(_, given)| given) } else { &args.args };
        let arrays = given.iter().map(|arg| match arg {
            ColumnarValue::Array(array) => Ok((Arc::clone(array), false)),
            ColumnarValue::Scalar(scalar) => Ok((scalar.to_array_of_size(1)?, true)),
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let is_constant = !is_volatile && arrays.iter().all(|(_, constant)| *constant);
        let arguments: Vec<_> = arrays
            .iter()
            .map(
                |(array, constant)| {
                    if *constant { Argument::Constant(array) } else { Argument::Array(array) }
                },
            )
            .collect();
        let rows = if is_constant { 1 } else { args.number_rows };
        let result = self.evaluate(&arguments, rows).and_then(|result| self.in_range(result));
        let result = result.map_err(row_error)?;
        if result.len() != rows || *result.data_type() != self.return_type.data_type() {
            return internal_err!(
                "{} returned {} rows of {}, not {rows} of {}",
                self.name,
                result.len(),
                result.data_type(),
                self.return_type
            );
        }
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}

/// The last argument of volatile operations. DataFusion takes a call whose arguments are all constant for a constant,
/// however volatile it is, and leaves out the sorting by it. It takes nothing without arguments for one.
fn opaque() -> Expr {
    static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let signature = Signature::nullary(Volatility::Volatile);
        Arc::new(ScalarUDF::new_from_impl(Opaque { signature }))
    });
    FUNCTION.call(Vec::new())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Opaque {
    signature: Signature,
}

impl ScalarUDFImpl for Opaque {
    fn name(&self) -> &str {
        "opaque"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None)))
    }
}

fn build_rows(input: &Arguments<'_>, rows: usize, ty: &Type) -> Result<ArrayRef, RowError> {
    let DataType::Struct(fields) = ty.data_type() else { return Err(defect("a row that is none")) };
    let columns = (0..input.len()).map(|index| input.array(index, rows)).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(StructArray::try_new_with_length(fields, columns, None, rows)?))
}

fn build_arrays(input: &Arguments<'_>, rows: usize, ty: &Type) -> Result<ArrayRef, RowError> {
    let DataType::List(field) = ty.data_type() else { return Err(defect("an array that is none")) };
    let width = input.len();
    let columns = (0..width).map(|index| input.array(index, rows)).collect::<Result<Vec<_>, _>>()?;
    let elements = if columns.is_empty() {
        new_null_array(field.data_type(), 0)
    } else {
        let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
        let places: Vec<_> = (0..rows).flat_map(|row| (0..width).map(move |column| (column, row))).collect();
        interleave(&columns, &places)?
    };
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(width, rows));
    Ok(Arc::new(ListArray::try_new(field, offsets, elements, None)?))
}

/// A field of each row; NULL where the row itself is NULL.
fn take_field(rows: &ArrayRef, index: usize) -> Result<ArrayRef, RowError> {
    let rows = rows.as_struct_opt().ok_or_else(|| defect("a field of what is no row"))?;
    let column = rows.columns().get(index).ok_or_else(|| defect("an unknown field"))?;
    if rows.nulls().is_none() || *column.data_type() == DataType::Null {
        return Ok(Arc::clone(column));
    }
    let nulls = NullBuffer::union(column.nulls(), rows.nulls());
    Ok(make_array(column.to_data().into_builder().nulls(nulls).build()?))
}

fn defect(what: &str) -> RowError {
    RowError::new(format!("internal error: {what}"))
}
