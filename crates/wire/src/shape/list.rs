//! Lists that keep no more than their bound.

use super::structure::Skipped;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// At most `MAX` items. Further ones are read past and counted, and validation refuses the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List<T, const MAX: usize> {
    items: Vec<T>,
    skipped: usize,
}

impl<T, const MAX: usize> List<T, MAX> {
    /// How many items the request held.
    pub fn len_sent(&self) -> usize {
        self.items.len() + self.skipped
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T, const MAX: usize> From<Vec<T>> for List<T, MAX> {
    fn from(items: Vec<T>) -> Self {
        List { items, skipped: 0 }
    }
}

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl<'a, T: Deserialize<'a>, const MAX: usize> Deserialize<'a> for List<T, MAX> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'a, T: Deserialize<'a>, const MAX: usize> Visitor<'a> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < MAX {
            match sequence.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(List { items, skipped: 0 }),
            }
        }
        let mut skipped = 0;
        while sequence.next_element::<Skipped>()?.is_some() {
            skipped += 1;
        }
        Ok(List { items, skipped })
    }
}
