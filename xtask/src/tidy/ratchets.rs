//! The recorded numbers, `xtask/ratchets.toml`: each may only fall. `--tighten` lowers what has fallen; raising one is an
//! edit by hand that a reviewer sees.

use std::fs;
use std::path::Path;

use super::workspace::{Workspace, read_toml};
use super::{lengths, panics};

const PATH: &str = "xtask/ratchets.toml";

pub struct Ratchets {
    table: toml::Table,
}

impl Ratchets {
    pub fn open(root: &Path) -> Result<Ratchets, String> {
        Ok(Ratchets { table: read_toml(&root.join(PATH))? })
    }

    pub fn list(&self, section: &str, key: &str) -> Result<Vec<String>, String> {
        let list = self.table.get(section).and_then(|table| table.get(key)).and_then(|list| list.as_array());
        let list = list.ok_or_else(|| format!("{PATH}: [{section}] {key} is missing or no list"))?;
        Ok(list.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect())
    }

    /// Complains, with every place, when there are more places than recorded; says so when there are fewer.
    pub fn compare(&self, section: &str, key: &str, places: &[String]) -> Result<Vec<String>, String> {
        let recorded = self.number(section, key)?;
        if places.len() > recorded {
            let mut complaints = vec![format!(
                "[{section}] {key}: {} now, {recorded} recorded in {PATH}; all of them:",
                places.len()
            )];
            complaints.extend(places.iter().map(|place| format!("  {place}")));
            return Ok(complaints);
        }
        if places.len() < recorded {
            println!(
                "        [{section}] {key}: {} now, {recorded} recorded: `cargo xtask tidy --tighten`",
                places.len()
            );
        }
        Ok(Vec::new())
    }

    fn number(&self, section: &str, key: &str) -> Result<usize, String> {
        let number =
            self.table.get(section).and_then(|table| table.get(key)).and_then(|number| number.as_integer());
        number
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| format!("{PATH}: [{section}] {key} is missing or no count"))
    }
}

/// Rewrites only the numbers that have fallen; comments and order stay.
pub fn tighten(workspace: &Workspace) -> Result<(), String> {
    let mut counts = vec![
        ("lengths", "files".to_owned(), lengths::long_files(workspace).len()),
        ("lengths", "functions".to_owned(), lengths::long_functions(workspace).len()),
    ];
    for member in &workspace.members {
        counts.push(("panics", member.name.clone(), panics::places(workspace, member).len()));
    }
    let path = workspace.root.join(PATH);
    let mut text = fs::read_to_string(&path).map_err(|error| format!("{PATH}: {error}"))?;
    for (section, key, now) in counts {
        let recorded = workspace.ratchets.number(section, &key)?;
        if now < recorded {
            text = with_number(&text, section, &key, now);
            println!("lowered [{section}] {key} from {recorded} to {now}");
        }
    }
    fs::write(&path, text).map_err(|error| format!("{PATH}: {error}"))
}

fn with_number(text: &str, section: &str, key: &str, number: usize) -> String {
    let mut current = String::new();
    let mut changed = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            current = name.trim_end().trim_end_matches(']').to_owned();
        }
        let is_it = current == section && line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
        if is_it {
            changed.push_str(&format!("{key} = {number}"));
        } else {
            changed.push_str(line);
        }
        changed.push('\n');
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::{Ratchets, with_number};

    #[test]
    fn more_than_recorded_is_a_complaint_and_fewer_is_not() {
        let ratchets = Ratchets { table: "[panics]\nwire = 1\n".parse().unwrap() };
        let place = "a.rs:1".to_owned();
        assert_eq!(ratchets.compare("panics", "wire", &[place.clone(), place.clone()]).unwrap().len(), 3);
        assert!(ratchets.compare("panics", "wire", std::slice::from_ref(&place)).unwrap().is_empty());
        assert!(ratchets.compare("panics", "wire", &[]).unwrap().is_empty());
        assert!(ratchets.compare("panics", "sql", &[]).is_err());
    }

    #[test]
    fn only_the_named_number_changes() {
        let text = "# why\n[a]\nx = 5\n[b]\nx = 5\ny = 1\n";
        assert_eq!(with_number(text, "b", "x", 3), "# why\n[a]\nx = 5\n[b]\nx = 3\ny = 1\n");
    }
}
