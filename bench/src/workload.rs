//! Bodies of WriteRecords requests.

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::tsbs::MEASURES;

pub const DATABASE: &str = "bench";
pub const TABLE: &str = "metrics";

/// How a request is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Ten single-measure records per host and instant, each with all its dimensions.
    Single,
    /// The same, with the dimensions of one host in CommonAttributes.
    Common,
    /// One multi-measure record of ten attributes per host and instant.
    Multi,
}

/// The body of request `request` of a connection that writes for its own hosts: no two requests write the same
/// record.
pub fn body(shape: Shape, connection: usize, request: usize, batch: usize, start_ms: i64) -> Vec<u8> {
    let record = |index: usize| single(connection, request * batch + index, start_ms, shape);
    let document = match shape {
        Shape::Common => {
            let host = dimensions(connection * HOSTS + request % HOSTS);
            let records: Vec<Value> = (0..batch).map(record).collect();
            json!({"DatabaseName": DATABASE, "TableName": TABLE,
                   "CommonAttributes": {"Dimensions": host, "MeasureValueType": "DOUBLE"}, "Records": records})
        }
        Shape::Single => {
            let records: Vec<Value> = (0..batch).map(record).collect();
            json!({"DatabaseName": DATABASE, "TableName": TABLE, "Records": records})
        }
        Shape::Multi => {
            let records: Vec<Value> =
                (0..batch).map(|index| multi(connection, request * batch + index, start_ms)).collect();
            json!({"DatabaseName": DATABASE, "TableName": TABLE, "Records": records})
        }
    };
    document.to_string().into_bytes()
}

/// Hosts per connection.
const HOSTS: usize = 100;

fn single(connection: usize, number: usize, start_ms: i64, shape: Shape) -> Value {
    let mut record = Map::new();
    let instant = match shape {
        Shape::Common => number / MEASURES.len(),
        _ => {
            let host = connection * HOSTS + number / MEASURES.len() % HOSTS;
            record.insert("Dimensions".into(), dimensions(host));
            record.insert("MeasureValueType".into(), "DOUBLE".into());
            number / MEASURES.len() / HOSTS
        }
    };
    record.insert("MeasureName".into(), MEASURES[number % MEASURES.len()].into());
    record.insert("MeasureValue".into(), value(number).into());
    record.insert("Time".into(), (start_ms + instant as i64).to_string().into());
    Value::Object(record)
}

fn multi(connection: usize, number: usize, start_ms: i64) -> Value {
    let measures: Vec<Value> = MEASURES
        .iter()
        .enumerate()
        .map(|(index, name)| json!({"Name": name, "Value": value(number + index), "Type": "DOUBLE"}))
        .collect();
    json!({"Dimensions": dimensions(connection * HOSTS + number % HOSTS), "MeasureName": "cpu",
           "MeasureValueType": "MULTI", "MeasureValues": measures,
           "Time": (start_ms + (number / HOSTS) as i64).to_string()})
}

fn dimensions(host: usize) -> Value {
    json!([{"Name": "hostname", "Value": format!("host_{host}")},
           {"Name": "region", "Value": "eu-central-1"},
           {"Name": "datacenter", "Value": format!("eu-central-1{}", ["a", "b"][host % 2])},
           {"Name": "rack", "Value": (host % 100).to_string()},
           {"Name": "os", "Value": "Ubuntu16.10"}])
}

fn value(number: usize) -> String {
    format!("{}.{}", number * 7919 % 100, number % 10)
}
