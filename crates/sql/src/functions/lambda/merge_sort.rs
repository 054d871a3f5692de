//! Sorting with comparisons that are cheap only in bulk: all merges of all rows go forward in step, so that a batch of
//! arrays of at most `n` elements needs about `2 n` rounds of comparisons.

use std::cmp::Ordering;
use std::ops::Range;

/// Sorts each of `rows` stably. `compare` gets the pairs (left, right, row) of a round and answers in their order.
pub(super) fn sort<E>(
    rows: &mut [Vec<u32>],
    mut compare: impl FnMut(&[(u32, u32, u32)]) -> Result<Vec<Ordering>, E>,
) -> Result<(), E> {
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut width = 1;
    while width < longest {
        let mut merges: Vec<Merge> =
            rows.iter().enumerate().flat_map(|(row, items)| merges_of(row, items.len(), width)).collect();
        loop {
            let open: Vec<usize> = (0..merges.len()).filter(|at| merges[*at].is_open()).collect();
            if open.is_empty() {
                break;
            }
            let pairs: Vec<_> = open.iter().map(|at| merges[*at].pair(rows)).collect();
            for (at, ordering) in open.into_iter().zip(compare(&pairs)?) {
                merges[at].advance(ordering, rows);
            }
        }
        for merge in merges {
            merge.finish(rows);
        }
        width *= 2;
    }
    Ok(())
}

/// Two sorted neighbours becoming one.
struct Merge {
    row: usize,
    left: Range<usize>,
    right: Range<usize>,
    start: usize,
    merged: Vec<u32>,
}

fn merges_of(row: usize, length: usize, width: usize) -> impl Iterator<Item = Merge> {
    (0..length).step_by(2 * width).filter(move |start| start + width < length).map(move |start| Merge {
        row,
        left: start..start + width,
        right: start + width..length.min(start + 2 * width),
        start,
        merged: Vec::new(),
    })
}

impl Merge {
    fn is_open(&self) -> bool {
        !self.left.is_empty() && !self.right.is_empty()
    }

    fn pair(&self, rows: &[Vec<u32>]) -> (u32, u32, u32) {
        (rows[self.row][self.left.start], rows[self.row][self.right.start], self.row as u32)
    }

    fn advance(&mut self, ordering: Ordering, rows: &[Vec<u32>]) {
        let side = if ordering == Ordering::Greater { &mut self.right } else { &mut self.left };
        self.merged.extend(side.next().map(|at| rows[self.row][at]));
    }

    fn finish(mut self, rows: &mut [Vec<u32>]) {
        let items = &mut rows[self.row];
        self.merged.extend(self.left.chain(self.right).map(|at| items[at]));
        items[self.start..self.start + self.merged.len()].copy_from_slice(&self.merged);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_stably(rows in prop::collection::vec(prop::collection::vec(0_u32..1000, 0..40), 0..6)) {
            // Only the tens are compared: the units show whether equal items keep their order.
            let mut sorted = rows.clone();
            let compare = |pairs: &[(u32, u32, u32)]| {
                Ok::<_, ()>(pairs.iter().map(|(a, b, _)| (a / 10).cmp(&(b / 10))).collect())
            };
            sort(&mut sorted, compare).unwrap();
            let mut expected = rows;
            expected.iter_mut().for_each(|row| row.sort_by_key(|item| item / 10));
            prop_assert_eq!(sorted, expected);
        }
    }
}
