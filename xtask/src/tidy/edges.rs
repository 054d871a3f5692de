//! Which crate may know which. `model` is in the middle, its siblings do not know each other, `server` sees all.

use super::workspace::{Member, Workspace};
use crate::source::{Source, is_word};

struct Edges {
    member: &'static str,
    /// The members it may depend on.
    may_see: &'static [&'static str],
    /// Foreign crates it must neither depend on nor name in its code.
    must_not_see: &'static [&'static str],
}

const EDGES: &[Edges] = &[
    Edges { member: "anchor", may_see: &[], must_not_see: &[] },
    Edges {
        member: "model",
        may_see: &["anchor"],
        must_not_see: &["tokio", "object_store", "datafusion", "serde_json", "hyper", "sqlx", "parquet"],
    },
    Edges {
        member: "wire",
        may_see: &["anchor", "model"],
        must_not_see: &["tokio", "hyper", "object_store", "datafusion", "arrow", "parquet", "sqlx"],
    },
    Edges {
        member: "storage",
        may_see: &["anchor", "model"],
        must_not_see: &["datafusion", "hyper", "http"],
    },
    Edges { member: "sql", may_see: &["anchor", "model"], must_not_see: &["hyper", "http", "sqlx"] },
    Edges { member: "cluster", may_see: &["anchor", "model"], must_not_see: &["datafusion", "parquet"] },
    Edges {
        member: "headwater",
        may_see: &["anchor", "model", "wire", "storage", "sql", "cluster"],
        must_not_see: &["datafusion", "parquet", "sqlx", "object_store"],
    },
    Edges {
        member: "bench",
        may_see: &["anchor", "model", "wire", "storage", "sql"],
        must_not_see: &["datafusion"],
    },
    Edges { member: "xtask", may_see: &[], must_not_see: &[] },
];

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    for member in &workspace.members {
        let Some(edges) = EDGES.iter().find(|edges| edges.member == member.name) else {
            complaints.push(format!(
                "{}/Cargo.toml: a new crate needs its line in xtask/src/tidy/edges.rs and an ADR line",
                member.folder
            ));
            continue;
        };
        complaints.extend(manifest_complaints(workspace, member, edges));
        for source in workspace.sources.iter().filter(|source| source.member == member.folder) {
            complaints.extend(source_complaints(workspace, member, edges, source));
        }
    }
    Ok(complaints)
}

fn forbidden<'a>(workspace: &'a Workspace, member: &Member, edges: &'a Edges) -> Vec<(&'a str, bool)> {
    let siblings = workspace.members.iter().map(|other| other.name.as_str());
    let siblings = siblings.filter(|name| *name != member.name && !edges.may_see.contains(name));
    siblings.map(|name| (name, true)).chain(edges.must_not_see.iter().map(|name| (*name, false))).collect()
}

fn manifest_complaints(workspace: &Workspace, member: &Member, edges: &Edges) -> Vec<String> {
    let forbidden = forbidden(workspace, member, edges);
    let mut complaints = Vec::new();
    for (dependency, section) in member.dependencies() {
        let underscored = dependency.replace('-', "_");
        // A crate of the same family counts too: `datafusion-common` is DataFusion.
        let hit = forbidden.iter().find(|(name, is_member)| {
            underscored == *name || (!is_member && underscored.starts_with(&format!("{name}_")))
        });
        if let Some((name, _)) = hit {
            complaints.push(format!(
                "{}/Cargo.toml: {} must not see {name} ([{section}])",
                member.folder, member.name
            ));
        }
    }
    complaints
}

fn source_complaints(workspace: &Workspace, member: &Member, edges: &Edges, source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, is_member) in forbidden(workspace, member, edges) {
        // A crate may have a module of a sibling's name; the manifest alone proves that it can't be the sibling.
        let own_module = |suffix: &str| {
            workspace.root.join(&member.folder).join("src").join(format!("{name}{suffix}")).exists()
        };
        if is_member && (own_module("") || own_module(".rs")) {
            continue;
        }
        for offset in source.find(name) {
            if names_crate(&source.code, offset, name, is_member) {
                complaints.push(format!(
                    "{}:{}: {} must not see {name}",
                    source.path,
                    source.line(offset),
                    member.name
                ));
            }
        }
    }
    complaints
}

/// True for `name::…`, `use name;`, `extern crate name` and, for a foreign crate, also for a re-export `x::name::…`.
fn names_crate(code: &str, offset: usize, name: &str, is_member: bool) -> bool {
    let after = &code[offset + name.len()..];
    let before = code[..offset].trim_end();
    if after.starts_with(is_word) {
        return false;
    }
    let declared =
        before.ends_with("extern crate") || (before.ends_with("use") && after.trim_start().starts_with(';'));
    let is_path_start = !before.ends_with("::");
    declared || (after.starts_with("::") && (is_path_start || !is_member) && !before.ends_with("crate::"))
}

#[cfg(test)]
mod tests {
    use super::names_crate;

    #[test]
    fn a_crate_is_named_at_the_start_of_a_path_or_by_a_reexport() {
        for (code, name, is_member, expected) in [
            ("use storage::wal;", "storage", true, true),
            ("crate::storage::wal()", "storage", true, false),
            ("self::storage::wal()", "storage", true, false),
            ("let storage = 1;", "storage", true, false),
            ("storage_x::a()", "storage", true, false),
            ("use sql::datafusion::prelude;", "datafusion", false, true),
            ("use crate::datafusion::x;", "datafusion", false, false),
            ("use tokio;", "tokio", false, true),
            ("extern crate tokio as t;", "tokio", false, true),
        ] {
            let offset = code.find(name).unwrap();
            assert_eq!(names_crate(code, offset, name, is_member), expected, "{code}");
        }
    }
}
