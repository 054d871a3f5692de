//! versitygw, an S3 gateway over a folder (docs/adr/0014): built once by Go into the user's cache folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::client_tests::{cache_folder, output_in_the_end};
use super::{Server, Start, accepts_connections, in_folder, new_folder};

const MODULE: &str = "github.com/versity/versitygw/cmd/versitygw";
const VERSION: &str = "v1.8.0";
const BUCKET: &str = "headwater-tests";
const ACCESS_KEY_ID: &str = "headwater";
const SECRET_ACCESS_KEY: &str = "secret-of-the-tests";

pub fn start(variables: &mut Vec<(&'static str, String)>) -> Result<Server, String> {
    let program = installed()?;
    let folder = new_folder("s3")?;
    for name in ["root", "facts"] {
        let part = folder.join(name);
        fs::create_dir_all(&part).map_err(|error| in_folder(&part, &error))?;
    }
    let bucket = folder.join("root").join(BUCKET);
    fs::create_dir_all(&bucket).map_err(|error| in_folder(&bucket, &error))?;
    let (facts, root) = (folder.join("facts"), folder.join("root"));
    let command = |port: u16| {
        let mut command = Command::new(&program);
        command
            .env("ROOT_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("ROOT_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .args(["--quiet", "--port", &format!("127.0.0.1:{port}"), "posix"])
            // Not every file system of temporary files has extended attributes.
            .arg("--sidecar")
            .args([&facts, &root]);
        command
    };
    let start =
        Start { name: "versitygw", command: &command, is_ready: &accepts_connections, signal: "-TERM" };
    let (server, port) = Server::start(folder, &start)?;
    variables.extend([
        ("HEADWATER_TEST_S3_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("HEADWATER_TEST_S3_BUCKET", BUCKET.to_owned()),
        ("HEADWATER_TEST_S3_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
        ("HEADWATER_TEST_S3_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
    ]);
    Ok(server)
}

/// The program of the pinned version, built when there is none yet.
fn installed() -> Result<PathBuf, String> {
    let folder = cache_folder()?.join("tools").join(format!("versitygw-{VERSION}"));
    fs::create_dir_all(&folder).map_err(|error| in_folder(&folder, &error))?;
    // Two gates may start at once: the second waits for what the first builds.
    let lock = File::create(folder.join("lock")).map_err(|error| in_folder(&folder, &error))?;
    lock.lock().map_err(|error| in_folder(&folder, &error))?;
    let program = folder.join("versitygw");
    if program.exists() {
        return Ok(program);
    }
    println!("building versitygw {VERSION} in {}", folder.display());
    let building = folder.join("building");
    let mut install = Command::new(go());
    install
        .env("GOBIN", &building)
        .env("CGO_ENABLED", "0")
        .current_dir(&folder)
        .args(["install", &format!("{MODULE}@{VERSION}")]);
    output_in_the_end(&mut install)
        .map_err(|error| format!("{error} (Go 1.24 or newer is needed: https://go.dev/dl)"))?;
    fs::rename(building.join("versitygw"), &program).map_err(|error| in_folder(&program, &error))?;
    Ok(program)
}

/// Go's own place of installation is often not in the path.
fn go() -> PathBuf {
    let usual = Path::new("/usr/local/go/bin/go");
    if usual.exists() { usual.to_path_buf() } else { PathBuf::from("go") }
}
