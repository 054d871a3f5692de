//! A workload with rotation, cuts and reopenings, stopped at every file-system call, on a deterministic disk.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Entries, open_writer, recover_entries};
use crate::fs::sim::{Crash, Fault, SimFs};
use crate::wal::Lsn;
use crate::wal::writer::Failure;

#[derive(Debug)]
enum Step {
    Append(Vec<Vec<u8>>),
    /// Moves the checkpoint over this share of what is there, and cuts.
    Truncate {
        percent: usize,
    },
    Reopen {
        close: bool,
    },
}

fn plan(seed: u64) -> Vec<Step> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut number = 0;
    let steps = 16;
    (0..steps)
        .map(|_| match random.random_range(0..12) {
            0 => Step::Truncate { percent: random.random_range(0..=100) },
            1 => Step::Reopen { close: random.random_bool(0.5) },
            _ => Step::Append(
                (0..random.random_range(1..=4))
                    .map(|_| {
                        number += 1;
                        // Some payloads are zeros, as holes in a torn file are.
                        let fill = if random.random_bool(0.2) { 0 } else { random.random() };
                        let mut payload = format!("seed {seed} entry {number} ").into_bytes();
                        let len_bytes =
                            if random.random_bool(0.1) { 5_000 } else { random.random_range(0..900) };
                        payload.resize(payload.len() + len_bytes, fill);
                        payload
                    })
                    .collect(),
            ),
        })
        .collect()
}

/// What a client of the log knows.
#[derive(Debug, Default)]
struct Model {
    acknowledged: BTreeMap<u64, Vec<u8>>,
    /// The entries of the group whose outcome is unknown.
    in_flight: Vec<Vec<u8>>,
    /// Entries before it are not needed any more.
    checkpoint: u64,
}

impl Model {
    /// Recovers and compares: everything acknowledged once and in order, then at most a first part of what was in
    /// flight, each entry whole.
    fn verify(&self, fs: &SimFs, place: &str) -> Entries {
        let (recovered, entries) =
            recover_entries(fs, self.checkpoint).unwrap_or_else(|error| panic!("{place}: refused: {error}"));
        let needed: Entries = self
            .acknowledged
            .range(self.checkpoint..)
            .map(|(lsn, payload)| (*lsn, payload.clone()))
            .collect();
        assert!(entries.len() >= needed.len(), "{place}: lost {} entries", needed.len() - entries.len());
        let (kept, unknown) = entries.split_at(needed.len());
        assert!(kept == needed, "{place}: acknowledged entries changed");
        for (index, (lsn, payload)) in unknown.iter().enumerate() {
            assert_eq!(Some(payload), self.in_flight.get(index), "{place}: an entry nobody wrote");
            assert_eq!(*lsn, unknown[0].0 + index as u64, "{place}: a hole");
        }
        assert!(
            unknown.is_empty() || needed.last().is_none_or(|(last, _)| unknown[0].0 > *last),
            "{place}: order"
        );
        assert!(recovered.next_lsn.0 > entries.last().map_or(0, |(last, _)| *last), "{place}");
        entries
    }
}

/// Runs the steps until one fails for good; a full disk is survived.
fn run(fs: &SimFs, steps: &[Step], model: &mut Model) -> Result<(), String> {
    let (recovered, _) = recover_entries(fs, model.checkpoint).map_err(|error| error.to_string())?;
    let (mut writer, mut segments) = open_writer(fs, &recovered).map_err(|error| error.to_string())?;
    for step in steps {
        match step {
            Step::Append(payloads) => {
                model.in_flight.clone_from(payloads);
                match writer.append_group(payloads) {
                    Ok(first_lsn) => {
                        let lsns = first_lsn.0..;
                        model.acknowledged.extend(lsns.zip(std::mem::take(&mut model.in_flight)));
                    }
                    Err(Failure::Full(_)) => model.in_flight.clear(),
                    Err(Failure::Broken(error)) => return Err(error.to_string()),
                }
            }
            Step::Truncate { percent } => {
                let last = model.acknowledged.last_key_value().map_or(0, |(lsn, _)| *lsn);
                // The checkpoint is made durable elsewhere before the cut.
                model.checkpoint = model.checkpoint.max(last * *percent as u64 / 100 + 1).min(last + 1);
                segments.remove_before(Lsn(model.checkpoint)).map_err(|error| error.to_string())?;
            }
            Step::Reopen { close } => {
                if *close {
                    writer.close().map_err(|failure| format!("{failure:?}"))?;
                }
                let (recovered, _) =
                    recover_entries(fs, model.checkpoint).map_err(|error| error.to_string())?;
                (writer, segments) = open_writer(fs, &recovered).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}

const CRASHES: [Crash; 4] = [Crash::Kill, Crash::LoseUnsynced, Crash::Torn, Crash::Scattered];
const SEEDS: u64 = 6;

/// Dies once more while opening, then opens, appends and loses the power: what recovery handed out stays.
fn live_again(fs: &SimFs, model: &mut Model, seed: u64, place: &str) {
    model.verify(fs, place);
    fs.cut_power_at(fs.calls() + 1 + seed % 17);
    let mut second = fs.clone();
    let open_again =
        |fs: &SimFs| recover_entries(fs, model.checkpoint).and_then(|(found, _)| open_writer(fs, &found));
    if open_again(fs).is_err() {
        second = fs.crash_with(CRASHES[(seed % 4) as usize], seed);
        model.verify(&second, &format!("{place}, died again"));
    }
    second.cut_power_at(u64::MAX);
    let mut entries = model.verify(&second, place);
    let last = [b"after the crash".to_vec()];
    let third = match open_again(&second) {
        Ok((mut writer, _)) => {
            let lsn = writer.append_group(&last).unwrap();
            entries.push((lsn.0, last[0].clone()));
            second.crash_with(Crash::LoseUnsynced, seed)
        }
        Err(error) => panic!("{place}: could not open: {error}"),
    };
    let (_, found) = recover_entries(&third, model.checkpoint).unwrap();
    assert!(found == entries, "{place}: what recovery had handed out was lost");
}

#[test]
fn nothing_acknowledged_is_lost_at_any_power_cut() {
    let mut runs = 0;
    for seed in 0..SEEDS {
        let steps = plan(seed);
        let reference = SimFs::new();
        run(&reference, &steps, &mut Model::default()).unwrap();
        for call in 1..=reference.calls() {
            for crash in CRASHES {
                let mut model = Model::default();
                let fs = SimFs::new();
                fs.cut_power_at(call);
                run(&fs, &steps, &mut model).unwrap_err();
                let seed = seed * 1_000_003 + call * 31 + crash as u64;
                live_again(
                    &fs.crash_with(crash, seed),
                    &mut model,
                    seed,
                    &format!("call={call} {crash:?} seed={seed}"),
                );
                runs += 1;
            }
        }
    }
    assert!(runs > 2_000, "the sweep has only {runs} runs");
}

#[test]
fn nothing_acknowledged_is_lost_at_any_failed_call() {
    let mut survived = 0;
    for seed in 0..SEEDS {
        let steps = plan(seed);
        let reference = SimFs::new();
        run(&reference, &steps, &mut Model::default()).unwrap();
        for call in 1..=reference.calls() {
            for fault in [Fault::Io, Fault::StorageFull] {
                let crash = CRASHES[((call + seed) % 4) as usize];
                let mut model = Model::default();
                let fs = SimFs::new();
                fs.fail_at(call, fault);
                survived += u64::from(run(&fs, &steps, &mut model).is_ok());
                let seed = seed * 1_000_003 + call;
                let place = format!("call={call} {fault:?} {crash:?} seed={seed}");
                live_again(&fs.crash_with(crash, seed), &mut model, seed, &place);
            }
        }
    }
    assert!(survived > 20, "full disks are survived, but only {survived} runs were");
}

#[test]
fn one_seed_makes_the_same_calls_twice() {
    for seed in 0..SEEDS {
        let trace = || {
            let fs = SimFs::new();
            run(&fs, &plan(seed), &mut Model::default()).unwrap();
            fs.trace()
        };
        assert_eq!(trace(), trace());
    }
}
