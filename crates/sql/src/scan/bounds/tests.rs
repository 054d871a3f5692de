use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::logical_expr::{Expr, cast, col, lit, when};
use datafusion::scalar::ScalarValue;
use model::schema::{ColumnType, MEASURE_NAME_COLUMN, TIME_COLUMN};

use super::*;

fn at(instant_ns: i64) -> Expr {
    lit(ScalarValue::TimestampNanosecond(Some(instant_ns), None))
}

fn word(text: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(text.to_owned())))
}

/// The bounds as `start..end column=[texts]`; an open side has no number.
fn described(filter: &Expr) -> String {
    let mut table = TableSchema::new();
    let host = table.push("host".into(), ColumnType::Varchar, ColumnRole::Dimension);
    let value = table.push("v".into(), ColumnType::Varchar, ColumnRole::MultiMeasure);
    let number = table.push("x".into(), ColumnType::Double, ColumnRole::MeasureValue);
    let text = |name: &str| Field::new(name, DataType::Utf8View, true);
    let time = Field::new("t", DataType::Timestamp(TimeUnit::Nanosecond, None), true);
    let double = Field::new("x", DataType::Float64, true);
    let fields = Schema::new(vec![text("v"), text("host"), time, text("name"), double]);
    let stored = [value, host, TIME_COLUMN, MEASURE_NAME_COLUMN, number];
    let bounds = Bounds::of(filter, &ColumnRoles { fields: &fields, stored: &stored, table: &table });
    if bounds.is_empty() {
        return "nothing".to_owned();
    }
    let TimeRange { start_ns, end_ns } = bounds.time_range;
    let side = |open: i64, side: i64| if side == open { String::new() } else { side.to_string() };
    let mut out = format!("{}..{}", side(i64::MIN, start_ns), side(i64::MAX, end_ns));
    for predicate in bounds.predicates() {
        let name = table.column(predicate.column).map_or("?", |column| &column.name);
        out.push_str(&format!(" {name}={:?}", predicate.values));
    }
    for range in bounds.value_ranges() {
        let name = table.column(range.column).map_or("?", |column| &column.name);
        out.push_str(&format!(" {name} {:?}", range.bounds));
    }
    if bounds.is_exact() {
        out.push('!');
    }
    out
}

#[test]
fn filters_bound_times_and_texts() {
    let t = || col("t");
    let host = || col("host");
    let cases = [
        (t().gt(at(5)), "6..!"),
        (t().gt_eq(at(5)), "5..!"),
        (t().lt(at(5)), "..5!"),
        (t().lt_eq(at(5)), "..6!"),
        (t().eq(at(5)), "5..6!"),
        (at(5).lt(t()), "6..!"),
        (at(5).gt_eq(t()), "..6!"),
        (at(5).eq(t()), "5..6!"),
        (t().between(at(5), at(9)), "5..10!"),
        (t().not_between(at(5), at(9)), ".."),
        (t().in_list(vec![at(9), at(5)], false), "5..10"),
        (t().in_list(vec![at(9), at(5)], true), ".."),
        (t().gt(at(5)).and(t().lt(at(9))), "6..9!"),
        (t().gt(at(9)).and(t().lt(at(5))), "nothing"),
        (t().lt(at(5)).or(t().gt(at(9))), ".."),
        (t().eq(at(5)).or(t().eq(at(9))), "5..10"),
        (t().gt(at(9)).and(t().lt(at(5))).or(t().eq(at(7))), "7..8!"),
        (t().gt(at(i64::MAX)), "nothing"),
        (t().lt_eq(at(i64::MAX)), "..!"),
        (t().eq(at(i64::MAX)), "9223372036854775807..!"),
        (t().lt(at(i64::MIN)), "nothing"),
        (t().not_eq(at(5)), ".."),
        (t().gt(lit(ScalarValue::TimestampNanosecond(None, None))), ".."),
        (t().gt(t()), ".."),
        (col("other").gt(at(5)), ".."),
        (host().eq(word("a")), r#".. host=["a"]!"#),
        (word("a").eq(host()), r#".. host=["a"]!"#),
        (col("name").eq(word("a")), r#".. measure_name=["a"]!"#),
        (col("v").eq(word("a")), ".. v NotNull"),
        (host().not_eq(word("a")), ".."),
        (host().gt(word("a")), ".."),
        (host().in_list(vec![word("b"), word("a"), word("b")], false), r#".. host=["a", "b"]!"#),
        (host().in_list(vec![word("b"), host()], false), ".."),
        (host().eq(word("a")).or(host().eq(word("b"))), r#".. host=["a", "b"]!"#),
        (host().eq(word("a")).and(host().eq(word("b"))), "nothing"),
        (host().eq(word("a")).or(col("v").eq(word("b"))), ".."),
        (host().eq(word("a")).or(t().gt(at(5))), ".."),
        (
            host().eq(word("a")).and(t().gt(at(5))).or(host().eq(word("b")).and(t().gt(at(3)))),
            r#"4.. host=["a", "b"]"#,
        ),
        (
            host().eq(word("a")).and(col("name").eq(word("m"))).and(t().lt(at(3))),
            r#"..3 measure_name=["m"] host=["a"]!"#,
        ),
        (!host().eq(word("a")), ".."),
        (lit(true), "..!"),
        (lit(false), "nothing"),
        (lit(ScalarValue::Boolean(None)), "nothing"),
        (lit(ScalarValue::Boolean(None)).or(t().gt(at(5))), "6..!"),
        (host().eq(word("a")).is_true(), r#".. host=["a"]"#),
        (col("x").gt(lit(1.5)), ".. x Double { min: 1.5, max: inf }"),
        (lit(1.5).gt(col("x")), ".. x Double { min: -inf, max: 1.5 }"),
        (col("x").eq(lit(f64::NAN)), ".. x NotNull"),
        (col("x").not_eq(lit(2.0)), ".. x Double { min: -inf, max: inf }"),
        (col("x").gt(lit(1.0)).and(col("x").lt_eq(lit(3.0))), ".. x Double { min: 1.0, max: 3.0 }"),
        (col("x").gt(lit(1.0)).and(col("x").is_not_null()), ".. x Double { min: 1.0, max: inf }"),
        (col("x").lt(lit(1.0)).or(col("x").eq(lit(3.0))), ".. x Double { min: -inf, max: 3.0 }"),
        (col("x").lt(lit(1.0)).or(host().eq(word("a"))), ".."),
        (col("x").is_null(), ".."),
        (
            host()
                .eq(word("a"))
                .and(col("x").lt(lit(1.0)))
                .or(host().eq(word("b")).and(col("x").gt(lit(2.0)))),
            r#".. host=["a", "b"] x Double { min: -inf, max: inf }"#,
        ),
        // A measure named like a column.
        (
            when(col("name").eq(word("cpu")), col("x")).end().unwrap().gt(lit(90.0)),
            r#".. measure_name=["cpu"] x Double { min: 90.0, max: inf }"#,
        ),
        (
            when(col("name").eq(word("a")), col("x"))
                .when(col("name").eq(word("b")), col("x"))
                .end()
                .unwrap()
                .lt(lit(0.0)),
            r#".. measure_name=["a", "b"] x Double { min: -inf, max: 0.0 }"#,
        ),
        (when(col("name").eq(word("a")), lit(1.0)).otherwise(col("x")).unwrap().lt(lit(0.0)), ".."),
        (when(t().gt(at(5)), lit(1_i32)).end().unwrap().eq(lit(1_i32)), "6.."),
        (
            when(t().gt(at(5)), cast(host().eq(word("a")), DataType::Int32)).end().unwrap().eq(lit(1_i32)),
            r#"6.. host=["a"]"#,
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(described(&filter), expected, "{filter}");
    }
}
