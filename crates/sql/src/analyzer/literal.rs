//! Literals (sql.md 2.3, 2.4).

use super::error::{Reason, Result};
use super::interval;
use crate::bound::Expr;
use crate::syntax::ast::{Literal, Span};
use crate::text;
use crate::types::Type;
use crate::value::Value;

/// The constant that a literal stands for.
pub(super) fn literal(literal: &Literal, span: Span) -> Result<Expr> {
    let value = match literal {
        Literal::Null => Value::Null,
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Integer(digits) => integer(digits, false, span)?,
        Literal::Double(value) => Value::Double(*value),
        Literal::String(text) => Value::Varchar(text.clone()),
        Literal::Typed { type_name, text } => {
            let Some(ty) = typed(&type_name.text) else {
                return Reason::UnknownType(type_name.text.clone()).at(type_name.span);
            };
            constant(text, &ty, span)?
        }
        Literal::Interval { negative, text, start, end } => {
            match interval::long(text, *start, *end, *negative) {
                Some(value) => value,
                None => return Reason::InvalidLiteral { text: text.clone(), what: "INTERVAL" }.at(span),
            }
        }
        Literal::ShortInterval { number, unit } => match interval::short(number, *unit) {
            Some(value) => value,
            None => return Reason::InvalidLiteral { text: number.clone(), what: "interval" }.at(span),
        },
    };
    Ok(Expr::literal(value, span))
}

/// Digits with their sign are an integer where they fit 32 bits, else a bigint.
pub(super) fn integer(digits: &str, negative: bool, span: Span) -> Result<Value> {
    let magnitude = digits.parse::<u64>().ok();
    let value = match magnitude {
        Some(magnitude) if magnitude <= i32::MAX as u64 => {
            let value = magnitude as i32;
            Some(Value::Integer(if negative { -value } else { value }))
        }
        Some(magnitude) if negative => 0_i64
            .checked_sub_unsigned(magnitude)
            .map(|value| i32::try_from(value).map_or(Value::Bigint(value), Value::Integer)),
        Some(magnitude) => i64::try_from(magnitude).ok().map(Value::Bigint),
        None => None,
    };
    match value {
        Some(value) => Ok(value),
        None => Reason::NumberTooLarge(digits.to_owned()).at(span),
    }
}

/// Reads text as a value of a type, as a typed literal or a cast of a constant does.
pub(super) fn constant(text: &str, ty: &Type, span: Span) -> Result<Value> {
    let value = match ty {
        Type::Boolean => text::parse_boolean(text).map(Value::Boolean),
        Type::Integer => {
            let number = text::parse_bigint(text).and_then(|number| i32::try_from(number).ok());
            number.map(Value::Integer)
        }
        Type::Bigint => text::parse_bigint(text).map(Value::Bigint),
        Type::Double => text::parse_double(text).map(Value::Double),
        Type::Varchar => Some(Value::Varchar(text.to_owned())),
        Type::Date => text::parse_date(text).map(Value::Date),
        Type::Time => text::parse_time(text).map(Value::Time),
        Type::Timestamp => text::parse_timestamp(text).map(Value::Timestamp),
        _ => None,
    };
    match value {
        Some(value) => Ok(value),
        None => Reason::InvalidLiteral { text: text.to_owned(), what: literal_name(ty) }.at(span),
    }
}

fn typed(name: &str) -> Option<Type> {
    Some(match name.to_ascii_lowercase().as_str() {
        "boolean" => Type::Boolean,
        "integer" | "int" => Type::Integer,
        "bigint" => Type::Bigint,
        "double" => Type::Double,
        "varchar" => Type::Varchar,
        "date" => Type::Date,
        "time" => Type::Time,
        "timestamp" => Type::Timestamp,
        _ => return None,
    })
}

fn literal_name(ty: &Type) -> &'static str {
    match ty {
        Type::Boolean => "BOOLEAN",
        Type::Integer => "INTEGER",
        Type::Bigint => "BIGINT",
        Type::Double => "DOUBLE",
        Type::Date => "DATE",
        Type::Time => "TIME",
        Type::Timestamp => "TIMESTAMP",
        _ => "typed",
    }
}
