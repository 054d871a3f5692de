//! `*.txt`: a text (one or more lines), a line `=>` with what it makes, a blank line. Lines that start with `#` explain.
//! A text in a file that starts with `expr_` is one expression, else a statement. What an error makes is `error` and its
//! detail. `UPDATE_EXPECT=1 cargo test` rewrites the files; read the difference before you keep it.

use std::fmt::Write;
use std::path::PathBuf;

use super::print;
use crate::syntax::{SyntaxError, parse_expression, parse_statement};

fn made_from(text: &str, is_expression: bool) -> String {
    let printed = match is_expression {
        true => parse_expression(text).map(|expr| print::expr(&expr)),
        false => parse_statement(text).map(|statement| print::statement(&statement)),
    };
    printed.unwrap_or_else(|error| match &error {
        SyntaxError::Invalid { position, detail, .. } => format!("error {position} {detail}"),
        SyntaxError::Limit { .. } => format!("error {error}"),
    })
}

/// The file with every expectation replaced by what the parser makes now, and the number of cases.
fn refreshed(content: &str, is_expression: bool) -> (String, usize) {
    let mut output = String::new();
    let mut text = String::new();
    let mut cases = 0;
    for line in content.lines() {
        if line.starts_with("=> ") {
            let made = made_from(text.trim_end(), is_expression);
            writeln!(output, "=> {made}").unwrap();
            text.clear();
            cases += 1;
            continue;
        }
        writeln!(output, "{line}").unwrap();
        let explains = line.starts_with('#') || (text.is_empty() && line.is_empty());
        if !explains {
            text.push_str(line);
            text.push('\n');
        }
    }
    assert!(text.trim().is_empty(), "a text without a line `=> `: {text}");
    (output, cases)
}

#[test]
fn texts_make_the_expected_trees() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/syntax/tests");
    let mut differences = String::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let file_name = path.file_name().unwrap().to_string_lossy().into_owned();
        let content = std::fs::read_to_string(&path).unwrap();
        let (now, count) = refreshed(&content, file_name.starts_with("expr_"));
        cases += count;
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, now).unwrap();
            continue;
        }
        for (number, (expected, made)) in content.lines().zip(now.lines()).enumerate() {
            if expected != made {
                writeln!(differences, "{file_name}:{}\n  expected {expected}\n  made     {made}", number + 1)
                    .unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(cases > 150, "only {cases} cases were found");
}
