use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewArray, UInt32Array};
use arrow::util::display::array_value_to_string;

use super::FUNCTIONS;
use crate::functions::{Argument, Arguments, Call, LambdaArgument, QueryClock, RowError};
use crate::types::Type;

/// Doubles the first group; NULL where it is missing.
#[derive(Debug)]
struct DoubleFirst;

impl LambdaArgument for DoubleFirst {
    fn call(&self, parameters: &[ArrayRef], _: &UInt32Array) -> Result<ArrayRef, RowError> {
        let groups = parameters[0].as_list::<i32>();
        let first = |groups: Option<ArrayRef>| {
            let groups = groups?;
            let groups = groups.as_string_view();
            (!groups.is_empty() && groups.is_valid(0)).then(|| groups.value(0).repeat(2))
        };
        Ok(Arc::new(StringViewArray::from_iter(groups.iter().map(first))))
    }
}

/// Runs overload `overload` of a function on one row; `None` for NULL.
fn run(
    name: &str,
    overload: usize,
    arguments: &[Argument<'_>],
    returns: &Type,
) -> Result<Option<String>, String> {
    let function = FUNCTIONS.iter().find(|function| function.name == name).unwrap();
    let clock = QueryClock::default();
    let call = Call { rows: 1, argument_types: &[], return_type: returns, query: &clock };
    let result = (function.overloads[overload].kernel)(&call, &Arguments::new(arguments));
    let result = result.map_err(|error| error.message)?;
    Ok(result.is_valid(0).then(|| array_value_to_string(&result, 0).unwrap()))
}

fn texts(values: &[&str]) -> Vec<ArrayRef> {
    values.iter().map(|value| Arc::new(StringViewArray::from(vec![*value])) as ArrayRef).collect()
}

#[test]
fn matches_are_found_as_java_finds_them() {
    let varchars = Type::array(Type::Varchar);
    let cases: &[(&str, &[&str], &Type, &str)] = &[
        ("regexp_like", &["abab", r"(ab)\1"], &Type::Boolean, "true"),
        ("regexp_like", &["foobar", "foo(?!bar)"], &Type::Boolean, "false"),
        ("regexp_like", &["EXAMPLE", "(?i)ex"], &Type::Boolean, "true"),
        ("regexp_like", &["end\n", "end$"], &Type::Boolean, "true"),
        ("regexp_like", &["end\n\n", "end$"], &Type::Boolean, "false"),
        ("regexp_like", &["end\nmore", "end$"], &Type::Boolean, "false"),
        ("regexp_like", &["end\nmore", "(?m)end$"], &Type::Boolean, "true"),
        ("regexp_like", &["a.c", r"\Qa.c\E"], &Type::Boolean, "true"),
        ("regexp_like", &["abc", r"\Qa.c\E"], &Type::Boolean, "false"),
        ("regexp_like", &["xyz", r"^[a-z&&[^abc]]+$"], &Type::Boolean, "true"),
        ("regexp_like", &["aaa", "(?>a+)a"], &Type::Boolean, "false"),
        ("regexp_like", &["aaa", "a++a"], &Type::Boolean, "false"),
        ("regexp_like", &["ab-", r"^[\p{Alpha}-]+$"], &Type::Boolean, "true"),
        ("regexp_extract", &["price: 12", r"(?<=: )\d+"], &Type::Varchar, "12"),
        ("regexp_split", &["abc", ""], &varchars, "[, a, b, c, ]"),
        ("regexp_extract_all", &["aab", "a*"], &varchars, "[aa, , ]"),
        ("regexp_replace", &["aab", "a*"], &Type::Varchar, "b"),
    ];
    for (name, arguments, returns, expected) in cases {
        let arrays = texts(arguments);
        let arguments: Vec<Argument<'_>> = arrays.iter().map(Argument::Constant).collect();
        assert_eq!(run(name, 0, &arguments, returns), Ok(Some((*expected).to_owned())), "{name} {arrays:?}");
    }
}

#[test]
fn replacements_take_groups_and_escapes() {
    let cases = [
        ("aab", "a*", "x", Ok("xxbx")),
        ("2022-06", r"(?<y>\d+)-(?<m>\d+)", "${m}/${y}", Ok("06/2022")),
        ("a1", "1", r"\$2", Ok("a$2")),
        ("ab", "(a)(x)?", "[$2]", Ok("[]b")),
        ("a", "(a)", "$12", Ok("a2")),
        ("a", "a", "$1", Err("Illegal replacement sequence: unknown group 1")),
        ("a", "a", "${n}", Err("Illegal replacement sequence: unknown group {n}")),
        ("a", "a", "$", Err("Illegal replacement sequence: missing identifier")),
        ("a", "a", r"\", Err("Illegal replacement sequence: character to be escaped is missing")),
    ];
    for (text, pattern, replacement, expected) in cases {
        let arrays = texts(&[text, pattern, replacement]);
        let arguments: Vec<Argument<'_>> = arrays.iter().map(Argument::Constant).collect();
        let expected = expected.map(|text| Some(text.to_owned())).map_err(str::to_owned);
        assert_eq!(run("regexp_replace", 1, &arguments, &Type::Varchar), expected, "{text} {pattern}");
    }
}

#[test]
fn a_lambda_gets_the_groups_of_each_match() {
    for (text, pattern, expected) in
        [("new york", r"(\w)(\w*)", Some("nn yy")), ("ab", "(x)?b", None), ("ab", "x", Some("ab"))]
    {
        let arrays = texts(&[text, pattern]);
        let arguments =
            [Argument::Array(&arrays[0]), Argument::Constant(&arrays[1]), Argument::Lambda(&DoubleFirst)];
        assert_eq!(run("regexp_replace", 2, &arguments, &Type::Varchar), Ok(expected.map(str::to_owned)));
    }
}

#[test]
fn bad_patterns_and_groups_are_errors() {
    let group: ArrayRef = Arc::new(Int64Array::from(vec![2]));
    let arrays = texts(&["abc", "(a)"]);
    let arguments =
        [Argument::Constant(&arrays[0]), Argument::Constant(&arrays[1]), Argument::Constant(&group)];
    let expected = Err("Pattern has 1 groups. Cannot access group 2".to_owned());
    assert_eq!(run("regexp_extract", 1, &arguments, &Type::Varchar), expected);

    let long = "a".repeat(10_000);
    for pattern in ["(", "[a", "a{2,1}", "((((a{99}){99}){99}){99})", long.as_str(), "*", r"\K"] {
        let arrays = texts(&["a", pattern]);
        let arguments = [Argument::Constant(&arrays[0]), Argument::Constant(&arrays[1])];
        assert!(run("regexp_like", 0, &arguments, &Type::Boolean).is_err(), "{pattern}");
    }
}

#[test]
fn backtracking_is_bounded() {
    let arrays = texts(&["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", r"^(?=(a+)+$)b"]);
    let arguments = [Argument::Constant(&arrays[0]), Argument::Constant(&arrays[1])];
    assert!(run("regexp_like", 0, &arguments, &Type::Boolean).is_ok());
    let arrays = texts(&["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", r"^((a+)+\2b)"]);
    let arguments = [Argument::Constant(&arrays[0]), Argument::Constant(&arrays[1])];
    assert!(run("regexp_like", 0, &arguments, &Type::Boolean).is_err());
}
