//! The rules of the code base that a machine can check. One rule, one file, one line in `RULES`.

mod anchoring;
mod bans;
mod edges;
mod generated;
mod lengths;
mod names;
mod panics;
mod ratchets;
mod supply;
mod workspace;
mod world;

use std::path::Path;

use workspace::Workspace;

#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    Check,
    /// Also lowers the recorded numbers that may be lowered.
    Tighten,
}

struct Rule {
    name: &'static str,
    /// Lists what breaks the rule, one complaint an element. `Err` when the rule could not be checked at all.
    check: fn(&Workspace) -> Result<Vec<String>, String>,
}

const RULES: &[Rule] = &[
    Rule { name: "crate edges", check: edges::check },
    Rule { name: "generated files", check: generated::check },
    Rule { name: "feature anchoring", check: anchoring::check },
    Rule { name: "supply", check: supply::check },
    Rule { name: "injected world", check: world::check },
    Rule { name: "names", check: names::check },
    Rule { name: "bans", check: bans::check },
    Rule { name: "file and function lengths", check: lengths::check },
    Rule { name: "panics", check: panics::check },
];

pub struct Outcome {
    pub passed: usize,
    pub failed: usize,
}

pub fn run(root: &Path, mode: Mode) -> bool {
    check_all(root, mode).failed == 0
}

pub fn check_all(root: &Path, mode: Mode) -> Outcome {
    let mut outcome = Outcome { passed: 0, failed: 0 };
    let workspace = match Workspace::open(root) {
        Ok(workspace) => workspace,
        Err(error) => {
            eprintln!("tidy: {error}");
            return Outcome { passed: 0, failed: 1 };
        }
    };
    if mode == Mode::Tighten
        && let Err(error) = ratchets::tighten(&workspace)
    {
        eprintln!("tidy: {error}");
        outcome.failed += 1;
    }
    for rule in RULES {
        let complaints = (rule.check)(&workspace).unwrap_or_else(|error| vec![error]);
        if complaints.is_empty() {
            println!("ok      {}", rule.name);
            outcome.passed += 1;
            continue;
        }
        println!("BROKEN  {}", rule.name);
        for complaint in complaints {
            println!("          {complaint}");
        }
        outcome.failed += 1;
    }
    outcome
}
