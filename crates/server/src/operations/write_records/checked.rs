//! From the records of a request to records that storage may write. The first fault refuses the request (api.md 3.8 A).

use std::borrow::Cow;

use model::limits;
use model::names::{check_attribute_name, check_dimension_name, check_measure_name};
use model::record::{Dimension, Measure, Record};
use model::schema::ColumnType;
use model::time::TimeUnit;
use model::value::{self, MeasureValue};
use wire::ApiError;
use wire::write::input::{self, WriteRecordsRequest};
use wire::write::{self, MeasureValueType};

use super::merged::MergedRecord;
use crate::errors;

/// Checks all records of a request.
///
/// # Errors
/// ValidationException for the first fault.
pub fn records<'a>(request: &'a WriteRecordsRequest<'a>) -> Result<Vec<Record<'a>>, ApiError> {
    static NO_COMMON_ATTRIBUTES: input::Record<'static> = input::Record {
        dimensions: None,
        measure_name: None,
        measure_value: None,
        measure_value_type: None,
        time: None,
        time_unit: None,
        version: None,
        measure_values: None,
    };
    let common = request.common_attributes.as_ref().unwrap_or(&NO_COMMON_ATTRIBUTES);
    for dimension in common.dimensions() {
        check_dimension(dimension)?;
    }
    request.records().iter().map(|record| checked(common, record)).collect()
}

fn checked<'a>(common: &'a input::Record<'a>, record: &'a input::Record<'a>) -> Result<Record<'a>, ApiError> {
    for dimension in record.dimensions() {
        check_dimension(dimension)?;
    }
    let merged = MergedRecord::new(common, record);
    let time_unit = time_unit(merged.time_unit());
    let time_ns = merged.time().and_then(|text| time_unit.parse_ns(text));
    let time_ns = time_ns.ok_or_else(|| ApiError::validation("Invalid time for record."))?;
    let measure_name =
        merged.measure_name().ok_or_else(|| refuse("A measure name is required for a record."))?;
    check_measure_name(measure_name).map_err(errors::name)?;
    let version = merged.version();
    if version < 1 {
        return Err(refuse("The record version must be 1 or higher."));
    }
    Ok(Record {
        dimensions: dimensions(&merged)?,
        measure_name,
        measure: measure(&merged, time_unit)?,
        time_ns,
        version,
    })
}

fn check_dimension(dimension: &input::Dimension<'_>) -> Result<(), ApiError> {
    check_dimension_name(dimension.name()).map_err(errors::name)?;
    if dimension.value().is_empty() {
        return Err(refuse("A dimension value can't be empty."));
    }
    Ok(())
}

/// Joined, sorted by name, names unique.
fn dimensions<'a>(merged: &MergedRecord<'a>) -> Result<Vec<Dimension<'a>>, ApiError> {
    let count = merged.dimension_count();
    if count == 0 {
        return Err(refuse("At least one dimension is required for a record."));
    }
    if count > limits::DIMENSIONS_PER_RECORD_MAX {
        let max = limits::DIMENSIONS_PER_RECORD_MAX;
        return Err(ApiError::validation(format!("A record can't have more than {max} dimensions.")));
    }
    let mut dimensions = Vec::with_capacity(count);
    for (dimension, place) in merged.dimensions().zip(0..) {
        dimensions.push(Dimension { name: dimension.name(), value: dimension.value(), place });
    }
    dimensions.sort_unstable_by_key(|dimension| dimension.name);
    let repeated = dimensions.windows(2).find_map(|pair| match pair {
        [one, other] if one.name == other.name => Some(one.name),
        _ => None,
    });
    match repeated {
        Some(name) => Err(ApiError::validation(format!(
            "The dimension name '{name}' is given more than once for a record. Dimension names must be unique."
        ))),
        None => Ok(dimensions),
    }
}

fn measure<'a>(merged: &MergedRecord<'a>, time_unit: TimeUnit) -> Result<Measure<'a>, ApiError> {
    let Some(column_type) = column_type(merged.measure_value_type()) else {
        return multi_measure(merged, time_unit).map(Measure::Multi);
    };
    if column_type == ColumnType::Timestamp {
        return Err(refuse("TIMESTAMP is an invalid measure value type"));
    }
    if merged.measure_value_count() > 0 {
        return Err(refuse("MeasureValues can only be given with the measure value type MULTI."));
    }
    let text = merged.measure_value().ok_or_else(|| refuse("A measure value is required for a record."))?;
    parse(text, column_type, time_unit).map(Measure::Single)
}

fn multi_measure<'a>(
    merged: &MergedRecord<'a>,
    time_unit: TimeUnit,
) -> Result<Vec<(&'a str, MeasureValue<'a>)>, ApiError> {
    if merged.measure_value().is_some() {
        return Err(refuse("MeasureValue can't be given with the measure value type MULTI."));
    }
    if merged.measure_value_count() == 0 {
        return Err(refuse("MeasureValues are required with the measure value type MULTI."));
    }
    let mut values = Vec::with_capacity(merged.measure_value_count());
    for attribute in merged.measure_values() {
        let name = attribute.name();
        check_attribute_name(name).map_err(errors::name)?;
        let column_type = attribute.r#type().and_then(column_type);
        let column_type =
            column_type.ok_or_else(|| refuse("MULTI is an invalid type within MeasureValues."))?;
        values.push((name, parse(attribute.value(), column_type, time_unit)?));
    }
    match repeated_name(&values) {
        Some(name) => Err(ApiError::validation(format!(
            "The measure name '{name}' is given more than once in MeasureValues. Names must be unique."
        ))),
        None => Ok(values),
    }
}

fn repeated_name<'a>(values: &[(&'a str, MeasureValue<'a>)]) -> Option<&'a str> {
    let mut names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    })
}

fn parse(text: &str, column_type: ColumnType, time_unit: TimeUnit) -> Result<MeasureValue<'_>, ApiError> {
    value::parse(Cow::Borrowed(text), column_type, time_unit)
        .map_err(|error| ApiError::validation(error.to_string()))
}

/// `None` for MULTI.
fn column_type(given: MeasureValueType) -> Option<ColumnType> {
    match given {
        MeasureValueType::Double => Some(ColumnType::Double),
        MeasureValueType::Bigint => Some(ColumnType::Bigint),
        MeasureValueType::Varchar => Some(ColumnType::Varchar),
        MeasureValueType::Boolean => Some(ColumnType::Boolean),
        MeasureValueType::Timestamp => Some(ColumnType::Timestamp),
        MeasureValueType::Multi => None,
    }
}

fn time_unit(given: write::TimeUnit) -> TimeUnit {
    match given {
        write::TimeUnit::Milliseconds => TimeUnit::Milliseconds,
        write::TimeUnit::Seconds => TimeUnit::Seconds,
        write::TimeUnit::Microseconds => TimeUnit::Microseconds,
        write::TimeUnit::Nanoseconds => TimeUnit::Nanoseconds,
    }
}

fn refuse(message: &'static str) -> ApiError {
    ApiError::validation(message)
}
