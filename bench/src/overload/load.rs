//! Writers and queries that go on until an instant. A writer has series of its own and gives each of its attempts an
//! instant of its own, so that a refused write leaves a trace if it was written all the same.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use model::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::tally::Tally;
use crate::connection::{Connection, prepare};
use crate::tsbs::MEASURES;
use crate::workload::{DATABASE, TABLE};

/// Records of a request: every measure of these hosts.
const HOSTS: usize = 10;
pub const RECORDS: usize = 100;
/// What stands in a template where the instant goes: as many digits as nanoseconds have until the year 2286.
const INSTANT: &str = "0000000000000000000";
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(90);

/// The load over all turns.
pub struct Load {
    address: String,
    think: Duration,
    pub records_accepted: u64,
    pub records_in_doubt: u64,
}

/// What one writer came to.
#[derive(Default)]
struct Written {
    tally: Tally,
    requests_in_doubt: u64,
}

/// The load of one turn.
pub struct Running {
    writers: Vec<JoinHandle<Written>>,
    queries: Vec<JoinHandle<Tally>>,
}

impl Load {
    pub fn new(address: &str, think: Duration) -> Self {
        Self { address: address.to_owned(), think, records_accepted: 0, records_in_doubt: 0 }
    }

    pub fn start(&self, writers: usize, queries: usize, end: Instant) -> Running {
        let write = |writer: usize| {
            let address = self.address.clone();
            thread::spawn(move || write_until(&address, writer, end))
        };
        let ask = |client: usize| {
            let (address, think) = (self.address.clone(), self.think);
            thread::spawn(move || query_until(&address, client, think, end))
        };
        Running { writers: (0..writers).map(write).collect(), queries: (0..queries).map(ask).collect() }
    }
}

impl Running {
    /// What the writers and the queries came to.
    pub fn finish(self, load: &mut Load) -> Result<(Tally, Tally), String> {
        let (mut writes, mut queries) = (Tally::default(), Tally::default());
        for writer in self.writers {
            let written = writer.join().map_err(|_| "a writer panicked".to_owned())?;
            load.records_accepted += (written.tally.succeeded_ms.len() * RECORDS) as u64;
            load.records_in_doubt += written.requests_in_doubt * RECORDS as u64;
            writes.add(written.tally);
        }
        for client in self.queries {
            queries.add(client.join().map_err(|_| "a query's client panicked".to_owned())?);
        }
        Ok((writes, queries))
    }
}

fn write_until(address: &str, writer: usize, end: Instant) -> Written {
    let mut body = template(writer).into_bytes();
    let place = body.windows(INSTANT.len()).position(|window| window == INSTANT.as_bytes());
    let place = place.unwrap_or_default();
    let (mut written, mut caller) = (Written::default(), Caller::new(address));
    let mut instant_ns = 0;
    while Instant::now() < end {
        instant_ns = SystemClock::new().now_ns().max(instant_ns + 1);
        body[place..place + INSTANT.len()].copy_from_slice(instant_ns.to_string().as_bytes());
        match caller.call("WriteRecords", &body, &mut written.tally) {
            // A request that was refused wrote nothing.
            Some(status) if status < 500 => {}
            _ => written.requests_in_doubt += 1,
        }
    }
    written
}

fn template(writer: usize) -> String {
    let record = |number: usize| {
        let host = format!("host_{}", writer * HOSTS + number / MEASURES.len());
        json!({"Dimensions": [{"Name": "hostname", "Value": host}],
               "MeasureName": MEASURES[number % MEASURES.len()],
               "MeasureValue": format!("{}.{}", number * 7919 % 100, number % 10)})
    };
    let records: Vec<Value> = (0..RECORDS).map(record).collect();
    let common = json!({"Time": INSTANT, "TimeUnit": "NANOSECONDS", "MeasureValueType": "DOUBLE",
        "Dimensions": [{"Name": "region", "Value": "eu-central-1"}, {"Name": "os", "Value": "Ubuntu16.10"}]});
    json!({"DatabaseName": DATABASE, "TableName": TABLE, "CommonAttributes": common, "Records": records})
        .to_string()
}

/// An aggregation of everything, a sort of the last seconds, and a point query, in turns.
fn query_until(address: &str, client: usize, think: Duration, end: Instant) -> Tally {
    let table = format!("\"{DATABASE}\".\"{TABLE}\"");
    let statements = [
        format!(
            "SELECT hostname, measure_name, count(*), avg(measure_value::double) FROM {table} GROUP BY 1, 2"
        ),
        format!(
            "SELECT * FROM {table} WHERE time > ago(10s) ORDER BY measure_value::double, time DESC, hostname"
        ),
        format!(
            "SELECT max(measure_value::double) FROM {table} WHERE hostname = 'host_{client}' AND time > ago(1m)"
        ),
    ];
    let bodies = statements.map(|sql| json!({ "QueryString": sql }).to_string());
    let (mut tally, mut caller) = (Tally::default(), Caller::new(address));
    for number in client.. {
        if Instant::now() >= end {
            break;
        }
        caller.call("Query", bodies[number % bodies.len()].as_bytes(), &mut tally);
        thread::sleep(think);
    }
    tally
}

/// Asks until it is not throttled.
pub fn count(address: &str, sql: &str) -> Result<u64, String> {
    let request_body = json!({ "QueryString": sql }).to_string();
    let mut connection = Connection::open(address)?;
    connection.wait_at_most(PATIENCE)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (status, body) = connection.call(&prepare(address, "Query", request_body.as_bytes()))?;
        let document: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let scalar = &document["Rows"][0]["Data"][0]["ScalarValue"];
        match (status, scalar.as_str().and_then(|count| count.parse().ok())) {
            (200, Some(count)) => return Ok(count),
            (429, _) if Instant::now() < deadline => thread::sleep(Duration::from_millis(100)),
            _ => return Err(format!("{status} {document}")),
        }
    }
}

/// A connection that is made anew when it is lost.
struct Caller<'a> {
    address: &'a str,
    connection: Option<Connection>,
}

impl<'a> Caller<'a> {
    fn new(address: &'a str) -> Self {
        Self { address, connection: None }
    }

    /// Makes one call and counts it. Returns the status, or nothing when there was no answer.
    fn call(&mut self, operation: &str, body: &[u8], tally: &mut Tally) -> Option<u16> {
        let sent = Instant::now();
        let answer = self.answer(operation, body);
        let milliseconds = sent.elapsed().as_secs_f64() * 1e3;
        match answer {
            Ok((200, _)) => {
                tally.succeed(milliseconds);
                Some(200)
            }
            Ok((status, body)) => {
                tally.fail(format!("{status} {}", code(&body)), milliseconds);
                Some(status)
            }
            Err(lost) => {
                self.connection = None;
                tally.fail(format!("no answer ({lost})"), milliseconds);
                None
            }
        }
    }

    fn answer(&mut self, operation: &str, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
        if self.connection.as_ref().is_none_or(Connection::is_closing) {
            let connection = Connection::open(self.address)?;
            connection.wait_at_most(PATIENCE)?;
            self.connection = Some(connection);
        }
        let request = prepare(self.address, operation, body);
        match &mut self.connection {
            Some(connection) => connection.call(&request),
            None => Err("no connection".to_owned()),
        }
    }
}

/// The error's name, as clients find it.
fn code(body: &[u8]) -> String {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = document["__type"].as_str().unwrap_or("without a type");
    kind.rsplit('#').next().unwrap_or(kind).to_owned()
}
