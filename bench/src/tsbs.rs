//! The data of TSBS's cpu-only use case: ten dimensions that are constant for a host, ten measures that walk between 0 and
//! 100 and are cut to whole numbers, one instant every ten seconds. Other kinds of values beside it, for comparison.

use clap::ValueEnum;
use model::record::{Dimension, Measure, Record};
use model::time::NS_PER_SECOND;
use model::value::MeasureValue;

pub const INTERVAL_NS: i64 = 10 * NS_PER_SECOND;
pub const INSTANTS_PER_DAY: usize = 8_640;

pub const MEASURES: [&str; 10] = [
    "usage_user",
    "usage_system",
    "usage_idle",
    "usage_nice",
    "usage_iowait",
    "usage_irq",
    "usage_softirq",
    "usage_steal",
    "usage_guest",
    "usage_guest_nice",
];

/// The measure name of multi-measure records.
pub const MULTI_MEASURE: &str = "cpu";

/// Whether a host's ten values at an instant are ten records or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Single,
    Multi,
}

impl Form {
    pub fn measure_names(self) -> &'static [&'static str] {
        match self {
            Self::Single => &MEASURES,
            Self::Multi => &[MULTI_MEASURE],
        }
    }
}

/// How the values of a series follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Values {
    /// TSBS: whole numbers from 0 to 100, steps about one.
    Tsbs,
    /// A sensor with one decimal.
    OneDecimal,
    /// A sensor with two decimals.
    TwoDecimals,
    /// A counter that grows by up to 50.
    Counter,
    /// Random bits below the point: nothing can compress these.
    Random,
}

/// The dimensions of one host, sorted by name.
#[derive(Debug, Clone)]
pub struct Host {
    dimensions: Vec<(&'static str, String)>,
}

impl Host {
    pub fn new(number: usize) -> Self {
        const REGIONS: [&str; 9] = [
            "us-east-1",
            "us-west-1",
            "us-west-2",
            "eu-west-1",
            "eu-central-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-northeast-1",
            "sa-east-1",
        ];
        let mut random = Random::new(number as u64 + 1);
        let mut pick = |count: u64| (random.next_u64() % count) as usize;
        let region = REGIONS[pick(9)];
        let mut dimensions = vec![
            ("hostname", format!("host_{number}")),
            ("region", region.to_owned()),
            ("datacenter", format!("{region}{}", ["a", "b", "c"][pick(3)])),
            ("rack", pick(100).to_string()),
            ("os", ["Ubuntu16.10", "Ubuntu16.04LTS", "Ubuntu15.10"][pick(3)].to_owned()),
            ("arch", ["x64", "x86"][pick(2)].to_owned()),
            ("team", ["SF", "NYC", "LON", "CHI"][pick(4)].to_owned()),
            ("service", pick(20).to_string()),
            ("service_version", pick(2).to_string()),
            ("service_environment", ["production", "staging", "test"][pick(3)].to_owned()),
        ];
        dimensions.sort_unstable();
        Self { dimensions }
    }

    pub fn dimensions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.dimensions.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The records of this host at an instant; `values` are those of all its measures.
    pub fn records(&self, form: Form, time_ns: i64, values: &[f64]) -> Vec<Record<'_>> {
        let record = |measure_name, measure| Record {
            dimensions: self
                .dimensions()
                .zip(0..)
                .map(|((name, value), place)| Dimension { name, value, place })
                .collect(),
            measure_name,
            measure,
            time_ns,
            version: 1,
        };
        let named = MEASURES.iter().zip(values).map(|(name, value)| (*name, MeasureValue::Double(*value)));
        match form {
            Form::Single => named.map(|(name, value)| record(name, Measure::Single(value))).collect(),
            Form::Multi => vec![record(MULTI_MEASURE, Measure::Multi(named.collect()))],
        }
    }
}

/// One series' values.
#[derive(Debug, Clone)]
pub struct Walk {
    kind: Values,
    value: f64,
    random: Random,
}

impl Walk {
    pub fn new(kind: Values, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let value = match kind {
            Values::Tsbs => random.fraction() * 100.0,
            Values::OneDecimal | Values::TwoDecimals => 15.0 + random.fraction() * 10.0,
            Values::Counter | Values::Random => (random.next_u64() % 1_000) as f64,
        };
        Self { kind, value, random }
    }

    pub fn next_value(&mut self) -> f64 {
        match self.kind {
            Values::Tsbs => {
                self.value = (self.value + self.random.normal()).clamp(0.0, 100.0);
                self.value.trunc()
            }
            Values::OneDecimal => {
                self.value += self.random.normal() * 0.05;
                (self.value * 10.0).round() / 10.0
            }
            Values::TwoDecimals => {
                self.value += self.random.normal() * 0.05;
                (self.value * 100.0).round() / 100.0
            }
            Values::Counter => {
                self.value += (self.random.next_u64() % 50) as f64;
                self.value
            }
            Values::Random => self.random.fraction() * 100.0,
        }
    }
}

/// The walks of every measure of some hosts: ten in a row for each host.
pub fn walks(kind: Values, hosts: usize) -> Vec<Walk> {
    (0..hosts * MEASURES.len()).map(|number| Walk::new(kind, 1_000_003 * (number as u64 + 1))).collect()
}

/// SplitMix64, with a normal distribution by Box and Muller.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
    spare: Option<f64>,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0xa076_1d64_78bd_642f), spare: None }
    }

    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least 0, below 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.fraction()).ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.fraction()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }
}
