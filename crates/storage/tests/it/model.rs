//! The reference: a map from identity to version and value, and the rules of api.md 3.5 written down once more.

use std::collections::BTreeMap;

use ::model::record::{Dimension, Measure, Record};
use ::model::rejection::Rejection;
use ::model::value::MeasureValue;

/// A record that owns its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub host: String,
    /// Rows with and without it are of different series.
    pub region: Option<String>,
    pub measure_name: String,
    pub time_ns: i64,
    pub version: i64,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Double(f64),
    Bigint(i64),
    Varchar(String),
    Multi(Vec<(String, Scalar)>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Double(f64),
    Varchar(String),
    Boolean(bool),
    Timestamp(i64),
}

/// Host, region, measure name, time.
pub type Identity = (String, Option<String>, String, i64);

impl Row {
    pub fn new(host: &str, time_ns: i64, version: i64, value: f64) -> Self {
        Self {
            host: host.to_owned(),
            region: None,
            measure_name: "cpu".to_owned(),
            time_ns,
            version,
            value: Value::Double(value),
        }
    }

    pub fn identity(&self) -> Identity {
        (self.host.clone(), self.region.clone(), self.measure_name.clone(), self.time_ns)
    }

    pub fn record(&self) -> Record<'_> {
        let mut dimensions = vec![Dimension { name: "host", value: &self.host, place: 0 }];
        if let Some(region) = &self.region {
            dimensions.push(Dimension { name: "region", value: region, place: 1 });
        }
        let measure = match &self.value {
            Value::Double(value) => Measure::Single(MeasureValue::Double(*value)),
            Value::Bigint(value) => Measure::Single(MeasureValue::Bigint(*value)),
            Value::Varchar(value) => Measure::Single(MeasureValue::Varchar(value.as_str().into())),
            Value::Multi(values) => {
                Measure::Multi(values.iter().map(|(name, value)| (name.as_str(), value.measure())).collect())
            }
        };
        Record {
            dimensions,
            measure_name: &self.measure_name,
            measure,
            time_ns: self.time_ns,
            version: self.version,
        }
    }
}

impl Scalar {
    fn measure(&self) -> MeasureValue<'_> {
        match self {
            Self::Double(value) => MeasureValue::Double(*value),
            Self::Varchar(value) => MeasureValue::Varchar(value.as_str().into()),
            Self::Boolean(value) => MeasureValue::Boolean(*value),
            Self::Timestamp(value) => MeasureValue::Timestamp(*value),
        }
    }
}

/// How a value looks in a scan: the columns that are not NULL, by name.
pub fn text_of(value: &Value) -> String {
    let debug = |value: MeasureValue<'_>| format!("{value:?}");
    match value {
        Value::Double(value) => format!("measure_value::double={}", debug(MeasureValue::Double(*value))),
        Value::Bigint(value) => format!("measure_value::bigint={}", debug(MeasureValue::Bigint(*value))),
        Value::Varchar(value) => {
            format!("measure_value::varchar={}", debug(MeasureValue::Varchar(value.as_str().into())))
        }
        Value::Multi(values) => {
            let mut texts: Vec<String> =
                values.iter().map(|(name, value)| format!("{name}={}", debug(value.measure()))).collect();
            texts.sort();
            texts.join(",")
        }
    }
}

/// What a table must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub rows: BTreeMap<Identity, (i64, Value)>,
}

impl Model {
    /// Applies a request; answers the rejections that the engine must give.
    pub fn apply(&mut self, rows: &[Row]) -> Vec<(usize, Rejection)> {
        self.apply_within(rows, |_| None)
    }

    /// As [`Model::apply`], where `refusal` says why a record of some time is not taken at all.
    pub fn apply_within(
        &mut self,
        rows: &[Row],
        refusal: impl Fn(i64) -> Option<Rejection>,
    ) -> Vec<(usize, Rejection)> {
        let mut rejected = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if let Some(rejection) = refusal(row.time_ns) {
                rejected.push((index, rejection));
                continue;
            }
            let existing = self.rows.get(&row.identity());
            let rejection = match existing {
                Some((version, value)) if row.version == *version => {
                    (text_of(value) != text_of(&row.value)).then_some(Rejection::SameVersion)
                }
                Some((existing_version, _)) if row.version < *existing_version => {
                    Some(Rejection::LowerVersion {
                        version: row.version,
                        existing_version: *existing_version,
                    })
                }
                _ => {
                    self.rows.insert(row.identity(), (row.version, row.value.clone()));
                    None
                }
            };
            rejected.extend(rejection.map(|rejection| (index, rejection)));
        }
        rejected
    }

    /// What a scan of everything must give.
    pub fn visible(&self) -> BTreeMap<Identity, String> {
        self.rows.iter().map(|(identity, (_, value))| (identity.clone(), text_of(value))).collect()
    }
}
