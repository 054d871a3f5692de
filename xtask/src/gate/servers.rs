//! Real servers for the tests of stores: an S3 service and PostgreSQL. They live as long as [`Servers`], in folders of their own, on
//! free ports of this machine, and are named to the tests by variables.

mod postgres;
mod s3;

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
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
        let mut variables = Vec::new();
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
    folder: PathBuf,
    /// The signal that ends it.
    signal: &'static str,
}

const START_TRIES_MAX: u32 = 600;
const START_PAUSE: Duration = Duration::from_millis(50);

impl Server {
    /// Starts a process and waits until it accepts connections on its port.
    fn start(mut command: Command, folder: PathBuf, port: u16, signal: &'static str) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let process = command.spawn().map_err(|error| format!("{name}: {error}"))?;
        let mut server = Self { process, folder, signal };
        for _ in 0..START_TRIES_MAX {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(server);
            }
            if let Ok(Some(status)) = server.process.try_wait() {
                return Err(format!("{name} ended with {status} before it accepted connections"));
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "another process tells nobody when it accepts connections"
            )]
            thread::sleep(START_PAUSE);
        }
        Err(format!("{name} does not accept connections on port {port}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.process.id().to_string();
        let is_told =
            Command::new("kill").args([self.signal, &pid]).status().is_ok_and(|status| status.success());
        if !is_told {
            // It has ended by itself, or there is no such program.
            drop(self.process.kill());
        }
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// An empty folder that no other gate uses.
fn new_folder(name: &str) -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("headwater-{name}-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| in_folder(&folder, &error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| in_folder(&folder, &error))?;
    Ok(folder)
}

fn in_folder(folder: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", folder.display())
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
