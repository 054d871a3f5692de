//! A table with series of several kinds, rows of it, and a store on a simulated disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::catalog::{MagneticWrites, PartitionKey, Retention, Table, TableId};
use model::clock::ManualClock;
use model::entropy::SeededEntropy;
use model::schema::{ColumnId, ColumnRole, ColumnType, MEASURE_NAME_COLUMN, TableSchema};
use model::series::SeriesId;
use model::value::MeasureValue;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fs;
use crate::fs::sim::SimFs;
use crate::magnetic::bridge::Bridge;
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::rewrite::source::Source;
use crate::magnetic::rewrite::{FileLimits, Target};
use crate::magnetic::store::MagneticStore;
use crate::memory::batch::{RowBatch, RowKey};
use crate::memory::build::RunBuilder;
use crate::memory::deleted::DeletedRows;
use crate::memory::run_data::RunData;
use crate::memory::series_columns::SeriesColumns;
use crate::object::{DataObjects, FaultyObjects, LocalObjects, RetryPolicy, TimerPacing};

pub(super) const ROOT: &str = "/objects";
pub(super) const DAY_NS: i64 = 86_400_000_000_000;

/// Identity to version and values as text.
pub(super) type Rows = BTreeMap<(SeriesId, i64), (i64, String)>;

pub(super) struct Fixture {
    pub(super) table: Table,
    pub(super) schema: Arc<TableSchema>,
    pub(super) texts: SeriesColumns,
    pub(super) disk: SimFs,
    pub(super) faults: FaultyObjects,
    pub(super) store: Arc<MagneticStore>,
}

impl Fixture {
    /// `hosts` hosts with one single-measure and one multi-measure series each; every third has a region.
    pub(super) fn new(hosts: u32) -> Self {
        let mut schema = TableSchema::new();
        let host = schema.push("host".into(), ColumnType::Varchar, ColumnRole::Dimension);
        let region = schema.push("region".into(), ColumnType::Varchar, ColumnRole::Dimension);
        schema.push("measure_value::double".into(), ColumnType::Double, ColumnRole::MeasureValue);
        for (name, column_type) in [
            ("count", ColumnType::Bigint),
            ("note", ColumnType::Varchar),
            ("ok", ColumnType::Boolean),
            ("seen", ColumnType::Timestamp),
            ("never written", ColumnType::Double),
        ] {
            schema.push(name.into(), column_type, ColumnRole::MultiMeasure);
        }
        let mut texts = SeriesColumns::default();
        for number in 0..hosts {
            // Not in the order of their names.
            let name = format!("host with a long name {}", number * 7_919 % 1_000);
            for measure in ["usage", "all of it"] {
                let places = [(host, name.as_str()), (region, "eu-central"), (MEASURE_NAME_COLUMN, measure)];
                texts.push(places.into_iter().filter(|(column, _)| *column != region || number % 3 == 0));
            }
        }
        let table = Table {
            id: TableId(17),
            database: "db".to_owned(),
            name: "t".to_owned(),
            retention: Retention::default(),
            magnetic_writes: MagneticWrites::default(),
            partition_key: vec![PartitionKey::Dimension { name: "host".to_owned(), enforcement: None }],
            created_ns: 0,
            updated_ns: 0,
            expired: None,
        };
        let disk = SimFs::new();
        fs::create_dir_durably(&disk, Path::new(ROOT)).unwrap();
        let local = LocalObjects::open(Arc::new(disk.clone()), Path::new(ROOT)).unwrap();
        let faults = FaultyObjects::new(Arc::new(local));
        let objects = DataObjects::new(
            Arc::new(faults.clone()),
            Arc::new(ManualClock::new(1)),
            Arc::new(SeededEntropy::new(1)),
            Arc::new(TimerPacing),
            RetryPolicy { attempts_max: 1, ..RetryPolicy::default() },
        );
        let store = Arc::new(MagneticStore::new(objects, Bridge::Inline, 1 << 20));
        Self { table, schema: Arc::new(schema), texts, disk, faults, store }
    }

    pub(super) fn target(&self, limits: FileLimits) -> Target<'_> {
        Target::new(&self.table, 0, &self.schema, &self.texts, limits)
    }

    /// A run with `rows_per_series` rows for each series, some seconds apart.
    pub(super) fn run(&self, seed: u64, rows_per_series: i64) -> RunData {
        let mut random = StdRng::seed_from_u64(seed);
        let mut batch = RowBatch::new(seed);
        for series in 0..self.texts.count() as u32 {
            let mut time_ns = random.random_range(0..1_000_000_000);
            for _ in 0..rows_per_series {
                time_ns += 10_000_000_000 + random.random_range(0..3);
                let version = random.random_range(1..3);
                batch.begin_row(RowKey { series: SeriesId(series), time_ns, version });
                self.push_values(&mut batch, series, &mut random);
            }
        }
        let mut builder = RunBuilder::new();
        for row in 0..batch.rows() {
            builder.push(batch.key(row).unwrap(), &batch, batch.cells(row));
        }
        builder.finish()
    }

    fn push_values(&self, batch: &mut RowBatch, series: u32, random: &mut StdRng) {
        let id = |name: &str| self.schema.find(name).unwrap().id;
        if series.is_multiple_of(2) {
            batch.push_cell(id("measure_value::double"), &MeasureValue::Double(random.random::<f64>()));
            return;
        }
        let values = [
            ("count", MeasureValue::Bigint(random.random_range(-1_000..1_000))),
            ("note", MeasureValue::Varchar(format!("note {}", random.random_range(0..50)).into())),
            ("ok", MeasureValue::Boolean(random.random())),
            ("seen", MeasureValue::Timestamp(random.random_range(0..DAY_NS))),
        ];
        for (name, value) in values {
            if random.random_range(0..4) > 0 {
                batch.push_cell(id(name), &value);
            }
        }
    }
}

pub(super) fn rows_of_run(data: &RunData, deleted: &DeletedRows) -> Rows {
    let mut rows = Rows::new();
    for row in (0..data.rows()).filter(|row| !deleted.contains(*row)) {
        let key = data.key(row).unwrap();
        let values: Vec<_> = data.values(row).collect();
        let before = rows.insert((key.series, key.time_ns), (key.version, format!("{values:?}")));
        assert_eq!(before, None);
    }
    rows
}

pub(super) fn rows_of_file(file: &Arc<MagneticFile>) -> Result<Rows, crate::error::StorageError> {
    let source = Source::of_file(file, DeletedRows::default())?;
    let contents = file.contents()?;
    let mut rows = Rows::new();
    for entry in &contents.index.series {
        for row in source.live_rows(entry.series) {
            let values: Vec<(ColumnId, MeasureValue<'_>)> =
                source.columns().iter().filter_map(|(id, column)| Some((*id, column.value(row)?))).collect();
            let identity = (entry.series, source.time_ns(row));
            assert!((entry.time_min_ns..=entry.time_max_ns).contains(&identity.1));
            let before = rows.insert(identity, (source.version(row), format!("{values:?}")));
            assert_eq!(before, None);
        }
    }
    Ok(rows)
}
