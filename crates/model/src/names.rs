//! Which names users may give (api.md 3.11). A name never becomes part of a path or an object key.

use crate::limits;

/// Why a name was refused; the whole request fails with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("The {what} name must have between {min} and {max} bytes.")]
    Length { what: &'static str, min: usize, max: usize },
    #[error(
        "The {what} name '{name}' is invalid. It can only contain letters, digits, underscores, dashes and periods."
    )]
    ResourceCharacters { what: &'static str, name: String },
    #[error(
        "The {what} name is invalid. It can't contain colons, double quotes, control characters or line separators."
    )]
    Characters { what: &'static str },
    #[error("The {what} name '{name}' is reserved.")]
    Reserved { what: &'static str, name: String },
}

/// Checks the name of a database or table.
pub fn check_resource_name(what: &'static str, name: &str) -> Result<(), NameError> {
    let (min, max) = (limits::RESOURCE_NAME_BYTES_MIN, limits::RESOURCE_NAME_BYTES_MAX);
    if name.len() < min || name.len() > max {
        return Err(NameError::Length { what, min, max });
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !name.bytes().all(allowed) {
        return Err(NameError::ResourceCharacters { what, name: name.chars().take(64).collect() });
    }
    Ok(())
}

/// Checks the name of a dimension.
pub fn check_dimension_name(name: &str) -> Result<(), NameError> {
    check_column_name("dimension", name, limits::DIMENSION_NAME_BYTES_MAX)
}

/// Checks the name of a multi-measure attribute.
pub fn check_attribute_name(name: &str) -> Result<(), NameError> {
    check_column_name("measure", name, limits::MEASURE_NAME_BYTES_MAX)
}

/// Checks a measure name, which is a value of the column `measure_name` and so needs not be a column name.
pub fn check_measure_name(name: &str) -> Result<(), NameError> {
    check_text("measure", name, limits::MEASURE_NAME_BYTES_MAX)?;
    check_prefix("measure", name)
}

fn check_column_name(what: &'static str, name: &str, bytes_max: usize) -> Result<(), NameError> {
    check_text(what, name, bytes_max)?;
    check_prefix(what, name)?;
    if matches!(name, "time" | "measure_name") {
        return Err(NameError::Reserved { what, name: name.to_owned() });
    }
    Ok(())
}

fn check_prefix(what: &'static str, name: &str) -> Result<(), NameError> {
    if name.starts_with("ts_") || name.starts_with("measure_value") {
        return Err(NameError::Reserved { what, name: name.to_owned() });
    }
    Ok(())
}

fn check_text(what: &'static str, name: &str, bytes_max: usize) -> Result<(), NameError> {
    if name.is_empty() || name.len() > bytes_max {
        return Err(NameError::Length { what, min: 1, max: bytes_max });
    }
    let plain = name.bytes().all(|byte| byte >= 0x20 && byte != b':' && byte != b'"' && byte < 0x80);
    let forbidden = |c: char| c <= '\u{1f}' || matches!(c, ':' | '"' | '\u{2028}' | '\u{2029}');
    if !plain && name.chars().any(forbidden) {
        return Err(NameError::Characters { what });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_names() {
        for good in ["a", "abc", "my-db", "a.b_c-9", "..."] {
            assert_eq!(check_resource_name("database", good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "../../tmp/x", "\u{202e}k9\u{430}", &"a".repeat(257)] {
            assert!(check_resource_name("database", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn column_names() {
        for good in ["host", "Größe", "select", "a b", "1"] {
            assert_eq!(check_dimension_name(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ts_x",
            "measure_value",
            "measure_value::double",
            "a:b",
            "a\"b",
            "a\u{7}",
            "\u{2028}x",
            "time",
        ] {
            assert!(check_dimension_name(bad).is_err(), "{bad}");
        }
        assert!(check_dimension_name(&"d".repeat(61)).is_err());
        assert_eq!(check_measure_name("time"), Ok(()));
        assert_eq!(check_attribute_name(&"m".repeat(256)), Ok(()));
    }
}
