//! Fills in the variable parts of a scenario's bodies: `${now-5m}`, `${name}` of a saved value, `$repeat`, `$each`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub struct Values<'a> {
    pub now_ns: i64,
    pub saved: &'a BTreeMap<String, Value>,
}

/// Fills in a whole value.
pub fn fill(value: &Value, values: &Values<'_>) -> Result<Value, String> {
    match value {
        Value::String(text) => fill_text(text, values),
        Value::Array(items) => {
            let mut filled = Vec::new();
            for item in items {
                match item.get("$each") {
                    Some(each) => filled.extend(repeated_items(each, values)?),
                    None => filled.push(fill(item, values)?),
                }
            }
            Ok(Value::Array(filled))
        }
        Value::Object(members) => match members.get("$repeat") {
            Some(repeat) => repeated_text(repeat),
            None => {
                let members = members.iter().map(|(name, member)| Ok((name.clone(), fill(member, values)?)));
                members.collect::<Result<Map<_, _>, String>>().map(Value::Object)
            }
        },
        other => Ok(other.clone()),
    }
}

/// `{$repeat: [text, times]}`.
fn repeated_text(repeat: &Value) -> Result<Value, String> {
    match (repeat[0].as_str(), repeat[1].as_u64()) {
        (Some(text), Some(times)) => Ok(text.repeat(times as usize).into()),
        _ => Err(format!("$repeat needs a text and a number, not {repeat}")),
    }
}

/// `{$each: {count: n, item: ...}}`, where `${i}` runs from 1 to n.
fn repeated_items(each: &Value, values: &Values<'_>) -> Result<Vec<Value>, String> {
    let count = each["count"].as_u64().ok_or_else(|| format!("$each needs a count: {each}"))?;
    let mut saved = values.saved.clone();
    (1..=count)
        .map(|i| {
            saved.insert("i".to_owned(), Value::String(i.to_string()));
            fill(&each["item"], &Values { now_ns: values.now_ns, saved: &saved })
        })
        .collect()
}

/// A text that is one placeholder becomes the saved value itself, whatever its type.
fn fill_text(text: &str, values: &Values<'_>) -> Result<Value, String> {
    if let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && let Some(saved) = values.saved.get(name)
    {
        return Ok(saved.clone());
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("no closing brace in {text:?}"))?;
        filled.push_str(before);
        filled.push_str(&placeholder(name, values)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled.into())
}

fn placeholder(name: &str, values: &Values<'_>) -> Result<String, String> {
    if let Some(saved) = values.saved.get(name) {
        return Ok(saved.as_str().map_or_else(|| saved.to_string(), str::to_owned));
    }
    let Some(offset) = name.strip_prefix("now") else { return Err(format!("nothing was saved as {name:?}")) };
    let (offset, unit) = offset.split_once(' ').unwrap_or((offset, "ms"));
    let instant_ns = values.now_ns + if offset.is_empty() { 0 } else { duration_ns(offset)? };
    match unit {
        "s" => Ok((instant_ns / 1_000_000_000).to_string()),
        "ms" => Ok((instant_ns / 1_000_000).to_string()),
        "us" => Ok((instant_ns / 1_000).to_string()),
        "ns" => Ok(instant_ns.to_string()),
        "iso" => Ok(model::time::format_iso_ms(instant_ns)),
        "sql" => Ok(model::time::format_timestamp(instant_ns)),
        _ => Err(format!("unknown unit {unit:?}")),
    }
}

/// `5m`, `-1h`, `+2d`: a sign, a number, a unit.
pub fn duration_ns(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no duration such as 5m or -1h");
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
    let unit_ns = match &rest[digits..] {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return Err(wrong()),
    };
    Ok(sign * number * unit_ns)
}
