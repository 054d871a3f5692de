//! What never stands in the code: ignored tests, tests that sleep, unfinished places.

use std::fs;

use super::workspace::Workspace;
use crate::source;

const IN_TESTS: &[(&str, &str)] = &[
    ("#[ignore", "a test that does not run is no test"),
    ("thread::sleep", "tests advance the clock or wait for an event"),
    ("time::sleep", "tests advance the clock or wait for an event"),
];
const EVERYWHERE: &[(&str, &str)] = &[
    ("todo!(", "answer a declared error instead"),
    ("unimplemented!(", "answer a declared error instead"),
    ("dbg!(", "use tracing"),
];
const IN_PYTHON: &[(&str, &str)] = &[
    ("time.sleep(", "wait for an event, with a limit"),
    ("pytest.mark.skip", "a test that does not run is no test"),
    ("pytest.mark.xfail", "a test that may fail is no test"),
];

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    for source in &workspace.sources {
        for (pattern, reason) in IN_TESTS {
            for offset in source.find(pattern).filter(|&offset| source.is_test(offset)) {
                complaints.push(format!("{}:{}: `{pattern}`: {reason}", source.path, source.line(offset)));
            }
        }
        for (pattern, reason) in EVERYWHERE {
            for offset in source.find(pattern) {
                complaints.push(format!("{}:{}: `{pattern}`: {reason}", source.path, source.line(offset)));
            }
        }
    }
    for path in source::files_under(&workspace.root.join("tests"), "py")? {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        for (number, line) in text.lines().enumerate() {
            for (pattern, reason) in IN_PYTHON.iter().filter(|(pattern, _)| line.contains(pattern)) {
                let path = source::relative(&workspace.root, &path);
                complaints.push(format!("{path}:{}: `{pattern}`: {reason}", number + 1));
            }
        }
    }
    Ok(complaints)
}
