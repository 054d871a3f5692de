//! Writes the pages that the program makes of its own tables: `headwater reference PAGE`. A test of the server compares
//! them with what is committed.

use std::fs;
use std::path::Path;

use crate::gate::cargo_command;

/// Name of the page and where it is written.
const PAGES: &[(&str, &str)] =
    &[("compat", "COMPAT.md"), ("functions", "docs/functions.md"), ("settings", "docs/settings.toml")];

/// Builds the program and writes all pages.
///
/// # Errors
/// The build fails, or a page can't be written.
pub fn write(root: &Path) -> Result<(), String> {
    for (page, path) in PAGES {
        let output = cargo_command(root)
            .args(["run", "--quiet", "--package", "headwater", "--", "reference", page])
            .output()
            .map_err(|error| format!("can't run cargo: {error}"))?;
        if !output.status.success() {
            return Err(format!("page {page}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        fs::write(root.join(path), &output.stdout).map_err(|error| format!("can't write {path}: {error}"))?;
    }
    Ok(())
}
