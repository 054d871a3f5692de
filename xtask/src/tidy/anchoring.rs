//! Building one member must use each foreign crate with exactly the features it has in the whole workspace, else Cargo
//! builds it, and all that rests on it, a second time. `crates/anchor/Cargo.toml` fixes the features.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::workspace::Workspace;

/// For each package, `name vX.Y.Z`, the feature lists it is built with: more than one when Cargo builds it twice.
type Resolved = BTreeMap<String, BTreeSet<String>>;

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let whole = resolve(&workspace.root, &["--workspace"])?;
    let anchored = workspace.members.iter().find(|member| member.name == "anchor");
    let anchored = anchored.map(|member| member.dependencies()).unwrap_or_default();
    let mut complaints = Vec::new();
    for member in &workspace.members {
        let alone = resolve(&workspace.root, &["--package", &member.name])?;
        for (package, line) in compare(&whole, &alone) {
            let name = line.split(' ').next().unwrap_or_default();
            // What is anchored already and still differs is the copy that build scripts and macros use.
            let section = match anchored.get(name) {
                Some(_) => "[build-dependencies]",
                None => "[dependencies]",
            };
            complaints.push(format!(
                "{} alone builds {package} differently; add to {section} of crates/anchor/Cargo.toml: {line}",
                member.name
            ));
        }
    }
    Ok(complaints)
}

fn resolve(root: &Path, selection: &[&str]) -> Result<Resolved, String> {
    let output = Command::new(crate::gate::cargo())
        .current_dir(root)
        .args(["tree", "--locked", "--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}|{f}"])
        .args(selection)
        .output()
        .map_err(|error| format!("cargo tree: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn parse(tree: &str) -> Resolved {
    let mut resolved = Resolved::new();
    for line in tree.lines() {
        let Some((package, features)) = line.trim_end_matches(" (*)").split_once('|') else {
            continue;
        };
        // A package of this workspace is followed by its folder.
        if !package.contains(" (/") {
            resolved.entry(package.to_owned()).or_default().insert(features.to_owned());
        }
    }
    resolved
}

/// The packages that `alone` resolves to a feature list which `whole` does not have, with what to add to the anchor.
fn compare(whole: &Resolved, alone: &Resolved) -> Vec<(String, String)> {
    let mut different = Vec::new();
    for (package, lists) in alone {
        let Some(whole_lists) = whole.get(package) else {
            continue;
        };
        if lists.is_subset(whole_lists) {
            continue;
        }
        let (name, version) = package.split_once(" v").unwrap_or((package, ""));
        let version = version.split([' ', '+']).next().unwrap_or_default();
        let full = whole_lists.iter().max_by_key(|list| list.len()).map(String::as_str).unwrap_or_default();
        let features: Vec<String> =
            full.split(',').filter(|it| !it.is_empty()).map(|it| format!("\"{it}\"")).collect();
        different.push((
            package.clone(),
            format!(
                "{name} = {{ version = \"{version}\", default-features = false, features = [{}] }}",
                features.join(", ")
            ),
        ));
    }
    different
}

#[cfg(test)]
mod tests {
    use super::{compare, parse};

    #[test]
    fn a_missing_feature_is_named() {
        let whole = parse("a v1.2.0|std,x\nours v0.1.0 (/w/ours)|\nb v2.0.0|std\n");
        let alone = parse("a v1.2.0|std\na v1.2.0|std (*)\nours v0.1.0 (/w/ours)|y\nb v2.0.0|std\n");
        let different = compare(&whole, &alone);
        assert_eq!(different.len(), 1);
        assert!(
            different[0].1.ends_with(
                "a = { version = \"1.2.0\", default-features = false, features = [\"std\", \"x\"] }"
            )
        );
        assert!(compare(&whole, &whole).is_empty());
    }
}
