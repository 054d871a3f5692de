use std::sync::Arc;

use model::catalog::{Enforcement, MagneticWrites, PartitionKey, Retention, Table, TableId};
use model::record::{Dimension, Measure, Record};
use model::rejection::Rejection;
use model::schema::{ColumnRole, ColumnType};
use model::series::SeriesId;
use model::time::{NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE};
use model::value::MeasureValue;

use super::*;
use crate::engine::TableLimits;
use crate::memory::search::{Found, NeedsRows};
use crate::memory::window::{IngestionWindow, WindowSlack};

const NOW_NS: i64 = 1_700_000_000_000_000_000;
const SLACK: WindowSlack = WindowSlack { past_ns: 25 * NS_PER_MINUTE, future_ns: 15 * NS_PER_MINUTE };

/// Nothing is stored.
struct Nothing(u64);

impl Lookup for Nothing {
    fn find(&mut self, _: i64, _: SeriesId, _: i64) -> Result<Option<Found>, NeedsRows> {
        Ok(None)
    }

    fn next_batch_id(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn table() -> Table {
    Table {
        id: TableId(1),
        database: "db1".to_owned(),
        name: "table1".to_owned(),
        retention: Retention { memory_hours: 6, magnetic_days: 2 },
        magnetic_writes: MagneticWrites::default(),
        partition_key: vec![PartitionKey::Measure],
        created_ns: 0,
        updated_ns: 0,
        expired: None,
    }
}

fn small_limits() -> TableLimits {
    TableLimits {
        dimensions_per_table_max: 3,
        measure_names_per_table_max: 2,
        attributes_per_table_max: 3,
        attributes_per_record_max: 2,
        measure_values_bytes_max: 20,
        series_bytes_max: 30,
        record_bytes_max: 40,
    }
}

fn writer() -> Writer {
    let mut writer = Writer::default();
    writer.set_schema(Arc::new(TableSchema::new()));
    writer
}

fn prepare(writer: &mut Writer, table: &Table, records: &[Record<'_>]) -> Prepared {
    let window = IngestionWindow::new(table, SLACK, NOW_NS);
    let request = Request {
        table,
        window,
        series_full_at_bytes: None,
        reports_conflicts: false,
        limits: small_limits(),
        records,
    };
    writer.prepare(&request, &mut Nothing(0)).unwrap()
}

fn record<'a>(
    dimensions: &[(&'a str, &'a str)],
    measure_name: &'a str,
    values: &[(&'a str, MeasureValue<'a>)],
) -> Record<'a> {
    let measure = match values {
        [("", value)] => Measure::Single(value.clone()),
        values => Measure::Multi(values.to_vec()),
    };
    Record {
        dimensions: dimensions
            .iter()
            .zip(0..)
            .map(|((name, value), place)| Dimension { name, value, place })
            .collect(),
        measure_name,
        measure,
        time_ns: NOW_NS,
        version: 1,
    }
}

use MeasureValue::{Bigint, Boolean, Double};

fn varchar(text: &str) -> MeasureValue<'_> {
    MeasureValue::Varchar(text.into())
}

#[test]
fn limits_and_conflicts_reject_single_records() {
    let limit = |what, max| Some(Rejection::LimitExceeded { what, max });
    let conflict = |name: &str| Some(Rejection::NameConflict { name: name.to_owned() });
    let long = "a text of more than twenty bytes";
    // One after the other into one table: what was accepted before counts.
    let cases: Vec<(Record<'_>, Option<Rejection>)> = vec![
        (record(&[("host", "h1")], "cpu", &[("", Double(1.0))]), None),
        (record(&[("host", "h1")], "cpu", &[("load", Double(1.0)), ("ok", Boolean(true))]), None),
        (
            record(&[("host", "h1")], "cpu", &[("load", Bigint(1))]),
            Some(Rejection::TypeConflict {
                name: "load".to_owned(),
                stored: ColumnType::Double,
                written: ColumnType::Bigint,
            }),
        ),
        (record(&[("host", "h1")], "cpu", &[("host", Double(1.0))]), conflict("host")),
        (record(&[("load", "h1")], "cpu", &[("", Double(1.0))]), conflict("load")),
        (record(&[("new", "h1")], "cpu", &[("new", Double(1.0))]), conflict("new")),
        (
            record(&[("host", "h1")], "cpu", &[("a", Double(1.0)), ("b", Double(1.0))]),
            limit("multi-measure attributes per table", 3),
        ),
        (
            record(
                &[("host", "h1")],
                "cpu",
                &[("a", Double(1.0)), ("ok", Boolean(true)), ("load", Double(1.0))],
            ),
            limit("measures per record", 2),
        ),
        (
            record(&[("host", "h1")], "cpu", &[("a", varchar(long))]),
            limit("bytes of measure values per record", 20),
        ),
        (
            record(&[("host", long)], "cpu", &[("", Double(1.0))]),
            limit("bytes of dimension names and values", 30),
        ),
        (record(&[("host", "h1")], "cpu", &[("", varchar(long))]), limit("bytes per record", 40)),
        (record(&[("a", "1"), ("b", "2")], "cpu", &[("", Double(1.0))]), None),
        (record(&[("c", "1")], "cpu", &[("", Double(1.0))]), limit("dimensions per table", 3)),
        (record(&[("host", "h1")], "mem", &[("", Double(1.0))]), None),
        (record(&[("host", "h1")], "net", &[("", Double(1.0))]), limit("measure names per table", 2)),
        (record(&[("host", "h2")], "mem", &[("", Bigint(1))]), None),
        (record(&[("host", "h1")], "cpu", &[("a", Double(1.0))]), conflict("a")),
        (record(&[("host", "h1")], "cpu", &[("c", Double(1.0))]), None),
        (
            record(&[("host", "h1")], "cpu", &[("d", Double(1.0))]),
            limit("multi-measure attributes per table", 3),
        ),
    ];
    let mut writer = writer();
    for (position, (record, expected)) in cases.iter().enumerate() {
        let before = writer.mark();
        let prepared = prepare(&mut writer, &table(), std::slice::from_ref(record));
        let expected: Vec<_> = expected.iter().map(|rejection| (0, rejection.clone())).collect();
        assert_eq!(prepared.rejected, expected, "case {position}");
        let is_unchanged =
            Arc::ptr_eq(&before.schema, writer.schema()) && before.series == writer.series_count();
        assert!(expected.is_empty() || is_unchanged, "case {position}: a rejected record left traces");
    }
    let names: Vec<_> = writer.schema().columns().iter().map(|column| (&*column.name, column.role)).collect();
    assert_eq!(
        names,
        [
            ("measure_name", ColumnRole::MeasureName),
            ("time", ColumnRole::Time),
            ("host", ColumnRole::Dimension),
            ("measure_value::double", ColumnRole::MeasureValue),
            ("load", ColumnRole::MultiMeasure),
            ("ok", ColumnRole::MultiMeasure),
            ("a", ColumnRole::Dimension),
            ("b", ColumnRole::Dimension),
            ("measure_value::bigint", ColumnRole::MeasureValue),
            ("c", ColumnRole::MultiMeasure),
        ]
    );
    let cpu = &writer.schema().measures["cpu"];
    assert_eq!((cpu.multi, cpu.single_types.as_slice()), (true, [ColumnType::Double].as_slice()));
    assert_eq!(cpu.dimensions.len(), 3);
}

#[test]
fn required_partition_keys_are_enforced() {
    let key = |enforcement| vec![PartitionKey::Dimension { name: "site".to_owned(), enforcement }];
    let missing = Some(Rejection::PartitionKeyMissing { name: "site".to_owned() });
    let cases = [
        (key(Some(Enforcement::Required)), "host", missing),
        (key(Some(Enforcement::Required)), "site", None),
        (key(Some(Enforcement::Optional)), "host", None),
        (key(None), "host", None),
    ];
    for (partition_key, dimension, expected) in cases {
        let table = Table { partition_key, ..table() };
        let record = record(&[(dimension, "x")], "cpu", &[("", Double(1.0))]);
        let prepared = prepare(&mut writer(), &table, &[record]);
        let rejections: Vec<_> = prepared.rejected.into_iter().map(|(_, rejection)| rejection).collect();
        assert_eq!(rejections, Vec::from_iter(expected));
    }
}

#[test]
fn times_are_routed_by_the_window() {
    use crate::memory::window::Store::{Magnetic, Memory};
    let memory_start_ns = NOW_NS - 6 * NS_PER_HOUR - SLACK.past_ns;
    let total_start_ns = memory_start_ns - 2 * NS_PER_DAY;
    let end_ns = NOW_NS + SLACK.future_ns;
    let outside_memory = Rejection::OutsideMemoryStore { start_ns: memory_start_ns, end_ns };
    let outside_all = Rejection::OutsideIngestionWindow { start_ns: total_start_ns, end_ns };
    let cases = [
        (false, memory_start_ns, Ok(Memory)),
        (false, memory_start_ns - 1, Err(outside_memory.clone())),
        (false, end_ns - 1, Ok(Memory)),
        (false, end_ns, Err(outside_memory)),
        (true, memory_start_ns, Ok(Memory)),
        (true, memory_start_ns - 1, Ok(Magnetic)),
        (true, total_start_ns, Ok(Magnetic)),
        (true, total_start_ns - 1, Err(outside_all.clone())),
        (true, end_ns, Err(outside_all)),
    ];
    for (enabled, time_ns, expected) in cases {
        let magnetic_writes = MagneticWrites { enabled, rejected_data_location: None };
        let window = IngestionWindow::new(&Table { magnetic_writes, ..table() }, SLACK, NOW_NS);
        assert_eq!(window.route(time_ns), expected, "{enabled} {}", time_ns - NOW_NS);
    }
}

/// A client that writes one row of a month ago gets the whole request's window from one clock reading.
#[test]
fn rows_of_several_days_go_to_their_partitions() {
    let magnetic_writes = MagneticWrites { enabled: true, rejected_data_location: None };
    let table = Table { magnetic_writes, ..table() };
    let mut records = vec![record(&[("host", "h")], "cpu", &[("", Double(1.0))]); 3];
    records[1].time_ns -= NS_PER_DAY;
    records[2].time_ns -= NS_PER_MINUTE;
    let prepared = prepare(&mut writer(), &table, &records);
    assert_eq!((prepared.memory_store, prepared.magnetic_store), (2, 1));
    let write = prepared.addition.unwrap().write;
    let times: Vec<Vec<i64>> = write
        .batches
        .iter()
        .map(|batch| batch.batch.keys().iter().map(|key| key.time_ns).collect())
        .collect();
    assert_eq!(times, [vec![NOW_NS, NOW_NS - NS_PER_MINUTE], vec![NOW_NS - NS_PER_DAY]]);
    assert_eq!(write.series.len(), 1);
}

#[test]
fn a_writer_rolls_back_to_its_mark() {
    let mut writer = writer();
    prepare(&mut writer, &table(), &[record(&[("host", "h1")], "cpu", &[("", Double(1.0))])]);
    let mark = writer.mark();
    let grown = record(&[("site", "s1")], "mem", &[("load", Double(1.0))]);
    let first = prepare(&mut writer, &table(), std::slice::from_ref(&grown)).addition.unwrap().write;
    writer.roll_back(&mark);
    assert_eq!(writer.mark().series, mark.series);
    assert_eq!(writer.schema(), &mark.schema);
    let second = prepare(&mut writer, &table(), &[grown]).addition.unwrap().write;
    assert_eq!(first, second, "the same request adds the same again");
    let mut follower = super::tests::writer();
    let known = prepare(&mut follower, &table(), &[record(&[("host", "h1")], "cpu", &[("", Double(1.0))])]);
    assert!(known.addition.is_some());
    assert!(follower.take_over(&second).is_some());
    assert!(follower.take_over(&second).is_some(), "taking over twice changes nothing");
    assert_eq!(follower.schema(), writer.schema());
    assert_eq!(follower.keys(0, 2), writer.keys(0, 2));
}

#[test]
fn a_request_over_many_days_takes_the_memory_of_its_rows() {
    let table = Table {
        retention: Retention { memory_hours: 24 * 300, magnetic_days: 2 },
        magnetic_writes: MagneticWrites::default(),
        ..table()
    };
    let values: Vec<(&str, MeasureValue<'_>)> = vec![("load", Double(1.0)), ("ok", Boolean(true))];
    let scattered: Vec<Record<'_>> = (0..100)
        .map(|day| Record { time_ns: NOW_NS - day * NS_PER_DAY, ..record(&[("host", "h1")], "cpu", &values) })
        .collect();
    let prepared = prepare(&mut writer(), &table, &scattered);
    let batches = prepared.addition.unwrap().write.batches;
    assert_eq!(batches.len(), 100);
    let bytes: usize = batches.iter().map(|write| write.batch.memory_bytes()).sum();
    assert!(bytes < 100 * 512, "{bytes} bytes for 100 rows");
}
