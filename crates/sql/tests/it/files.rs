//! Where the corpora lie.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// `tests/sql` of the repository.
pub fn corpus_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sql")
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn read_json(name: &str) -> Value {
    serde_json::from_str(&read(&corpus_dir().join(name))).unwrap()
}

/// One JSON object a line.
pub fn read_json_lines(name: &str) -> Vec<Value> {
    read(&corpus_dir().join(name)).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All files below `tests/sql` with the extension, in order of their paths.
pub fn find(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![corpus_dir()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Leaves a note for developers in cargo's folder for the temporary files of tests.
pub fn leave_note(name: &str, text: &str) {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), text).unwrap();
}
