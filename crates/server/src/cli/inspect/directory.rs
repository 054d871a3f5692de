//! A whole data directory in a page; any other directory as a list of its entries.

use std::path::Path;

use storage::fs::{self, DirEntry, Fs};

use super::super::Failure;
use super::{load, metastore, rest};

/// Parts of a data directory whose files are counted.
const COUNTED: [&str; 5] = ["wal", "memory", "magnetic", "buckets", "spill"];

pub fn lines(fs: &dyn Fs, path: &Path, entries: &[DirEntry]) -> Result<Vec<String>, Failure> {
    let Some(version) = fs::find(fs, &path.join("VERSION"))? else { return Ok(entry_lines(entries)) };
    let mut lines = vec![String::from_utf8_lossy(&version).trim_end().to_owned()];
    for name in COUNTED {
        let mut count = Count::default();
        count.add(fs, &path.join(name));
        lines.push(format!("directory name={name} files={} bytes={}", count.files, count.bytes));
    }
    let segments = storage::wal::list(fs, &path.join("wal"))?;
    lines.extend(segments.iter().take(super::LINES_MAX).map(|segment| {
        format!("wal segment first_lsn={} file_bytes={}", segment.first_lsn, segment.len_bytes)
    }));
    lines.extend(rest(segments.len(), "segments"));
    if entries.iter().any(|entry| entry.name == "metastore.sqlite") {
        let stored = load(&path.join("metastore.sqlite"))?;
        lines.push(format!(
            "metastore revision={} log_start={} databases={} tables={}",
            stored.revision,
            stored.log_start,
            stored.databases.len(),
            stored.tables.len()
        ));
        lines.extend(stored.tables.values().take(super::LINES_MAX).map(metastore::table_line));
        lines.extend(rest(stored.tables.len(), "tables"));
    }
    Ok(lines)
}

fn entry_lines(entries: &[DirEntry]) -> Vec<String> {
    let kind = |is_dir: bool| if is_dir { "directory" } else { "file" };
    let line =
        |entry: &DirEntry| format!("{} name={} bytes={}", kind(entry.is_dir), entry.name, entry.len_bytes);
    entries.iter().map(line).collect()
}

#[derive(Default)]
struct Count {
    files: u64,
    bytes: u64,
}

impl Count {
    /// Adds what lies below a directory, if there is one.
    fn add(&mut self, fs: &dyn Fs, path: &Path) {
        for entry in fs.list(path).unwrap_or_default() {
            if entry.is_dir {
                self.add(fs, &path.join(&entry.name));
            } else {
                self.files += 1;
                self.bytes += entry.len_bytes;
            }
        }
    }
}
