//! The shared corpora: every statement is analyzed, and its columns have the names and types that are expected.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::catalog::Catalog;
use crate::analyzer::{Analyzed, Parameters, analyze};
use crate::syntax::parse_statement;
use crate::types::Type;
use crate::value::Value;

/// One line of a corpus.
struct Case {
    id: String,
    sql: String,
    /// Names and types of the columns, where they are told.
    columns: Option<Vec<(String, Option<String>)>>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/sql/shared").join(file);
    let content = std::fs::read_to_string(path).unwrap();
    content.lines().map(|line| case(&serde_json::from_str(line).unwrap())).collect()
}

fn case(json: &Json) -> Case {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let either = json["check"] == "either";
    let columns = json["expected_columns"].as_array().map(|columns| {
        columns.iter().map(|column| (text(&column["name"]).unwrap(), text(&column["type"]))).collect()
    });
    let columns = columns.filter(|_| !either);
    Case { id: text(&json["id"]).unwrap(), sql: text(&json["sql"]).unwrap(), columns }
}

/// Every statement of the corpora.
pub fn texts() -> Vec<String> {
    ["sql-cases.jsonl", "sql-workload.jsonl"].into_iter().flat_map(cases).map(|case| case.sql).collect()
}

/// The columns of a statement, or its error.
fn columns_of(sql: &str, catalog: &Catalog) -> Result<Option<Vec<(String, Type)>>, String> {
    let statement = parse_statement(sql).map_err(|error| error.to_string())?;
    let runtime = Value::Timestamp(1_636_570_000_000_000_000);
    let parameters = Parameters::new(vec![("scheduled_runtime".to_owned(), runtime)]);
    match analyze(&statement, sql, catalog, &parameters).map_err(|error| error.to_string())? {
        Analyzed::Query(query) => {
            Ok(Some(query.output.into_iter().map(|column| (column.name, column.ty)).collect()))
        }
        _ => Ok(None),
    }
}

#[test]
fn shared_cases_have_the_expected_columns() {
    let catalog = Catalog::of_shared_datasets();
    let mut failures = Vec::new();
    for case in cases("sql-cases.jsonl") {
        let Some(expected) = &case.columns else { continue };
        let outcome = match columns_of(&case.sql, &catalog) {
            Ok(Some(columns)) => {
                let same = columns.len() == expected.len()
                    && columns.iter().zip(expected).all(|((name, ty), (expected_name, expected_ty))| {
                        name == expected_name
                            && expected_ty
                                .as_ref()
                                .is_none_or(|expected| plain(&ty.to_string()) == plain(expected))
                    });
                if same { continue } else { format!("{columns:?}") }
            }
            Ok(None) => continue,
            Err(error) => error,
        };
        failures.push(format!("{}: {outcome}\n    {}", case.id, case.sql));
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn sample_statements_are_analyzed() {
    let catalog = Catalog::of_shared_datasets();
    let mut failures = Vec::new();
    for case in cases("sql-workload.jsonl") {
        if let Err(error) = columns_of(&case.sql, &catalog) {
            failures.push(format!("{}: {error}\n    {}", case.id, case.sql));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// A type's text without blanks after commas.
fn plain(ty: &str) -> String {
    ty.replace(", ", ",")
}
