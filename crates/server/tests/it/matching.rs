//! Compares an answer with what a scenario expects: objects by the members that are named, lists item by item.

use serde_json::Value;

/// `Err` names the path of the first difference. `<any>` matches what is there, `<absent>` what is not, `<text...>` a
/// string that holds what stands between `<text` and `>`.
pub fn matches(path: &str, expected: &Value, found: Option<&Value>) -> Result<(), String> {
    let differs = || {
        let found = found.map_or("nothing".to_owned(), Value::to_string);
        Err(format!("at {path}: expected {expected}, found {found}"))
    };
    match (expected, found) {
        (Value::String(word), found) if word == "<absent>" => {
            if found.is_none() {
                Ok(())
            } else {
                differs()
            }
        }
        (_, None) => differs(),
        (Value::String(word), Some(_)) if word == "<any>" => Ok(()),
        (Value::String(word), Some(Value::String(text)))
            if word.starts_with("<text ") && word.ends_with('>') =>
        {
            if text.contains(&word[6..word.len() - 1]) { Ok(()) } else { differs() }
        }
        (Value::Object(members), Some(Value::Object(others))) => members
            .iter()
            .try_for_each(|(name, member)| matches(&format!("{path}.{name}"), member, others.get(name))),
        (Value::Array(items), Some(Value::Array(others))) if items.len() == others.len() => {
            let mut pairs = items.iter().zip(others).enumerate();
            pairs.try_for_each(|(index, (item, other))| {
                matches(&format!("{path}[{index}]"), item, Some(other))
            })
        }
        (Value::Number(one), Some(Value::Number(other))) if one.as_f64() == other.as_f64() => Ok(()),
        (expected, Some(found)) if expected == found => Ok(()),
        _ => differs(),
    }
}

#[test]
fn differences_are_found() {
    let found = serde_json::json!({"a": {"b": 1, "c": "xyz"}, "l": [1, 2]});
    for (expected, agrees) in [
        (serde_json::json!({"a": {"b": 1.0}}), true),
        (serde_json::json!({"a": {"c": "<text y>", "d": "<absent>"}, "l": "<any>"}), true),
        (serde_json::json!({"a": {"b": 2}}), false),
        (serde_json::json!({"l": [1]}), false),
        (serde_json::json!({"a": "<absent>"}), false),
        (serde_json::json!({"z": "<any>"}), false),
        (serde_json::json!({"a": {"c": "<text q>"}}), false),
    ] {
        assert_eq!(matches("", &expected, Some(&found)).is_ok(), agrees, "{expected}");
    }
}
