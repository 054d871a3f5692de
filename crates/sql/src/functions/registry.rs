//! Finds functions by name, without regard to case.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::signature::Signature;
use super::{AggregateFunction, ScalarFunction, WindowFunction};

/// Lists of the families' functions; one line per family.
const SCALARS: &[&[&ScalarFunction]] = &[
    super::array::FUNCTIONS,
    super::bitwise::FUNCTIONS,
    super::conditional::FUNCTIONS,
    super::datetime::FUNCTIONS,
    super::lambda::FUNCTIONS,
    super::mathematical::FUNCTIONS,
    super::operator::FUNCTIONS,
    super::regular_expression::FUNCTIONS,
    super::string::FUNCTIONS,
    super::timeseries::FUNCTIONS,
];
const AGGREGATES: &[&[&AggregateFunction]] = &[super::aggregate::FUNCTIONS];
const WINDOWS: &[&[&WindowFunction]] = &[super::window::FUNCTIONS];

/// All functions by lower-case name and alias, with their parsed signatures.
#[derive(Debug)]
pub struct Registry {
    scalars: HashMap<&'static str, (&'static ScalarFunction, Vec<Signature>)>,
    aggregates: HashMap<&'static str, (&'static AggregateFunction, Vec<Signature>)>,
    windows: HashMap<&'static str, (&'static WindowFunction, Vec<Signature>)>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::build);

impl Registry {
    pub fn get() -> &'static Self {
        &REGISTRY
    }

    pub fn scalar(&self, name: &str) -> Option<(&'static ScalarFunction, &[Signature])> {
        let (function, signatures) = self.scalars.get(name.to_ascii_lowercase().as_str())?;
        Some((function, signatures))
    }

    pub fn aggregate(&self, name: &str) -> Option<(&'static AggregateFunction, &[Signature])> {
        let (function, signatures) = self.aggregates.get(name.to_ascii_lowercase().as_str())?;
        Some((function, signatures))
    }

    pub fn window(&self, name: &str) -> Option<(&'static WindowFunction, &[Signature])> {
        let (function, signatures) = self.windows.get(name.to_ascii_lowercase().as_str())?;
        Some((function, signatures))
    }

    /// Every scalar function once, in the order of the lists.
    pub fn scalar_list() -> impl Iterator<Item = &'static ScalarFunction> {
        SCALARS.iter().flat_map(|family| family.iter().copied())
    }

    pub fn aggregate_list() -> impl Iterator<Item = &'static AggregateFunction> {
        AGGREGATES.iter().flat_map(|family| family.iter().copied())
    }

    pub fn window_list() -> impl Iterator<Item = &'static WindowFunction> {
        WINDOWS.iter().flat_map(|family| family.iter().copied())
    }

    fn build() -> Self {
        let mut registry =
            Self { scalars: HashMap::new(), aggregates: HashMap::new(), windows: HashMap::new() };
        for function in Self::scalar_list() {
            let signatures: Vec<Signature> = function
                .overloads
                .iter()
                .filter_map(|overload| Signature::parse(overload.signature))
                .collect();
            for name in std::iter::once(&function.name).chain(function.aliases) {
                registry.scalars.insert(*name, (function, signatures.clone()));
            }
        }
        for function in Self::aggregate_list() {
            let signatures: Vec<Signature> = function
                .overloads
                .iter()
                .filter_map(|overload| Signature::parse(overload.signature))
                .collect();
            for name in std::iter::once(&function.name).chain(function.aliases) {
                registry.aggregates.insert(*name, (function, signatures.clone()));
            }
        }
        for function in Self::window_list() {
            let signatures = function
                .overloads
                .iter()
                .filter_map(|overload| Signature::parse(overload.signature))
                .collect();
            registry.windows.insert(function.name, (function, signatures));
        }
        registry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_parses_and_every_name_is_registered_once() {
        let scalars = Registry::scalar_list().flat_map(|function| {
            function.overloads.iter().map(|overload| overload.signature).collect::<Vec<_>>()
        });
        let aggregates = Registry::aggregate_list().flat_map(|function| {
            function.overloads.iter().map(|overload| overload.signature).collect::<Vec<_>>()
        });
        let windows = Registry::window_list().flat_map(|function| {
            function.overloads.iter().map(|overload| overload.signature).collect::<Vec<_>>()
        });
        for signature in scalars.chain(aggregates).chain(windows) {
            assert!(Signature::parse(signature).is_some(), "malformed signature: {signature}");
        }
        let names: Vec<&str> = Registry::scalar_list()
            .flat_map(|function| std::iter::once(&function.name).chain(function.aliases))
            .chain(Registry::aggregate_list().flat_map(|f| std::iter::once(&f.name).chain(f.aliases)))
            .copied()
            .collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(names.len(), unique.len());
    }
}
