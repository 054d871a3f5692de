//! Measure types and values, and how the text of a request becomes a value (api.md 3.3).

use std::borrow::Cow;

use crate::limits;
use crate::schema::ColumnType;
use crate::time::TimeUnit;

/// One measure value. VARCHAR borrows from the request.
#[derive(Debug, Clone, PartialEq)]
pub enum MeasureValue<'a> {
    Double(f64),
    Bigint(i64),
    Varchar(Cow<'a, str>),
    Boolean(bool),
    /// Nanoseconds since the Unix epoch.
    Timestamp(i64),
}

impl MeasureValue<'_> {
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Double(_) => ColumnType::Double,
            Self::Bigint(_) => ColumnType::Bigint,
            Self::Varchar(_) => ColumnType::Varchar,
            Self::Boolean(_) => ColumnType::Boolean,
            Self::Timestamp(_) => ColumnType::Timestamp,
        }
    }

    pub fn into_owned(self) -> MeasureValue<'static> {
        match self {
            Self::Double(value) => MeasureValue::Double(value),
            Self::Bigint(value) => MeasureValue::Bigint(value),
            Self::Varchar(value) => MeasureValue::Varchar(Cow::Owned(value.into_owned())),
            Self::Boolean(value) => MeasureValue::Boolean(value),
            Self::Timestamp(value) => MeasureValue::Timestamp(value),
        }
    }
}

/// Why a value's text was refused; the whole request fails with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("The value '{text}' is not a valid {} value.", .column_type.api_name())]
    Unparsable { text: String, column_type: ColumnType },
    #[error("The {} value '{text}' can't be stored: only finite numbers other than -0.0 can.", .column_type.api_name())]
    NotFinite { text: String, column_type: ColumnType },
    #[error("A measure value can't be empty.")]
    Empty,
    #[error("A measure value has more than {max} bytes.")]
    TooLong { max: usize },
}

/// Parses the text of a measure value.
///
/// DOUBLE takes decimal and exponent forms, not NaN or an infinity; `-0.0` is refused as the original does.
/// BOOLEAN takes `true` and `false` in any case. TIMESTAMP is an integer in the record's `time_unit`.
pub fn parse<'a>(
    text: Cow<'a, str>,
    column_type: ColumnType,
    time_unit: TimeUnit,
) -> Result<MeasureValue<'a>, ValueError> {
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    if text.len() > limits::MEASURE_VALUE_BYTES_MAX {
        return Err(ValueError::TooLong { max: limits::MEASURE_VALUE_BYTES_MAX });
    }
    let parsed = match column_type {
        ColumnType::Varchar => return Ok(MeasureValue::Varchar(text)),
        ColumnType::Double => return parse_double(&text).map(MeasureValue::Double),
        ColumnType::Bigint => parse_bigint(&text).map(MeasureValue::Bigint),
        ColumnType::Boolean => parse_boolean(&text).map(MeasureValue::Boolean),
        ColumnType::Timestamp => time_unit.parse_ns(&text).map(MeasureValue::Timestamp),
    };
    parsed.ok_or_else(|| ValueError::Unparsable { text: excerpt(&text), column_type })
}

fn parse_double(text: &str) -> Result<f64, ValueError> {
    let column_type = ColumnType::Double;
    // Rust also reads "inf", "nan" and "infinity"; the digits-and-signs check leaves only decimal forms.
    let decimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let is_word = matches!(
        text.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str(),
        "nan" | "inf" | "infinity"
    );
    match text.parse::<f64>() {
        Ok(value) if decimal && value.is_finite() && !(value == 0.0 && value.is_sign_negative()) => Ok(value),
        Ok(value) if is_word || (decimal && (!value.is_finite() || value == 0.0)) => {
            Err(ValueError::NotFinite { text: excerpt(text), column_type })
        }
        _ => Err(ValueError::Unparsable { text: excerpt(text), column_type }),
    }
}

fn parse_bigint(text: &str) -> Option<i64> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

fn parse_boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The start of a text, short enough for a message.
fn excerpt(text: &str) -> String {
    const EXCERPT_CHARS_MAX: usize = 64;
    text.chars().take(EXCERPT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, column_type: ColumnType) -> Result<MeasureValue<'_>, ValueError> {
        parse(Cow::Borrowed(text), column_type, TimeUnit::Milliseconds)
    }

    #[test]
    fn accepts_documented_forms() {
        for (text, value) in [("23.5", 23.5), ("58", 58.0), ("-1e3", -1000.0), ("1.5E-7", 1.5e-7), ("0", 0.0)]
        {
            assert_eq!(parsed(text, ColumnType::Double), Ok(MeasureValue::Double(value)), "{text}");
        }
        assert_eq!(parsed("-9223372036854775808", ColumnType::Bigint), Ok(MeasureValue::Bigint(i64::MIN)));
        assert_eq!(parsed("TRUE", ColumnType::Boolean), Ok(MeasureValue::Boolean(true)));
        assert_eq!(parsed("1", ColumnType::Timestamp), Ok(MeasureValue::Timestamp(1_000_000)));
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["NaN", "Infinity", "-inf", "-0.0", "1e999", "abc", "0x1p3", " 1", "1_0", "", "1,5"] {
            assert!(parsed(text, ColumnType::Double).is_err(), "{text}");
        }
        for text in ["9223372036854775808", "1_000 ", "1.0", "", "+1"] {
            assert!(parsed(text, ColumnType::Bigint).is_err(), "{text}");
        }
        assert!(parsed("t", ColumnType::Boolean).is_err());
        assert!(parsed("-1", ColumnType::Timestamp).is_err());
    }
}
