//! What is compiled in: every foreign crate comes from a package registry, under a license that a permissive product may carry, and
//! the large ones exist once. Known vulnerabilities need a database from the network and are not looked up here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::workspace::Workspace;

const REGISTRY: &str = "registry+";
const LICENSES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];
/// A second version of one of these would be a second set of types, or minutes of compilation.
const ONE_VERSION: &[&str] = &[
    "arrow",
    "datafusion",
    "hyper",
    "libsqlite3-sys",
    "object_store",
    "parquet",
    "rustls",
    "serde",
    "serde_json",
    "sqlx",
    "tokio",
];

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let output = crate::gate::cargo_command(&workspace.root)
        .args(["metadata", "--locked", "--format-version", "1"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(complaints(metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default()))
}

fn complaints(packages: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for package in packages {
        let Some(source) = package["source"].as_str() else { continue };
        let name = package["name"].as_str().unwrap_or_default();
        let label = format!("{name} {}", package["version"].as_str().unwrap_or_default());
        if !source.starts_with(REGISTRY) {
            complaints.push(format!("{label} comes from {source}"));
        }
        let license = package["license"].as_str().unwrap_or_default();
        if !is_allowed(license) {
            complaints
                .push(format!("{label} is licensed `{license}`: see LICENSES in xtask/src/tidy/supply.rs"));
        }
        if !seen.insert(name) && ONE_VERSION.contains(&name) {
            complaints.push(format!("{label} is a second version of {name}"));
        }
    }
    complaints
}

/// Whether an SPDX expression can be met with allowed licenses alone. `/` is an old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest) && rest.is_empty()
}

fn any(rest: &mut &[&str]) -> bool {
    let mut allowed = all(rest);
    while let ["OR", after @ ..] = rest {
        *rest = after;
        allowed |= all(rest);
    }
    allowed
}

fn all(rest: &mut &[&str]) -> bool {
    let mut allowed = one(rest);
    while let ["AND", after @ ..] = rest {
        *rest = after;
        allowed &= one(rest);
    }
    allowed
}

fn one(rest: &mut &[&str]) -> bool {
    match *rest {
        ["(", inside @ ..] => {
            *rest = inside;
            let allowed = any(rest);
            let [")", after @ ..] = *rest else { return false };
            *rest = after;
            allowed
        }
        [license, "WITH", exception, after @ ..] => {
            *rest = after;
            LICENSES.contains(&format!("{license} WITH {exception}").as_str())
        }
        [license, after @ ..] => {
            *rest = after;
            LICENSES.contains(license)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{REGISTRY, complaints, is_allowed};

    #[test]
    fn licenses_are_read_as_expressions() {
        for (expression, expected) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0", false),
            ("MIT OR LGPL-2.1-or-later", true),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND GPL-3.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-2.0 WITH Classpath-exception-2.0", false),
            ("", false),
        ] {
            assert_eq!(is_allowed(expression), expected, "{expression}");
        }
    }

    #[test]
    fn foreign_sources_and_second_versions_are_named() {
        let package = |name: &str, version: &str, source: Option<&str>| json!({"name": name, "version": version, "source": source, "license": "MIT"});
        let packages = [
            package("ours", "0.1.0", None),
            package("a", "1.0.0", Some(REGISTRY)),
            package("a", "2.0.0", Some(REGISTRY)),
            package("arrow", "59.0.0", Some(REGISTRY)),
            package("arrow", "60.0.0", Some(REGISTRY)),
            package("b", "1.0.0", Some("git+https://example.org/b")),
        ];
        assert_eq!(
            complaints(&packages),
            ["arrow 60.0.0 is a second version of arrow", "b 1.0.0 comes from git+https://example.org/b"]
        );
    }
}
