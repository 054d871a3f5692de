mod damage;
mod faults;
mod golden;
mod sweep;
mod threads;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::segments::Segments;
use super::writer::LogWriter;
use super::{Lsn, Recovered, WalSettings, recover};
use crate::error::Result;
use crate::fs::sim::SimFs;
use crate::fs::{Access, Fs};

const DIR: &str = "/wal";
const SALT: u64 = 0x5a17_5a17_5a17_5a17;

type Entries = Vec<(u64, Vec<u8>)>;

/// Segments of 4 KiB, so that a few entries make many.
fn small_settings() -> WalSettings {
    WalSettings { segment_bytes_max: 4_096, reserve_bytes: 0, ..WalSettings::new(SALT) }
}

fn recover_entries(fs: &dyn Fs, from_lsn: u64) -> Result<(Recovered, Entries)> {
    let mut entries = Vec::new();
    let recovered = recover(fs, Path::new(DIR), Lsn(from_lsn), &mut |lsn, payload| {
        entries.push((lsn.0, payload.to_vec()));
        Ok(())
    })?;
    Ok((recovered, entries))
}

fn open_writer(fs: &SimFs, recovered: &Recovered) -> Result<(LogWriter, Arc<Segments>)> {
    let fs: Arc<dyn Fs> = Arc::new(fs.clone());
    let segments = Arc::new(Segments::new(Arc::clone(&fs), Path::new(DIR), &recovered.segments));
    let writer = LogWriter::open(fs, Path::new(DIR), recovered, small_settings(), Arc::clone(&segments))?;
    Ok((writer, segments))
}

fn payload(tag: &str, len_bytes: usize) -> Vec<u8> {
    tag.bytes().cycle().take(len_bytes).collect()
}

fn segment_paths(fs: &SimFs) -> Vec<PathBuf> {
    let entries = fs.list(Path::new(DIR)).unwrap();
    entries.into_iter().map(|entry| Path::new(DIR).join(entry.name)).collect()
}

/// Replaces a file's contents, durably.
fn put(fs: &SimFs, path: &Path, bytes: &[u8]) {
    let file = fs.open(path, Access::ReadWrite).or_else(|_| fs.create_new(path)).unwrap();
    file.set_len(0).unwrap();
    file.write_at(bytes, 0).unwrap();
    file.sync_all().unwrap();
    fs.sync_dir(Path::new(DIR)).unwrap();
}

/// All files with their contents, to show that nothing was touched.
fn image(fs: &SimFs) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = segment_paths(fs).into_iter();
    paths.map(|path| (path.clone(), crate::fs::read(fs, &path).unwrap())).collect()
}
