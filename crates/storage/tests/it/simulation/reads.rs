//! What readers of a life see, compared with the model.

use std::collections::BTreeMap;

use ::model::scan::{ScanError, ScanSource, TimeRange};
use rand::Rng;
use storage::error::StorageError;

use super::{HeldView, Life};
use crate::model::{Identity, Model};
use crate::workload::RETENTION;
use crate::world::read_view;

impl Life {
    fn visible(&self, model: &Model) -> BTreeMap<Identity, String> {
        let start_ns = RETENTION.visible_start_ns(self.now_ns());
        model.visible().into_iter().filter(|(identity, _)| identity.3 >= start_ns).collect()
    }

    /// What readers see is what the model says; a request in doubt may be there, whole, or not.
    pub(super) fn check(&mut self) -> Result<(), StorageError> {
        self.check_held_views()?;
        let now_ns = self.now_ns();
        let view = self.engine().read_view(now_ns);
        let mut found = match read_view(&*view, TimeRange::ALL, &[], self.batch_rows_max) {
            Ok(found) => found,
            Err(ScanError::Corrupt(what)) => self.fail(&format!("read: {what}")),
            Err(_) if self.away_steps > 0 => {
                self.count("reads refused");
                return Ok(());
            }
            Err(_) => return Err(StorageError::Closed),
        };
        if self.random.random_bool(0.05) {
            self.held.push(HeldView { view, found: found.clone(), steps: self.random.random_range(1..20) });
            self.count("held views");
        }
        // A wrong clock hides rows and removes none.
        let true_ns = now_ns - self.jump.as_ref().map_or(0, |jump| jump.offset_ns);
        self.expired_ns = self.expired_ns.max(RETENTION.visible_start_ns(true_ns));
        let (expired_ns, start_ns) = (self.expired_ns, RETENTION.visible_start_ns(self.now_ns()));
        // What is past its retention by the true time may be there or not while the wall clock shows an earlier one.
        self.model.rows.retain(|identity, _| identity.3 >= expired_ns);
        self.in_doubt.retain(|row| row.time_ns >= expired_ns);
        found.retain(|identity, _| !(start_ns..expired_ns).contains(&identity.3));
        if found == self.visible(&self.model) {
            self.count("checks");
            let mut with_doubt = self.model.clone();
            with_doubt.apply(&self.in_doubt);
            if self.is_settled && found != self.visible(&with_doubt) {
                self.in_doubt.clear();
            }
            return Ok(());
        }
        let rows = std::mem::take(&mut self.in_doubt);
        let mut with_doubt = self.model.clone();
        with_doubt.apply(&rows);
        if found == self.visible(&with_doubt) {
            self.model = with_doubt;
            self.count("doubts that came true");
            return Ok(());
        }
        let expected = self.visible(&self.model);
        let lost: Vec<_> = expected.iter().filter(|(key, value)| found.get(*key) != Some(*value)).collect();
        let extra: Vec<_> = found.iter().filter(|(key, value)| expected.get(*key) != Some(*value)).collect();
        self.fail(&format!("lost {lost:#?}\nextra {extra:#?}"));
    }

    /// What a view saw it sees again, whatever was moved, merged, replaced or removed since.
    fn check_held_views(&mut self) -> Result<(), StorageError> {
        for mut held in std::mem::take(&mut self.held) {
            match read_view(&*held.view, TimeRange::ALL, &[], self.batch_rows_max) {
                Ok(found) if found == held.found => self.count("views read again"),
                Ok(_) => self.fail("a view changed"),
                Err(ScanError::Corrupt(what)) => self.fail(&format!("read again: {what}")),
                Err(_) if self.away_steps > 0 => self.count("reads refused"),
                Err(_) => return Err(StorageError::Closed),
            }
            held.steps -= 1;
            if held.steps > 0 {
                self.held.push(held);
            }
        }
        Ok(())
    }
}
