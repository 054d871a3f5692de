//! `headwater query`: runs one query and prints all of its pages as one table.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clap::ArgMatches;
use model::clock::SystemClock;
use storage::fs::RealFs;
use wire::query::input::QueryRequest;
use wire::query::output::{ColumnInfo, Row};

use super::{Failure, load_settings, print, runtime, table};
use crate::client::{Client, ClientError};
use crate::credentials::KeyPair;
use crate::settings::Settings;

/// The rows of all pages.
#[derive(Debug, Default)]
pub struct QueryResult {
    pub columns: Vec<ColumnInfo>,
    pub rows: Vec<Row>,
}

pub fn run(matches: &ArgMatches, environment: &BTreeMap<String, String>) -> Result<(), Failure> {
    let settings = load_settings(matches, environment)?;
    let endpoint = endpoint(matches, environment, &settings);
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let region = matches
        .get_one::<String>("region")
        .or_else(|| variables.into_iter().find_map(|name| environment.get(name)))
        .unwrap_or(&settings.region);
    let client =
        Client::new(&endpoint, region, key_pair(environment, &settings)?, Arc::new(SystemClock::new()))?
            .with_session_token(environment.get("AWS_SESSION_TOKEN").cloned());
    let sql = matches.get_one::<String>("sql").map(String::as_str).unwrap_or_default();
    let result = runtime()?.block_on(fetch(&client, sql))?;
    let table = table::render(&result.columns, &result.rows);
    print(&format!("{table}\n{} rows\n", result.rows.len()))
}

/// Runs a query and follows its pages to the end.
pub async fn fetch(client: &Client, sql: &str) -> Result<QueryResult, ClientError> {
    let mut result = QueryResult::default();
    let mut next_token: Option<String> = None;
    loop {
        let input = QueryRequest {
            query_string: Some(sql.into()),
            next_token: next_token.as_deref().map(Into::into),
            ..QueryRequest::default()
        };
        let page = client.call(&input).await?;
        if result.columns.is_empty() {
            result.columns = page.column_info;
        }
        result.rows.extend(page.rows);
        next_token = page.next_token;
        if next_token.is_none() {
            return Ok(result);
        }
    }
}

fn endpoint(matches: &ArgMatches, environment: &BTreeMap<String, String>, settings: &Settings) -> String {
    let variables = ["AWS_ENDPOINT_URL_TIMESTREAM_QUERY", "AWS_ENDPOINT_URL"];
    matches
        .get_one::<String>("endpoint")
        .or_else(|| variables.into_iter().find_map(|name| environment.get(name)))
        .cloned()
        .unwrap_or_else(|| format!("http://{}", settings.listen))
}

fn key_pair(environment: &BTreeMap<String, String>, settings: &Settings) -> Result<KeyPair, Failure> {
    let variables = (environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY"));
    if let (Some(access_key_id), Some(secret)) = variables {
        return Ok(KeyPair::new(access_key_id, secret));
    }
    let path = match environment.get("AWS_SHARED_CREDENTIALS_FILE") {
        Some(path) => Path::new(path).to_path_buf(),
        None => settings.data_dir.join("credentials"),
    };
    let missing = || {
        let path = path.display();
        Failure(format!(
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --data-dir; no file {path}"
        ))
    };
    KeyPair::load(&RealFs, &path)?.ok_or_else(missing)
}
