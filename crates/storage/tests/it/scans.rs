//! Whatever a scan skips, its rows are those that were asked for; and it does skip. The table has rows in data files, in
//! runs and in a tail, many of them replaced by newer versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::model::scan::{
    ColumnPredicate, ReadCount, RowsWanted, ScanRequest, ScanSource, SeriesFilter, TimeRange, ValueBounds,
    ValueRange,
};
use ::model::schema::{ColumnId, TableSchema};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use storage::engine::Engine;

use crate::model::{Identity, Model, Row, Value};
use crate::world::{NOW_NS, SECOND_NS, Scanned, World, scan, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;
const HOSTS: i64 = 7;
const DAYS: i64 = 4;

/// Rows of hosts 0 to 6 on four days; host 6 has none on the last two.
fn rows(version: i64, step: usize) -> Vec<Row> {
    let row = |number: i64| {
        let (day, rest) = (number % DAYS, number / DAYS);
        let host = rest % HOSTS;
        let time_ns = NOW_NS - day * DAY_NS - (rest / HOSTS) * 60 * SECOND_NS - host;
        let mut row = Row::new(&format!("host-{host}"), time_ns, version, (version * 1_000 + number) as f64);
        if number % 5 == 0 {
            row.measure_name = "events".to_owned();
            row.value = Value::Bigint(number);
        }
        row.region = (host % 2 == 0).then(|| "eu".to_owned());
        (host < 6 || day > 1).then_some(row)
    };
    (0..HOSTS * DAYS * 12).filter_map(row).step_by(step).collect()
}

/// Files, then late versions that wait beside them, a run and a tail.
async fn table(world: &mut World) -> (Engine, Model) {
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    for (version, step) in [(1, 1), (2, 3), (3, 7)] {
        let rows = rows(version, step);
        for chunk in rows.chunks(17) {
            write(&engine, chunk).await.unwrap();
            model.apply(chunk);
        }
        for _ in 0..4 {
            if version < 3 {
                world.clock.advance_ns(61 * SECOND_NS);
                engine.maintain().await.unwrap();
            }
        }
    }
    let stats = engine.stats();
    assert!(stats.data_files > 2 && stats.runs > 0 && stats.memory_bytes > 0, "{stats:?}");
    (engine, model)
}

/// Hosts with an even number.
#[derive(Debug)]
struct EvenHosts([ColumnId; 1]);

impl SeriesFilter for EvenHosts {
    fn columns(&self) -> &[ColumnId] {
        &self.0
    }

    fn keep(&self, texts: &RecordBatch) -> Option<BooleanArray> {
        let hosts = texts.column(0).as_string_view();
        Some(hosts.iter().map(|host| host.map(is_even)).collect())
    }
}

fn is_even(host: &str) -> bool {
    host.ends_with(['0', '2', '4', '6', '8'])
}

/// What one random request asks for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    range: TimeRange,
    hosts: &'static [&'static str],
    even_only: bool,
    double_min: Option<f64>,
    latest: bool,
}

impl Asked {
    fn random(rng: &mut StdRng) -> Self {
        const HOSTS: [&[&str]; 5] = [&[], &[], &["host-3"], &["host-6", "host-1", "none"], &["none"]];
        let mut instant = || NOW_NS - rng.random_range(-1..10) * DAY_NS / 2 + rng.random_range(-3..3);
        let (one, other) = (instant(), instant());
        let range = match rng.random_range(0..4) {
            0 => TimeRange::ALL,
            1 => TimeRange { start_ns: one, end_ns: i64::MAX },
            2 => TimeRange { start_ns: i64::MIN, end_ns: one },
            _ => TimeRange { start_ns: one.min(other), end_ns: one.max(other) },
        };
        Self {
            range,
            hosts: HOSTS.choose(rng).copied().unwrap_or_default(),
            even_only: rng.random_bool(0.3),
            double_min: rng.random_bool(0.3).then(|| rng.random_range(0.0..4_000.0)),
            latest: rng.random_bool(0.3),
        }
    }

    fn request(&self, schema: &TableSchema) -> ScanRequest {
        let host = schema.find("host").unwrap().id;
        let mut request = ScanRequest { time_range: self.range, ..ScanRequest::default() };
        if !self.hosts.is_empty() {
            let values = self.hosts.iter().map(|host| (*host).to_owned()).collect();
            request.predicates.push(ColumnPredicate { column: host, values });
        }
        if self.even_only {
            request.series_filters.push(Arc::new(EvenHosts([host])));
        }
        if let Some(min) = self.double_min {
            let column = schema.find("measure_value::double").unwrap().id;
            let bounds = ValueBounds::Double { min, max: f64::INFINITY };
            request.value_ranges.push(ValueRange { column, bounds });
        }
        if self.latest {
            request.rows = RowsWanted::LatestOfSeries;
        }
        request
    }

    /// What must be exact.
    fn passes(&self, identity: &Identity) -> bool {
        let host = identity.0.as_str();
        self.range.contains(identity.3)
            && (self.hosts.is_empty() || self.hosts.contains(&host))
            && (!self.even_only || is_even(host))
    }
}

fn scanned(engine: &Engine, asked: &Asked) -> Scanned {
    scan(&*engine.read_view(NOW_NS), 5, |schema| asked.request(schema)).unwrap().unwrap()
}

fn latest_of(rows: &BTreeMap<Identity, String>) -> BTreeMap<Identity, String> {
    let mut latest: BTreeMap<_, (Identity, String)> = BTreeMap::new();
    for (identity, values) in rows {
        // Times of a series ascend in the order of identities.
        let series = (identity.0.clone(), identity.1.clone(), identity.2.clone());
        latest.insert(series, (identity.clone(), values.clone()));
    }
    latest.into_values().collect()
}

#[tokio::test]
async fn scans_have_the_rows_that_were_asked_for() {
    let mut world = World::new();
    let (engine, model) = table(&mut world).await;
    let mut fewer = 0;
    for seed in 0..600 {
        let asked = Asked::random(&mut StdRng::seed_from_u64(seed));
        let exact: BTreeMap<_, _> =
            model.visible().into_iter().filter(|(identity, _)| asked.passes(identity)).collect();
        let Scanned { rows, planned, control } = scanned(&engine, &asked);
        let must = match (asked.double_min, asked.latest) {
            (Some(min), _) => {
                let double = |values: &String| {
                    values.strip_prefix("measure_value::double=Double(")?.strip_suffix(')')?.parse().ok()
                };
                let wanted = |values: &String| double(values).is_some_and(|value: f64| value >= min);
                exact
                    .iter()
                    .filter(|(_, values)| wanted(values))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect()
            }
            (None, true) => latest_of(&exact),
            (None, false) => exact.clone(),
        };
        assert!(
            rows.iter().all(|(identity, values)| exact.get(identity) == Some(values)),
            "{seed} {asked:?}"
        );
        assert!(must.iter().all(|(identity, values)| rows.get(identity) == Some(values)), "{seed} {asked:?}");
        fewer += usize::from(rows.len() < exact.len());
        let read = |what| control.counts.get(what);
        assert_eq!(read(ReadCount::RowsKept), rows.len() as u64, "{seed} {asked:?}");
        assert!(planned.metrics.rows_kept <= planned.metrics.rows_total);
    }
    assert!(fewer > 50, "{fewer} requests got fewer rows because only the latest or some values were wanted");
}

#[tokio::test]
async fn what_is_skipped_is_counted() {
    let mut world = World::new();
    let (engine, model) = table(&mut world).await;
    let all = Asked { range: TimeRange::ALL, hosts: &[], even_only: false, double_min: None, latest: false };
    let whole = scanned(&engine, &all).planned.metrics;
    assert_eq!((whole.partitions_kept, whole.files_kept), (whole.partitions_total, whole.files_total));
    assert_eq!((whole.rows_total, whole.rows_kept), (model.visible().len() as u64, whole.rows_total));
    assert_eq!((whole.series_kept, whole.bytes_kept), (whole.series_total, whole.bytes_total));

    let late = TimeRange { start_ns: NOW_NS - DAY_NS / 2, end_ns: i64::MAX };
    let one = scanned(&engine, &Asked { range: late, hosts: &["host-2"], ..all });
    let metrics = one.planned.metrics;
    assert!(metrics.partitions_kept < metrics.partitions_total, "{metrics:?}");
    assert!(
        metrics.files_kept < metrics.files_total && metrics.bytes_kept < metrics.bytes_total,
        "{metrics:?}"
    );
    assert_eq!(metrics.series_kept, 2);
    assert!(one.control.counts.get(ReadCount::RangesSkipped) > 0);
    assert!(one.control.counts.get(ReadCount::RowsSkipped) > 0);

    let day =
        TimeRange { start_ns: NOW_NS - 3 * DAY_NS - DAY_NS / 2, end_ns: NOW_NS - 2 * DAY_NS - DAY_NS / 2 };
    let old = scanned(&engine, &Asked { range: day, hosts: &["host-2"], ..all });
    let read = |what| old.control.counts.get(what);
    assert!(read(ReadCount::BytesKept) > 0, "{:?}", old.control.counts);
    assert!(read(ReadCount::CacheHits) + read(ReadCount::CacheMisses) > 0, "{:?}", old.control.counts);

    let none = scanned(&engine, &Asked { hosts: &["none"], ..all });
    assert_eq!((none.planned.parts.len(), none.planned.metrics.series_kept), (0, 0));
}

#[tokio::test]
async fn the_latest_rows_are_found_in_the_latest_partitions() {
    let mut world = World::new();
    let (engine, model) = table(&mut world).await;
    let late = Asked {
        range: TimeRange::ALL,
        hosts: &["host-1", "host-2"],
        even_only: false,
        double_min: None,
        latest: true,
    };
    let found = scanned(&engine, &late);
    let days = |rows: &BTreeMap<Identity, String>| {
        let mut days: Vec<i64> = rows.keys().map(|identity| identity.3.div_euclid(DAY_NS)).collect();
        days.sort_unstable();
        days.dedup();
        days
    };
    assert_eq!(days(&found.rows).len(), 1, "{:?}", found.rows);
    // Host 6 has to be looked for in earlier partitions, where the others are not read again.
    let found = scanned(&engine, &Asked { hosts: &["host-1", "host-6"], ..late });
    let of_host = |name: &str| found.rows.keys().filter(|identity| identity.0 == name).count();
    assert!(of_host("host-6") > 0);
    assert!(of_host("host-1") < model.visible().keys().filter(|identity| identity.0 == "host-1").count() / 4);
    assert!(days(&found.rows).len() >= 2);
}
