//! Writes of a life: rows of any age, new and known, and requests whose outcome only a later look can tell.

use ::model::rejection::Rejection;
use rand::Rng;
use storage::error::StorageError;

use super::{DAY_NS, HOUR_NS, Life};
use crate::model::{Model, Row, Value};
use crate::workload::{RETENTION, refusal};
use crate::world::write;

impl Life {
    fn some_rows(&mut self) -> Vec<Row> {
        let now_ns = self.now_ns();
        let expired_ns = self.expired_ns;
        let count = self.random.random_range(1..6);
        (0..count)
            .map(|_| {
                let known = self.model.rows.len();
                let age_ns = match self.random.random_range(0..4) {
                    0 => self.random.random_range(0..HOUR_NS),
                    1 => self.random.random_range(0..2 * DAY_NS),
                    _ => self.random.random_range(2 * DAY_NS..12 * DAY_NS),
                };
                let host = format!("host-{}", self.random.random_range(0..6));
                let mut row = Row::new(&host, now_ns - age_ns, 1, self.random.random_range(0..3) as f64);
                row.region = self.random.random_bool(0.3).then(|| "a region with a long name".to_owned());
                if self.random.random_bool(0.2) {
                    row.value = Value::Varchar(format!("text {}", self.random.random_range(0..3)));
                }
                row.version = self.random.random_range(1..5);
                if known > 0 && self.random.random_bool(0.4) {
                    let position = self.random.random_range(0..known);
                    if let Some((identity, _)) = self.model.rows.iter().nth(position) {
                        (row.host, row.region, row.measure_name, row.time_ns) = identity.clone();
                    }
                }
                row
            })
            .filter(|row| {
                // Rows that are taken but not seen any more may be dropped at any time.
                let age_ns = now_ns - row.time_ns;
                row.time_ns >= expired_ns
                    && !(RETENTION.total_ns()..RETENTION.total_ns() + HOUR_NS).contains(&age_ns)
            })
            .collect()
    }

    pub(super) async fn step_write(&mut self) -> Result<(), StorageError> {
        if !self.in_doubt.is_empty() {
            return self.settle_doubt().await;
        }
        let rows = self.some_rows();
        self.note(format!("write {rows:?}"));
        self.count("writes");
        let now_ns = self.now_ns();
        match write(&self.engine(), &rows).await {
            Ok(outcome) => {
                let mut model = std::mem::take(&mut self.model);
                let expected = model.apply_within(&rows, |time_ns| self.refusal(time_ns, now_ns));
                self.model = model;
                if outcome.rejected != expected {
                    self.fail(&format!("rejected {:?}\nexpected {expected:?}", outcome.rejected));
                }
                Ok(())
            }
            Err(error) => {
                // Every other failure says that nothing was written.
                if matches!(error, StorageError::Poisoned { .. }) {
                    let is_taken = |row: &Row| self.refusal(row.time_ns, now_ns).is_none();
                    self.in_doubt = rows.into_iter().filter(is_taken).collect();
                    self.is_settled = false;
                }
                Err(error)
            }
        }
    }

    /// A request in doubt that changed nothing but versions is not seen in a scan: a refused write tells.
    async fn settle_doubt(&mut self) -> Result<(), StorageError> {
        let mut with_doubt = self.model.clone();
        with_doubt.apply(&self.in_doubt);
        let version_in =
            |model: &Model, row: &Row| model.rows.get(&row.identity()).map(|(version, _)| *version);
        let raised = self.in_doubt.iter().find(|row| {
            let before = version_in(&self.model, row);
            before.is_some() && before != version_in(&with_doubt, row)
        });
        // Without one, nobody could look yet, because the object store is away.
        let Some(row) = raised.filter(|_| self.is_settled) else { return Ok(()) };
        let probe = Row { version: 1, value: Value::Double(-1.0), ..row.clone() };
        let outcome = write(&self.engine(), std::slice::from_ref(&probe)).await?;
        let refused_by = |model: &Model| model.clone().apply(std::slice::from_ref(&probe));
        if outcome.rejected == refused_by(&with_doubt) {
            self.model = with_doubt;
            self.count("versions in doubt that came true");
        } else if outcome.rejected != refused_by(&self.model) {
            self.fail(&format!("{probe:?} rejected {:?}", outcome.rejected));
        }
        self.in_doubt.clear();
        Ok(())
    }

    /// Why a record of this time must be refused.
    fn refusal(&self, time_ns: i64, now_ns: i64) -> Option<Rejection> {
        refusal(&self.world.settings, now_ns, time_ns)
    }
}
