//! Too much in memory, too little on the disk: clients are throttled and told nothing else, and it ends by itself (G12).

use model::time::NS_PER_SECOND;
use serde_json::{Value, json};
use server::settings::Settings;

use crate::host::{Answer, Host, Tampering};

const NOW_NS: i64 = 1_700_000_000 * NS_PER_SECOND;

async fn call(host: &Host, operation: &str, body: Value) -> Answer {
    let target = format!("{}.{operation}", wire::TARGET_PREFIX);
    host.call(&target, body.to_string().into_bytes(), &Tampering::default()).await
}

async fn start(settings: Settings) -> Host {
    let host = Host::start(settings, NOW_NS).await;
    assert_eq!(call(&host, "CreateDatabase", json!({"DatabaseName": "d"})).await.status, 200);
    assert_eq!(call(&host, "CreateTable", json!({"DatabaseName": "d", "TableName": "t"})).await.status, 200);
    host
}

/// A hundred new records.
async fn write(host: &Host, request: i64) -> Answer {
    let record = |number: i64| {
        let time_ns = NOW_NS - (request * 100 + number) * 1_000_000;
        let dimensions = json!([{"Name": "host", "Value": format!("host-{}", number % 10)}]);
        json!({"Dimensions": dimensions, "MeasureName": "cpu", "MeasureValue": "1.5",
            "Time": time_ns.to_string(), "TimeUnit": "NANOSECONDS"})
    };
    let records: Vec<Value> = (0..100).map(record).collect();
    call(host, "WriteRecords", json!({"DatabaseName": "d", "TableName": "t", "Records": records})).await
}

async fn count(host: &Host) -> i64 {
    let answer = call(host, "Query", json!({"QueryString": "SELECT count(*) FROM d.t"})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["Rows"][0]["Data"][0]["ScalarValue"].as_str().unwrap().parse().unwrap()
}

fn assert_throttled(answer: &Answer) {
    let kind = answer.body["__type"].as_str().unwrap_or_default();
    assert_eq!((answer.status, kind.ends_with("ThrottlingException")), (429, true), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_the_log_has_throttles_writes() {
    let settings = Settings { memory_store_bytes_max: 1 << 20, queue_wait_ms: 0, ..Settings::default() };
    let host = start(settings).await;
    let mut accepted = 0;
    let refused = loop {
        let answer = write(&host, accepted).await;
        if answer.status != 200 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 10_000, "nothing is ever refused");
    };
    assert_throttled(&refused);
    assert_eq!(count(&host).await, accepted * 100);
    host.node().engine.maintain().await.unwrap();
    assert_eq!(write(&host, accepted).await.status, 200);
    assert_eq!(count(&host).await, (accepted + 1) * 100);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nearly_full_disk_throttles_writes_and_nothing_else() {
    let host = start(Settings::default()).await;
    assert_eq!(write(&host, 0).await.status, 200);
    let reserve_bytes = Settings::default().disk_reserve_bytes_min;
    host.disk.set_capacity(Some(host.disk.used_bytes() + reserve_bytes / 2));
    host.node().engine.maintain().await.unwrap();
    for request in 1..4 {
        assert_throttled(&write(&host, request).await);
    }
    assert_eq!(count(&host).await, 100);
    let other = json!({"DatabaseName": "d", "TableName": "other"});
    assert_eq!(call(&host, "CreateTable", other.clone()).await.status, 200);
    assert_eq!(call(&host, "DeleteTable", other).await.status, 200);
    host.disk.set_capacity(None);
    assert_eq!(write(&host, 1).await.status, 200);
    assert_eq!(count(&host).await, 200);
    host.stop().await;
}
