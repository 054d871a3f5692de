//! An aggregate has one result, however its rows are spread: over one partition, over several with small batches, as a
//! window over everything, by FILTER or by CASE, and over distinct rows or by DISTINCT.

use sql::analyzer::Parameters;
use sql::functions::signature::{Pattern, Signature};
use sql::functions::{AggregateFunction, Registry};
use sql::types::Type;

use super::dataset::{generated, instant_ns};
use super::files;
use super::run::Session;

const TABLE: &str = r#""raw_data"."devops""#;
const SERIES: &str = "instance_name, measure_name";
/// Sums in another order differ by a little.
const SHARE: f64 = 1e-6;

#[test]
fn spreading_rows_changes_nothing() {
    let schemas = files::read_json("workload-schemas.json");
    let now_ns = instant_ns(schemas["now"].as_str().unwrap());
    let open = |partitions, rows| Session::with_small_batches(generated(&schemas), now_ns, partitions, rows);
    let (whole, spread) = (open(1, 8_192), open(4, 3));
    let mut wrong = Vec::new();
    let mut compared = 0;
    // Any value is a right answer of `arbitrary`.
    for function in Registry::aggregate_list().filter(|function| function.name != "arbitrary") {
        for overload in function.overloads {
            for call in calls(function, &Signature::parse(overload.signature).unwrap()) {
                compared += 1;
                for (left, right) in forms(function, &call) {
                    let told = rows(&whole, &left);
                    for (session, sql) in [(&spread, &left), (&whole, &right), (&spread, &right)] {
                        let other = rows(session, sql);
                        if !are_near(&told, &other) {
                            wrong.push(format!("{left}\n  gives {told:?}\n{sql}\n  gives {other:?}"));
                        }
                    }
                }
            }
        }
    }
    assert!(compared > 50, "{compared} calls");
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}

/// Pairs of statements of the same result. Within a series no two rows have the same time.
fn forms(function: &AggregateFunction, call: &Call) -> Vec<(String, String)> {
    let plain = call.text("");
    let mut forms = vec![
        (
            format!("SELECT {SERIES}, {plain} FROM {TABLE} GROUP BY {SERIES} ORDER BY {SERIES}"),
            format!(
                "SELECT {SERIES}, x FROM (SELECT {SERIES}, {} OVER (PARTITION BY {SERIES}{} ROWS BETWEEN UNBOUNDED \
                 PRECEDING AND UNBOUNDED FOLLOWING) AS x, row_number() OVER (PARTITION BY {SERIES}) AS n \
                 FROM {TABLE}) WHERE n = 1 ORDER BY {SERIES}",
                Call { order: "", ..call.clone() }.text(""),
                call.order
            ),
        ),
        (
            format!(
                "SELECT {SERIES}, {plain} FROM {TABLE} WHERE cpu_user > 30 GROUP BY {SERIES} ORDER BY {SERIES}"
            ),
            format!(
                "SELECT {SERIES}, {plain} FILTER (WHERE cpu_user > 30) FROM {TABLE} GROUP BY {SERIES} \
                 HAVING count_if(cpu_user > 30) > 0 ORDER BY {SERIES}"
            ),
        ),
        (
            format!("SELECT {plain} FROM {TABLE} WHERE region = 'nowhere'"),
            format!("SELECT {plain} FROM (SELECT * FROM {TABLE} LIMIT 0)"),
        ),
    ];
    if call.arguments.len() == 1 && !function.order_sensitive {
        let argument = &call.arguments[0];
        forms.push((
            format!("SELECT {} FROM {TABLE}", call.text("DISTINCT ")),
            format!("SELECT {}(x) FROM (SELECT DISTINCT {argument} AS x FROM {TABLE})", function.name),
        ));
    }
    forms
}

#[derive(Clone)]
struct Call {
    name: &'static str,
    arguments: Vec<String>,
    /// The order that an aggregate whose result depends on it is given.
    order: &'static str,
}

impl Call {
    fn text(&self, distinct: &str) -> String {
        format!("{}({distinct}{}{})", self.name, self.arguments.join(", "), self.order)
    }
}

fn calls(function: &AggregateFunction, signature: &Signature) -> Vec<Call> {
    let order = if function.order_sensitive { " ORDER BY time, instance_name, measure_name" } else { "" };
    let variables: &[&str] =
        &["cpu_user", "task_completed", "task_end_state", "time", "cpu_user > 50", "region"];
    let has_variable = signature.parameters.iter().any(|it| matches!(it, Pattern::Variable(_)));
    let choices = if has_variable { variables } else { &variables[..1] };
    let call = |variable: &&str| {
        let argument = |(index, pattern): (usize, &Pattern)| match pattern {
            Pattern::Exact(Type::Bigint) if has_variable => Some("2".to_owned()),
            Pattern::Exact(Type::Double) if has_variable => Some("0.5".to_owned()),
            Pattern::Exact(Type::Double) if index > 0 => Some("memory_used".to_owned()),
            pattern => column(pattern, variable),
        };
        let arguments = signature.parameters.iter().enumerate().map(argument).collect::<Option<Vec<_>>>()?;
        Some(Call { name: function.name, arguments, order })
    };
    choices.iter().filter_map(call).collect()
}

/// A column or expression of the type.
fn column(pattern: &Pattern, variable: &str) -> Option<String> {
    let text = match pattern {
        Pattern::Variable('U') => "cpu_user",
        Pattern::Variable(_) => variable,
        Pattern::Exact(Type::Double) => "cpu_user",
        Pattern::Exact(Type::Bigint) => "task_completed",
        Pattern::Exact(Type::Boolean) => "cpu_user > 50",
        Pattern::Exact(Type::Timestamp) => "time",
        Pattern::Exact(Type::IntervalDayToSecond) => "(now() - time)",
        _ => return None,
    };
    Some(text.to_owned())
}

fn rows(session: &Session, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    session.run(sql, Parameters::default()).map(|answer| answer.rows).map_err(|error| error.to_string())
}

type Rows = Result<Vec<Vec<Option<String>>>, String>;

fn are_near(left: &Rows, right: &Rows) -> bool {
    let (Ok(left), Ok(right)) = (left, right) else {
        // Messages name the place, which differs.
        return left.is_err()
            && right.is_err()
            && !left.as_ref().is_err_and(|message| message == "internal error");
    };
    let cell = |(left, right): (&Option<String>, &Option<String>)| {
        let number = |cell: &Option<String>| cell.as_ref().and_then(|text| text.parse::<f64>().ok());
        match (number(left), number(right)) {
            (Some(left), Some(right)) if left.is_finite() && right.is_finite() => {
                (left - right).abs() <= SHARE * left.abs().max(right.abs()).max(1e-6)
            }
            _ => left == right,
        }
    };
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| left.len() == right.len() && left.iter().zip(right).all(cell))
}
