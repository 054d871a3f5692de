//! The generated pages: COMPAT.md, the reference of functions and of settings. Everything in them comes from the tables
//! that the program itself uses.

use std::fmt::Write;

use wire::{Operation, Service};

use crate::operations::is_supported;
use crate::settings::{self, Settings};

/// A generated page.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// What `headwater reference` calls it.
    pub name: &'static str,
    /// Where it lies in the repository.
    pub path: &'static str,
    pub write: fn() -> String,
}

/// All pages, one line each.
pub const PAGES: &[Page] = &[
    Page { name: "compat", path: "COMPAT.md", write: compat },
    Page { name: "functions", path: "docs/functions.md", write: sql::reference::functions_page },
    Page { name: "settings", path: "docs/settings.toml", write: settings_page },
];

fn settings_page() -> String {
    settings::print(&Settings::default())
}

fn compat() -> String {
    let mut page = String::from(COMPAT_HEAD);
    page.push_str("\n## Operations\n\n| operation | API | status |\n|---|---|---|\n");
    for operation in Operation::ALL {
        let api = match operation.service() {
            Service::Write => "Write",
            Service::Query => "Query",
            Service::Both => "both",
        };
        let status = if is_supported(*operation) { "yes" } else { "not yet: ValidationException" };
        let _ = writeln!(page, "| {} | {api} | {status} |", operation.name());
    }
    page.push_str("\n## Functions, operators and forms of SQL\n\n");
    page.push_str(&sql::reference::compatibility_rows());
    page.push_str("\n## The language around them\n\n");
    page.push_str(&sql::reference::language_rows());
    page.push_str(COMPAT_TAIL);
    page
}

const COMPAT_HEAD: &str = "\
# Compatibility

Made by `cargo xtask docs` from the program's own tables. What is marked `yes` is tested through the API; everything else answers a declared
error. The tests say how many cases of the contract's SQL corpus pass (`tests/sql/ratchet.toml` holds the number).
";

const COMPAT_TAIL: &str = "
## More than the original

- A query that starts after a write was acknowledged sees it. The original is eventually consistent.
- Records for the magnetic store are durable and visible when they are acknowledged, not within hours. Their version conflicts go to the report of
  rejected data within a checkpoint's time; for a table without a location for it, they are in the answer at once.
- A name that is no column of the table but the measure name of single-measure records stands for their value: `temperature` means
  `CASE WHEN measure_name = 'temperature' THEN measure_value::double END`. It is NULL on rows of other measures. A real column always wins.
- A table whose memory store retention grows accepts records for the newly covered past at once.
- Quotas are limits of one server, and there are no request rates to buy.

## Different from the original

- `InvalidEndpointException` (421) is never sent: clients would retry it without end.
- The wrong secret and an unknown access key get the same answer.
- `QueryInsightsResponse` counts tables, rows and bytes; it has no `QuerySpatialCoverage` and no `QueryTemporalRange`.
- KMS keys are recorded and shown but encrypt nothing. UNLOAD hands them to the service it writes to.
- Where the original's behaviour is not documented, the choice is the one of its dialect's ancestor, Trino.
";
