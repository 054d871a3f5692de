//! `headwater demo`: an embedded server with data of its own, a tour of queries, and lines to go on with.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::ArgMatches;
use model::clock::Clock;
use storage::fs::Fs;

use super::query::fetch;
use super::{Failure, block_on, load_settings, print, real_world, signals, table};
use crate::client::Client;
use crate::credentials::KeyPair;
use crate::demo::fleet::Fleet;
use crate::demo::tour::TOUR;
use crate::demo::{folder, load};
use crate::running::{RunningServer, StartError};
use crate::settings::Settings;
use crate::telemetry;

/// Rows of each result that are printed.
const ROWS_SHOWN_MAX: usize = 8;
const FLEET_SEED: u64 = 8_421;

pub fn run(
    matches: &ArgMatches,
    mut environment: BTreeMap<String, String>,
    program: String,
) -> Result<(), Failure> {
    let mut settings = load_settings(matches, &environment)?;
    let is_given = |key: &str| matches.get_one::<String>(key).is_some();
    if !is_given("data_dir") {
        settings.data_dir = "./headwater-demo".into();
    }
    if !is_given("log_filter") {
        settings.log_filter = "warn".to_owned();
    }
    // The demonstration has credentials of its own, in its own folder.
    environment.retain(|name, _| !name.starts_with("HEADWATER_ROOT_"));
    telemetry::start_logging(&settings).map_err(Failure)?;
    let records = *matches.get_one::<u64>("records").unwrap_or(&super::arguments::DEMO_RECORDS_DEFAULT);
    let demo = Demo {
        program,
        settings,
        environment,
        records,
        waits: !matches.get_flag("no_wait"),
        has_port: is_given("listen"),
    };
    block_on(demo.run())
}

struct Demo {
    /// How this program was called.
    program: String,
    settings: Settings,
    environment: BTreeMap<String, String>,
    records: u64,
    waits: bool,
    has_port: bool,
}

impl Demo {
    async fn run(self) -> Result<(), Failure> {
        let world = real_world(&self.settings, self.environment.clone());
        folder::prepare(&*world.fs, &self.settings.data_dir)?;
        let (fs, clock) = (Arc::clone(&world.fs), Arc::clone(&world.machine_clock));
        let server = match RunningServer::start(self.settings.clone(), world.clone()).await {
            // Something else has the default port: any other will do.
            Err(StartError::Listen { .. }) if !self.has_port => {
                let settings = Settings { listen: "127.0.0.1:0".to_owned(), ..self.settings.clone() };
                RunningServer::start(settings, world).await?
            }
            started => started?,
        };
        let stop = signals::stop_requested();
        tokio::pin!(stop);
        let outcome = tokio::select! {
            outcome = self.show(&server, &*fs, clock) => outcome.map(|()| true),
            signal = &mut stop => signal.map(|_| false).map_err(Failure::from),
        };
        if let Ok(true) = outcome
            && self.waits
        {
            say("The server keeps running. Ctrl-C stops it.")?;
            stop.await?;
        }
        signals::stop(server).await?;
        outcome.map(drop)
    }

    async fn show(&self, server: &RunningServer, fs: &dyn Fs, clock: Arc<dyn Clock>) -> Result<(), Failure> {
        let path = self.settings.data_dir.join("credentials");
        let key_pair =
            KeyPair::load(fs, &path)?.ok_or_else(|| Failure("no credentials were made".to_owned()))?;
        let endpoint = format!("http://{}", server.address());
        say(&format!(
            "headwater is listening on {endpoint}, its data is in {}",
            self.settings.data_dir.display()
        ))?;
        let client = Client::new(&endpoint, &self.settings.region, key_pair, Arc::clone(&clock))?;
        self.load(&client, &*clock).await?;
        let failed = tour(&client, &*clock).await?;
        say(&instructions(&self.program, &endpoint, &path.display().to_string(), &self.settings.region))?;
        if failed > 0 { Err(Failure(format!("{failed} queries of the tour failed"))) } else { Ok(()) }
    }

    async fn load(&self, client: &Client, clock: &dyn Clock) -> Result<(), Failure> {
        load::create_tables(client).await?;
        let started_ns = clock.monotonic_ns();
        let bar = load::progress_bar(self.records);
        let loaded = load::load(client, Fleet::new(self.records, clock.now_ns(), FLEET_SEED), &bar).await;
        bar.finish_and_clear();
        loaded?;
        let seconds = clock.monotonic_ns().saturating_sub(started_ns) as f64 / 1e9;
        let rate = self.records as f64 / seconds.max(0.001);
        say(&format!(
            "loaded {} records in {seconds:.1} s, {rate:.0} records/s, each batch durable before it was acknowledged",
            self.records
        ))
    }
}

/// Runs the tour; returns how many of its queries failed.
async fn tour(client: &Client, clock: &dyn Clock) -> Result<usize, Failure> {
    let mut failed = 0;
    for stop in TOUR {
        say(&format!("\n-- {}\n{}", stop.title, stop.sql))?;
        let started_ns = clock.monotonic_ns();
        match fetch(client, stop.sql).await {
            Ok(result) => {
                let milliseconds = clock.monotonic_ns().saturating_sub(started_ns) as f64 / 1e6;
                let shown = result.rows.get(..ROWS_SHOWN_MAX).unwrap_or(&result.rows);
                let rest = result.rows.len() - shown.len();
                let more = if rest > 0 { format!(", {rest} not shown") } else { String::new() };
                let table = table::render(&result.columns, shown);
                say(&format!("{table}\n{} rows{more}, {milliseconds:.0} ms", result.rows.len()))?;
            }
            Err(error) => {
                failed += 1;
                say(&format!("failed: {error}"))?;
            }
        }
    }
    Ok(failed)
}

fn instructions(program: &str, endpoint: &str, credentials: &str, region: &str) -> String {
    format!(
        "
Go on with the AWS CLI:

  export AWS_SHARED_CREDENTIALS_FILE={credentials} AWS_ENDPOINT_URL={endpoint}
  export AWS_REGION={region} AWS_DEFAULT_REGION={region}
  aws timestream-write list-tables --database-name IoTMetrics
  aws timestream-query query --query-string 'SELECT COUNT(*) FROM \"IoTMetrics\".\"SensorData\"'

with boto3 (in the same shell, or with endpoint_url='{endpoint}'):

  import boto3
  query = boto3.client('timestream-query')
  print(query.query(QueryString='SELECT * FROM \"IoTMetrics\".\"SensorData\" LIMIT 3')['Rows'])

or without any client:

  {program} query 'SELECT COUNT(*) FROM \"IoTMetrics\".\"DeviceHealth\"' --endpoint {endpoint} --data-dir {}
",
        credentials.trim_end_matches("/credentials")
    )
}

fn say(text: &str) -> Result<(), Failure> {
    print(&format!("{text}\n"))
}
