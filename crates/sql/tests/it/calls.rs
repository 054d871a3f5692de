//! Every scalar function gives the same for constants, for columns, for a mix of both, and for a row among others: each
//! overload is called with made arguments, edges and NULL among them. A failure shows both statements.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sql::analyzer::Parameters;
use sql::error::SqlError;
use sql::functions::signature::{Constraint, Pattern, Signature};
use sql::functions::{Registry, ScalarFunction, Volatility};
use sql::types::Type;

use super::dataset::instant_ns;
use super::run::{NOW_DEFAULT, Session};
use super::store::Store;

const CALLS_PER_OVERLOAD: usize = 4;

/// A value, or that there is none.
type Outcome = Result<Option<String>, ()>;

#[test]
fn constants_and_columns_agree() {
    let session = Session::new(Store::default(), instant_ns(NOW_DEFAULT));
    let mut rng = StdRng::seed_from_u64(7);
    let mut wrong = Vec::new();
    let (mut calls, mut answers) = (0, 0);
    for function in Registry::scalar_list().filter(|function| is_callable(function)) {
        for overload in function.overloads {
            let signature = Signature::parse(overload.signature).unwrap();
            let Some(types) = types(&signature, &mut rng) else { continue };
            let repeats = if signature.variadic { rng.random_range(0..3) } else { 0 };
            let count = signature.parameters.len() + repeats;
            let tuples: Vec<Vec<String>> =
                (0..CALLS_PER_OVERLOAD).map(|_| arguments(&signature, &types, count, &mut rng)).collect();
            let mut told = Vec::new();
            for tuple in &tuples {
                calls += 1;
                let plain = format!("SELECT {}", call(function.name, tuple));
                let expected = one(&session, &plain, &mut wrong);
                answers += usize::from(expected.is_ok());
                let mask: Vec<bool> = tuple.iter().map(|_| rng.random_bool(0.7)).collect();
                for mask in [vec![true; tuple.len()], mask] {
                    let other = over_columns(function.name, &signature, std::slice::from_ref(tuple), &mask);
                    let actual = one(&session, &other, &mut wrong);
                    if actual != expected {
                        wrong.push(format!("{plain}\n  gives {expected:?}\n{other}\n  gives {actual:?}"));
                    }
                }
                if let Ok(value) = expected {
                    told.push((tuple.clone(), value));
                }
            }
            let tuples: Vec<Vec<String>> = told.iter().map(|(tuple, _)| tuple.clone()).collect();
            if tuples.is_empty() {
                continue;
            }
            let together = over_columns(function.name, &signature, &tuples, &vec![true; tuples[0].len()]);
            let expected: Vec<Option<String>> = told.into_iter().map(|(_, value)| value).collect();
            match session.run(&together, Parameters::default()) {
                Ok(answer) if answer.rows.concat() == expected => {}
                Ok(answer) => wrong.push(format!("{together}\n  gives {:?}, due {expected:?}", answer.rows)),
                Err(error) => wrong.push(format!("{together}\n  fails: {error}")),
            }
        }
    }
    assert!(answers * 3 > calls, "only {answers} of {calls} calls had a value");
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}

/// Operators have no name to call them by.
fn is_callable(function: &ScalarFunction) -> bool {
    function.volatility == Volatility::Stable && !function.name.starts_with('$')
}

fn one(session: &Session, sql: &str, wrong: &mut Vec<String>) -> Outcome {
    match session.run(sql, Parameters::default()) {
        Ok(answer) => Ok(answer.rows[0][0].clone()),
        Err(SqlError::Internal) => {
            wrong.push(format!("{sql}\n  internal error"));
            Err(())
        }
        Err(_) => Err(()),
    }
}

fn call(name: &str, arguments: &[String]) -> String {
    format!("{name}({})", arguments.join(", "))
}

/// The call over a table of the argument tuples; arguments whose mask is off stay as they are in the first tuple.
fn over_columns(name: &str, signature: &Signature, tuples: &[Vec<String>], mask: &[bool]) -> String {
    let is_column =
        |index: usize| mask[index] && !matches!(parameter(signature, index), Pattern::Function { .. });
    let columns: Vec<usize> = (0..mask.len()).filter(|index| is_column(*index)).collect();
    let arguments: Vec<String> = (0..mask.len())
        .map(|index| if columns.contains(&index) { format!("c{index}") } else { tuples[0][index].clone() })
        .collect();
    let names = columns.iter().map(|index| format!("c{index}")).collect::<Vec<_>>();
    let row = |(number, tuple): (usize, &Vec<String>)| {
        let cells = columns.iter().map(|index| tuple[*index].clone()).chain([number.to_string()]);
        format!("({})", cells.collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<String> = tuples.iter().enumerate().map(row).collect();
    let names = names.into_iter().chain(["number".to_owned()]).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT {} FROM (VALUES {}) AS t({names}) ORDER BY number",
        call(name, &arguments),
        rows.join(", ")
    )
}

fn parameter(signature: &Signature, index: usize) -> &Pattern {
    &signature.parameters[index.min(signature.parameters.len() - 1)]
}

/// A type for each variable of the signature; `None` when there is nothing to call with.
fn types(signature: &Signature, rng: &mut StdRng) -> Option<Vec<(char, Type)>> {
    if signature.parameters.is_empty() {
        return None;
    }
    let numeric = [Type::Integer, Type::Bigint, Type::Double];
    let any = [
        Type::Integer,
        Type::Bigint,
        Type::Double,
        Type::Varchar,
        Type::Timestamp,
        Type::array(Type::Bigint),
    ];
    let constrained = |variable: char| {
        signature.constraints.iter().any(|(name, it)| *name == variable && *it == Constraint::Numeric)
    };
    let choose = |variable: char, rng: &mut StdRng| {
        let choices: &[Type] = if constrained(variable) { &numeric } else { &any };
        (variable, choices.choose(rng).unwrap().clone())
    };
    Some(('A'..='Z').map(|variable| choose(variable, rng)).collect())
}

fn arguments(signature: &Signature, types: &[(char, Type)], count: usize, rng: &mut StdRng) -> Vec<String> {
    (0..count).map(|index| argument(parameter(signature, index), types, rng)).collect()
}

fn argument(pattern: &Pattern, types: &[(char, Type)], rng: &mut StdRng) -> String {
    match pattern {
        Pattern::Function { parameters, returns } => {
            let names: Vec<String> = (0..parameters.len()).map(|index| format!("p{index}")).collect();
            let body = match &**returns {
                Pattern::Exact(Type::Boolean) => "p0 IS NOT NULL".to_owned(),
                Pattern::Exact(Type::Varchar) => "'x'".to_owned(),
                Pattern::Exact(Type::Integer | Type::Bigint) => "0".to_owned(),
                _ => names[0].clone(),
            };
            format!("({}) -> {body}", names.join(", "))
        }
        pattern => value(&concrete(pattern, types), rng),
    }
}

fn concrete(pattern: &Pattern, types: &[(char, Type)]) -> Type {
    match pattern {
        Pattern::Exact(ty) => ty.clone(),
        Pattern::Variable(name) => types.iter().find(|(it, _)| it == name).unwrap().1.clone(),
        Pattern::Array(element) => Type::array(concrete(element, types)),
        Pattern::Timeseries(value) => match concrete(value, types) {
            Type::Array(_) => Type::timeseries(Type::Double),
            value => Type::timeseries(value),
        },
        Pattern::Point(value) => Type::point(concrete(value, types)),
        Pattern::Row(_) | Pattern::Function { .. } => Type::Boolean,
    }
}

/// An expression of the type without columns.
fn value(ty: &Type, rng: &mut StdRng) -> String {
    if rng.random_bool(0.08) && !matches!(ty, Type::Timeseries(_) | Type::Row(_)) {
        return format!("CAST(NULL AS {ty})");
    }
    let choices: &[&str] = match ty {
        Type::Boolean => &["true", "false"],
        Type::Integer => &["0", "1", "-1", "2", "3", "7", "100", "2147483647", "-2147483647 - 1"],
        Type::Bigint => &[
            "BIGINT '0'",
            "BIGINT '1'",
            "BIGINT '-1'",
            "BIGINT '2'",
            "BIGINT '5'",
            "BIGINT '64'",
            "BIGINT '1655424000'",
            "9223372036854775807",
            "-9223372036854775807 - 1",
        ],
        Type::Double => {
            &["0e0", "-0e0", "1e0", "1.5", "-2.5", "0.1", "1e300", "nan()", "infinity()", "-infinity()"]
        }
        Type::Varchar => &[
            "''",
            "'a'",
            "'time'",
            "'Ünï'",
            "'a-b-a'",
            "' x '",
            "'12'",
            "'2022-06-17'",
            "'2022-06-17 01:02:03.5'",
            "'%Y-%m-%d'",
            "'yyyy-MM-dd'",
            "'hour'",
            "'day'",
            "'a(.)?'",
            "'3d'",
            "'日本'",
        ],
        Type::Varbinary => {
            &["CAST('' AS varbinary)", "CAST('time' AS varbinary)", "CAST('12345678' AS varbinary)"]
        }
        Type::Date => &["DATE '2022-06-17'", "DATE '1970-01-01'", "DATE '2024-02-29'", "DATE '2262-04-11'"],
        Type::Time => &["TIME '00:00:00'", "TIME '17:02:07.496'"],
        Type::Timestamp => &[
            "TIMESTAMP '1970-01-01'",
            "TIMESTAMP '2022-06-17 17:44:43.771000678'",
            "TIMESTAMP '2024-02-29 23:59:59'",
            "TIMESTAMP '1969-12-31 23:59:59.999999999'",
            "TIMESTAMP '2262-04-11 23:47:16.854775807'",
        ],
        Type::IntervalDayToSecond => &["1s", "5m", "1d", "0s", "36h", "INTERVAL '-2' DAY", "1ns"],
        Type::IntervalYearToMonth => &["1month", "1y", "14month", "INTERVAL '-1' YEAR"],
        Type::Unknown => &["NULL"],
        Type::Array(element) => return array(element, rng),
        Type::Timeseries(point) => return series(point, rng),
        Type::Row(fields) => {
            let fields = fields.iter().map(|field| value(&field.ty, rng)).collect::<Vec<_>>();
            return format!("ROW({})", fields.join(", "));
        }
    };
    (*choices.choose(rng).unwrap()).to_owned()
}

fn array(element: &Type, rng: &mut StdRng) -> String {
    let count = rng.random_range(0..5);
    let elements: Vec<String> = (0..count).map(|_| value(element, rng)).collect();
    format!("CAST(ARRAY[{}] AS array({element}))", elements.join(", "))
}

fn series(point: &Type, rng: &mut StdRng) -> String {
    let count = rng.random_range(1..5);
    let points: Vec<String> = (0..count)
        .map(|second| format!("(TIMESTAMP '2022-06-17 00:00:0{second}', {})", value(point, rng)))
        .collect();
    format!("(SELECT create_time_series(t, v) FROM (VALUES {}) AS s(t, v))", points.join(", "))
}
