//! Rust sources as the rules see them: code with comments and literals blanked, and the lines that only tests use.
//!
//! A scanner, not a parser: it knows comments, literals, brackets and `#[cfg(test)]`. Line numbers stay those of the file.

mod blank;
#[cfg(test)]
mod tests;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub struct Source {
    /// Relative to the repository, with `/`.
    pub path: String,
    /// The folder of the member it belongs to, for example `crates/wire`.
    pub member: String,
    /// Same length and same lines as the file; comments and the insides of literals are spaces.
    pub code: String,
    pub is_generated: bool,
    is_test_file: bool,
    test_ranges: Vec<Range<usize>>,
}

impl Source {
    pub fn new(path: String, member: String, text: &str) -> Source {
        let code = blank::blank(text);
        let inside = path.strip_prefix(&member).unwrap_or(&path);
        let is_test_file = inside.starts_with("/tests/")
            || inside.starts_with("/benches/")
            || inside.contains("/tests/")
            || inside.ends_with("/tests.rs");
        let test_ranges = test_ranges(&code);
        let is_generated = text.lines().take(5).any(|line| line.contains("@generated"));
        Source { path, member, code, is_generated, is_test_file, test_ranges }
    }

    pub fn is_test(&self, offset: usize) -> bool {
        self.is_test_file || self.test_ranges.iter().any(|range| range.contains(&offset))
    }

    /// Lines outside of `#[cfg(test)]` items; 0 for a file of tests.
    pub fn product_line_count(&self) -> usize {
        if self.is_test_file {
            return 0;
        }
        let test_lines: usize =
            self.test_ranges.iter().map(|range| self.code[range.clone()].lines().count()).sum();
        self.code.lines().count().saturating_sub(test_lines)
    }

    pub fn line(&self, offset: usize) -> usize {
        1 + self.code[..offset].bytes().filter(|&byte| byte == b'\n').count()
    }

    /// The offsets at which `pattern` stands in the code with no identifier character directly before it.
    pub fn find<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.match_indices(pattern).map(|(offset, _)| offset).filter(move |&offset| {
            let starts_word = pattern.starts_with(is_word);
            !(starts_word && self.code[..offset].ends_with(is_word))
        })
    }

    /// Name and byte range, signature to closing brace, of each function that has a body.
    pub fn functions(&self) -> Vec<(String, Range<usize>)> {
        let mut found = Vec::new();
        for start in self.find("fn ") {
            let name: String =
                self.code[start + 3..].trim_start().chars().take_while(|&c| is_word(c)).collect();
            if name.is_empty() {
                continue;
            }
            if let Some(end) = item_end(&self.code, start)
                && self.code[..end].ends_with('}')
            {
                found.push((name, start..end));
            }
        }
        found
    }
}

pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The sources of every member, sorted by path. `members` are folders relative to `root`.
pub fn read_all(root: &Path, members: &[String]) -> Result<Vec<Source>, String> {
    let mut sources = Vec::new();
    for member in members {
        for path in files_under(&root.join(member), "rs")? {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            sources.push(Source::new(relative(root, &path), member.clone(), &text));
        }
    }
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(sources)
}

pub fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// All files below a folder that end in `.extension`; a missing folder has none.
pub fn files_under(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn test_ranges(code: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for attribute in ["#[cfg(test)]", "#[cfg(all(test,", "#[cfg(any(test,"] {
        for (start, _) in code.match_indices(attribute) {
            if ranges.iter().any(|range| range.contains(&start)) {
                continue;
            }
            if let Some(end) = item_end(code, start) {
                ranges.push(start..end);
            }
        }
    }
    ranges
}

/// Where the item that begins at `start` ends: after its first `;` or its closing brace outside of other brackets.
fn item_end(code: &str, start: usize) -> Option<usize> {
    let mut open = 0usize;
    let mut in_body = false;
    for (offset, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => open += 1,
            b'{' => {
                in_body |= open == 0;
                open += 1;
            }
            b')' | b']' | b'}' => {
                open = open.checked_sub(1)?;
                if byte == b'}' && open == 0 && in_body {
                    return Some(offset + 1);
                }
            }
            b';' if open == 0 => return Some(offset + 1),
            _ => {}
        }
    }
    None
}
