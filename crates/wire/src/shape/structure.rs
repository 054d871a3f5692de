//! Reads one JSON object into a generated structure.
//!
//! A known member may occur once, `null` counts as absent, an unknown member is read past. An array never stands for a
//! structure. Depth is bounded by the JSON reader, also inside unknown members.

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// A generated structure with optional members.
pub trait Structure<'a>: Default {
    const NAME: &'static str;
    /// Names of the members; their positions are the indices of `read_member`. At most 64.
    const MEMBERS: &'static [&'static str];

    fn read_member<A: MapAccess<'a>>(&mut self, index: usize, map: &mut A) -> Result<(), A::Error>;
}

pub fn read_structure<'a, T: Structure<'a>, D: Deserializer<'a>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(StructureVisitor(PhantomData))
}

struct StructureVisitor<T>(PhantomData<T>);

impl<'a, T: Structure<'a>> Visitor<'a> for StructureVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "structure {}", T::NAME)
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<T, A::Error> {
        const { assert!(T::MEMBERS.len() <= 64) };
        let mut value = T::default();
        let mut seen = 0u64;
        while let Some(member) = map.next_key_seed(MemberName(T::MEMBERS))? {
            let Some(index) = member else {
                map.next_value::<Skipped>()?;
                continue;
            };
            let bit = 1u64 << index;
            if seen & bit != 0 {
                return Err(A::Error::custom(format_args!("duplicate member {}", T::MEMBERS[index])));
            }
            seen |= bit;
            value.read_member(index, &mut map)?;
        }
        Ok(value)
    }
}

/// Finds a member name without keeping it.
struct MemberName(&'static [&'static str]);

impl<'a> DeserializeSeed<'a> for MemberName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|member| *member == name))
    }
}

/// Any JSON value, read past. Unlike serde's own it recurses, so that the reader's bound on depth holds here too.
pub struct Skipped;

impl<'a> Deserialize<'a> for Skipped {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SkippedVisitor)
    }
}

struct SkippedVisitor;

impl<'a> Visitor<'a> for SkippedVisitor {
    type Value = Skipped;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_unit<E: Error>(self) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut sequence: A) -> Result<Skipped, A::Error> {
        while sequence.next_element::<Skipped>()?.is_some() {}
        Ok(Skipped)
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Skipped, A::Error> {
        while map.next_entry::<IgnoredAny, Skipped>()?.is_some() {}
        Ok(Skipped)
    }
}
