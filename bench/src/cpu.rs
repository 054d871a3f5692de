//! CPU time of a process, from `/proc` (Linux).

use std::fs;

/// Seconds of CPU, user and system, that all threads of a process have used.
pub fn process_seconds(process_id: u32) -> Result<f64, String> {
    let path = format!("/proc/{process_id}/stat");
    let stat = fs::read_to_string(&path).map_err(|error| format!("reading {path} failed: {error}"))?;
    // The second field is the program's name in parentheses and may hold blanks; user and system ticks are the 12th
    // and 13th field after it.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => Ok((user + system) / TICKS_PER_SECOND),
        _ => Err(format!("{path} has an unexpected form")),
    }
}

/// Resident memory of a process in bytes.
pub fn resident_bytes(process_id: u32) -> Option<u64> {
    status_bytes(process_id, "VmRSS:")
}

/// The most that a process had resident since it began, or since [`forget_peak`].
pub fn peak_resident_bytes(process_id: u32) -> Option<u64> {
    status_bytes(process_id, "VmHWM:")
}

/// Begins the peak of resident memory anew.
pub fn forget_peak(process_id: u32) -> Result<(), String> {
    fs::write(format!("/proc/{process_id}/clear_refs"), "5").map_err(|error| error.to_string())
}

fn status_bytes(process_id: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// File descriptors that a process has open.
pub fn open_files(process_id: u32) -> usize {
    fs::read_dir(format!("/proc/{process_id}/fd")).map_or(0, Iterator::count)
}

/// Seconds of CPU that this thread has used.
pub fn thread_seconds() -> Result<f64, String> {
    let path = "/proc/thread-self/schedstat";
    let text = fs::read_to_string(path).map_err(|error| format!("reading {path} failed: {error}"))?;
    let nanoseconds = text.split_whitespace().next().and_then(|field| field.parse::<f64>().ok());
    nanoseconds.map(|ns| ns / 1e9).ok_or_else(|| format!("{path} has an unexpected form"))
}

/// The kernel's clock tick is 100 Hz on every Linux that Rust's standard targets run on.
const TICKS_PER_SECOND: f64 = 100.0;
