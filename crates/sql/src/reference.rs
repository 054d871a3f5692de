//! The reference page of all functions and the SQL part of COMPAT.md, made from the declarations.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::functions::{Documentation, Family, Registry};

/// The functions, operators and forms that Timestream documents, and the Trino functions its users rely on: family,
/// name, and the name in the registry (`form` for what the analyzer handles itself, `-` for what is left out).
const DOCUMENTED: &str = include_str!("reference/documented.tsv");

/// A page with every function: signatures, meaning, edges, examples.
pub fn functions_page() -> String {
    let mut families: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for function in Registry::scalar_list().filter(|function| !function.name.starts_with('$')) {
        let signatures: Vec<&str> = function.overloads.iter().map(|overload| overload.signature).collect();
        let entry = entry(function.name, function.aliases, &signatures, &function.documentation);
        families.entry(family_title(function.family)).or_default().push(entry);
    }
    for function in Registry::aggregate_list() {
        let signatures: Vec<&str> = function.overloads.iter().map(|overload| overload.signature).collect();
        let entry = entry(function.name, function.aliases, &signatures, &function.documentation);
        families.entry("Aggregate").or_default().push(entry);
    }
    for function in Registry::window_list() {
        let signatures: Vec<&str> = function.overloads.iter().map(|overload| overload.signature).collect();
        families.entry("Window").or_default().push(entry(
            function.name,
            &[],
            &signatures,
            &function.documentation,
        ));
    }
    let mut page = String::from(
        "# SQL functions\n\nMade by `cargo xtask docs` from the declarations in `crates/sql/src/functions`. \
         Unless an entry says otherwise, a NULL argument gives NULL.\n",
    );
    for (family, mut entries) in families {
        entries.sort();
        let _ = writeln!(page, "\n## {family}\n");
        page.push_str(&entries.join("\n"));
    }
    page
}

/// The rows of COMPAT.md: each documented function with its status.
pub fn compatibility_rows() -> String {
    let mut rows = String::from("| family | function | status |\n|---|---|---|\n");
    for line in DOCUMENTED.lines() {
        let mut fields = line.split('\t');
        if let (Some(family), Some(name), Some(registered)) = (fields.next(), fields.next(), fields.next()) {
            let name = name.replace('|', "\\|");
            let _ = writeln!(rows, "| {family} | `{name}` | {} |", status(registered));
        }
    }
    rows
}

/// Where the language goes beyond the service's pages or had to choose: a part of COMPAT.md.
const LANGUAGE: &str = include_str!("reference/language.tsv");

/// The rows of COMPAT.md on the language itself.
pub fn language_rows() -> String {
    let mut rows = String::from("| feature | status | meaning |\n|---|---|---|\n");
    for line in LANGUAGE.lines() {
        let _ = writeln!(rows, "| {} |", line.replace('|', "\\|").replace('\t', " | "));
    }
    rows
}

fn status(registered: &str) -> &'static str {
    let registry = Registry::get();
    let known = registry.scalar(registered).is_some()
        || registry.aggregate(registered).is_some()
        || registry.window(registered).is_some();
    match registered {
        "-" => "not planned",
        "form" => "yes",
        _ if known => "yes",
        _ => "not yet",
    }
}

fn entry(name: &str, aliases: &[&str], signatures: &[&str], documentation: &Documentation) -> String {
    let mut text = format!("### {name}\n\n");
    for signature in signatures {
        let _ = writeln!(text, "    {signature}");
    }
    let _ = writeln!(text, "\n{} {}", documentation.summary, documentation.edges);
    if !aliases.is_empty() {
        let _ = writeln!(text, "\nAlso called: {}.", aliases.join(", "));
    }
    for (query, result) in documentation.examples {
        let _ = writeln!(text, "\n    {query}\n    -- {result}");
    }
    text
}

fn family_title(family: Family) -> &'static str {
    match family {
        Family::Operator => "Operators",
        Family::Conditional => "Conditional",
        Family::Mathematical => "Mathematical",
        Family::Bitwise => "Bitwise",
        Family::String => "String",
        Family::Array => "Array",
        Family::Lambda => "Lambda",
        Family::RegularExpression => "Regular expression",
        Family::DateTime => "Date and time",
        Family::TimeSeries => "Time series",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_on_the_language_has_a_feature_a_status_and_a_meaning() {
        for line in LANGUAGE.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            assert!(fields.len() == 3 && fields.iter().all(|field| !field.is_empty()), "{line}");
        }
        assert_eq!(language_rows().lines().count(), LANGUAGE.lines().count() + 2);
    }
}
