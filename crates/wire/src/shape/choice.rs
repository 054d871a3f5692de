//! Members whose text must be one of a set.

use super::text::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A generated enumeration.
pub trait Enumeration: Copy + 'static {
    /// All names in the order of the model.
    const NAMES: &'static [&'static str];

    fn from_name(name: &str) -> Option<Self>;

    fn name(self) -> &'static str;
}

/// What a request gave for an enumeration. Validation refuses `Other`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'a, E> {
    Known(E),
    Other(Text<'a>),
}

impl<E: Enumeration> Choice<'_, E> {
    pub fn known(&self) -> Option<E> {
        match self {
            Choice::Known(value) => Some(*value),
            Choice::Other(_) => None,
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Choice::Known(value) => value.name(),
            Choice::Other(text) => text,
        }
    }
}

impl<E> From<E> for Choice<'_, E> {
    fn from(value: E) -> Self {
        Choice::Known(value)
    }
}

impl<E: Enumeration> Serialize for Choice<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'a, E: Enumeration> Deserialize<'a> for Choice<'a, E> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(E::from_name(&text).map_or(Choice::Other(text), Choice::Known))
    }
}
