//! Real servers for the tests of stores: an S3 service and PostgreSQL. They live as long as [`Servers`], in folders of their own, on
//! free ports of this machine, and are named to the tests by variables.

mod postgres;
mod s3;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Running servers; ended when dropped.
pub struct Servers {
    variables: Vec<(&'static str, String)>,
    _s3: Server,
    _postgres: Server,
}

impl Servers {
    /// Installs what is missing and starts all servers.
    pub fn start() -> Result<Self, String> {
        let mut variables = vec![("no_proxy", no_proxy()), ("NO_PROXY", no_proxy())];
        let s3 = s3::start(&mut variables)?;
        let postgres = postgres::start(&mut variables)?;
        Ok(Self { variables, _s3: s3, _postgres: postgres })
    }

    /// What the tests find in their environment.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        self.variables.clone()
    }
}

/// A process and the folder that goes with it.
pub struct Server {
    process: Child,
    folder: Option<PathBuf>,
    /// The signal that ends it.
    signal: &'static str,
}

/// Another program may take a free port first: then it is tried with another one.
const STARTS_MAX: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);
/// Ten minutes, which no machine needs.
const READY_TRIES_MAX: u32 = 12_000;
/// A minute.
const END_TRIES_MAX: u32 = 1_200;

/// How a server is started on a port, and how one sees that it answers.
struct Start<'a> {
    name: &'static str,
    command: &'a dyn Fn(u16) -> Command,
    is_ready: &'a dyn Fn(u16) -> bool,
    signal: &'static str,
}

impl Server {
    /// Starts a process on a free port and waits until it is ready. What it says goes to a file in its folder.
    fn start(folder: PathBuf, start: &Start<'_>) -> Result<(Self, u16), String> {
        let log = folder.join("log");
        let mut reason = String::new();
        for _ in 0..STARTS_MAX {
            let port = free_port()?;
            let output = File::create(&log).map_err(|error| in_folder(&log, &error))?;
            let errors = output.try_clone().map_err(|error| in_folder(&log, &error))?;
            let mut command = (start.command)(port);
            command.stdin(Stdio::null()).stdout(output).stderr(errors);
            let process = command.spawn().map_err(|error| format!("{}: {error}", start.name))?;
            let mut server = Self { process, folder: None, signal: start.signal };
            match server.wait_until_ready(start, port) {
                Ok(()) => {
                    server.folder = Some(folder);
                    return Ok((server, port));
                }
                Err(failure) => {
                    reason = format!("{failure}: {}", fs::read_to_string(&log).unwrap_or_default().trim());
                }
            }
        }
        drop(fs::remove_dir_all(&folder));
        Err(reason)
    }

    fn wait_until_ready(&mut self, start: &Start<'_>, port: u16) -> Result<(), String> {
        for _ in 0..READY_TRIES_MAX {
            let is_ready = (start.is_ready)(port);
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("{} ended with {status} before it was ready", start.name));
            }
            if is_ready {
                return Ok(());
            }
            pause();
        }
        Err(format!("{} does not answer on port {port}", start.name))
    }
}

fn pause() {
    #[expect(
        clippy::disallowed_methods,
        reason = "another process tells nobody when it is ready or has ended"
    )]
    thread::sleep(PAUSE);
}

fn accepts_connections(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.process.id().to_string();
        let has_ended = |process: &mut Child| !matches!(process.try_wait(), Ok(None));
        if !has_ended(&mut self.process) {
            drop(Command::new("kill").args([self.signal, &pid]).status());
        }
        for _ in 0..END_TRIES_MAX {
            if has_ended(&mut self.process) {
                break;
            }
            pause();
        }
        // What does not end by itself, or there is no such program.
        drop(self.process.kill());
        drop(self.process.wait());
        if let Some(folder) = &self.folder {
            drop(fs::remove_dir_all(folder));
        }
    }
}

/// An empty folder that no other gate uses, nor one before that was killed.
fn new_folder(name: &str) -> Result<PathBuf, String> {
    let pid = std::process::id();
    for number in 0..FOLDERS_MAX {
        let folder = std::env::temp_dir().join(format!("headwater-{name}-{pid}-{number}"));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder.clone()).map_err(|error| in_folder(&folder, &error)),
        }
    }
    Err(format!("{} is full of folders of earlier runs", std::env::temp_dir().display()))
}

const FOLDERS_MAX: u32 = 1_000;

/// The hosts that are reached without the proxy of this machine, and this machine.
fn no_proxy() -> String {
    let known = ["no_proxy", "NO_PROXY"].into_iter().find_map(|name| std::env::var(name).ok());
    let known = known.filter(|hosts| !hosts.is_empty()).map(|hosts| format!("{hosts},")).unwrap_or_default();
    format!("{known}127.0.0.1")
}

fn in_folder(folder: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", folder.display())
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
