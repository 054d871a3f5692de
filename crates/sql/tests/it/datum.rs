//! Rows of the Query API as the texts the corpora use: `[1,2]`, `(6,15)`, `[{time: T, value: V},...]`, `null`.

use serde_json::Value;

pub type Cell = Option<String>;

/// The cells of a row object; NULL is `None`.
pub fn cells(row: &Value) -> Vec<Cell> {
    let data = row["Data"].as_array().unwrap_or_else(|| panic!("no row: {row}"));
    data.iter().map(|datum| if datum["NullValue"] == true { None } else { Some(text(datum)) }).collect()
}

fn text(datum: &Value) -> String {
    let object = datum.as_object().unwrap_or_else(|| panic!("no datum: {datum}"));
    let (kind, value) = object.iter().next().unwrap_or_else(|| panic!("empty datum"));
    let list = || value.as_array().unwrap_or_else(|| panic!("no list: {datum}")).iter();
    match kind.as_str() {
        "ScalarValue" => value.as_str().unwrap_or_else(|| panic!("no scalar: {datum}")).to_owned(),
        "NullValue" => "null".to_owned(),
        "ArrayValue" => format!("[{}]", join(list().map(text))),
        "RowValue" => format!("({})", join(value["Data"].as_array().unwrap().iter().map(text))),
        "TimeSeriesValue" => {
            let point = |point: &Value| {
                format!("{{time: {}, value: {}}}", point["Time"].as_str().unwrap(), text(&point["Value"]))
            };
            format!("[{}]", join(list().map(point)))
        }
        other => panic!("no datum: {other}"),
    }
}

fn join(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(",")
}

#[test]
fn nested_values_have_one_line() {
    let row = serde_json::json!({"Data": [
        {"NullValue": true},
        {"ArrayValue": [{"ScalarValue": "1"}, {"NullValue": true}]},
        {"TimeSeriesValue": [{"Time": "T", "Value": {"RowValue": {"Data": [{"ScalarValue": "x"}]}}}]},
    ]});
    let expected = [None, Some("[1,null]".to_owned()), Some("[{time: T, value: (x)}]".to_owned())];
    assert_eq!(cells(&row), expected);
}
