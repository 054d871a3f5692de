//! Spelled types (sql.md 3.1).

use super::error::{Reason, Result};
use crate::syntax::ast::{TypeName, TypeNameKind};
use crate::types::{RowField, Type};

pub(super) fn type_of(name: &TypeName) -> Result<Type> {
    Ok(match &name.kind {
        TypeNameKind::Named { name: word, parameters } => {
            let ty = named(&word.text).filter(|ty| parameters.is_empty() || *ty == Type::Varchar);
            match ty {
                Some(ty) => ty,
                None if parameters.is_empty() => return Reason::UnknownType(word.text.clone()).at(name.span),
                None => {
                    let spelled = format!("{}({})", word.text, parameters.join(","));
                    return Reason::UnknownType(spelled).at(name.span);
                }
            }
        }
        TypeNameKind::Array(element) => Type::array(type_of(element)?),
        TypeNameKind::TimeSeries(value) => Type::timeseries(type_of(value)?),
        TypeNameKind::Row(fields) => Type::Row(
            fields
                .iter()
                .map(|field| {
                    let name = field.name.as_ref().map(|name| name.text.clone());
                    Ok(RowField { name, ty: type_of(&field.type_name)? })
                })
                .collect::<Result<_>>()?,
        ),
        TypeNameKind::IntervalDayToSecond => Type::IntervalDayToSecond,
        TypeNameKind::IntervalYearToMonth => Type::IntervalYearToMonth,
    })
}

/// The length of `varchar(n)`, beyond which a cast cuts the text off.
pub(super) fn varchar_length(name: &TypeName) -> Result<Option<i64>> {
    let TypeNameKind::Named { parameters, .. } = &name.kind else { return Ok(None) };
    match parameters.as_slice() {
        [] => Ok(None),
        [length] => match length.parse() {
            Ok(length) => Ok(Some(length)),
            Err(_) => Reason::NumberTooLarge(length.clone()).at(name.span),
        },
        _ => Reason::UnknownType(format!("varchar({})", parameters.join(","))).at(name.span),
    }
}

fn named(word: &str) -> Option<Type> {
    Some(match word.to_ascii_lowercase().as_str() {
        "boolean" => Type::Boolean,
        "integer" | "int" => Type::Integer,
        "bigint" => Type::Bigint,
        "double" | "double precision" => Type::Double,
        "varchar" => Type::Varchar,
        "varbinary" => Type::Varbinary,
        "date" => Type::Date,
        "time" => Type::Time,
        "timestamp" => Type::Timestamp,
        "unknown" => Type::Unknown,
        _ => return None,
    })
}
