//! Names that say nothing: `common`, `utils`, `helpers` as modules; Manager, Helper, Impl and their like in types.

use super::workspace::Workspace;
use crate::source::is_word;

const MODULES: &[&str] = &["common", "util", "utils", "helper", "helpers", "misc"];
const TYPE_WORDS: &[&str] =
    &["Manager", "Helper", "Helpers", "Util", "Utils", "Impl", "Info", "Base", "Context"];

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let allowed = workspace.ratchets.list("names", "allowed")?;
    let mut complaints = Vec::new();
    for source in workspace.sources.iter().filter(|source| !source.is_generated) {
        let inside = source.path.trim_start_matches(&source.member);
        let banned_part =
            inside.split('/').map(|part| part.trim_end_matches(".rs")).find(|part| MODULES.contains(part));
        if let Some(part) = banned_part {
            complaints
                .push(format!("{}: a module called `{part}` says nothing about what it owns", source.path));
        }
        for keyword in ["struct ", "enum ", "trait ", "type ", "union "] {
            for offset in source.find(keyword) {
                let rest = source.code[offset + keyword.len()..].trim_start();
                let name: String = rest.chars().take_while(|&c| is_word(c)).collect();
                let Some(word) = words(&name).into_iter().find(|word| TYPE_WORDS.contains(&word.as_str()))
                else {
                    continue;
                };
                if !allowed.contains(&name) {
                    complaints.push(format!(
                        "{}:{}: `{name}`: {word} says nothing",
                        source.path,
                        source.line(offset)
                    ));
                }
            }
        }
    }
    Ok(complaints)
}

/// `ColumnInfo` is `Column`, `Info`; `Database` is one word.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_name_is_split_at_capitals() {
        assert_eq!(words("ColumnInfo"), ["Column", "Info"]);
        assert_eq!(words("Database"), ["Database"]);
        assert_eq!(words("ImplicitCast"), ["Implicit", "Cast"]);
    }
}
