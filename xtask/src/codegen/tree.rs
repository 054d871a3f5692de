//! JSON whose objects keep the order of the file.
//!
//! Members and enum values appear in messages in the order of the model. The map of `serde_json` would keep or lose it
//! depending on which features other crates switch on, so generated files could depend on the build.

use serde_core::de::{Error, MapAccess, SeqAccess, Visitor};
use serde_core::{Deserialize, Deserializer};
use std::fmt;

pub enum Tree {
    Object(Vec<(String, Tree)>),
    List(Vec<Tree>),
    Text(String),
    Integer(i64),
    Boolean(bool),
}

impl Tree {
    pub fn find(&self, name: &str) -> Option<&Tree> {
        self.entries().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The entries of an object; none for anything else.
    pub fn entries(&self) -> &[(String, Tree)] {
        match self {
            Tree::Object(entries) => entries,
            _ => &[],
        }
    }

    pub fn text(&self, name: &str) -> Option<String> {
        match self.find(name) {
            Some(Tree::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.find(name) {
            Some(Tree::Integer(value)) => Some(*value),
            _ => None,
        }
    }

    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.find(name), Some(Tree::Boolean(true)))
    }

    /// The items of a list member; none when it is absent.
    pub fn items(&self, name: &str) -> &[Tree] {
        match self.find(name) {
            Some(Tree::List(items)) => items,
            _ => &[],
        }
    }

    /// The texts of a list member; none when it is absent.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.items(name).iter().filter_map(|item| match item {
            Tree::Text(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of a service model")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        i64::try_from(value).map(Tree::Integer).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Object(entries))
    }
}
