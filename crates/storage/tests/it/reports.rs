//! Late records that lose against stored ones (api.md 3.6, 3.10): accepted, and in a report exactly once, whatever dies.

use std::collections::BTreeMap;

use ::model::catalog::{MagneticWrites, PartitionKey, Retention, S3Location};
use ::model::rejection::Rejection;
use serde_json::{Value, json};
use storage::engine::Engine;
use storage::error::StorageError;
use storage::metastore::CommitFault;
use storage::metastore::decide::{NewDatabase, NewTable, TableUpdate};

use crate::model::Row;
use crate::workload::block_on;
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;

fn location(bucket: &str) -> MagneticWrites {
    let location = S3Location {
        bucket_name: Some(bucket.to_owned()),
        object_key_prefix: Some("rejected/".to_owned()),
        encryption_option: Some("SSE_S3".to_owned()),
        kms_key_id: None,
    };
    MagneticWrites { enabled: true, rejected_data_location: Some(location) }
}

async fn open(world: &mut World) -> Engine {
    let engine = world.open().await.unwrap();
    let database = NewDatabase { name: DATABASE.to_owned(), kms_key_id: "key".to_owned(), tags: Vec::new() };
    engine.create_database(database).await.unwrap();
    let table = NewTable {
        database: DATABASE.to_owned(),
        name: TABLE.to_owned(),
        retention: Retention { memory_hours: 24, magnetic_days: 10 },
        magnetic_writes: location("bucket"),
        partition_key: vec![PartitionKey::Measure],
        tags: Vec::new(),
    };
    engine.create_table(table).await.unwrap();
    engine
}

/// A record of three days ago.
fn late(number: i64, version: i64, value: f64) -> Row {
    Row::new(&format!("host-{number}"), NOW_NS - 3 * DAY_NS - number * SECOND_NS, version, value)
}

/// Object keys with what they hold, as a bucket would after these puts.
type Bucket = BTreeMap<String, Vec<u8>>;

/// Puts what waits, and forgets it. A put that is repeated puts the same.
async fn upload(engine: &Engine, bucket: &mut Bucket) -> Result<(), StorageError> {
    for report in engine.waiting_reports() {
        let before = bucket.insert(report.object_key.clone(), report.body.clone());
        assert!(before.is_none_or(|before| before == report.body), "a report changed");
        engine.forget_report(&report.id).await?;
    }
    Ok(())
}

/// The records of all reports, by time, with their reasons.
fn reported(bucket: &Bucket) -> Vec<(String, String, i64)> {
    let mut records = Vec::new();
    for body in bucket.values() {
        let report: Value = serde_json::from_slice(body).unwrap();
        for error in report["errors"].as_array().unwrap() {
            for record in error["records"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let version = record["version"].as_i64().unwrap();
                records.push((text(&record["time"]), text(&error["reason"]), version));
            }
        }
    }
    records.sort();
    records
}

#[tokio::test]
async fn a_late_conflict_is_accepted_and_reported() {
    let mut world = World::new();
    let engine = open(&mut world).await;
    write(&engine, &[late(1, 7, 1.5), late(2, 1, 2.5)]).await.unwrap();
    let mut lower = late(1, 6, 9.0);
    lower.region = None;
    let outcome = write(&engine, &[lower, late(2, 1, 8.0), late(2, 1, 2.5), late(3, 1, 3.5)]).await.unwrap();
    assert_eq!((outcome.magnetic_store, outcome.memory_store, outcome.rejected.len()), (4, 0, 0));
    // Only conflicts, and no row: that is logged as well.
    assert_eq!(write(&engine, &[late(3, 1, 4.5)]).await.unwrap().magnetic_store, 1);
    assert_eq!(engine.waiting_reports(), []);
    engine.checkpoint().await.unwrap();
    let reports = engine.waiting_reports();
    let [report] = &*reports else { panic!("{reports:?}") };
    assert_eq!((report.bucket.as_str(), report.records), ("bucket", 3));
    let expected_key = format!("rejected/{DATABASE}/{TABLE}/2023-11-14T22:13:20.000Z-{}.json", report.id);
    assert_eq!(report.object_key, expected_key);
    let body: Value = serde_json::from_slice(&report.body).unwrap();
    let record = |number: i64, version: i64, value: &str| {
        json!({
            "dimensions": [{ "name": "host", "value": format!("host-{number}"), "dimensionValueType": null }],
            "measureName": "cpu", "measureValue": value, "measureValues": null, "measureValueType": "DOUBLE",
            "time": (NOW_NS - 3 * DAY_NS - number * SECOND_NS).to_string(), "timeUnit": "NANOSECONDS",
            "version": version,
        })
    };
    let same = Rejection::SameVersion.to_string();
    let lower = Rejection::LowerVersion { version: 6, existing_version: 7 }.to_string();
    let errors = json!([
        { "reason": same, "records": [record(2, 1, "8.0"), record(3, 1, "4.5")] },
        { "reason": lower, "records": [record(1, 6, "9.0")] },
    ]);
    assert_eq!(body, json!({ "reportId": report.id, "errors": errors }));

    drop(engine);
    world = world.crash(0);
    let engine = world.open().await.unwrap();
    assert_eq!(engine.waiting_reports(), reports);
    engine.forget_report(&report.id).await.unwrap();
    engine.forget_report(&report.id).await.unwrap();
    assert_eq!(engine.waiting_reports(), []);
    drop(engine);
    let engine = world.open().await.unwrap();
    engine.checkpoint().await.unwrap();
    assert_eq!(engine.waiting_reports(), []);
}

#[tokio::test]
async fn what_can_not_be_reported_is_rejected_at_once() {
    let mut world = World::new();
    world.settings.reports_waiting_bytes_max = 1;
    let engine = open(&mut world).await;
    write(&engine, &[late(1, 2, 1.0), Row::new("today", NOW_NS, 2, 1.0)]).await.unwrap();
    let lower = |existing_version| Rejection::LowerVersion { version: 1, existing_version };
    // The memory store answers at once, as ever.
    let outcome = write(&engine, &[Row::new("today", NOW_NS, 1, 2.0), late(1, 1, 2.0)]).await.unwrap();
    assert_eq!((outcome.magnetic_store, outcome.rejected), (1, vec![(0, lower(2))]));
    // One report waits, and there is room for none.
    engine.checkpoint().await.unwrap();
    assert_eq!(write(&engine, &[late(1, 1, 2.0)]).await.unwrap().rejected, [(0, lower(2))]);
    let report = engine.waiting_reports().remove(0);
    engine.forget_report(&report.id).await.unwrap();
    assert_eq!(write(&engine, &[late(1, 1, 2.0)]).await.unwrap().rejected, []);
    // Without a location there is no other way to tell.
    let without = MagneticWrites { enabled: true, rejected_data_location: None };
    let update = TableUpdate { magnetic_writes: Some(without), ..TableUpdate::default() };
    engine.update_table(DATABASE, TABLE, update).await.unwrap();
    assert_eq!(write(&engine, &[late(1, 1, 2.0)]).await.unwrap().rejected, [(0, lower(2))]);
}

#[tokio::test]
async fn reports_end_with_their_table() {
    let mut world = World::new();
    let engine = open(&mut world).await;
    write(&engine, &[late(1, 2, 1.0)]).await.unwrap();
    write(&engine, &[late(1, 1, 2.0)]).await.unwrap();
    engine.checkpoint().await.unwrap();
    assert_eq!(engine.waiting_reports().len(), 1);
    engine.delete_table(DATABASE, TABLE).await.unwrap();
    assert_eq!(engine.waiting_reports(), []);
    drop(engine);
    assert_eq!(world.open().await.unwrap().waiting_reports(), []);
}

/// Conflicts, checkpoints and uploads on a machine that dies somewhere. Answers whether it died.
async fn die_and_report(seed: u64, doom: impl FnOnce(&World)) -> bool {
    let mut world = World::new();
    let engine = open(&mut world).await;
    write(&engine, &(0..6).map(|number| late(number, 9, 1.0)).collect::<Vec<_>>()).await.unwrap();
    doom(&world);
    let mut bucket = Bucket::new();
    let (mut sent, mut in_doubt) = (0, false);
    let life = async {
        for round in 0..3 {
            for number in [round, round + 1] {
                in_doubt = true;
                let outcome = write(&engine, &[late(number, 1 + round, 5.0)]).await?;
                assert_eq!(outcome.rejected, []);
                (sent, in_doubt) = (sent + 1, false);
            }
            engine.checkpoint().await?;
            upload(&engine, &mut bucket).await?;
        }
        Ok::<(), StorageError>(())
    };
    let died = life.await.is_err();
    drop(engine);
    world = world.crash(seed);
    let engine = world.open().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    engine.checkpoint().await.unwrap();
    upload(&engine, &mut bucket).await.unwrap();
    assert_eq!(engine.waiting_reports(), []);
    let found = reported(&bucket);
    let distinct: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!(distinct.len(), found.len(), "seed {seed}: a record is in two reports: {found:?}");
    let expected = sent..=sent + usize::from(in_doubt);
    assert!(expected.contains(&found.len()), "seed {seed}: {expected:?} {found:?}");
    died
}

#[test]
fn every_conflict_is_in_one_report_whatever_dies() {
    let mut call = 1;
    while block_on(die_and_report(call, |world| world.fs.cut_power_at(world.fs.calls() + call))) {
        call += 1;
    }
    assert!(call > 15, "only {call} calls");
    for fault in [CommitFault::Before, CommitFault::After] {
        // The table is made by two commits.
        let mut commit = 3;
        while block_on(die_and_report(commit, |world| world.metastore.die_at(commit, fault))) {
            commit += 1;
        }
        assert!(commit > 6, "only {commit} commits");
    }
}
