use super::*;
use crate::query::ScalarType;
use crate::query::output::{QueryResponse, Type};

fn column(name: &str) -> ColumnInfo {
    let scalar = Type { scalar_type: Some(ScalarType::Varchar), ..Default::default() };
    ColumnInfo { name: Some(name.to_owned()), r#type: scalar }
}

fn status() -> QueryStatus {
    QueryStatus {
        progress_percentage: Some(100.0),
        cumulative_bytes_scanned: Some(0),
        cumulative_bytes_metered: Some(10_000_000),
    }
}

#[test]
fn page_without_rows() {
    let page = PageWriter::start("AEDA", &[column("a")]).and_then(|page| page.finish(&status(), None, None));
    let want = r#"{"QueryId":"AEDA","ColumnInfo":[{"Name":"a","Type":{"ScalarType":"VARCHAR"}}],"Rows":[],"QueryStatus":{"ProgressPercentage":100.0,"CumulativeBytesScanned":0,"CumulativeBytesMetered":10000000}}"#;
    assert_eq!(page.map(|body| String::from_utf8_lossy(&body).into_owned()).as_deref(), Ok(want));
}

#[test]
fn every_kind_of_datum() {
    let mut page = PageWriter::start("Q", &[]).expect("no columns");
    page.start_row();
    page.scalar("[:");
    page.null();
    page.start_array();
    page.scalar("1");
    page.null();
    page.start_array();
    page.end_array();
    page.end_array();
    page.start_row_value();
    page.scalar("x");
    page.start_time_series();
    for time in ["2020-08-08 01:00:00.000000000", "2020-08-08 02:00:00.000000000"] {
        page.start_point(time);
        page.scalar("1.5");
        page.end_point();
    }
    page.end_time_series();
    page.end_row_value();
    page.end_row();
    page.start_row();
    page.end_row();
    assert_eq!(page.rows(), 2);
    let body =
        page.finish(&status(), Some("t\"oken"), Some(&QueryInsightsResponse::default())).expect("finished");
    let rows = concat!(
        r#""Rows":[{"Data":[{"ScalarValue":"[:"},{"NullValue":true},"#,
        r#"{"ArrayValue":[{"ScalarValue":"1"},{"NullValue":true},{"ArrayValue":[]}]},"#,
        r#"{"RowValue":{"Data":[{"ScalarValue":"x"},{"TimeSeriesValue":["#,
        r#"{"Time":"2020-08-08 01:00:00.000000000","Value":{"ScalarValue":"1.5"}},"#,
        r#"{"Time":"2020-08-08 02:00:00.000000000","Value":{"ScalarValue":"1.5"}}]}]}}]},{"Data":[]}]"#,
    );
    let text = String::from_utf8_lossy(&body).into_owned();
    assert!(text.contains(rows), "{text}");
    assert!(text.contains(r#","NextToken":"t\"oken","QueryInsightsResponse":{}}"#), "{text}");

    let response: QueryResponse = crate::decode::decode_output(&body).expect("the model's shape");
    assert_eq!(response.rows.len(), 2);
    assert_eq!(response.rows[0].data[1].null_value, Some(true));
    assert_eq!(response.next_token.as_deref(), Some("t\"oken"));
}

#[test]
fn rewind_takes_back_a_row() {
    let write_row = |page: &mut PageWriter, text: &str| {
        page.start_row();
        page.scalar(text);
        page.end_row();
    };
    let mut page = PageWriter::start("Q", &[]).expect("no columns");
    for kept in ["", "kept"] {
        if !kept.is_empty() {
            write_row(&mut page, kept);
        }
        let before = (page.len_bytes(), page.rows());
        let mark = page.mark();
        write_row(&mut page, "too much");
        page.rewind(mark);
        assert_eq!((page.len_bytes(), page.rows()), before);
    }
    write_row(&mut page, "last");
    let body = page.finish(&status(), None, None).expect("finished");
    let response: QueryResponse = crate::decode::decode_output(&body).expect("the model's shape");
    let texts: Vec<Option<&str>> =
        response.rows.iter().map(|row| row.data[0].scalar_value.as_deref()).collect();
    assert_eq!(texts, [Some("kept"), Some("last")]);
}

#[test]
fn strings_are_escaped_as_json_demands() {
    for code in (0..0x250).chain([0x2028, 0x2029, 0xd7ff, 0xe000, 0xfffd, 0x1f600]) {
        let text: String = char::from_u32(code).into_iter().chain("a\"b\\".chars()).collect();
        let mut written = Vec::new();
        write_string(&mut written, &text);
        assert_eq!(serde_json::from_slice::<String>(&written).ok(), Some(text), "{code:x}");
    }
}
