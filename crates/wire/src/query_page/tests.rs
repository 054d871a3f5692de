use super::*;

fn status() -> QueryStatus {
    QueryStatus {
        progress_percentage: Some(100.0),
        cumulative_bytes_scanned: Some(0),
        cumulative_bytes_metered: Some(10_000_000),
    }
}

const COLUMNS: &[u8] = br#"[{"Name":"a","Type":{"ScalarType":"VARCHAR"}}]"#;

#[test]
fn page_without_rows() {
    let page = QueryPage::start("AEDA", COLUMNS).and_then(|page| page.finish(&status(), None, None));
    let want = r#"{"QueryId":"AEDA","ColumnInfo":[{"Name":"a","Type":{"ScalarType":"VARCHAR"}}],"Rows":[],"QueryStatus":{"ProgressPercentage":100.0,"CumulativeBytesScanned":0,"CumulativeBytesMetered":10000000}}"#;
    assert_eq!(page.map(|body| String::from_utf8_lossy(&body).into_owned()).as_deref(), Ok(want));
}

#[test]
fn rows_are_a_list_and_texts_are_escaped() {
    let mut page = QueryPage::start("Q", b"[]").expect("a page");
    page.row(br#"{"Data":[{"ScalarValue":"x"}]}"#);
    page.row(br#"{"Data":[]}"#);
    assert_eq!(page.rows(), 2);
    let insights = QueryInsightsResponse::default();
    let body = page.finish(&status(), Some("t\"oken"), Some(&insights)).expect("finished");
    let parsed: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(parsed["Rows"], serde_json::json!([{"Data": [{"ScalarValue": "x"}]}, {"Data": []}]));
    assert_eq!(parsed["NextToken"], "t\"oken");
    assert!(parsed["QueryInsightsResponse"].is_object());
}
