//! What is done to the server while it is loaded.

use std::fs::{self, File};
use std::io::Write;
use std::thread;
use std::time::Duration;

use clap::ValueEnum;

use crate::server_process::ServerProcess;

/// A fault of half a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// The process gets no time, while clocks and clients go on.
    Stop,
    /// Another program takes all of the disk but a little, and gives it back: for a small file system of its own.
    FullDisk,
}

/// The largest disk that is filled.
const DISK_BYTES_MAX: u64 = 8 << 30;

impl Fault {
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stopped",
            Self::FullDisk => "full disk",
        }
    }

    pub fn inject(self, server: &ServerProcess, length: Duration) -> Result<(), String> {
        match self {
            Self::Stop => {
                server.signal("STOP")?;
                thread::sleep(length);
                server.signal("CONT")
            }
            Self::FullDisk => {
                let ballast = server.data_dir().with_extension("ballast");
                let filled = fill(&ballast);
                thread::sleep(length);
                let removed = fs::remove_file(&ballast).map_err(|error| error.to_string());
                filled.and(removed)
            }
        }
    }
}

/// Writes a file until nothing fits any more.
fn fill(ballast: &std::path::Path) -> Result<(), String> {
    let mut file = File::create(ballast).map_err(|error| error.to_string())?;
    let disk = rustix::fs::fstatvfs(&file).map_err(|error| error.to_string())?;
    if disk.f_blocks * disk.f_frsize > DISK_BYTES_MAX {
        return Err("the disk is not filled: it has more than 8 GiB".to_owned());
    }
    let chunk = vec![0x55; 64 * 1_024];
    while file.write_all(&chunk).is_ok() {}
    Ok(())
}
