//! How many cases of a corpus passed last time, `tests/sql/ratchet.toml`: the number may only grow.
//! `HEADWATER_UPDATE=1` records a greater one.

use std::io::Write as _;

use super::files;

/// Names and reasons of the cases that failed, and how many there are.
#[derive(Debug, Default)]
pub struct Tally {
    pub total: usize,
    pub failed: Vec<(String, String)>,
}

impl Tally {
    pub fn add(&mut self, id: &str, verdict: Result<(), String>) {
        self.total += 1;
        if let Err(reason) = verdict {
            self.failed.push((id.to_owned(), reason));
        }
    }

    /// Reports to standard error, past the capture of test output, and leaves the failures as a note.
    ///
    /// # Panics
    /// When fewer cases pass than recorded.
    pub fn close(&self, corpus: &str) {
        let passed = self.total - self.failed.len();
        let notes: Vec<String> = self.failed.iter().map(|(id, reason)| format!("{id}\t{reason}\n")).collect();
        files::leave_note(&format!("{corpus}-failed.tsv"), &notes.concat());
        let mut stderr = std::io::stderr();
        writeln!(stderr, "corpus {corpus}: {passed} of {} pass", self.total).unwrap();
        let path = files::corpus_dir().join("ratchet.toml");
        let text = files::read(&path);
        let recorded = number(&text, corpus).unwrap_or(0);
        if passed > recorded {
            if std::env::var_os("HEADWATER_UPDATE").is_some() {
                std::fs::write(path, with_number(&text, corpus, passed)).unwrap();
            } else {
                writeln!(stderr, "corpus {corpus}: record it with HEADWATER_UPDATE=1").unwrap();
            }
        }
        assert!(passed >= recorded, "{corpus}: {passed} pass, {recorded} did; failures: {:#?}", self.failed);
    }
}

fn number(text: &str, corpus: &str) -> Option<usize> {
    let lines = text.lines().filter_map(|line| line.split_once(" = "));
    lines.filter(|(key, _)| *key == corpus).find_map(|(_, value)| value.parse().ok())
}

fn with_number(text: &str, corpus: &str, passed: usize) -> String {
    let entry = format!("{corpus} = {passed}");
    let mut lines: Vec<&str> = text.lines().collect();
    match lines.iter_mut().find(|line| line.starts_with(&format!("{corpus} = "))) {
        Some(line) => *line = &entry,
        None => lines.push(&entry),
    }
    lines.join("\n") + "\n"
}

#[test]
fn numbers_are_replaced_or_added() {
    let text = "# note\n[passing]\na = 1\n";
    assert_eq!(number(text, "a"), Some(1));
    assert_eq!(number(text, "b"), None);
    assert_eq!(with_number(text, "a", 2), "# note\n[passing]\na = 2\n");
    assert_eq!(with_number(text, "b", 3), "# note\n[passing]\na = 1\nb = 3\n");
}
