//! Bytes of data files per point, where a point is one measure value: records go through the engine's way of a write and
//! are moved to the magnetic store by the clock. Counted is every byte of the files: columns, series index, page index and
//! footer. The same rows written anew as plain Parquet stand beside it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use model::catalog::Retention;
use model::time::NS_PER_DAY;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use storage::engine::EngineSettings;

use crate::store::{START_NS, ScratchFolder, Store, files_below, runtime, text};
use crate::tsbs::{Form, Host, INSTANTS_PER_DAY, MEASURES, Values, walks};

#[derive(Debug, Args)]
pub struct Settings {
    #[arg(long, default_value_t = 100)]
    hosts: usize,
    #[arg(long, value_enum, default_value_t = Form::Multi)]
    form: Form,
    #[arg(long, value_enum, default_value_t = Values::Tsbs)]
    values: Values,
    /// Ten-second instants; a day has 8640.
    #[arg(long, default_value_t = INSTANTS_PER_DAY)]
    instants: usize,
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
    /// Leaves the data directory where it is.
    #[arg(long)]
    keep: bool,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let scratch = ScratchFolder::new(&settings.data_parent)?;
    let written = runtime()?.block_on(write(settings, &scratch.0))?;
    let points = settings.hosts * settings.instants * MEASURES.len();
    let files = files_below(&scratch.0.join("magnetic"))?;
    let mut file_bytes = 0;
    let mut columns: BTreeMap<String, i64> = BTreeMap::new();
    for file in &files {
        file_bytes += fs::metadata(file).map_err(text)?.len();
        add_columns(file, &mut columns)?;
    }
    let per_point = |bytes: f64| bytes / points as f64;
    println!("form, values                {:?}, {:?}", settings.form, settings.values);
    println!("points (rows)               {points} ({written})");
    println!("data files                  {}", files.len());
    println!("file bytes                  {file_bytes}");
    println!("bytes per point             {:.4}", per_point(file_bytes as f64));
    let in_columns: i64 = columns.values().sum();
    println!("  indexes and footer        {:.4}", per_point(file_bytes as f64 - in_columns as f64));
    let mut by_size: Vec<_> = columns.into_iter().collect();
    by_size.sort_by_key(|(_, bytes)| -bytes);
    for (column, bytes) in by_size {
        println!("  {column:<25} {:.4}", per_point(bytes as f64));
    }
    for (name, compression) in [
        ("plain Parquet, Snappy", Compression::SNAPPY),
        ("plain Parquet, zstd 3", Compression::ZSTD(ZstdLevel::try_new(3).map_err(text)?)),
    ] {
        let bytes: usize = files.iter().map(|file| plain_bytes(file, compression)).sum::<Result<_, _>>()?;
        println!("{name:<27} {:.4}", per_point(bytes as f64));
    }
    if settings.keep {
        println!("kept in {}", scratch.0.display());
        std::mem::forget(scratch);
    }
    Ok(())
}

async fn write(settings: &Settings, folder: &Path) -> Result<usize, String> {
    let days = settings.instants.div_ceil(INSTANTS_PER_DAY) as i64;
    let store = Store::open(folder, START_NS + days * NS_PER_DAY, EngineSettings::default()).await?;
    store.create_table(Retention { memory_hours: 24 * days + 1, magnetic_days: 1_000 }).await?;
    let hosts: Vec<Host> = (0..settings.hosts).map(Host::new).collect();
    let mut walks = walks(settings.values, settings.hosts);
    let rows = store.ingest(&hosts, settings.form, &mut walks, START_NS, settings.instants).await?;
    store.clock.advance_ns((days + 2) * NS_PER_DAY);
    store.settle().await?;
    let stats = store.engine.stats();
    if stats.rows != rows as u64 {
        return Err(format!("{rows} rows were written, {} are there", stats.rows));
    }
    store.engine.close().await.map_err(text)?;
    Ok(rows)
}

fn add_columns(path: &Path, columns: &mut BTreeMap<String, i64>) -> Result<(), String> {
    let file = File::open(path).map_err(text)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(text)?;
    for column in builder.metadata().row_groups().iter().flat_map(|group| group.columns()) {
        *columns.entry(column.column_path().string()).or_default() += column.compressed_size();
    }
    Ok(())
}

/// The size of a file's rows when Parquet's writer does it with its defaults.
fn plain_bytes(path: &Path, compression: Compression) -> Result<usize, String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).map_err(text)?).map_err(text)?;
    let properties = WriterProperties::builder().set_compression(compression).build();
    let schema = builder.schema().clone();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).map_err(text)?;
    for batch in builder.with_batch_size(64 * 1_024).build().map_err(text)? {
        writer.write(&batch.map_err(text)?).map_err(text)?;
    }
    writer.into_inner().map(|bytes| bytes.len()).map_err(text)
}
