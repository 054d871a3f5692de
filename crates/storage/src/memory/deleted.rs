//! Which rows of an immutable piece of data were replaced by newer ones. Copy-on-write: a reader's set never changes.

use std::sync::Arc;

const WORDS_PER_BLOCK: usize = 64;
const ROWS_PER_BLOCK: usize = WORDS_PER_BLOCK * 64;

/// A set of row numbers. Cloning is cheap, and so is one more row in a set that somebody else holds: blocks are shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletedRows {
    blocks: Vec<Option<Arc<[u64; WORDS_PER_BLOCK]>>>,
    count: usize,
}

impl DeletedRows {
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn contains(&self, row: usize) -> bool {
        let block = self.blocks.get(row / ROWS_PER_BLOCK).and_then(Option::as_ref);
        block.is_some_and(|words| words[row % ROWS_PER_BLOCK / 64] & (1 << (row % 64)) != 0)
    }

    /// Adds a row; returns whether it was new.
    pub fn insert(&mut self, row: usize) -> bool {
        let block = row / ROWS_PER_BLOCK;
        if block >= self.blocks.len() {
            self.blocks.resize(block + 1, None);
        }
        let words = Arc::make_mut(self.blocks[block].get_or_insert_with(|| Arc::new([0; WORDS_PER_BLOCK])));
        let word = &mut words[row % ROWS_PER_BLOCK / 64];
        let is_new = *word & (1 << (row % 64)) == 0;
        *word |= 1 << (row % 64);
        self.count += usize::from(is_new);
        is_new
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.blocks.iter().enumerate().flat_map(|(block, words)| {
            let words = words.iter().flat_map(|words| words.iter().enumerate());
            words.flat_map(move |(word, bits)| {
                let first = block * ROWS_PER_BLOCK + word * 64;
                (0..64).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| first + bit)
            })
        })
    }

    /// The rows that `self` has and `earlier` has not.
    pub fn since<'a>(&'a self, earlier: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let skip_all = self.count == earlier.count;
        self.iter().filter(move |row| !skip_all && !earlier.contains(*row))
    }

    /// The pieces of `start..end` that have no deleted row, ascending.
    pub fn live_ranges(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut next = start;
        std::iter::from_fn(move || {
            while next < end && self.contains(next) {
                next += 1;
            }
            if next >= end {
                return None;
            }
            let first = next;
            if self.is_empty() {
                next = end;
            }
            while next < end && !self.contains(next) {
                next += 1;
            }
            Some((first, next))
        })
    }
}

impl Extend<usize> for DeletedRows {
    fn extend<T: IntoIterator<Item = usize>>(&mut self, rows: T) {
        for row in rows {
            self.insert(row);
        }
    }
}

impl FromIterator<usize> for DeletedRows {
    fn from_iter<T: IntoIterator<Item = usize>>(rows: T) -> Self {
        let mut set = Self::default();
        set.extend(rows);
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set(rows in prop::collection::vec(0_usize..20_000, 0..200)) {
            let set: DeletedRows = rows.iter().copied().collect();
            let model: BTreeSet<usize> = rows.iter().copied().collect();
            prop_assert_eq!(set.count(), model.len());
            prop_assert!(set.iter().eq(model.iter().copied()));
            let live: Vec<usize> = set.live_ranges(100, 5_000).flat_map(|(start, end)| start..end).collect();
            let expected: Vec<usize> = (100..5_000).filter(|row| !model.contains(row)).collect();
            prop_assert_eq!(live, expected);
        }
    }

    #[test]
    fn a_clone_does_not_see_later_rows() {
        let mut set: DeletedRows = [1, 5_000].into_iter().collect();
        let before = set.clone();
        assert!(set.insert(2));
        assert!(!set.insert(1));
        assert!(!before.contains(2));
        assert_eq!(set.since(&before).collect::<Vec<_>>(), [2]);
    }
}
