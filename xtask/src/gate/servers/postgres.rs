//! PostgreSQL from the machine's packages, with its data in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::client_tests::output_of;
use super::{Server, Start, in_folder, new_folder};

const PACKAGES: &str = "/usr/lib/postgresql";
const USER: &str = "headwater";
const PASSWORD: &str = "secret-of-the-tests";
/// PostgreSQL refuses to run as root; the package makes this user.
const SYSTEM_USER: &str = "postgres";

pub fn start(variables: &mut Vec<(&'static str, String)>) -> Result<Server, String> {
    let programs = installed()?;
    let folder = new_folder("postgres")?;
    let password_file = folder.join("password");
    fs::write(&password_file, PASSWORD).map_err(|error| in_folder(&password_file, &error))?;
    let is_root = output_of(Command::new("id").arg("-u"))?.trim() == "0";
    if is_root {
        output_of(Command::new("chown").args(["-R", SYSTEM_USER]).arg(&folder))?;
    }
    let data = folder.join("data");
    let mut make = unprivileged(&programs.join("initdb"), is_root);
    make.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", USER]);
    output_of(make.arg("--pwfile").arg(&password_file).arg("--pgdata").arg(&data).current_dir(&folder))?;
    let command = |port: u16| {
        let mut command = unprivileged(&programs.join("postgres"), is_root);
        command
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            // No test takes the power away from it; on a machine of many processors many tests use it at once.
            .args(["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "max_connections=500"])
            .current_dir(&data);
        command
    };
    // It accepts connections some time before it answers them.
    let is_ready = |_| status_of(&data).is_some_and(|status| status == "ready");
    let start = Start { name: "PostgreSQL", command: &command, is_ready: &is_ready, signal: "-INT" };
    let (server, port) = Server::start(folder, &start)?;
    let url = format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres");
    variables.push(("HEADWATER_TEST_POSTGRES", url));
    Ok(server)
}

/// The last of the facts that a running PostgreSQL keeps in its directory.
fn status_of(data: &Path) -> Option<String> {
    const STATUS_LINE: usize = 7;
    let facts = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    Some(facts.lines().nth(STATUS_LINE)?.trim().to_owned())
}

fn unprivileged(program: &Path, is_root: bool) -> Command {
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", SYSTEM_USER, "--regid", SYSTEM_USER, "--clear-groups"]).arg(program);
    command
}

/// The folder of the newest version's programs. As root they are installed when there are none.
fn installed() -> Result<PathBuf, String> {
    if let Some(programs) = newest() {
        return Ok(programs);
    }
    println!("installing PostgreSQL");
    let get = |arguments: &[&str]| {
        let mut get = Command::new("apt-get");
        get.args(["-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=5"]).args(arguments);
        output_of(get.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let install = ["install", "--yes", "--no-install-recommends", "postgresql"];
    // A machine's list of packages may be old, or there may be none yet.
    let outcome = get(&install).or_else(|_| get(&["update"]).and_then(|_| get(&install)));
    newest().ok_or_else(|| {
        let reason = outcome.err().unwrap_or_default();
        format!("PostgreSQL is needed (Debian and Ubuntu: apt-get install postgresql) {reason}")
    })
}

fn newest() -> Option<PathBuf> {
    let versions = fs::read_dir(PACKAGES).ok()?.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    versions.max().map(|(_, programs)| programs)
}
