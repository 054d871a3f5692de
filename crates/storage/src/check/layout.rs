//! What lies in the directory: every listed file is there in its size, and what else there is is an orphan.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{Artefact, Checker, words_of};
use crate::error::StorageError;
use crate::fs::DirEntry;
use crate::metastore::{DataFile, FileKind, Stored};
use crate::object::s3::owner::NAME as OWNER_NAME;
use crate::wal::is_segment_name;

/// Everything that the server makes in a data directory.
const KNOWN_NAMES: [&str; 15] = [
    "LOCK",
    "VERSION",
    "STORES",
    "DEMO",
    "credentials",
    "metastore.sqlite",
    "metastore.digest",
    "metastore.sqlite-wal",
    "metastore.sqlite-shm",
    "metastore.sqlite-journal",
    "wal",
    "memory",
    "magnetic",
    "spill",
    "buckets",
];

impl Checker {
    pub(super) fn check_layout(&mut self, stored: &Stored) {
        for entry in self.list("") {
            if entry.name.ends_with(".tmp") {
                self.orphan(Artefact::DataDirectory, &entry.name, "left half written by a crash");
            } else if !KNOWN_NAMES.contains(&entry.name.as_str()) {
                self.note(Artefact::DataDirectory, &entry.name, "not made by this release");
            }
        }
        for entry in self.list("wal") {
            if !is_segment_name(&entry.name) {
                let path = format!("wal/{}", entry.name);
                self.orphan(Artefact::LogSegment, &path, "not a segment");
            }
        }
        self.check_memory_dir(stored);
        self.check_objects(stored);
    }

    fn check_memory_dir(&mut self, stored: &Stored) {
        let mut listed: BTreeSet<&str> = files_of(stored)
            .filter(|file| file.kind != FileKind::Data)
            .map(|file| file.file.as_str())
            .collect();
        for entry in self.list("memory") {
            let artefact =
                if entry.name.ends_with(".series") { Artefact::SeriesFile } else { Artefact::RunFile };
            if !listed.remove(entry.name.as_str()) {
                let what = format!("no table has it bytes={}", entry.len_bytes);
                self.orphan(artefact, &format!("memory/{}", entry.name), what);
            }
        }
        // A listed file that is missing is met when it is read.
    }

    fn check_objects(&mut self, stored: &Stored) {
        let mut listed: BTreeMap<&str, &DataFile> = files_of(stored)
            .filter(|file| file.kind == FileKind::Data)
            .map(|file| (file.file.as_str(), file))
            .collect();
        let objects = self.parts.objects.clone();
        let found = match self.parts.bridge.wait(async move { objects.list().await }) {
            Ok(found) => found,
            Err(error) => return self.damage(Artefact::DataFile, "magnetic", words_of(&error)),
        };
        for object in found {
            let name = object.name.as_str();
            if listed.remove(name).is_some() || name == OWNER_NAME {
                continue;
            }
            if !object.name.is_generated() {
                self.note(Artefact::DataFile, name, "not made by this release");
            } else {
                let what = format!("no table has it bytes={}", object.object_bytes);
                self.orphan(Artefact::DataFile, object.name.as_str(), what);
            }
        }
    }

    /// A directory of the data directory; one that is missing is empty.
    fn list(&mut self, name: &str) -> Vec<DirEntry> {
        let path = if name.is_empty() { self.parts.root.clone() } else { self.parts.root.join(name) };
        match self.parts.fs.list(&path) {
            Ok(entries) => entries,
            Err(source) if source.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => {
                let error = StorageError::io("list", &path, source);
                self.damage(Artefact::DataDirectory, name, words_of(&error));
                Vec::new()
            }
        }
    }
}

fn files_of(stored: &Stored) -> impl Iterator<Item = &DataFile> {
    stored.tables.values().flat_map(|table| table.files.values())
}
