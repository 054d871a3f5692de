//! The examples in the documentation of the functions are true. A result of several rows has `; ` between them,
//! several columns have ` | `, NULL is `null`.

use sql::analyzer::Parameters;
use sql::functions::{Documentation, Registry};

use super::dataset::instant_ns;
use super::run::{NOW_DEFAULT, Session};
use super::store::Store;

#[test]
fn examples_of_functions() {
    let session = Session::new(Store::default(), instant_ns(NOW_DEFAULT));
    let scalars = Registry::scalar_list().map(|function| (function.name, function.documentation));
    let aggregates = Registry::aggregate_list().map(|function| (function.name, function.documentation));
    let windows = Registry::window_list().map(|function| (function.name, function.documentation));
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, Documentation { examples, .. }) in scalars.chain(aggregates).chain(windows) {
        for (query, expected) in examples {
            count += 1;
            let actual = match session.run(query, Parameters::default()) {
                Ok(answer) => {
                    let row = |row: &Vec<Option<String>>| {
                        let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("null"));
                        cells.collect::<Vec<_>>().join(" | ")
                    };
                    answer.rows.iter().map(row).collect::<Vec<_>>().join("; ")
                }
                Err(error) => format!("error: {error}"),
            };
            if actual != *expected {
                wrong.push(format!("{name}: {query}\n  gives {actual}\n  said  {expected}"));
            }
        }
    }
    assert!(count > 100, "{count} examples");
    assert!(wrong.is_empty(), "{} of {count} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
