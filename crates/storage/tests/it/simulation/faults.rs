//! What goes wrong in a life: the clock, the disk, the object store, the metastore, the power; and what an operator does about it.

use ::model::clock::Clock;
use ::model::error::ErrorKind;
use rand::Rng;
use storage::engine::Engine;
use storage::error::StorageError;
use storage::fs::sim::Fault;
use storage::metastore::CommitFault;
use storage::object::ObjectFault;

use super::{HOUR_NS, Jump, Life};
use crate::world::SECOND_NS;

impl Life {
    /// Lets what has a duration come to its end.
    pub(super) fn pass_step(&mut self) -> Result<(), StorageError> {
        self.away_steps = self.away_steps.saturating_sub(1);
        if self.away_steps == 0
            && let Some(objects) = &self.objects
        {
            objects.set_always(None);
        }
        if self.metastore_steps == 1 {
            self.world.metastore.come_back();
        }
        self.metastore_steps = self.metastore_steps.saturating_sub(1);
        self.full_steps = self.full_steps.saturating_sub(1);
        if self.full_steps == 0 {
            self.world.fs.set_capacity(None);
        }
        if let Some(jump) = &mut self.jump {
            jump.steps -= 1;
            let is_over = jump.steps == 0 || self.world.clock.monotonic_ns() >= jump.until_monotonic_ns;
            if is_over && let Some(jump) = self.jump.take() {
                self.world.clock.set_ns(self.now_ns() - jump.offset_ns);
                self.note("the wall clock is right again".to_owned());
                return self.check();
            }
        }
        Ok(())
    }

    /// Sets the wall clock: a little for good, as a time server does, or far for a while.
    pub(super) fn jump(&mut self) {
        self.count("clock jumps");
        if self.random.random_bool(0.3) || self.jump.is_some() {
            let seconds = self.random.random_range(-60..60);
            self.note(format!("the wall clock is set by {seconds} s"));
            self.world.clock.set_ns(self.now_ns() + seconds * SECOND_NS);
            return;
        }
        let hours = [2, 30, 24 * 365, 24 * 365 * 100][self.random.random_range(0..4)];
        let offset_ns =
            if self.random.random_bool(0.5) { hours * HOUR_NS } else { -hours.min(9_000) * HOUR_NS };
        self.note(format!("the wall clock jumps by {} h", offset_ns / HOUR_NS));
        let monotonic_ns = self.world.clock.monotonic_ns();
        self.jump = Some(Jump {
            offset_ns,
            steps: self.random.random_range(1..15),
            until_monotonic_ns: monotonic_ns + HOUR_NS as u64,
        });
        self.world.clock.set_ns(self.now_ns() + offset_ns);
    }

    /// Lets one of the next calls fail.
    pub(super) fn plan_failure(&mut self) {
        self.count("planned failures");
        let ahead = self.random.random_range(1..20);
        let call = self.world.fs.calls() + ahead;
        match self.random.random_range(0..8) {
            5 => {
                self.away_steps = self.random.random_range(2..25);
                if let Some(objects) = &self.objects {
                    objects.set_always(Some(ObjectFault::TimedOut));
                }
                self.note(format!("the object store is away for {} steps", self.away_steps));
                self.count("outages");
            }
            1 | 6 if !self.may_be_full => {}
            6 => {
                self.full_steps = self.random.random_range(2..25);
                let room_bytes = self.random.random_range(0..20_000);
                self.world.fs.set_capacity(Some(self.world.fs.used_bytes() + room_bytes));
                self.note(format!("the disk is full in {room_bytes} bytes for {} steps", self.full_steps));
                self.count("full disks");
            }
            7 => {
                self.metastore_steps = self.random.random_range(2..25);
                let fault = [CommitFault::Before, CommitFault::After][self.random.random_range(0..2)];
                let commit = self.world.metastore.commits() + self.random.random_range(1..3);
                self.world.metastore.die_at(commit, fault);
                self.note(format!("the metastore is away from commit {commit} on, {fault:?}"));
                self.count("outages of the metastore");
            }
            0 => self.world.fs.fail_at(call, Fault::Io),
            1 => self.world.fs.fail_at(call, Fault::StorageFull),
            2 => self.world.fs.cut_power_at(call),
            _ => {
                let fault = ObjectFault::ALL[self.random.random_range(0..ObjectFault::ALL.len())];
                if let Some(objects) = &self.objects {
                    objects.fail_at(objects.calls() + self.random.random_range(1..6), fault);
                }
                self.note(format!("{fault:?} is planned"));
            }
        }
        self.note(format!("now it is call {}, {ahead} calls before a planned one", self.world.fs.calls()));
    }

    /// What an operator does after an error: nothing, or a restart after a power loss.
    pub(super) async fn after_error(&mut self, error: &StorageError) {
        self.note(format!("error: {error}"));
        self.count("errors");
        if error.kind() == ErrorKind::Corrupt {
            self.fail("damage that nobody caused");
        }
        let is_broken = self.engine.as_ref().is_none_or(Engine::is_poisoned);
        if is_broken || self.random.random_bool(0.5) || matches!(error, StorageError::Closed) {
            let crash_seed = self.random.random();
            self.note(format!("crash {crash_seed}"));
            self.count("crashes");
            self.engine = None;
            self.objects = None;
            self.world = self.world.crash(crash_seed);
            self.open_patiently().await;
        }
        if self.check().is_err() {
            // A failure that was planned met the check itself.
            self.engine = None;
            self.world = self.world.crash(1);
            self.open_patiently().await;
            if self.check().is_err() {
                self.fail("it can't be read");
            }
        }
    }
}
