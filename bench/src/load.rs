//! Makes a data directory with many points. The series are written through the engine, so that the dictionary and the schema
//! are what they would be; the rows of the days before go through the data file writer of the storage crate straight into
//! files, whole days in their order, and into the metastore in one transaction. What is left out is the log and the memory
//! store, which `ingest` and `write-amplification` measure.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arrow::array::{ArrayRef, Float64Array};
use clap::Args;
use model::catalog::{Retention, Table};
use model::clock::SystemClock;
use model::entropy::OsEntropy;
use model::limits;
use model::scan::ScanSource;
use model::schema::{ColumnId, ColumnRole, MEASURE_NAME_COLUMN, TableSchema};
use model::series::SeriesId;
use model::time::NS_PER_DAY;
use storage::engine::EngineSettings;
use storage::engine::listing::listed;
use storage::fs::RealFs;
use storage::magnetic::data_file::writer::{DataFileWriter, EncodedFile, FileShape, SortedRows};
use storage::magnetic::order::SeriesOrder;
use storage::memory::series_columns::SeriesColumns;
use storage::metastore::{Change, Metastore, SqliteMetastore};
use storage::object::{DataObjects, LocalObjects, RetryPolicy, TimerPacing};

use crate::store::{DATABASE, START_NS, Store, TABLE, runtime, text};
use crate::tsbs::{Form, Host, INSTANTS_PER_DAY, INTERVAL_NS, MEASURES, Values, Walk};

#[derive(Debug, Args)]
pub struct Settings {
    /// At least so many values; hosts are added until there are.
    #[arg(long, default_value_t = 100_000_000)]
    points: u64,
    #[arg(long, default_value_t = 10)]
    days: usize,
    #[arg(long, value_enum, default_value_t = Form::Single)]
    form: Form,
    #[arg(long, value_enum, default_value_t = Values::Tsbs)]
    values: Values,
    /// Made by this command.
    #[arg(long)]
    data_dir: PathBuf,
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// What the rows of all files have in common.
struct Target {
    table: Arc<Table>,
    schema: Arc<TableSchema>,
    texts: SeriesColumns,
    order: SeriesOrder,
    dimensions: Vec<ColumnId>,
    /// One for single-measure records, ten for the others.
    measures: Vec<ColumnId>,
}

/// A series with its values to come.
struct Source {
    series: SeriesId,
    walks: Vec<Walk>,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let started = Instant::now();
    let per_host = (settings.days * INSTANTS_PER_DAY * MEASURES.len()) as u64;
    let hosts: Vec<Host> = (0..settings.points.div_ceil(per_host) as usize).map(Host::new).collect();
    let runtime = runtime()?;
    let target = runtime.block_on(prepare(settings, &hosts))?;
    let mut sources = sources(settings, &target, hosts.len());
    let objects = objects(settings)?;
    let changes = Mutex::new(Vec::new());
    let threads = settings.threads.max(1);
    for day in 0..settings.days {
        let start_ns = START_NS + day as i64 * NS_PER_DAY;
        let share = sources.len().div_ceil(threads);
        let work = |sources: &mut [Source]| {
            write_day(&target, sources, start_ns, &mut |encoded| {
                let name = objects.new_name(&format!("table-{}", target.table.id.0));
                let entry = listed(target.table.id, start_ns, name.to_string(), &encoded.facts);
                runtime.block_on(objects.put_new(&name, encoded.bytes)).map_err(text)?;
                changes.lock().unwrap_or_else(PoisonError::into_inner).push(Change::AddFile(entry));
                Ok(())
            })
        };
        std::thread::scope(|scope| {
            let shares = sources.chunks_mut(share);
            let handles: Vec<_> = shares.map(|sources| scope.spawn(|| work(sources))).collect();
            handles.into_iter().try_for_each(|handle| handle.join().map_err(|_| "a thread panicked")?)
        })?;
        println!("day {day}: {:.0} s", started.elapsed().as_secs_f64());
    }
    let changes = changes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let bytes: u64 =
        changes.iter().map(|change| if let Change::AddFile(f) = change { f.file_bytes } else { 0 }).sum();
    let files = changes.len();
    runtime.block_on(async {
        let path = settings.data_dir.join("metastore.sqlite");
        let metastore = SqliteMetastore::open(&path).await.map_err(text)?;
        let revision = metastore.revision().await.map_err(text)?;
        metastore.commit(revision, &changes).await.map_err(text)
    })?;
    let points = per_host * hosts.len() as u64;
    println!("hosts, series     {}, {}", hosts.len(), sources.len());
    println!("points            {points}");
    println!("files, bytes      {files}, {bytes}");
    println!("bytes per point   {:.4}", bytes as f64 / points as f64);
    println!("seconds           {:.0}", started.elapsed().as_secs_f64());
    Ok(())
}

/// Creates the table and its series by one record each, a day after the last of the files.
async fn prepare(settings: &Settings, hosts: &[Host]) -> Result<Target, String> {
    let now_ns = START_NS + settings.days as i64 * NS_PER_DAY;
    let store = Store::open(&settings.data_dir, now_ns, EngineSettings::default()).await?;
    let magnetic_days = limits::MAGNETIC_RETENTION_DAYS_DEFAULT;
    store.create_table(Retention { memory_hours: 1, magnetic_days }).await?;
    for host in hosts {
        let records = host.records(settings.form, now_ns, &[0.0; MEASURES.len()]);
        store.engine.write(DATABASE, TABLE, &records).await.map_err(text)?;
    }
    store.engine.close().await.map_err(text)?;
    let view = store.engine.read_view(now_ns).find_table(DATABASE, TABLE).ok_or("the table is gone")?;
    let (table, schema) = (view.table, view.schema);
    let column = |name: &str| schema.find(name).map(|column| column.id);
    let mut texts = SeriesColumns::default();
    for host in hosts {
        for measure in settings.form.measure_names() {
            let dimensions = host.dimensions().filter_map(|(name, value)| Some((column(name)?, value)));
            texts.push(dimensions.chain([(MEASURE_NAME_COLUMN, *measure)]));
        }
    }
    let of_role = |wanted: &[ColumnRole]| -> Vec<ColumnId> {
        let columns = schema.columns().iter().filter(|column| wanted.contains(&column.role));
        columns.map(|column| column.id).collect()
    };
    Ok(Target {
        order: SeriesOrder::new(&table, &schema),
        dimensions: of_role(&[ColumnRole::Dimension]),
        measures: of_role(&[ColumnRole::MeasureValue, ColumnRole::MultiMeasure]),
        table,
        schema: Arc::clone(&schema),
        texts,
    })
}

/// All series in the order of files. Their numbers are those of their first records.
fn sources(settings: &Settings, target: &Target, hosts: usize) -> Vec<Source> {
    let per_host = settings.form.measure_names().len();
    let mut sources: Vec<Source> = (0..hosts * per_host)
        .map(|number| {
            let seeds = (0..target.measures.len()).map(|measure| (number * MEASURES.len() + measure) as u64);
            let walks = seeds.map(|seed| Walk::new(settings.values, seed + 1)).collect();
            Source { series: SeriesId(number as u32), walks }
        })
        .collect();
    sources.sort_by(|one, other| target.order.compare(&target.texts, one.series, other.series));
    sources
}

fn objects(settings: &Settings) -> Result<DataObjects, String> {
    let store = LocalObjects::open(Arc::new(RealFs), &settings.data_dir.join("magnetic")).map_err(text)?;
    Ok(DataObjects::new(
        Arc::new(store),
        Arc::new(SystemClock::new()),
        Arc::new(OsEntropy),
        Arc::new(TimerPacing),
        RetryPolicy::default(),
    ))
}

/// Writes one day of some series.
fn write_day(
    target: &Target,
    sources: &mut [Source],
    start_ns: i64,
    take: &mut dyn FnMut(EncodedFile) -> Result<(), String>,
) -> Result<(), String> {
    const SERIES_AT_ONCE: usize = limits::DATA_FILE_BATCH_ROWS / INSTANTS_PER_DAY;
    let rows_left = sources.len() * INSTANTS_PER_DAY;
    let mut writer: Option<DataFileWriter> = None;
    for sources in sources.chunks_mut(SERIES_AT_ONCE) {
        let rows = rows_of(target, sources, start_ns);
        let open = match &mut writer {
            Some(open) => open,
            None => {
                writer.insert(DataFileWriter::new(shape(target, start_ns, rows_left, &rows)).map_err(text)?)
            }
        };
        open.push(&rows, &target.texts).map_err(text)?;
        let is_full = open.rows() + limits::DATA_FILE_BATCH_ROWS > limits::DATA_FILE_ROWS_MAX
            || open.file_bytes() >= limits::DATA_FILE_BYTES_MAX;
        if is_full && let Some(full) = writer.take() {
            full.finish().map_err(text)?.map_or(Ok(()), &mut *take)?;
        }
    }
    let last = writer.map(DataFileWriter::finish).transpose().map_err(text)?;
    last.flatten().map_or(Ok(()), take)
}

fn rows_of(target: &Target, sources: &mut [Source], start_ns: i64) -> SortedRows {
    let rows = sources.len() * INSTANTS_PER_DAY;
    let times = (0..rows).map(|row| start_ns + (row % INSTANTS_PER_DAY) as i64 * INTERVAL_NS);
    let column = |(position, column): (usize, &ColumnId)| {
        let mut values = Vec::with_capacity(rows);
        for source in sources.iter_mut() {
            if let Some(walk) = source.walks.get_mut(position) {
                values.extend((0..INSTANTS_PER_DAY).map(|_| walk.next_value()));
            }
        }
        (*column, Arc::new(Float64Array::from(values)) as ArrayRef)
    };
    let columns: HashMap<ColumnId, ArrayRef> = target.measures.iter().enumerate().map(column).collect();
    SortedRows {
        pieces: sources.iter().map(|source| (source.series, INSTANTS_PER_DAY)).collect(),
        times_ns: times.collect::<Vec<i64>>().into(),
        versions: vec![1; rows].into(),
        columns,
    }
}

fn shape(target: &Target, start_ns: i64, rows: usize, first: &SortedRows) -> FileShape {
    const SAMPLE_ROWS: usize = 32 * 1_024;
    let sample =
        |(column, array): (&ColumnId, &ArrayRef)| (*column, array.slice(0, array.len().min(SAMPLE_ROWS)));
    FileShape {
        table: target.table.id,
        partition_start_ns: start_ns,
        partition_end_ns: start_ns + NS_PER_DAY,
        schema: Arc::clone(&target.schema),
        order: target.order.clone(),
        rows,
        dimensions: target.dimensions.clone(),
        measures: first.columns.iter().map(sample).collect::<BTreeMap<_, _>>(),
        zstd_level: limits::DATA_FILE_ZSTD_LEVEL,
    }
}
