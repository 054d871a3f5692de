//! Compares an answer with a case of the corpus, in the way its `check` asks for.

use serde_json::Value;
use sql::error::SqlError;

use super::datum::Cell;
use super::run::Answer;

/// Doubles that agree within this share of their size are equal under `approx`.
const SHARE: f64 = 1e-9;

/// `Err` says what is wrong.
pub fn judge(case: &Value, outcome: &Result<Answer, SqlError>) -> Result<(), String> {
    if let Err(SqlError::Internal) = outcome {
        return Err("internal error".to_owned());
    }
    let check = case["check"].as_str().unwrap();
    let expected = &case["expected_rows"];
    let answer = match (check, outcome) {
        ("error", Err(error)) => return error_text(expected, &error.to_string()),
        ("error", Ok(answer)) => return Err(format!("an error was due, got {:?}", answer.rows)),
        ("either", Err(_)) => return Ok(()),
        // Neither an answer nor an error is told for it.
        ("type-only", Err(_)) if case["expected_columns"].is_null() => return Ok(()),
        ("either", Ok(_)) if !expected.is_array() => return Ok(()),
        (_, Err(error)) => return Err(error.to_string()),
        (_, Ok(answer)) => answer,
    };
    if check != "values-only" {
        columns(&case["expected_columns"], answer)?;
    }
    if check == "type-only" {
        return Ok(());
    }
    let Some(expected) = expected.as_array() else { return Err("the case names no rows".to_owned()) };
    let expected: Vec<Vec<Cell>> = expected.iter().map(expected_row).collect();
    rows(check, expected, answer.rows.clone())
}

fn error_text(expected: &Value, message: &str) -> Result<(), String> {
    let text = expected.as_str().unwrap_or_default();
    // Messages from the field that end in a position belong to longer statements than their cases.
    let text = text.split(" at line ").next().unwrap_or_default();
    match text.strip_prefix("ERROR: ") {
        Some(text) if !message.contains(text) => Err(format!("message {message:?}, due {text:?}")),
        _ => Ok(()),
    }
}

fn columns(expected: &Value, answer: &Answer) -> Result<(), String> {
    let Some(expected) = expected.as_array() else { return Ok(()) };
    if expected.len() != answer.columns.len() {
        return Err(format!("{} columns, due {}", answer.columns.len(), expected.len()));
    }
    for (expected, (name, ty)) in expected.iter().zip(&answer.columns) {
        if expected["name"] != name.as_str() {
            return Err(format!("column {name}, due {}", expected["name"]));
        }
        let Some(due) = expected["type"].as_str() else { continue };
        if due.replace(", ", ",") != ty.replace(", ", ",") {
            return Err(format!("type of {name} is {ty}, due {due}"));
        }
    }
    Ok(())
}

fn expected_row(row: &Value) -> Vec<Cell> {
    row.as_array().unwrap().iter().map(|cell| cell.as_str().map(str::to_owned)).collect()
}

fn rows(check: &str, mut expected: Vec<Vec<Cell>>, mut actual: Vec<Vec<Cell>>) -> Result<(), String> {
    if let Some(choices) = check.strip_prefix("any-of:") {
        return match actual.as_slice() {
            [row] if matches!(row.as_slice(), [Some(cell)] if choices.split(',').any(|it| it == cell)) => {
                Ok(())
            }
            other => Err(format!("rows {other:?}, due one of {choices}")),
        };
    }
    match check {
        "unordered" => {
            expected.sort();
            actual.sort();
        }
        "unordered-nested" => {
            for cell in expected.iter_mut().chain(&mut actual).flatten().flatten() {
                *cell = sorted_elements(cell);
            }
            expected.sort();
            actual.sort();
        }
        "exact" | "approx" | "values-only" | "either" => {}
        other => return Err(format!("no such check: {other}")),
    }
    let same = match check {
        "approx" => {
            expected.len() == actual.len()
                && expected.iter().zip(&actual).all(|(left, right)| {
                    left.len() == right.len()
                        && left.iter().zip(right).all(|(left, right)| is_near(left, right))
                })
        }
        _ => expected == actual,
    };
    if same { Ok(()) } else { Err(format!("rows {actual:?}, due {expected:?}")) }
}

fn is_near(left: &Cell, right: &Cell) -> bool {
    let number = |cell: &Cell| cell.as_ref().and_then(|text| text.parse::<f64>().ok());
    match (number(left), number(right)) {
        (Some(left), Some(right)) => (left - right).abs() <= SHARE * left.abs().max(right.abs()),
        _ => left == right,
    }
}

/// The elements of an array of rows in the order of their texts.
fn sorted_elements(cell: &str) -> String {
    let Some(inner) = cell.strip_prefix('[').and_then(|it| it.strip_suffix(']')) else {
        return cell.to_owned();
    };
    let mut elements: Vec<&str> = inner.split("),").map(|it| it.trim_end_matches(')')).collect();
    elements.sort_unstable();
    elements.join(";")
}

#[test]
fn wrong_answers_are_seen() {
    let answer = |ty: &str, cell: &str| {
        Ok(Answer { columns: vec![("x".into(), ty.into())], rows: vec![vec![Some(cell.into())]] })
    };
    let case = |check: &str, rows: Value| {
        serde_json::json!({
            "check": check, "expected_rows": rows, "expected_columns": [{"name": "x", "type": "double"}],
        })
    };
    let one = serde_json::json!([["1.0"]]);
    let error = || Err(SqlError::invalid("line 1:8: no"));
    let verdicts = [
        (judge(&case("exact", one.clone()), &answer("double", "1.0")), true),
        (judge(&case("exact", one.clone()), &answer("double", "1.0000000000001")), false),
        (judge(&case("approx", one.clone()), &answer("double", "1.0000000000001")), true),
        (judge(&case("approx", one.clone()), &answer("double", "1.001")), false),
        (judge(&case("exact", one.clone()), &answer("bigint", "1.0")), false),
        (judge(&case("type-only", Value::Null), &answer("double", "7")), true),
        (judge(&case("type-only", Value::Null), &answer("bigint", "7")), false),
        (judge(&case("exact", one.clone()), &error()), false),
        (judge(&case("error", Value::from("ERROR")), &error()), true),
        (judge(&case("error", Value::from("ERROR: line 1:8: no")), &error()), true),
        (judge(&case("error", Value::from("ERROR: line 1:9: no")), &error()), false),
        (judge(&case("error", Value::from("ERROR")), &Err(SqlError::Internal)), false),
        (judge(&case("error", Value::from("ERROR")), &answer("double", "1.0")), false),
        (judge(&case("either", Value::from("ERROR")), &answer("double", "1.0")), true),
        (judge(&case("any-of:1.0,2.0", one.clone()), &answer("double", "2.0")), true),
        (judge(&case("any-of:1.0,2.0", one), &answer("double", "3.0")), false),
    ];
    for (number, (verdict, is_right)) in verdicts.into_iter().enumerate() {
        assert_eq!(verdict.is_ok(), is_right, "{number}: {verdict:?}");
    }
    let left = sorted_elements("[(b,varchar),(a,varchar)]");
    assert_eq!(left, sorted_elements("[(a,varchar),(b,varchar)]"));
    assert_ne!(left, sorted_elements("[(a,varchar),(c,varchar)]"));
}
