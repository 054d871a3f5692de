//! `headwater reference`: prints a generated page, for `cargo xtask docs`.

use std::io::Write;

use clap::ArgMatches;

use super::Failure;
use crate::reference::PAGES;

pub fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<String>("page").map(String::as_str).unwrap_or_default();
    let page = PAGES.iter().find(|page| page.name == name);
    let page = page.ok_or_else(|| Failure(format!("there is no page {name}")))?;
    std::io::stdout().write_all((page.write)().as_bytes())?;
    Ok(())
}
