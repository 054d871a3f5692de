//! Files over 600 lines without their tests, and functions over 70 lines, do not grow in number.

use super::workspace::Workspace;

pub const FILE_LINES_MAX: usize = 600;
pub const FUNCTION_LINES_MAX: usize = 70;

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut complaints = workspace.ratchets.compare("lengths", "files", &long_files(workspace))?;
    complaints.extend(workspace.ratchets.compare("lengths", "functions", &long_functions(workspace))?);
    Ok(complaints)
}

pub fn long_files(workspace: &Workspace) -> Vec<String> {
    let written = workspace.sources.iter().filter(|source| !source.is_generated);
    let sizes = written.map(|source| (source, source.product_line_count()));
    sizes
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(source, lines)| format!("{}: {lines} lines, {FILE_LINES_MAX} at the most", source.path))
        .collect()
}

pub fn long_functions(workspace: &Workspace) -> Vec<String> {
    let mut long = Vec::new();
    for source in workspace.sources.iter().filter(|source| !source.is_generated) {
        for (name, range) in source.functions() {
            let lines = source.code[range.clone()].lines().count();
            if lines > FUNCTION_LINES_MAX && !source.is_test(range.start) {
                let line = source.line(range.start);
                long.push(format!(
                    "{}:{line}: `{name}` has {lines} lines, {FUNCTION_LINES_MAX} at the most",
                    source.path
                ));
            }
        }
    }
    long
}
