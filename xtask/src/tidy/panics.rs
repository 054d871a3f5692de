//! `unwrap()` and `expect(` outside of tests may only become fewer in each crate.

use super::workspace::{Member, Workspace};

const PATTERNS: &[&str] = &[".unwrap()", ".expect("];

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    for member in &workspace.members {
        complaints.extend(workspace.ratchets.compare("panics", &member.name, &places(workspace, member))?);
    }
    Ok(complaints)
}

pub fn places(workspace: &Workspace, member: &Member) -> Vec<String> {
    let mut places = Vec::new();
    for source in workspace.sources.iter().filter(|source| source.member == member.folder) {
        for pattern in PATTERNS {
            for offset in source.find(pattern).filter(|&offset| !source.is_test(offset)) {
                places.push(format!("{}:{}: `{pattern}`", source.path, source.line(offset)));
            }
        }
    }
    places
}
