//! What the rules look at: the members with their manifests and sources, and the recorded numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ratchets::Ratchets;
use crate::source::{self, Source};

pub struct Workspace {
    pub root: PathBuf,
    pub members: Vec<Member>,
    pub sources: Vec<Source>,
    pub ratchets: Ratchets,
}

pub struct Member {
    pub name: String,
    /// Relative to the root, for example `crates/wire`.
    pub folder: String,
    pub manifest: toml::Table,
}

/// The crates that ship.
pub const PRODUCT: &[&str] = &["model", "wire", "storage", "sql", "cluster", "headwater"];

impl Workspace {
    pub fn open(root: &Path) -> Result<Workspace, String> {
        let root_manifest = read_toml(&root.join("Cargo.toml"))?;
        let mut members = Vec::new();
        for folder in member_folders(root, &root_manifest)? {
            let manifest = read_toml(&root.join(&folder).join("Cargo.toml"))?;
            let name = manifest
                .get("package")
                .and_then(|package| package.get("name"))
                .and_then(|name| name.as_str())
                .ok_or_else(|| format!("{folder}/Cargo.toml has no package name"))?
                .to_owned();
            members.push(Member { name, folder, manifest });
        }
        let folders: Vec<String> = members.iter().map(|member| member.folder.clone()).collect();
        let sources = source::read_all(root, &folders)?;
        let ratchets = Ratchets::open(root)?;
        Ok(Workspace { root: root.to_path_buf(), members, sources, ratchets })
    }

    /// Sources of the crates that ship, without generated files.
    pub fn product_sources(&self) -> impl Iterator<Item = &Source> {
        let folders: Vec<&str> = self.product_members().map(|member| member.folder.as_str()).collect();
        self.sources
            .iter()
            .filter(move |source| !source.is_generated && folders.contains(&source.member.as_str()))
    }

    pub fn product_members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| PRODUCT.contains(&member.name.as_str()))
    }
}

impl Member {
    /// Names of direct dependencies, normal, build and development, with the section each stands in.
    pub fn dependencies(&self) -> BTreeMap<String, &'static str> {
        let mut found = BTreeMap::new();
        for section in ["dev-dependencies", "build-dependencies", "dependencies"] {
            let Some(table) = self.manifest.get(section).and_then(|table| table.as_table()) else {
                continue;
            };
            for (key, value) in table {
                let package = value.get("package").and_then(|name| name.as_str()).unwrap_or(key);
                found.insert(package.to_owned(), section);
            }
        }
        found
    }
}

fn member_folders(root: &Path, manifest: &toml::Table) -> Result<Vec<String>, String> {
    let patterns = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members"))
        .and_then(|members| members.as_array())
        .ok_or("Cargo.toml names no workspace members")?;
    let mut folders = Vec::new();
    for pattern in patterns.iter().filter_map(|pattern| pattern.as_str()) {
        let Some(parent) = pattern.strip_suffix("/*") else {
            folders.push(pattern.to_owned());
            continue;
        };
        let entries = fs::read_dir(root.join(parent)).map_err(|error| format!("{parent}: {error}"))?;
        for entry in entries.flatten() {
            if entry.path().join("Cargo.toml").is_file() {
                folders.push(format!("{parent}/{}", entry.file_name().to_string_lossy()));
            }
        }
    }
    folders.sort();
    Ok(folders)
}

pub fn read_toml(path: &Path) -> Result<toml::Table, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{}: {error}", path.display()))
}
