//! `unwrap()` and `expect("…")` outside of tests may only become fewer in each crate.

use super::workspace::{Member, Workspace};
use crate::source::Source;

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
        let unwraps = source.find(".unwrap()").map(|offset| (offset, "unwrap"));
        let expects = expects_of_text(source).map(|offset| (offset, "expect"));
        for (offset, call) in unwraps.chain(expects).filter(|(offset, _)| !source.is_test(*offset)) {
            places.push(format!("{}:{}: `{call}`", source.path, source.line(offset)));
        }
    }
    places
}

/// `expect` with a literal, which is blank in the code: a parser's own `expect(Token::Comma)` does not panic.
fn expects_of_text(source: &Source) -> impl Iterator<Item = usize> + '_ {
    const CALL: &str = ".expect(";
    source.find(CALL).filter(|offset| {
        let argument = &source.code[offset + CALL.len()..];
        argument.starts_with(char::is_whitespace) && argument.trim_start().starts_with(')')
    })
}

#[cfg(test)]
mod tests {
    use super::expects_of_text;
    use crate::source::Source;

    #[test]
    fn only_an_expect_of_text_panics() {
        for (code, expected) in [
            ("a.expect(\"a reason\")", 1),
            ("a.expect(\n  \"a reason\"\n)", 1),
            ("self.expect(Token::Comma)", 0),
            ("self.expect()", 0),
        ] {
            let source = Source::new("crates/x/src/a.rs".to_owned(), "crates/x".to_owned(), code);
            assert_eq!(expects_of_text(&source).count(), expected, "{code}");
        }
    }
}
