//! Reads and runs one scenario.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use server::settings::{Settings, Sources, load};

use crate::host::{Answer, Host, Tampering};
use crate::matching::matches;
use crate::template::{Values, duration_ns, fill};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// What the scenario shows, in a sentence.
    shows: String,
    /// Where the clock stands at the start.
    #[serde(default = "default_clock")]
    clock: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    steps: Vec<Step>,
}

fn default_clock() -> String {
    "2024-01-01T00:00:00Z".to_owned()
}

/// One step does one thing: a call, moving the clock, a restart, background work, or a look into a bucket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    call: Option<String>,
    /// The whole `X-Amz-Target`, in place of `call`.
    target: Option<String>,
    body: Option<Value>,
    /// A body that is no JSON of a YAML value.
    raw_body: Option<String>,
    #[serde(default)]
    tamper: Tampering,
    answer: Option<Value>,
    error: Option<ExpectedError>,
    /// Header names and values that the answer must have.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Names for members of the answer, by JSON pointer without the first slash.
    #[serde(default)]
    save: BTreeMap<String, String>,
    advance: Option<String>,
    restart: Option<bool>,
    /// Does what the server does in the background.
    settle: Option<bool>,
    /// A bucket whose objects are compared with `objects`.
    bucket: Option<String>,
    objects: Option<Value>,
    /// Why the step is there, for the reader.
    #[serde(default, rename = "why")]
    _why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedError {
    status: u16,
    r#type: String,
    message: Option<String>,
    /// More members of the body.
    body: Option<Value>,
}

/// Runs a scenario; `Err` says which step failed and how.
pub async fn run(text: &str) -> Result<(), String> {
    let scenario: Scenario = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    if scenario.shows.is_empty() {
        return Err("a scenario must say what it shows".to_owned());
    }
    let now_ns = model::time::parse_rfc3339(&scenario.clock).ok_or("the clock is no RFC 3339 instant")?;
    let mut host = Host::start(settings(&scenario.settings)?, now_ns).await;
    let mut saved = BTreeMap::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        if let Some(duration) = &step.advance {
            host.clock.advance_ns(duration_ns(duration)?);
        } else if step.restart == Some(true) {
            host = host.restart().await;
        } else if step.settle == Some(true) {
            host.settle().await;
        } else if let Some(bucket) = &step.bucket {
            let values = Values { now_ns: model::clock::Clock::now_ns(&*host.clock), saved: &saved };
            let expected = fill(step.objects.as_ref().unwrap_or(&Value::Array(Vec::new())), &values)?;
            let outcome = matches("objects", &expected, Some(&host.objects(bucket)));
            outcome.map_err(|failure| format!("step {} ({bucket}): {failure}", index + 1))?;
        } else {
            let name = step.call.as_deref().or(step.target.as_deref()).unwrap_or_default();
            let outcome = run_call(&host, step, &mut saved).await;
            outcome.map_err(|failure| format!("step {} ({name}): {failure}", index + 1))?;
        }
    }
    host.stop().await;
    Ok(())
}

fn settings(given: &BTreeMap<String, String>) -> Result<Settings, String> {
    load(&Sources { flags: given.clone(), ..Sources::default() }).map_err(|error| error.to_string())
}

async fn run_call(host: &Host, step: &Step, saved: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let target = match (&step.call, &step.target) {
        (Some(operation), None) => format!("Timestream_20181101.{operation}"),
        (None, Some(target)) => target.clone(),
        _ => return Err("a step needs one of call, target, advance, restart".to_owned()),
    };
    let answer = {
        let values = Values { now_ns: model::clock::Clock::now_ns(&*host.clock), saved };
        let body = match (&step.raw_body, &step.body) {
            (Some(raw), _) => raw.clone().into_bytes(),
            (None, Some(body)) => {
                serde_json::to_vec(&fill(body, &values)?).map_err(|error| error.to_string())?
            }
            (None, None) => b"{}".to_vec(),
        };
        let answer = host.call(&target, body, &step.tamper).await;
        judge(step, &answer, &values)?;
        answer
    };
    for (name, pointer) in &step.save {
        let found = answer.body.pointer(&format!("/{pointer}"));
        saved.insert(
            name.clone(),
            found.ok_or_else(|| format!("no {pointer} to save in {}", answer.body))?.clone(),
        );
    }
    Ok(())
}

fn judge(step: &Step, answer: &Answer, values: &Values<'_>) -> Result<(), String> {
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-amzn-requestid").is_none_or(|id| id.len() != 26) {
        return Err("the answer has no request id".to_owned());
    }
    for (name, expected) in &step.headers {
        let found = header(name);
        if found != Some(expected) {
            return Err(format!("header {name} is {found:?}, not {expected:?}"));
        }
    }
    match &step.error {
        None => {
            if answer.status != 200 {
                return Err(format!("status {} {}", answer.status, answer.body));
            }
            match &step.answer {
                Some(expected) => matches("answer", &fill(expected, values)?, Some(&answer.body)),
                None => Ok(()),
            }
        }
        Some(expected) => judge_error(expected, answer, values),
    }
}

fn judge_error(expected: &ExpectedError, answer: &Answer, values: &Values<'_>) -> Result<(), String> {
    let type_name = answer.body["__type"].as_str().unwrap_or_default();
    let short = type_name.rsplit('#').next().unwrap_or_default();
    if (answer.status, short) != (expected.status, expected.r#type.as_str()) {
        return Err(format!("status {} {}", answer.status, answer.body));
    }
    if let Some(message) = &expected.message {
        matches("message", &fill(&Value::String(message.clone()), values)?, answer.body.get("Message"))?;
    }
    match &expected.body {
        Some(body) => matches("error", &fill(body, values)?, Some(&answer.body)),
        None => Ok(()),
    }
}
