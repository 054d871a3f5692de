//! Prints a segment for a person: `headwater inspect`.

use std::path::Path;

use super::Lsn;
use super::recover::{Step, Walk, read_header};
use super::segments::parse_segment_name;
use crate::error::{Result, StorageError};
use crate::format::wal_segment::v1::RecordKind;
use crate::format::wal_segment::{HeaderError, decode_header};
use crate::fs::{self, Fs};

/// Records that get a line of their own; the rest is summed up.
const RECORD_LINES_MAX: u64 = 1_000;

/// Describes the segment at `path` in lines of text: its header, its records, how it ends. `describe` says what an
/// entry means. Damage is described, not an error.
///
/// # Errors
/// When the file can't be read, or has not even the header of a segment of a known version.
pub fn inspect(fs: &dyn Fs, path: &Path, describe: &dyn Fn(&[u8]) -> String) -> Result<Vec<String>> {
    let bytes = fs::read(fs, path)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let header = match parse_segment_name(name) {
        Some(first_lsn) => read_header(path, &bytes, first_lsn)?,
        // A copy under another name is as good.
        None => match decode_header(&bytes) {
            Ok(header) => header,
            Err(HeaderError::Newer { .. }) => read_header(path, &bytes, Lsn::FIRST)?,
            Err(HeaderError::Damaged(reason)) => return Err(StorageError::corrupt(path, 0, 0, reason)),
        },
    };
    let mut lines = vec![format!(
        "wal segment version=1 first_lsn={} epoch={} salt={:016x} file_bytes={}",
        header.first_lsn,
        header.epoch,
        header.salt,
        bytes.len()
    )];
    let mut walk = Walk::new(path, &bytes, header);
    let mut records = 0;
    let mut groups = 0;
    let mut payload_bytes = 0;
    let ending = loop {
        match walk.step() {
            Ok(Step::Record { offset, record }) => {
                records += 1;
                groups += u64::from(record.group_position == 0);
                payload_bytes += record.payload.len() as u64;
                if records <= RECORD_LINES_MAX {
                    let (kind, meaning) = match record.kind {
                        RecordKind::Entry => ("entry", describe(record.payload)),
                        RecordKind::Close => ("close", String::new()),
                    };
                    let line = format!(
                        "offset={offset} lsn={} group_position={} kind={kind} payload_bytes={} {meaning}",
                        record.lsn,
                        record.group_position,
                        record.payload.len()
                    );
                    lines.push(line.trim_end().to_owned());
                }
            }
            Ok(Step::End) => break "ends with its last record".to_owned(),
            Ok(Step::Bad(reason)) => break describe_bad_record(&walk, reason),
            Err(error) => break format!("damaged: {error}"),
        }
    };
    if records > RECORD_LINES_MAX {
        lines.push(format!("... {} more records", records - RECORD_LINES_MAX));
    }
    lines.push(format!(
        "records={records} groups={groups} payload_bytes={payload_bytes} next_lsn={} end_offset={}",
        walk.next_lsn(),
        walk.offset()
    ));
    lines.push(ending);
    Ok(lines)
}

fn describe_bad_record(walk: &Walk<'_>, reason: &'static str) -> String {
    match walk.judge_bad_record(reason) {
        Ok(torn) => format!(
            "torn at offset={} lsn={} torn_bytes={} reason={} (cut at start-up if this is the newest segment, else damage)",
            torn.offset, torn.lsn, torn.torn_bytes, torn.reason
        ),
        Err(error) => format!("damaged: {error}"),
    }
}
