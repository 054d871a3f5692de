//! A server started for one measurement.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::connection::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// Killed when it is dropped.
pub struct ServerProcess {
    child: Child,
    pub address: String,
    data_dir: PathBuf,
    is_scratch: bool,
}

impl ServerProcess {
    /// Starts `binary` on a free loopback port and a new data directory below `parent`, which goes with the process.
    pub fn start(binary: &Path, parent: &Path) -> Result<Self, String> {
        let data_dir = parent.join(format!("headwater-bench-{}", std::process::id()));
        fs::create_dir_all(&data_dir).map_err(|error| format!("creating {data_dir:?} failed: {error}"))?;
        let mut started = Self::on(binary, &data_dir)?;
        started.is_scratch = true;
        Ok(started)
    }

    /// Starts `binary` on a data directory that stays.
    pub fn on(binary: &Path, data_dir: &Path) -> Result<Self, String> {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .env("HEADWATER_ROOT_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("HEADWATER_ROOT_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("starting {binary:?} failed: {error}"))?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let data_dir = data_dir.to_path_buf();
        match line.trim().rsplit_once("http://") {
            Some((_, address)) => {
                Ok(Self { child, address: address.to_owned(), data_dir, is_scratch: false })
            }
            None => Err(format!("the server did not say where it listens: {line:?}")),
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Bytes of all files of the data directory.
    pub fn data_bytes(&self) -> u64 {
        folder_bytes(&self.data_dir)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if self.is_scratch {
            let _ = fs::remove_dir_all(&self.data_dir);
        }
    }
}

pub fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}
