//! `tests/*.txt`: a statement (one or more lines), what it means on lines that start with `=> `, a blank line. Lines
//! that start with `#` explain. `UPDATE_EXPECT=1 cargo test` rewrites the files; read the difference before you keep it.

mod catalog;
mod corpus;
mod limits;
mod random;

use std::fmt::Write;
use std::path::PathBuf;

use self::catalog::Catalog;
use super::{Analyzed, Parameters, analyze, prepare};
use crate::syntax::{ast, parse_statement};
use crate::value::Value;

/// What a statement means, printed, or its error. A statement after `prepare:` is prepared.
fn meaning(text: &str, catalog: &Catalog) -> String {
    let (text, prepared) = match text.strip_prefix("prepare:") {
        Some(text) => (text.trim_start(), true),
        None => (text, false),
    };
    let statement = match parse_statement(text) {
        Ok(statement) => statement,
        Err(error) => return format!("syntax error: {}", error.detail()),
    };
    if let (true, ast::Statement::Query(query)) = (prepared, &statement) {
        return match prepare(query, text, catalog) {
            Ok(prepared) => print_prepared(&prepared),
            Err(error) => format!("error: {error}"),
        };
    }
    let runtime = Value::Timestamp(1_600_000_000_000_000_000);
    let parameters = Parameters::new(vec![("scheduled_runtime".to_owned(), runtime)]);
    match analyze(&statement, text, catalog, &parameters) {
        Ok(analyzed) => print(&analyzed),
        Err(error) => format!("error: {error}"),
    }
}

fn print(analyzed: &Analyzed) -> String {
    match analyzed {
        Analyzed::Query(query) => query.to_string(),
        Analyzed::Explain { analyze, query } => format!("explain analyze={analyze}\n{query}"),
        Analyzed::ShowDatabases { pattern } => format!("show databases {pattern:?}"),
        Analyzed::ShowTables { database, pattern } => format!("show tables {database:?} {pattern:?}"),
        Analyzed::ShowMeasures { table, pattern } => {
            format!("show measures {} {pattern:?}", table.table.name)
        }
        Analyzed::Describe { table } => format!("describe {}", table.table.name),
        Analyzed::Unload(unload) => {
            let url = unload.destination.url(&unload.destination.key("x").unwrap());
            format!("unload {url} {:?}\n{}", unload.options, unload.query)
        }
    }
}

fn print_prepared(prepared: &super::Prepared) -> String {
    let mut out = String::new();
    for column in &prepared.query.output {
        let origin = column
            .origin
            .as_ref()
            .map_or_else(String::new, |origin| format!(" of {}.{}", origin.database, origin.table));
        let aliased = if column.aliased { " aliased" } else { "" };
        writeln!(out, "column {} {}{origin}{aliased}", column.name, column.ty).unwrap();
    }
    for (name, ty) in &prepared.parameters {
        writeln!(out, "parameter {name} {ty}").unwrap();
    }
    out
}

/// The file with every expectation replaced by what the analyzer says now.
fn refreshed(content: &str, catalog: &Catalog) -> String {
    let mut output = String::new();
    let mut text = String::new();
    for line in content.lines() {
        if line.starts_with("=>") {
            if !text.is_empty() {
                for printed in meaning(text.trim_end(), catalog).trim_end().lines() {
                    writeln!(output, "=> {printed}").unwrap();
                }
                text.clear();
            }
            continue;
        }
        writeln!(output, "{line}").unwrap();
        let explains = line.starts_with('#') || (text.is_empty() && line.is_empty());
        if !explains {
            text.push_str(line);
            text.push('\n');
        }
    }
    assert!(text.trim().is_empty(), "a statement without a line `=>`: {text}");
    output
}

#[test]
fn statements_mean_what_is_expected() {
    let catalog = Catalog::of_shared_datasets();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/analyzer/tests");
    let mut differences = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let content = std::fs::read_to_string(&path).unwrap();
        let now = refreshed(&content, &catalog);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &now).unwrap();
            continue;
        }
        let (expected, now): (Vec<_>, Vec<_>) = (content.lines().collect(), now.lines().collect());
        let first = (0..expected.len().max(now.len())).find(|line| expected.get(*line) != now.get(*line));
        if let Some(line) = first {
            let shown = |lines: &[&str]| lines.get(line).copied().unwrap_or("(end)").to_owned();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            writeln!(
                differences,
                "{name}:{}\n  expected {}\n  now      {}",
                line + 1,
                shown(&expected),
                shown(&now)
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
