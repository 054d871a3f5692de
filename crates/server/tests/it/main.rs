//! Runs the scenarios of `tests/api/**/*.yaml` against a server in this process: the same way as over the network, with
//! signed requests, but with a clock that moves only when a scenario says so. `tests/api/README.md` has the format.

mod host;
mod matching;
mod pages;
mod pressure;
mod scenario;
mod template;

use std::path::{Path, PathBuf};

use wire::Operation;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/api")
}

fn scenario_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in
        std::fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.extend(inside.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")));
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenarios() {
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let files = scenario_files();
    let mut failures = Vec::new();
    let mut run = 0;
    for file in files.iter().filter(|file| file.display().to_string().contains(&only)) {
        run += 1;
        let text = std::fs::read_to_string(file).unwrap();
        if let Err(failure) = scenario::run(&text).await {
            let name = file.strip_prefix(corpus()).unwrap();
            failures.push(format!("tests/api/{}: {failure}", name.display()));
        }
    }
    println!("{run} scenarios, {} failed", failures.len());
    assert!(run > 0, "no scenario matches {only:?}");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// A supported operation without scenarios, or a folder that names no operation, is a mistake.
#[test]
fn every_supported_operation_has_scenarios() {
    let snake = |name: &str| {
        let mut text = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.push(c.to_ascii_lowercase());
        }
        text
    };
    let folders: Vec<String> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    for operation in Operation::ALL.iter().filter(|operation| server::operations::is_supported(**operation)) {
        assert!(folders.contains(&snake(operation.name())), "no scenarios for {}", operation.name());
    }
    let known = |folder: &String| {
        folder == "protocol" || Operation::ALL.iter().any(|operation| snake(operation.name()) == *folder)
    };
    let unknown: Vec<&String> = folders.iter().filter(|folder| !known(folder)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// What `is_supported` says is what a call sees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unsupported_operations_say_so() {
    let host = host::Host::start(server::settings::Settings::default(), 0).await;
    for operation in Operation::ALL {
        let target = format!("{}.{}", wire::TARGET_PREFIX, operation.name());
        let answer = host.call(&target, b"{}".to_vec(), &host::Tampering::default()).await;
        let message = answer.body["Message"].as_str().unwrap_or_default();
        let refused = answer.status == 400 && message.contains("is not supported by this release");
        assert_eq!(
            refused,
            !server::operations::is_supported(*operation),
            "{}: {}",
            operation.name(),
            answer.body
        );
    }
    host.stop().await;
}
