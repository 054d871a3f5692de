//! Product code does not reach for the clock, for randomness or for files by itself: each is injected. The few files
//! that implement them are declared in `xtask/ratchets.toml`. `clippy.toml` says the same for calls through imports.

use super::workspace::Workspace;

struct Ban {
    /// The key in `[world]` that lists where the calls may stand.
    declared_as: &'static str,
    patterns: &'static [&'static str],
    instead: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        declared_as: "clock",
        patterns: &["SystemTime::now", "Instant::now", "Utc::now", "Local::now"],
        instead: "take the injected `model::clock`",
    },
    Ban {
        declared_as: "entropy",
        patterns: &[
            "rand::rng(",
            "thread_rng",
            "rand::random",
            "OsRng",
            "SysRng",
            "getrandom::",
            "from_entropy(",
            "from_os_rng(",
        ],
        instead: "take the injected `model::entropy`",
    },
    Ban {
        declared_as: "files",
        patterns: &["std::fs", "tokio::fs", "fs::File", "File::open", "File::create", "OpenOptions::new"],
        instead: "take the injected file system",
    },
];

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    for ban in BANS {
        let declared = workspace.ratchets.list("world", ban.declared_as)?;
        for path in &declared {
            if !workspace.root.join(path).exists() {
                complaints.push(format!(
                    "xtask/ratchets.toml: [world] {} names {path}, which is gone",
                    ban.declared_as
                ));
            }
        }
        for source in workspace.product_sources() {
            if declared.iter().any(|path| source.path.starts_with(path.as_str())) {
                continue;
            }
            for pattern in ban.patterns {
                for offset in source.find(pattern).filter(|&offset| !source.is_test(offset)) {
                    let line = source.line(offset);
                    complaints.push(format!("{}:{line}: `{pattern}`: {}", source.path, ban.instead));
                }
            }
        }
    }
    complaints.sort();
    complaints.dedup();
    Ok(complaints)
}
