//! A server started for one measurement.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::connection::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// How a server is started, where it is not as usual.
#[derive(Debug)]
pub struct Launch<'a> {
    pub data_dir: &'a Path,
    /// A command in front of it, which becomes the server.
    pub under: &'a [String],
    pub flags: &'a [String],
    /// Where its log goes.
    pub log: Option<&'a Path>,
}

/// Killed when it is dropped.
pub struct ServerProcess {
    child: RefCell<Child>,
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
        Self::launch(binary, &Launch { data_dir, under: &[], flags: &[], log: None })
    }

    /// Starts `binary` as it is asked for.
    pub fn launch(binary: &Path, launch: &Launch<'_>) -> Result<Self, String> {
        let data_dir = launch.data_dir;
        let mut words = launch.under.iter().map(OsStr::new).chain([binary.as_os_str()]);
        let program = words.next().unwrap_or(binary.as_os_str());
        let log = match launch.log {
            Some(path) => File::create(path).map_err(|error| error.to_string())?.into(),
            None => Stdio::null(),
        };
        let mut child = Command::new(program)
            .args(words)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .args(launch.flags)
            .env("HEADWATER_ROOT_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("HEADWATER_ROOT_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("starting {program:?} failed: {error}"))?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let data_dir = data_dir.to_path_buf();
        match line.trim().rsplit_once("http://") {
            Some((_, address)) => Ok(Self {
                child: RefCell::new(child),
                address: address.to_owned(),
                data_dir,
                is_scratch: false,
            }),
            None => Err(format!("the server did not say where it listens: {line:?}")),
        }
    }

    pub fn id(&self) -> u32 {
        self.child.borrow().id()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.borrow_mut().try_wait().ok().flatten()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) -> Result<(), String> {
        let id = self.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            failed => Err(format!("signal {name} was not sent: {failed:?}")),
        }
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Bytes of all files of the data directory.
    pub fn data_bytes(&self) -> u64 {
        folder_bytes(&self.data_dir)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let _ = child.kill();
        let _ = child.wait();
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
