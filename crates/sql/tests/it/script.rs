//! The `.slt` scripts of `tests/sql`; the format is told in `tests/sql/README.md`.

use std::collections::BTreeMap;
use std::path::Path;

use sql::analyzer::Parameters;

use super::dataset::{instant_ns, listed};
use super::files;
use super::run::{Answer, NOW_DEFAULT, Session};
use super::store::Store;

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Rows { types: Vec<String>, is_ordered: bool, rows: Vec<String> },
    Error(String),
}

/// A statement with what it must answer.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    /// Line of its first word, from 1.
    line: usize,
    sql: String,
    expected: Expected,
}

#[derive(Debug, PartialEq, Eq)]
enum Item {
    Dataset(String),
    Now(String),
    Step(Step),
}

/// The statements of all scripts.
pub fn statements() -> Vec<String> {
    let items =
        files::find("slt").into_iter().flat_map(|path| parse(&files::read(&path)).unwrap_or_default());
    let texts = items.filter_map(|item| match item {
        Item::Step(step) => Some(step.sql),
        Item::Dataset(_) | Item::Now(_) => None,
    });
    texts.collect()
}

#[test]
fn scripts() {
    let datasets = listed(&files::read_json("shared/sql-datasets.json"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in files::find("slt") {
        let name = path.strip_prefix(files::corpus_dir()).unwrap().display().to_string();
        let items = parse(&files::read(&path)).unwrap_or_else(|error| panic!("{name}: {error}"));
        count += items.len();
        wrong.extend(run(&items, &datasets).into_iter().map(|it| format!("{name}:{it}")));
    }
    assert!(count > 0, "no script below {}", Path::new("tests/sql").display());
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn run(items: &[Item], datasets: &BTreeMap<String, Store>) -> Vec<String> {
    let mut store = Store::default();
    let mut now_ns = instant_ns(NOW_DEFAULT);
    let mut session = None;
    let mut wrong = Vec::new();
    for item in items {
        match item {
            Item::Dataset(name) => {
                store.add_all(datasets.get(name).unwrap_or_else(|| panic!("no data set {name}")));
                session = None;
            }
            Item::Now(instant) => {
                now_ns = instant_ns(instant);
                session = None;
            }
            Item::Step(step) => {
                let session = session.get_or_insert_with(|| Session::new(store.clone(), now_ns));
                let outcome =
                    session.run(&step.sql, Parameters::default()).map_err(|error| error.to_string());
                if let Err(reason) = judge(&step.expected, outcome) {
                    wrong.push(format!("{}: {reason}", step.line));
                }
            }
        }
    }
    wrong
}

fn judge(expected: &Expected, outcome: Result<Answer, String>) -> Result<(), String> {
    match (expected, outcome) {
        (Expected::Error(part), Err(message)) if message.contains(part.as_str()) => Ok(()),
        (Expected::Error(part), outcome) => Err(format!("an error with {part:?} was due, got {outcome:?}")),
        (Expected::Rows { .. }, Err(message)) => Err(message),
        (Expected::Rows { types, is_ordered, rows }, Ok(answer)) => {
            let actual_types: Vec<&str> = answer.columns.iter().map(|(_, ty)| ty.as_str()).collect();
            if actual_types != *types {
                return Err(format!("types {actual_types:?}, due {types:?}"));
            }
            let mut actual: Vec<String> = answer.rows.iter().map(|row| line(row)).collect();
            let mut rows = rows.clone();
            if !is_ordered {
                actual.sort();
                rows.sort();
            }
            if actual == rows {
                Ok(())
            } else {
                Err(format!("rows\n{}\ndue\n{}", actual.join("\n"), rows.join("\n")))
            }
        }
    }
}

fn line(row: &[Option<String>]) -> String {
    let cell = |cell: &Option<String>| match cell.as_deref() {
        None => "NULL".to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(text) => text.replace('\n', "\\n"),
    };
    row.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

/// Items stand between empty lines; `#` starts a comment line outside of statements.
fn parse(text: &str) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, first)) = lines.next() {
        let line = index + 1;
        let (word, rest) = first.split_once(' ').unwrap_or((first, ""));
        let expected = match word {
            "" | "#" => continue,
            "dataset" => {
                items.push(Item::Dataset(rest.to_owned()));
                continue;
            }
            "now" => {
                items.push(Item::Now(rest.to_owned()));
                continue;
            }
            "error" => Expected::Error(rest.to_owned()),
            "query" | "unordered" => {
                let is_ordered = word == "query";
                Expected::Rows { types: split_types(rest), is_ordered, rows: Vec::new() }
            }
            other => return Err(format!("{line}: no such word: {other}")),
        };
        let mut sql = Vec::new();
        let mut rows = Vec::new();
        let mut in_rows = false;
        while let Some((_, next)) = lines.next_if(|(_, next)| !next.is_empty()) {
            match (in_rows, next) {
                (false, "----") => in_rows = true,
                (false, next) => sql.push(next),
                (true, next) => rows.push(next.to_owned()),
            }
        }
        let expected = match expected {
            Expected::Rows { types, is_ordered, .. } if in_rows => Expected::Rows { types, is_ordered, rows },
            Expected::Error(part) if !in_rows && !part.is_empty() => Expected::Error(part),
            _ => return Err(format!("{line}: a query needs ---- and an error a part of its message")),
        };
        items.push(Item::Step(Step { line, sql: sql.join("\n"), expected }));
    }
    Ok(items)
}

/// Splits at the commas outside of parentheses.
fn split_types(text: &str) -> Vec<String> {
    let mut types = vec![String::new()];
    let mut depth = 0;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        match types.last_mut() {
            Some(last) if character != ',' || depth > 0 => last.push(character),
            _ => types.push(String::new()),
        }
    }
    types.iter().map(|it| it.trim().to_owned()).collect()
}

#[test]
fn scripts_are_read_as_told() {
    let text = "# note\ndataset d\n\nquery varchar, row(a bigint, b double)\nSELECT\n1\n----\nx | (1,2.0)\n\nerror no\nSELECT";
    let items = parse(text).unwrap();
    let rows = Expected::Rows {
        types: vec!["varchar".to_owned(), "row(a bigint, b double)".to_owned()],
        is_ordered: true,
        rows: vec!["x | (1,2.0)".to_owned()],
    };
    assert_eq!(items[1], Item::Step(Step { line: 4, sql: "SELECT\n1".to_owned(), expected: rows }));
    assert_eq!(items.len(), 3);
    assert!(parse("query bigint\nSELECT 1").is_err());
    assert!(parse("error\nSELECT").is_err());
    let answer = Answer { columns: vec![("a".into(), "bigint".into())], rows: vec![vec![None]] };
    let expect = |rows: &[&str]| Expected::Rows {
        types: vec!["bigint".to_owned()],
        is_ordered: true,
        rows: rows.iter().map(|it| (*it).to_owned()).collect(),
    };
    assert!(judge(&expect(&["NULL"]), Ok(answer.clone())).is_ok());
    assert!(judge(&expect(&["1"]), Ok(answer.clone())).is_err());
    assert!(judge(&Expected::Error("x".to_owned()), Ok(answer)).is_err());
}
