//! Rows per second of CPU: scans of the storage crate alone over runs in memory and over data files, and statements over
//! both. Gigabytes are those of the Arrow columns handed on: 8 bytes a number, 16 a text.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use model::catalog::Retention;
use model::scan::{ReadView, ScanRequest, ScanSource};
use model::schema::{ColumnId, MEASURE_NAME_COLUMN, TIME_COLUMN};
use model::time::NS_PER_DAY;
use sql::execution::{QueryEngine, QueryRequest};
use storage::engine::EngineSettings;

use crate::cpu;
use crate::page_cache;
use crate::store::{DATABASE, START_NS, ScratchFolder, Store, TABLE, runtime, text};
use crate::tsbs::{Form, Host, Values, walks};

#[derive(Debug, Args)]
pub struct Settings {
    /// Hosts and instants of the rows in memory.
    #[arg(long, default_value_t = 100)]
    hosts: usize,
    #[arg(long, default_value_t = 4_000)]
    instants: usize,
    #[arg(long, value_enum, default_value_t = Form::Single)]
    form: Form,
    /// A data directory made by `load` with the same form; without it the rows in memory are moved to files.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let scratch = ScratchFolder::new(&settings.data_parent)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let store = Store::open(&scratch.0, START_NS + NS_PER_DAY, EngineSettings::default()).await?;
        store.create_table(Retention { memory_hours: 25, magnetic_days: 1_000 }).await?;
        let hosts: Vec<Host> = (0..settings.hosts).map(Host::new).collect();
        let mut walks = walks(Values::Tsbs, settings.hosts);
        store.ingest(&hosts, settings.form, &mut walks, START_NS, settings.instants).await?;
        while store.engine.maintain().await.map_err(text)?.runs_merged > 0 {}
        println!("{:<52} {:>10} {:>12} {:>8}", "", "rows", "M rows/CPU s", "GB/CPU s");
        scans("runs", &store, settings.form)?;
        statements("runs", &store, settings.form).await?;
        let Some(data_dir) = &settings.data_dir else {
            store.clock.advance_ns(3 * NS_PER_DAY);
            store.settle().await?;
            return files(&store, settings.form, &scratch.0).await;
        };
        let loaded = Store::open(data_dir, START_NS + 400 * NS_PER_DAY, EngineSettings::default()).await?;
        files(&loaded, settings.form, data_dir).await?;
        loaded.engine.close().await.map_err(text)
    })
}

async fn files(store: &Store, form: Form, folder: &std::path::Path) -> Result<(), String> {
    page_cache::drop_files(&folder.join("magnetic"))?;
    scans("files, cold", store, form)?;
    scans("files, warm", store, form)?;
    statements("files, warm", store, form).await
}

fn value_column(form: Form) -> &'static str {
    match form {
        Form::Single => "measure_value::double",
        Form::Multi => "usage_user",
    }
}

/// Scans on this thread.
fn scans(place: &str, store: &Store, form: Form) -> Result<(), String> {
    let view = store.engine.read_view(store.clock_ns());
    let table = view.find_table(DATABASE, TABLE).ok_or("no table")?;
    let column =
        |name: &str| table.schema.find(name).map(|column| column.id).ok_or(format!("no column {name}"));
    let (value, host) = (column(value_column(form))?, column("hostname")?);
    let wanted: [(&str, Vec<ColumnId>, usize); 4] = [
        ("no column", Vec::new(), 0),
        ("value", vec![value], 8),
        ("time, value", vec![TIME_COLUMN, value], 16),
        ("time, value, hostname, measure_name", vec![TIME_COLUMN, value, host, MEASURE_NAME_COLUMN], 48),
    ];
    for (name, columns, row_bytes) in wanted {
        let request = ScanRequest { columns, ..ScanRequest::default() };
        let start = (cpu::thread_seconds()?, Instant::now());
        let rows = count(view.as_ref(), table.table.id, &request)?;
        let seconds = cpu::thread_seconds()? - start.0;
        report(
            &format!("{place}: scan of {name}"),
            rows,
            row_bytes,
            seconds,
            start.1.elapsed().as_secs_f64(),
        );
    }
    Ok(())
}

fn count(
    view: &dyn ReadView,
    table: model::catalog::TableId,
    request: &ScanRequest,
) -> Result<usize, String> {
    let scan = view.scan(table, request).map_err(text)?;
    let mut rows = 0;
    for part in &scan.parts {
        for batch in part.read(8_192, &std::sync::Arc::default()) {
            rows += std::hint::black_box(batch.map_err(text)?).num_rows();
        }
    }
    Ok(rows)
}

/// Statements on one query thread, so that their CPU time is that of one core's work.
async fn statements(place: &str, store: &Store, form: Form) -> Result<(), String> {
    let engine = store.query_engine(1)?;
    let value = value_column(form);
    let from = format!("FROM \"{DATABASE}\".\"{TABLE}\"");
    let rows = count_rows(&engine, &format!("SELECT count(*) {from}")).await?;
    for (name, sql, row_bytes) in [
        ("count(*)", format!("SELECT count(*) {from}"), 0),
        ("sum where value > 50", format!("SELECT sum({value}) {from} WHERE {value} > 50"), 8),
        ("avg by hostname", format!("SELECT hostname, avg({value}) {from} GROUP BY hostname"), 24),
        ("avg by bin(time, 1h)", format!("SELECT bin(time, 1h), avg({value}) {from} GROUP BY 1"), 16),
        (
            "avg by hostname and bin(time, 1h)",
            format!("SELECT hostname, bin(time, 1h), avg({value}) {from} GROUP BY 1, 2"),
            32,
        ),
    ] {
        let start = (cpu::process_seconds(std::process::id())?, Instant::now());
        run_statement(&engine, &sql).await?;
        let seconds = cpu::process_seconds(std::process::id())? - start.0;
        report(&format!("{place}: SELECT {name}"), rows, row_bytes, seconds, start.1.elapsed().as_secs_f64());
    }
    Ok(())
}

async fn run_statement(engine: &QueryEngine, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let request = QueryRequest { text: sql.to_owned(), ..QueryRequest::default() };
    Ok(engine.run_to_text(request).await.map_err(text)?.rows)
}

async fn count_rows(engine: &QueryEngine, sql: &str) -> Result<usize, String> {
    let rows = run_statement(engine, sql).await?;
    let cell = rows.first().and_then(|row| row.first()).and_then(Option::as_ref);
    cell.and_then(|cell| cell.parse().ok()).ok_or_else(|| format!("{sql} has no number"))
}

fn report(name: &str, rows: usize, row_bytes: usize, cpu_seconds: f64, seconds: f64) {
    // Clock ticks are the least that can be measured.
    let cpu_seconds = cpu_seconds.max(0.001);
    println!(
        "{name:<52} {rows:>10} {:>12.1} {:>8.2}   {seconds:.2} s",
        rows as f64 / 1e6 / cpu_seconds,
        (rows * row_bytes) as f64 / 1e9 / cpu_seconds
    );
}
