//! The records of a fleet: devices in warehouses that report temperature and humidity, and their own health. Devices
//! fall silent for a while, and some records arrive late and out of order. The same seed gives the same fleet.

use std::collections::VecDeque;

use model::clock::TimestampNs;
use model::time::{NS_PER_HOUR, NS_PER_MILLISECOND, NS_PER_SECOND};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wire::write::input::{Dimension, MeasureValue, Record};
use wire::write::{MeasureValueType, TimeUnit};

use super::{HEALTH_TABLE, MEMORY_HOURS, SENSOR_TABLE};

/// Records of one device at one time: temperature, humidity, health.
const RECORDS_PER_REPORT: u64 = 3;
const DEVICES_MAX: u64 = 400;
const LOCATIONS: u64 = 10;
const INTERVAL_SECONDS_MAX: i64 = 60;
/// Half of what the memory store accepts, so that the newest data stays acceptable while it is loaded.
const HISTORY_NS: i64 = MEMORY_HOURS / 2 * NS_PER_HOUR;
/// Of a thousand reports: begin a silence, arrive late.
const SILENCES_PER_MILLE: u32 = 2;
const LATE_PER_MILLE: u32 = 20;
const SILENCE_REPORTS_MAX: u64 = 40;
const LATE_BATCHES_MAX: usize = 50;
const BATCH_RECORDS: usize = model::limits::RECORDS_PER_REQUEST_MAX;

/// Records of one request.
#[derive(Debug, Clone)]
pub struct Batch {
    pub table: &'static str,
    pub records: Vec<Record<'static>>,
}

#[derive(Debug)]
struct Device {
    name: String,
    location: String,
    model: &'static str,
    temperature: f64,
    humidity: f64,
    battery: f64,
    silent_reports: u64,
}

/// An iterator of batches, oldest first but for the late ones.
#[derive(Debug)]
pub struct Fleet {
    rng: StdRng,
    devices: Vec<Device>,
    next_device: usize,
    time_ns: TimestampNs,
    interval_ns: i64,
    records_left: u64,
    sensor: Vec<Record<'static>>,
    health: Vec<Record<'static>>,
    late: VecDeque<(usize, Record<'static>)>,
    batches: usize,
}

impl Fleet {
    /// A fleet whose `records` records end shortly before `now_ns`.
    pub fn new(records: u64, now_ns: TimestampNs, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let device_count = (records / 1_000).clamp(10, DEVICES_MAX);
        let rounds = i64::try_from(records / RECORDS_PER_REPORT / device_count + 1).unwrap_or(i64::MAX);
        // Silences make the history longer than the rounds alone.
        let rounds = rounds.saturating_add(rounds / 10);
        let interval_ns =
            (HISTORY_NS / rounds).clamp(NS_PER_MILLISECOND, INTERVAL_SECONDS_MAX * NS_PER_SECOND);
        let devices = (0..device_count).map(|index| Device::new(index, &mut rng)).collect();
        let time_ns = now_ns - rounds * interval_ns;
        Self {
            rng,
            devices,
            next_device: 0,
            time_ns: time_ns - time_ns % NS_PER_MILLISECOND,
            interval_ns: interval_ns - interval_ns % NS_PER_MILLISECOND,
            records_left: records,
            sensor: Vec::new(),
            health: Vec::new(),
            late: VecDeque::new(),
            batches: 0,
        }
    }

    /// Lets the next device report.
    fn report(&mut self) {
        let time_ms = self.time_ns / NS_PER_MILLISECOND
            + self.rng.random_range(0..self.interval_ns / NS_PER_MILLISECOND);
        if let Some(device) = self.devices.get_mut(self.next_device) {
            device.drift(&mut self.rng);
            if device.silent_reports > 0 {
                device.silent_reports -= 1;
            } else {
                let is_late = self.rng.random_range(0..1_000) < LATE_PER_MILLE;
                let records = [
                    device.single("temperature", device.temperature, time_ms),
                    device.single("humidity", device.humidity, time_ms),
                ];
                for record in
                    records.into_iter().take(usize::try_from(self.records_left).unwrap_or(usize::MAX))
                {
                    self.records_left -= 1;
                    if is_late {
                        let due = self.batches + self.rng.random_range(2..LATE_BATCHES_MAX);
                        self.late.push_back((due, record));
                    } else {
                        self.sensor.push(record);
                    }
                }
                if self.records_left > 0 {
                    self.records_left -= 1;
                    self.health.push(device.health(&mut self.rng, time_ms));
                }
            }
        }
        self.next_device += 1;
        if self.next_device >= self.devices.len() {
            self.next_device = 0;
            self.time_ns += self.interval_ns;
        }
    }

    /// Moves late records that are due to those to be sent.
    fn deliver_late(&mut self) {
        let is_done = self.records_left == 0;
        let (due, waiting): (VecDeque<_>, VecDeque<_>) =
            self.late.drain(..).partition(|(due, _)| is_done || *due <= self.batches);
        self.late = waiting;
        self.sensor.extend(due.into_iter().map(|(_, record)| record));
    }

    fn batch(&mut self, table: &'static str) -> Batch {
        let waiting = if table == SENSOR_TABLE { &mut self.sensor } else { &mut self.health };
        let rest = waiting.split_off(waiting.len().min(BATCH_RECORDS));
        let records = std::mem::replace(waiting, rest);
        self.batches += 1;
        Batch { table, records }
    }
}

impl Iterator for Fleet {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        self.deliver_late();
        loop {
            for table in [SENSOR_TABLE, HEALTH_TABLE] {
                let waiting = if table == SENSOR_TABLE { self.sensor.len() } else { self.health.len() };
                let is_last = self.records_left == 0 && self.late.is_empty();
                if waiting >= BATCH_RECORDS || (is_last && waiting > 0) {
                    return Some(self.batch(table));
                }
            }
            if self.records_left == 0 && self.late.is_empty() {
                return None;
            }
            self.report();
            if self.records_left == 0 {
                self.deliver_late();
            }
        }
    }
}

impl Device {
    fn new(index: u64, rng: &mut StdRng) -> Self {
        let letter = char::from(b'a' + (index % LOCATIONS) as u8);
        Self {
            name: format!("device{:03}", index + 1),
            location: format!("warehouse_{letter}"),
            model: if index.is_multiple_of(3) { "TH-200" } else { "TH-100" },
            temperature: rng.random_range(15.0..28.0),
            humidity: rng.random_range(30.0..60.0),
            battery: rng.random_range(20.0..100.0),
            silent_reports: 0,
        }
    }

    fn drift(&mut self, rng: &mut StdRng) {
        self.temperature = (self.temperature + rng.random_range(-0.2..0.2)).clamp(-10.0, 45.0);
        self.humidity = (self.humidity + rng.random_range(-0.4..0.4)).clamp(5.0, 95.0);
        self.battery = (self.battery - rng.random_range(0.0..0.01)).max(0.0);
        if rng.random_range(0..1_000) < SILENCES_PER_MILLE {
            self.silent_reports = rng.random_range(1..SILENCE_REPORTS_MAX);
        }
    }

    fn record(&self, time_ms: i64, measure_name: &'static str) -> Record<'static> {
        let dimension = |name: &'static str, value: String| Dimension {
            name: Some(name.into()),
            value: Some(value.into()),
            dimension_value_type: None,
        };
        let dimensions = vec![
            dimension("DeviceId", self.name.clone()),
            dimension("Location", self.location.clone()),
            dimension("Model", self.model.to_owned()),
        ];
        Record {
            dimensions: Some(dimensions.into()),
            measure_name: Some(measure_name.into()),
            time: Some(time_ms.to_string().into()),
            time_unit: Some(TimeUnit::Milliseconds.into()),
            ..Record::default()
        }
    }

    fn single(&self, measure_name: &'static str, value: f64, time_ms: i64) -> Record<'static> {
        Record {
            measure_value: Some(format!("{value:.2}").into()),
            measure_value_type: Some(MeasureValueType::Double.into()),
            ..self.record(time_ms, measure_name)
        }
    }

    fn health(&self, rng: &mut StdRng, time_ms: i64) -> Record<'static> {
        let value = |name: &'static str, value: String, r#type: MeasureValueType| MeasureValue {
            name: Some(name.into()),
            value: Some(value.into()),
            r#type: Some(r#type.into()),
        };
        let status = if self.battery < 25.0 { "low_battery" } else { "ok" };
        let values = vec![
            value("battery", format!("{:.1}", self.battery), MeasureValueType::Double),
            value("signal", rng.random_range(-95..-40).to_string(), MeasureValueType::Bigint),
            value("door_open", (rng.random_range(0..50) == 0).to_string(), MeasureValueType::Boolean),
            value("status", status.to_owned(), MeasureValueType::Varchar),
        ];
        Record {
            measure_value_type: Some(MeasureValueType::Multi.into()),
            measure_values: Some(values.into()),
            ..self.record(time_ms, "health")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_gives_the_records_asked_for_with_gaps_and_late_ones() {
        let now_ns = 1_700_000_000_000_000_000;
        for records in [1, 100, 5_000, 60_000] {
            let batches: Vec<Batch> = Fleet::new(records, now_ns, 7).collect();
            assert_eq!(batches.iter().map(|batch| batch.records.len() as u64).sum::<u64>(), records);
            assert!(batches.iter().all(|batch| (1..=BATCH_RECORDS).contains(&batch.records.len())));
            let times: Vec<i64> = batches
                .iter()
                .flat_map(|batch| &batch.records)
                .map(|record| record.time().unwrap().parse::<i64>().unwrap() * NS_PER_MILLISECOND)
                .collect();
            assert!(
                times.iter().all(|time| *time < now_ns && *time > now_ns - 20 * NS_PER_HOUR),
                "{records}"
            );
        }
        let sensor: Vec<Batch> =
            Fleet::new(60_000, now_ns, 7).filter(|batch| batch.table == SENSOR_TABLE).collect();
        let newest =
            |batch: &Batch| batch.records.iter().map(|r| r.time().unwrap().to_owned()).max().unwrap();
        let oldest =
            |batch: &Batch| batch.records.iter().map(|r| r.time().unwrap().to_owned()).min().unwrap();
        let late = sensor.windows(5).filter(|five| oldest(&five[4]) < newest(&five[0])).count();
        assert!(late > 10, "{late}");
    }

    #[test]
    fn no_two_records_have_the_same_identity() {
        let mut seen = std::collections::HashSet::new();
        for record in Fleet::new(30_000, 1_700_000_000_000_000_000, 3).flat_map(|batch| batch.records) {
            let device = record.dimensions()[0].value().to_owned();
            let identity =
                (device, record.measure_name().unwrap().to_owned(), record.time().unwrap().to_owned());
            assert!(seen.insert(identity));
        }
    }
}
