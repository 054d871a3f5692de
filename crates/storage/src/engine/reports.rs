//! Reports of late records that lost against stored ones (api.md 3.10).
//!
//! Such a record is accepted: it is logged with its request. A checkpoint turns the logged ones of a table into reports
//! in the metastore, in the transaction after which the log is not needed for them. A report has its bucket, key and bytes
//! from then on, so whoever puts it there may do so again after a crash; it is forgotten when it is there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::catalog::{Table, TableId};
use model::clock::TimestampNs;
use model::entropy::Entropy;
use model::limits;
use model::rejection::Rejection;
use model::series::decode_series_key;
use model::time::format_iso_ms;
use model::value::MeasureValue;
use serde_json::{Value, json};

use super::Engine;
use super::checkpoint::finished;
use crate::error::Result;
use crate::format::wal_entry::{Conflict, ConflictKind};
use crate::metastore::{Catalog, Change, Report, Stored};

/// The reports that wait to be put into their buckets.
#[derive(Debug)]
pub(super) struct Reports {
    waiting: Mutex<BTreeMap<String, Arc<Report>>>,
}

impl Reports {
    pub(super) fn new(stored: &Stored) -> Self {
        let waiting = stored.reports.values().map(|report| (report.id.clone(), Arc::new(report.clone())));
        Self { waiting: Mutex::new(waiting.collect()) }
    }

    /// Whether conflicts of a table go to reports: it has a bucket for them, and not too many wait already.
    pub(super) fn takes(&self, table: &Table, waiting_bytes_max: usize) -> bool {
        let location = table.magnetic_writes.rejected_data_location.as_ref();
        let has_bucket = location.is_some_and(|location| location.bucket_name.is_some());
        has_bucket && self.bytes() < waiting_bytes_max
    }

    pub(super) fn add(&self, reports: &[Arc<Report>]) {
        let mut waiting = self.lock();
        waiting.extend(reports.iter().map(|report| (report.id.clone(), Arc::clone(report))));
    }

    /// Those of a deleted table are gone with it.
    pub(super) fn forget_table(&self, table: TableId) {
        self.lock().retain(|_, report| report.table != table);
    }

    fn bytes(&self) -> usize {
        self.lock().values().map(|report| report.body.len()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Report>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Reports that are not known to be in their buckets, by id.
    pub fn waiting_reports(&self) -> Vec<Arc<Report>> {
        self.shared.reports.lock().values().cloned().collect()
    }

    /// Says that a report is in its bucket. The future may be dropped at any time.
    pub async fn forget_report(&self, id: &str) -> Result<()> {
        let (shared, id) = (Arc::clone(&self.shared), id.to_owned());
        let forget = async move {
            let change = |_: &Catalog| {
                let is_waiting = shared.reports.lock().contains_key(&id);
                Ok(is_waiting.then(|| Change::RemoveReport { id: id.clone() }).into_iter().collect())
            };
            shared.change(change).await?;
            shared.reports.lock().remove(&id);
            Ok(())
        };
        finished(tokio::spawn(forget).await)
    }
}

/// Makes reports of bounded size. None when the table's bucket was taken away since the records were accepted.
pub(super) fn write(
    table: &Table,
    conflicts: &[Arc<Conflict>],
    now_ns: TimestampNs,
    entropy: &dyn Entropy,
) -> Vec<Arc<Report>> {
    let location = table.magnetic_writes.rejected_data_location.as_ref();
    let Some((location, bucket)) = location.and_then(|at| Some((at, at.bucket_name.as_ref()?))) else {
        if !conflicts.is_empty() {
            let records = conflicts.len();
            tracing::warn!(table = table.id.0, records, "rejected late records have no location any more");
        }
        return Vec::new();
    };
    let report = |records: &[Arc<Conflict>]| {
        let id = format!("{:016X}{:016X}", entropy.next_u64(), entropy.next_u64());
        let prefix = location.object_key_prefix.as_deref().unwrap_or_default().trim_matches('/');
        let separator = if prefix.is_empty() { "" } else { "/" };
        let (database, name) = (&table.database, &table.name);
        let created = format_iso_ms(now_ns);
        Arc::new(Report {
            object_key: format!("{prefix}{separator}{database}/{name}/{created}-{id}.json"),
            bucket: bucket.clone(),
            encryption_option: location.encryption_option.clone(),
            kms_key_id: location.kms_key_id.clone(),
            table: table.id,
            records: records.len() as u64,
            body: body(&id, records).into_bytes(),
            id,
        })
    };
    conflicts.chunks(limits::REPORT_RECORDS_MAX).map(report).collect()
}

/// The form of the scheduled queries' error reports (api.md 5.6): records by reason.
fn body(id: &str, conflicts: &[Arc<Conflict>]) -> String {
    let mut by_reason: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for conflict in conflicts {
        by_reason.entry(reason(conflict)).or_default().push(record(conflict));
    }
    let errors =
        by_reason.into_iter().map(|(reason, records)| json!({ "reason": reason, "records": records }));
    json!({ "reportId": id, "errors": errors.collect::<Vec<_>>() }).to_string()
}

fn reason(conflict: &Conflict) -> String {
    let version = conflict.version;
    let rejection = match conflict.kind {
        ConflictKind::SameVersion => Rejection::SameVersion,
        ConflictKind::LowerVersion { existing_version } => {
            Rejection::LowerVersion { version, existing_version }
        }
    };
    rejection.to_string()
}

fn record(conflict: &Conflict) -> Value {
    let key = decode_series_key(&conflict.series_key);
    let dimensions = key.iter().flat_map(|key| &key.dimensions).map(
        |dimension| json!({ "name": dimension.name, "value": dimension.value, "dimensionValueType": null }),
    );
    let dimensions: Vec<Value> = dimensions.collect();
    let single = conflict.values.first().filter(|_| !conflict.is_multi).map(|(_, value)| value);
    let attributes = conflict.values.iter().map(
        |(name, value)| json!({ "name": name, "value": text(value), "type": value.column_type().api_name() }),
    );
    let attributes = conflict.is_multi.then(|| attributes.collect::<Vec<Value>>());
    json!({
        "dimensions": dimensions,
        "measureName": key.as_ref().map(|key| key.measure_name),
        "measureValue": single.map(text),
        "measureValues": attributes,
        "measureValueType": single.map_or("MULTI", |value| value.column_type().api_name()),
        "time": conflict.time_ns.to_string(),
        "timeUnit": "NANOSECONDS",
        "version": conflict.version,
    })
}

/// A value as a record of time unit NANOSECONDS would have it.
fn text(value: &MeasureValue<'_>) -> String {
    match value {
        MeasureValue::Double(value) => format!("{value:?}"),
        MeasureValue::Bigint(value) | MeasureValue::Timestamp(value) => value.to_string(),
        MeasureValue::Boolean(value) => value.to_string(),
        MeasureValue::Varchar(text) => text.to_string(),
    }
}
