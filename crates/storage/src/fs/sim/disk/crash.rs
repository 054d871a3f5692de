//! What a crash makes of a disk.

use std::sync::Arc;

use super::changes::{Effect, Node, blocks};
use super::{Disk, Inode};
use crate::fs::sim::Crash;

impl Disk {
    /// Switches this disk off and returns what is found afterwards.
    pub(in crate::fs::sim) fn crash(&mut self, crash: Crash, seed: u64) -> Self {
        self.powered_off = true;
        let mut random = Random(seed);
        let mut after = Self { capacity_bytes: self.capacity_bytes, ..Self::default() };
        if crash == Crash::Kill {
            after.inodes.clone_from(&self.inodes);
            after.visible.clone_from(&self.visible);
            after.durable.clone_from(&self.durable);
            after.unsynced.clone_from(&self.unsynced);
            return after;
        }
        let mut names = self.durable.clone();
        random.survivors(crash, &self.unsynced).for_each(|naming| naming.apply(&mut names));
        for (path, node) in names {
            // Parents come before their children in path order.
            if path.parent().is_none_or(|parent| after.check_dir(parent).is_err()) {
                continue;
            }
            if let Node::File(number) = node
                && let Some(inode) = self.inodes.get(&number)
            {
                let bytes = inode.contents_after(crash, &mut random);
                let inode = Inode { visible: bytes.clone(), durable: bytes, unsynced: Vec::new() };
                after.inodes.insert(number, Arc::new(inode));
            }
            after.visible.insert(path, node);
        }
        after.durable.clone_from(&after.visible);
        after
    }
}

impl Inode {
    fn contents_after(&self, crash: Crash, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        match crash {
            Crash::Kill => bytes.clone_from(&self.visible),
            Crash::LoseUnsynced => {}
            Crash::Torn => {
                let whole = random.below(self.unsynced.len() as u64 + 1) as usize;
                self.unsynced[..whole].iter().for_each(|effect| effect.apply(&mut bytes));
                if let Some(Effect::Write { offset, bytes: written }) = self.unsynced.get(whole) {
                    let blocks: Vec<Effect> = blocks(*offset, written).collect();
                    let kept = random.below(blocks.len() as u64 + 1) as usize;
                    blocks[..kept].iter().for_each(|block| block.apply(&mut bytes));
                }
            }
            Crash::Scattered => {
                for effect in &self.unsynced {
                    match effect {
                        Effect::Write { offset, bytes: written } => {
                            blocks(*offset, written)
                                .filter(|_| random.below(2) == 0)
                                .for_each(|block| block.apply(&mut bytes));
                        }
                        Effect::SetLen(_) | Effect::Extend(_) if random.below(2) == 0 => {
                            effect.apply(&mut bytes)
                        }
                        Effect::SetLen(_) | Effect::Extend(_) => {}
                    }
                }
            }
        }
        bytes
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn survivors<'a, T>(&mut self, crash: Crash, unsynced: &'a [T]) -> impl Iterator<Item = &'a T> {
        let kept: Vec<bool> = match crash {
            Crash::Kill => vec![true; unsynced.len()],
            Crash::LoseUnsynced => vec![false; unsynced.len()],
            Crash::Torn => {
                let whole = self.below(unsynced.len() as u64 + 1) as usize;
                (0..unsynced.len()).map(|index| index < whole).collect()
            }
            Crash::Scattered => unsynced.iter().map(|_| self.below(2) == 0).collect(),
        };
        unsynced.iter().zip(kept).filter_map(|(change, kept)| kept.then_some(change))
    }
}
