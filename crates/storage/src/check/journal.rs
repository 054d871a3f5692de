//! SQLite's write-ahead journal. SQLite takes a frame whose checksum is wrong for the end of the journal, whatever
//! follows; here it is told apart whether that is a commit that was cut by a crash or one that was lost later.
//!
//! Source: the SQLite file format, section 4 (sqlite.org/fileformat2.html#walformat).

use std::path::Path;

use crate::error::Result;
use crate::fs::{self, Fs};

#[cfg(test)]
mod tests;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const MAGIC_LITTLE: u32 = 0x377f_0682;
const MAGIC_BIG: u32 = 0x377f_0683;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Whole,
    /// The last commit is not there as a whole: it was never acknowledged.
    Torn(String),
    Damaged(String),
}

/// Reads the journal at `path`.
pub(super) fn judge(fs: &dyn Fs, path: &Path) -> Result<Judgement> {
    fs::read(fs, path).map(|bytes| judge_bytes(&bytes))
}

/// A journal in one line, for `headwater inspect`; `None` for bytes that are none.
pub fn describe_journal(bytes: &[u8]) -> Option<String> {
    if !matches!(word(bytes, 0), MAGIC_LITTLE | MAGIC_BIG) {
        return None;
    }
    let page_bytes = word(bytes, 8);
    let judgement = match judge_bytes(bytes) {
        Judgement::Whole => "whole".to_owned(),
        Judgement::Torn(what) => format!("torn: {what}"),
        Judgement::Damaged(what) => format!("damaged: {what}"),
    };
    Some(format!("journal of the metastore page_bytes={page_bytes} file_bytes={} {judgement}", bytes.len()))
}

fn judge_bytes(bytes: &[u8]) -> Judgement {
    if bytes.is_empty() {
        return Judgement::Whole;
    }
    let Some((header, frames)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Judgement::Torn("its header is cut".to_owned());
    };
    let is_big = match word(header, 0) {
        MAGIC_BIG => true,
        MAGIC_LITTLE => false,
        _ => return Judgement::Damaged("its header is not one".to_owned()),
    };
    let page_bytes = word(header, 8) as usize;
    let mut sum = Sum { is_big, one: 0, other: 0 };
    sum.add(&header[..24]);
    if !sum.is(word(header, 24), word(header, 28)) || page_bytes == 0 {
        return Judgement::Damaged("its header fails its checksum".to_owned());
    }
    let salts = (word(header, 16), word(header, 20));
    let frames: Vec<&[u8]> = frames.chunks_exact(FRAME_HEADER_BYTES + page_bytes).collect();
    let is_current = |frame: &&[u8]| (word(frame, 8), word(frame, 12)) == salts;
    let is_commit = |frame: &&[u8]| word(frame, 4) != 0;
    for (number, frame) in frames.iter().enumerate() {
        let mut next = sum;
        next.add(&frame[..8]);
        next.add(&frame[FRAME_HEADER_BYTES..]);
        if is_current(frame) && next.is(word(frame, 16), word(frame, 20)) {
            sum = next;
            continue;
        }
        // Frames of this journal behind the bad one. Each commit is synced before the next begins, so two of them prove
        // that the bad one had been.
        let rest = frames.get(number + usize::from(is_current(frame))..).unwrap_or_default();
        let bad_is_commit = is_current(frame) && is_commit(frame);
        let commits = rest.iter().filter(|frame| is_current(frame) && is_commit(frame)).count();
        let what = format!("frame {number} fails its checksum");
        return match commits + usize::from(bad_is_commit) {
            0 if !is_current(frame) => Judgement::Whole,
            0 | 1 => Judgement::Torn(what),
            lost => Judgement::Damaged(format!("{what}, {lost} commits from it on are lost")),
        };
    }
    Judgement::Whole
}

/// A big-endian word; 0 outside.
fn word(bytes: &[u8], offset: usize) -> u32 {
    let word = bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>());
    word.map_or(0, |word| u32::from_be_bytes(*word))
}

/// The running checksum.
#[derive(Clone, Copy)]
struct Sum {
    is_big: bool,
    one: u32,
    other: u32,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let (Some(first), Some(second)) = (pair.first_chunk::<4>(), pair.last_chunk::<4>()) else {
                continue;
            };
            let number = |bytes: &[u8; 4]| {
                if self.is_big { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) }
            };
            let (first, second) = (number(first), number(second));
            self.one = self.one.wrapping_add(first).wrapping_add(self.other);
            self.other = self.other.wrapping_add(second).wrapping_add(self.one);
        }
    }

    fn is(self, one: u32, other: u32) -> bool {
        (self.one, self.other) == (one, other)
    }
}
