//! One host's hour of one measure in a data directory that `load` made, through the storage crate alone and through Query.
//! Cold: a process that has read nothing, and the files dropped from the system's page cache.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use model::scan::{ColumnPredicate, ReadView, ScanRequest, ScanSource, TimeRange};
use model::schema::{MEASURE_NAME_COLUMN, TIME_COLUMN};
use model::time::{NS_PER_DAY, NS_PER_HOUR};
use storage::engine::EngineSettings;

use crate::connection::{Connection, prepare};
use crate::server_process::ServerProcess;
use crate::store::{DATABASE, START_NS, Store, TABLE, runtime, text};
use crate::tsbs::{Form, INTERVAL_NS, MEASURES, Random};
use crate::{page_cache, percentiles};

#[derive(Debug, Args)]
pub struct Settings {
    /// Made by `load`.
    #[arg(long)]
    data_dir: PathBuf,
    #[arg(long, default_value = "target/release/headwater")]
    server: PathBuf,
    #[arg(long, value_enum, default_value_t = Form::Single)]
    form: Form,
    /// As `load` was told, and said.
    #[arg(long, default_value_t = 10)]
    days: u64,
    #[arg(long)]
    hosts: u64,
    #[arg(long, default_value_t = 20)]
    cold: usize,
    #[arg(long, default_value_t = 1_000)]
    warm: usize,
}

/// What one query asks for.
#[derive(Debug, Clone)]
struct Point {
    host: String,
    measure: &'static str,
    start_ns: i64,
}

impl Point {
    fn random(settings: &Settings, random: &mut Random) -> Self {
        let mut below = |count: u64| random.next_u64() % count;
        Self {
            host: format!("host_{}", below(settings.hosts)),
            measure: MEASURES[below(MEASURES.len() as u64) as usize],
            start_ns: START_NS + below(settings.days) as i64 * NS_PER_DAY + below(24) as i64 * NS_PER_HOUR,
        }
    }

    fn sql(&self, form: Form) -> String {
        let time = |time_ns: i64| format!("from_nanoseconds({time_ns})");
        let (value, condition) = match form {
            Form::Single => {
                ("measure_value::double".to_owned(), format!(" AND measure_name = '{}'", self.measure))
            }
            Form::Multi => (self.measure.to_owned(), String::new()),
        };
        format!(
            "SELECT time, {value} FROM \"{DATABASE}\".\"{TABLE}\" WHERE hostname = '{}'{condition} \
             AND time >= {} AND time < {}",
            self.host,
            time(self.start_ns),
            time(self.start_ns + NS_PER_HOUR)
        )
    }
}

const ROWS_PER_HOUR: usize = (NS_PER_HOUR / INTERVAL_NS) as usize;

pub fn run(settings: &Settings) -> Result<(), String> {
    let mut random = Random::new(7);
    let mut points =
        |count: usize| -> Vec<Point> { (0..count).map(|_| Point::random(settings, &mut random)).collect() };
    runtime()?.block_on(through_storage(settings, &points(settings.cold), &points(settings.warm)))?;
    through_query(settings, &points(settings.cold), &points(settings.warm))
}

async fn through_storage(settings: &Settings, cold: &[Point], warm: &[Point]) -> Result<(), String> {
    let now_ns = START_NS + settings.days as i64 * NS_PER_DAY;
    let mut times = Vec::new();
    for point in cold {
        let store = Store::open(&settings.data_dir, now_ns, EngineSettings::default()).await?;
        page_cache::drop_files(&settings.data_dir.join("magnetic"))?;
        times.push(scan(&store, settings.form, point)?);
        store.engine.close().await.map_err(text)?;
    }
    percentiles::print("storage, cold", times);
    let store = Store::open(&settings.data_dir, now_ns, EngineSettings::default()).await?;
    let of = |points: &[Point]| {
        points.iter().map(|p| scan(&store, settings.form, p)).collect::<Result<Vec<_>, _>>()
    };
    percentiles::print("storage, first time in this process", of(warm)?);
    percentiles::print("storage, second time", of(warm)?);
    let one: Vec<Point> = vec![warm.first().ok_or("no warm queries")?.clone(); warm.len()];
    percentiles::print("storage, the same again and again", of(&one)?);
    store.engine.close().await.map_err(text)
}

fn scan(store: &Store, form: Form, point: &Point) -> Result<f64, String> {
    let started = Instant::now();
    let view = store.engine.read_view(point.start_ns + NS_PER_DAY);
    let table = view.find_table(DATABASE, TABLE).ok_or("no table")?;
    let column =
        |name: &str| table.schema.find(name).map(|column| column.id).ok_or(format!("no column {name}"));
    let host = ColumnPredicate { column: column("hostname")?, values: vec![point.host.clone()] };
    let mut predicates = vec![host];
    let value = match form {
        Form::Single => {
            predicates.push(ColumnPredicate {
                column: MEASURE_NAME_COLUMN,
                values: vec![point.measure.to_owned()],
            });
            column("measure_value::double")?
        }
        Form::Multi => column(point.measure)?,
    };
    let time_range = TimeRange { start_ns: point.start_ns, end_ns: point.start_ns + NS_PER_HOUR };
    let request =
        ScanRequest { columns: vec![TIME_COLUMN, value], time_range, predicates, ..ScanRequest::default() };
    let rows = rows_of(view.as_ref(), &table.table, &request)?;
    if rows != ROWS_PER_HOUR {
        return Err(format!("{rows} rows for {point:?}"));
    }
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

fn rows_of(
    view: &dyn ReadView,
    table: &model::catalog::Table,
    request: &ScanRequest,
) -> Result<usize, String> {
    let scan = view.scan(table.id, request).map_err(text)?;
    let mut rows = 0;
    for part in &scan.parts {
        for batch in part.read(8_192, &std::sync::Arc::default()) {
            rows += batch.map_err(text)?.num_rows();
        }
    }
    Ok(rows)
}

fn through_query(settings: &Settings, cold: &[Point], warm: &[Point]) -> Result<(), String> {
    let mut times = Vec::new();
    for point in cold {
        let server = ServerProcess::on(&settings.server, &settings.data_dir)?;
        let mut connection = Connection::open(&server.address)?;
        query(&mut connection, &server.address, "SELECT 1", 1)?;
        page_cache::drop_files(&settings.data_dir.join("magnetic"))?;
        times.push(query(&mut connection, &server.address, &point.sql(settings.form), ROWS_PER_HOUR)?);
    }
    percentiles::print("Query, cold", times);
    let server = ServerProcess::on(&settings.server, &settings.data_dir)?;
    let mut connection = Connection::open(&server.address)?;
    let mut of = |points: &[Point]| -> Result<Vec<f64>, String> {
        let time =
            |point: &Point| query(&mut connection, &server.address, &point.sql(settings.form), ROWS_PER_HOUR);
        points.iter().map(time).collect()
    };
    percentiles::print("Query, first time in this process", of(warm)?);
    percentiles::print("Query, second time", of(warm)?);
    let one: Vec<Point> = vec![warm.first().ok_or("no warm queries")?.clone(); warm.len()];
    percentiles::print("Query, the same again and again", of(&one)?);
    Ok(())
}

/// Milliseconds until the whole answer is there, one page.
fn query(connection: &mut Connection, address: &str, sql: &str, rows: usize) -> Result<f64, String> {
    let body = serde_json::json!({ "QueryString": sql }).to_string();
    let request = prepare(address, "Query", body.as_bytes());
    let started = Instant::now();
    let (status, answer) = connection.call(&request)?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    let answer = String::from_utf8_lossy(&answer);
    let found = answer.matches("\"Data\":[").count();
    if status != 200 || found != rows {
        return Err(format!("{sql}: {status}, {found} rows: {:.500}", answer));
    }
    Ok(milliseconds)
}
