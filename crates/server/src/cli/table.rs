//! Query results as a table for the terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use wire::query::ScalarType;
use wire::query::output::{ColumnInfo, Datum, Row};

/// Points of a time series and items of an array that are shown; the rest is counted.
const ITEMS_SHOWN_MAX: usize = 4;

pub fn render(columns: &[ColumnInfo], rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(columns.iter().map(|column| printable(column.name.as_deref().unwrap_or_default())));
    for row in rows {
        table.add_row(row.data.iter().map(text));
    }
    for (index, column) in columns.iter().enumerate() {
        if is_number(column)
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn is_number(column: &ColumnInfo) -> bool {
    matches!(column.r#type.scalar_type, Some(ScalarType::Bigint | ScalarType::Double | ScalarType::Integer))
}

fn text(datum: &Datum) -> String {
    if let Some(scalar) = &datum.scalar_value {
        return printable(scalar);
    }
    if let Some(points) = &datum.time_series_value {
        let shown = points.iter().map(|point| format!("{}: {}", point.time, text(&point.value)));
        return list(shown, points.len(), "\n");
    }
    if let Some(items) = &datum.array_value {
        return format!("[{}]", list(items.iter().map(text), items.len(), ", "));
    }
    if let Some(row) = &datum.row_value {
        return format!("({})", row.data.iter().map(text).collect::<Vec<_>>().join(", "));
    }
    "-".to_owned()
}

/// Without characters that a terminal would obey.
fn printable(text: &str) -> String {
    let is_obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.chars().map(|c| if is_obeyed(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn list(shown: impl Iterator<Item = String>, count: usize, separator: &str) -> String {
    let mut parts: Vec<String> = shown.take(ITEMS_SHOWN_MAX).collect();
    if count > ITEMS_SHOWN_MAX {
        parts.push(format!("... {} more", count - ITEMS_SHOWN_MAX));
    }
    parts.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_values_are_shown() {
        let columns: Vec<ColumnInfo> = wire::decode::decode_output(
            br#"[{"Name":"n","Type":{"ScalarType":"BIGINT"}},{"Name":"v","Type":{"ScalarType":"VARCHAR"}}]"#,
        )
        .unwrap();
        let point = r#"{"Time":"t","Value":{"ScalarValue":"1"}}"#;
        let rows: Vec<Row> = wire::decode::decode_output(
            format!(
                r#"[{{"Data":[{{"ScalarValue":"1"}},{{"NullValue":true}}]}},
                    {{"Data":[{{"ScalarValue":"22"}},{{"TimeSeriesValue":[{point},{point},{point},{point},{point}]}}]}},
                    {{"Data":[{{"ScalarValue":"3"}},{{"ArrayValue":[{{"RowValue":{{"Data":[{{"ScalarValue":"\u001bx"}}]}}}}]}}]}}]"#
            )
            .as_bytes(),
        )
        .unwrap();
        let shown = render(&columns, &rows).to_string();
        for expected in ["│  1 ┆ -", "t: 1", "... 1 more", "[(\u{fffd}x)]"] {
            assert!(shown.contains(expected), "{expected} in\n{shown}");
        }
    }
}
