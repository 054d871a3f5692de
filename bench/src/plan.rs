//! Planning of the sample statements (`tests/sql/shared/sql-workload.jsonl`) in this process: the time of EXPLAIN, which does
//! everything but run the plan, over tables with a row for each series; analysis alone beside it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use model::catalog::{MagneticWrites, PartitionKey, Retention};
use model::clock::Clock;
use model::record::{Dimension, Measure, Record};
use model::time::NS_PER_DAY;
use model::value::MeasureValue;
use serde_json::Value;
use sql::execution::QueryRequest;
use storage::engine::EngineSettings;
use storage::error::StorageError;
use storage::metastore::decide::{NewDatabase, NewTable};

use crate::store::{START_NS, ScratchFolder, Store, runtime, text};
use crate::{cpu, percentiles};

#[derive(Debug, Args)]
pub struct Settings {
    /// The root of the repository.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
    #[arg(long, default_value_t = 50)]
    times: usize,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let scratch = ScratchFolder::new(&settings.data_parent)?;
    runtime()?.block_on(async {
        let store = Store::open(&scratch.0, START_NS + NS_PER_DAY, EngineSettings::default()).await?;
        let schemas = read_json(&settings.root.join("tests/sql/workload-schemas.json"))?;
        for table in schemas["tables"].as_array().into_iter().flatten() {
            fill(&store, table).await?;
        }
        let mut statements = statements(&settings.root)?;
        statements.sort_by_key(|(_, sql)| std::cmp::Reverse(sql.len()));
        let engine = store.query_engine(2)?;
        let mut medians = Vec::new();
        for (rank, (id, sql)) in statements.iter().enumerate() {
            let (mut analysis, mut whole) = (Vec::new(), Vec::new());
            let cpu_before = cpu::process_seconds(std::process::id())?;
            for _ in 0..settings.times {
                let started = Instant::now();
                if engine.prepare(sql.clone()).await.is_err() {
                    break;
                }
                analysis.push(started.elapsed().as_secs_f64() * 1e3);
                let request = QueryRequest { text: format!("EXPLAIN {sql}"), ..QueryRequest::default() };
                let started = Instant::now();
                engine.run_to_text(request).await.map_err(text)?;
                whole.push(started.elapsed().as_secs_f64() * 1e3);
            }
            if whole.is_empty() {
                println!("{id}: cannot be prepared, left out");
                continue;
            }
            if rank < 5 {
                println!("{id}, {} characters", sql.len());
                percentiles::print("  parsed and analyzed", analysis);
                percentiles::print("  planned", whole.clone());
                let cpu_seconds = cpu::process_seconds(std::process::id())? - cpu_before;
                println!("  CPU of both {:.2} ms", cpu_seconds * 1e3 / whole.len() as f64);
            }
            whole.sort_by(f64::total_cmp);
            medians.extend(whole.get(whole.len() / 2).map(|median| (*median, id)));
        }
        medians.sort_by(|one, other| one.0.total_cmp(&other.0));
        let slowest: Vec<String> =
            medians.iter().rev().take(5).map(|(ms, id)| format!("{id} {ms:.2}")).collect();
        println!("medians in ms, slowest first: {}", slowest.join(", "));
        percentiles::print("medians of all statements", medians.iter().map(|(ms, _)| *ms).collect());
        store.engine.close().await.map_err(text)
    })
}

fn read_json(path: &Path) -> Result<Value, String> {
    let content = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&content).map_err(text)
}

/// Ids and texts.
fn statements(root: &Path) -> Result<Vec<(String, String)>, String> {
    let path = root.join("tests/sql/shared/sql-workload.jsonl");
    let content = std::fs::read_to_string(path).map_err(text)?;
    let statement = |line: &str| {
        let case: Value = serde_json::from_str(line).map_err(text)?;
        let field = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        Ok((field("id"), field("sql").replace("@scheduled_runtime", "now()")))
    };
    content.lines().filter(|line| !line.trim().is_empty()).map(statement).collect()
}

/// Creates a table of the sample statements and writes one record for each series.
async fn fill(store: &Store, table: &Value) -> Result<(), String> {
    let name = |key: &str| table[key].as_str().unwrap_or_default().to_owned();
    let (database, table_name) = (name("database"), name("table"));
    let new = NewDatabase { name: database.clone(), kms_key_id: String::new(), tags: Vec::new() };
    match store.engine.create_database(new).await {
        Ok(_) | Err(StorageError::AlreadyExists { .. }) => {}
        Err(error) => return Err(text(error)),
    }
    let new = NewTable {
        database: database.clone(),
        name: table_name.clone(),
        retention: Retention { memory_hours: 24, magnetic_days: 1_000 },
        magnetic_writes: MagneticWrites::default(),
        partition_key: vec![PartitionKey::Measure],
        tags: Vec::new(),
    };
    store.engine.create_table(new).await.map_err(text)?;
    let lists: Vec<(&str, &Vec<Value>)> = table["dimensions"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, values)| Some((name.as_str(), values.as_array()?)))
        .collect();
    let longest = lists.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
    let mut records = Vec::new();
    for position in 0..longest {
        let value = |values: &'_ Vec<Value>| {
            values.get(position % values.len().max(1)).and_then(Value::as_str).map(str::to_owned)
        };
        let dimensions: Vec<(&str, String)> =
            lists.iter().filter_map(|(name, values)| Some((*name, value(values)?))).collect();
        for (measure, measured) in measures(table) {
            records.push((dimensions.clone(), measure, measured));
        }
    }
    let time_ns = store.clock.now_ns() - 60_000_000_000;
    let mut borrowed: Vec<Record<'_>> = Vec::new();
    for (dimensions, measure_name, measure) in &records {
        let mut dimensions: Vec<Dimension<'_>> = dimensions
            .iter()
            .zip(0..)
            .map(|((name, value), place)| Dimension { name, value, place })
            .collect();
        dimensions.sort_unstable_by_key(|dimension| dimension.name);
        borrowed.push(Record { dimensions, measure_name, measure: measure.clone(), time_ns, version: 1 });
    }
    let outcome = store.engine.write(&database, &table_name, &borrowed).await.map_err(text)?;
    match outcome.rejected.first() {
        None => Ok(()),
        Some((_, rejection)) => Err(format!("{database}.{table_name}: {rejection:?}")),
    }
}

fn measures(table: &Value) -> Vec<(&str, Measure<'_>)> {
    let value = |kind: &Value| match kind.as_str() {
        Some("bigint") => MeasureValue::Bigint(1),
        Some("varchar") => MeasureValue::Varchar("text".into()),
        Some("boolean") => MeasureValue::Boolean(true),
        Some("timestamp") => MeasureValue::Timestamp(START_NS),
        _ => MeasureValue::Double(1.5),
    };
    let single = table["single"].as_object().into_iter().flatten();
    let single = single.map(|(name, kind)| (name.as_str(), Measure::Single(value(kind))));
    let multi = table["multi"].as_object().into_iter().flatten().filter_map(|(name, attributes)| {
        let values = attributes.as_object()?.iter().map(|(name, kind)| (name.as_str(), value(kind)));
        Some((name.as_str(), Measure::Multi(values.collect())))
    });
    single.chain(multi).collect()
}
