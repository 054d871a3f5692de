//! The distribution of weighted values, exact while few values differ, then summarized by values of the input.
//!
//! Neighbors are merged into the value in their middle, few near both ends and more in the middle, as in a t-digest
//! (Dunning 2019), so that a percentile is always one of the inputs and its rank is off by about `q (1 - q) / 256`.

use model::limits::{PERCENTILE_EXACT_VALUES_MAX, PERCENTILE_SUMMARY_VALUES};

/// Values are order-preserving keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Summary {
    /// Sorted up to `sorted`, keys there differ.
    entries: Vec<(u64, f64)>,
    sorted: usize,
}

impl Summary {
    pub fn add(&mut self, key: u64, weight: f64) {
        self.entries.push((key, weight));
        if self.entries.len() >= PERCENTILE_EXACT_VALUES_MAX.max(2 * self.sorted) {
            self.sort();
            if self.entries.len() > PERCENTILE_EXACT_VALUES_MAX {
                self.compress();
            }
        }
    }

    pub fn entries(&mut self) -> &[(u64, f64)] {
        self.sort();
        &self.entries
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<(u64, f64)>()
    }

    /// The smallest value whose cumulative weight exceeds `percentile` of the whole, for each.
    pub fn percentiles(&mut self, percentiles: &[f64]) -> Option<Vec<u64>> {
        self.sort();
        let total: f64 = self.entries.iter().map(|(_, weight)| weight).sum();
        let (last, _) = *self.entries.last()?;
        let mut cumulative = 0.0;
        let ranks: Vec<f64> = self
            .entries
            .iter()
            .map(|(_, weight)| {
                cumulative += weight;
                cumulative
            })
            .collect();
        let find = |percentile: &f64| {
            let at = ranks.partition_point(|rank| *rank <= percentile * total);
            self.entries.get(at).map_or(last, |(key, _)| *key)
        };
        Some(percentiles.iter().map(find).collect())
    }

    fn sort(&mut self) {
        if self.sorted == self.entries.len() {
            return;
        }
        self.entries.sort_unstable_by_key(|(key, _)| *key);
        self.entries.dedup_by(|next, kept| {
            let equal = next.0 == kept.0;
            if equal {
                kept.1 += next.1;
            }
            equal
        });
        self.sorted = self.entries.len();
    }

    fn compress(&mut self) {
        let total: f64 = self.entries.iter().map(|(_, weight)| weight).sum();
        let mut merged: Vec<(u64, f64)> = Vec::with_capacity(PERCENTILE_SUMMARY_VALUES);
        let mut cluster: Vec<(u64, f64)> = Vec::new();
        let (mut before, mut weight) = (0.0, 0.0);
        for entry in std::mem::take(&mut self.entries) {
            let middle = (before + (weight + entry.1) / 2.0) / total;
            let room = 8.0 * total * middle * (1.0 - middle) / PERCENTILE_SUMMARY_VALUES as f64;
            if !cluster.is_empty() && weight + entry.1 > room {
                merged.extend(middle_of(&cluster, weight));
                cluster.clear();
                before += weight;
                weight = 0.0;
            }
            weight += entry.1;
            cluster.push(entry);
        }
        merged.extend(middle_of(&cluster, weight));
        self.sorted = merged.len();
        self.entries = merged;
    }
}

/// The value in the middle of a cluster's weight, with all of the weight.
fn middle_of(cluster: &[(u64, f64)], weight: f64) -> Option<(u64, f64)> {
    let mut cumulative = 0.0;
    let middle = cluster.iter().find(|(_, weight_of_one)| {
        cumulative += weight_of_one;
        cumulative * 2.0 >= weight
    });
    middle.or(cluster.last()).map(|(key, _)| (*key, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_inputs_are_exact() {
        let mut summary = Summary::default();
        (1..=4).for_each(|key| summary.add(key, 1.0));
        let percentiles = summary.percentiles(&[0.0, 0.1, 0.4, 0.5, 0.8, 1.0]);
        assert_eq!(percentiles, Some(vec![1, 1, 2, 3, 4, 4]));
        assert_eq!(Summary::default().percentiles(&[0.5]), None);
    }

    #[test]
    fn equal_values_never_need_a_summary() {
        let mut summary = Summary::default();
        (0..100_000_u64).for_each(|index| summary.add(index % 1_000, 1.0));
        assert_eq!(summary.entries().len(), 1_000);
        assert_eq!(summary.percentiles(&[0.25, 0.999]), Some(vec![250, 999]));
    }

    #[test]
    fn large_inputs_stay_close_in_rank_and_bounded_in_memory() {
        const COUNT: u64 = 1_000_000;
        for step in [1, 7_919, COUNT - 1] {
            let mut summary = Summary::default();
            // Every number below COUNT once, in different orders.
            (0..COUNT).for_each(|index| summary.add(index * step % COUNT, 1.0));
            assert!(summary.heap_bytes() < 1_000_000, "{}", summary.heap_bytes());
            for percentile in [0.0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0] {
                let key = summary.percentiles(&[percentile]).unwrap()[0];
                let error = (key as f64 / COUNT as f64 - percentile).abs();
                let allowed = 0.0001 + 0.02 * percentile * (1.0 - percentile);
                assert!(error <= allowed, "{step} {percentile}: {key}, off by {error}");
            }
        }
    }
}
