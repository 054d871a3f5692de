//! The functions are complete: each one that the contract lists is registered, and each one registered has a script.

use std::collections::BTreeSet;

use sql::functions::Registry;

use super::files;

/// Names of the contract that the grammar or the analyzer knows, not the registry; `AT TIME ZONE` is refused.
const FORMS: &[&str] = &[
    "||",
    "[]",
    "all",
    "any",
    "some",
    "case",
    "if",
    "coalesce",
    "nullif",
    "try",
    "cast",
    "try_cast",
    "typeof",
    "extract",
    "unnest",
    "grouping",
    "at",
    "time",
    "zone",
    "at_timezone",
    "varbinary",
];

fn registered() -> BTreeSet<&'static str> {
    let scalars = Registry::scalar_list().flat_map(|it| std::iter::once(&it.name).chain(it.aliases));
    let aggregates = Registry::aggregate_list().flat_map(|it| std::iter::once(&it.name).chain(it.aliases));
    let windows = Registry::window_list().map(|it| &it.name);
    scalars.chain(aggregates).chain(windows).copied().collect()
}

#[test]
fn every_listed_function_is_registered() {
    let registered = registered();
    let mut missing = Vec::new();
    for function in files::read_json_lines("shared/sql-functions.jsonl") {
        let names = function["name"].as_str().unwrap().to_lowercase();
        // A name may stand for several, or have what it applies to in parentheses.
        let names = names.split([' ', '/', ',']).filter(|name| !name.is_empty() && !name.starts_with('('));
        let unknown = names.filter(|name| !registered.contains(name) && !FORMS.contains(name));
        missing.extend(unknown.map(str::to_owned));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_function_has_a_script() {
    let scripts: BTreeSet<String> =
        files::find("slt").iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    let has_script = |name: &&str| name.starts_with('$') || scripts.contains(*name);
    let scalars = Registry::scalar_list().map(|it| (it.name, it.aliases));
    let aggregates = Registry::aggregate_list().map(|it| (it.name, it.aliases));
    let windows = Registry::window_list().map(|it| (it.name, &[] as &[&str]));
    let missing: Vec<&str> = scalars
        .chain(aggregates)
        .chain(windows)
        .filter(|(name, aliases)| !std::iter::once(name).chain(*aliases).any(has_script))
        .map(|(name, _)| name)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
