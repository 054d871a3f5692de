//! Runs a command and shows the lines of its output that matter while it runs, keeping all of them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;

pub struct Streams {
    is_shown: fn(&str) -> bool,
}

pub struct Run {
    pub is_success: bool,
    /// Standard output, then standard error.
    pub lines: Vec<String>,
}

impl Streams {
    pub fn show(is_shown: fn(&str) -> bool) -> Streams {
        Streams { is_shown }
    }

    pub fn run(self, mut command: Command) -> Result<Run, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let is_shown = self.is_shown;
        let stderr = child.stderr.take().map(|pipe| thread::spawn(move || follow(pipe, is_shown)));
        let mut lines = child.stdout.take().map(|pipe| follow(pipe, is_shown)).unwrap_or_default();
        if let Some(Ok(more)) = stderr.map(thread::JoinHandle::join) {
            lines.extend(more);
        }
        let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
        Ok(Run { is_success: status.success(), lines })
    }
}

fn follow(pipe: impl Read, is_shown: fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if is_shown(&line) {
            println!("{line}");
        }
        lines.push(line);
        bytes.clear();
    }
    lines
}
