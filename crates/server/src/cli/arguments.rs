//! Commands and flags. The flags of settings come from their table.

use clap::{Arg, ArgAction, Command};

use crate::settings::SETTINGS;

pub fn command() -> Command {
    Command::new("headwater")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A time series database that speaks Amazon Timestream for LiveAnalytics")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(serve())
        .subcommand(demo())
        .subcommand(query())
        .subcommand(inspect())
        .subcommand(check())
        .subcommand(reference())
}

fn serve() -> Command {
    let print = Arg::new("print_settings")
        .long("print-settings")
        .action(ArgAction::SetTrue)
        .help("Print all settings with their values as a TOML file, and exit");
    with_settings(Command::new("serve").about("Run the server"), None).arg(config()).arg(print)
}

/// Records that the demonstration loads.
pub const DEMO_RECORDS_DEFAULT: u64 = 1_000_000;

fn demo() -> Command {
    let records = Arg::new("records")
        .long("records")
        .value_name("NUMBER")
        .value_parser(clap::value_parser!(u64).range(1..=1_000_000_000))
        .help("How many records to load [default: 1000000]");
    let no_wait = Arg::new("no_wait")
        .long("no-wait")
        .action(ArgAction::SetTrue)
        .help("Stop after the tour instead of keeping the server running");
    let about = "Run a server with generated data in ./headwater-demo and show some queries";
    with_settings(Command::new("demo").about(about), None).arg(config()).arg(records).arg(no_wait)
}

fn query() -> Command {
    let command = Command::new("query")
        .about("Run a query and print its result as a table")
        .long_about(
            "Run a query and print its result as a table.\n\nCredentials come from AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, else from the file that AWS_SHARED_CREDENTIALS_FILE names, else from the file \
             `credentials` of the data directory.",
        )
        .arg(Arg::new("sql").required(true).value_name("SQL").help("The query"))
        .arg(Arg::new("endpoint").long("endpoint").value_name("URL").help(
            "The server [default: AWS_ENDPOINT_URL_TIMESTREAM_QUERY, AWS_ENDPOINT_URL, else the setting listen]",
        ));
    with_settings(command, Some(&["data_dir", "listen", "region"])).arg(config())
}

fn inspect() -> Command {
    Command::new("inspect")
        .about("Print a data directory, or a file of one, in readable form")
        .arg(Arg::new("path").required(true).value_name("PATH").help("A data directory or a file below one"))
}

/// Settings that say where the objects of a data directory are.
const OBJECT_SETTINGS: [&str; 5] =
    ["object_store", "s3_endpoint", "s3_region", "s3_allow_http", "s3_path_style"];

fn check() -> Command {
    let command = Command::new("check")
        .about("Read everything in the data directory of a stopped server and report damage")
        .long_about(
            "Read everything in the data directory of a stopped server and report damage. Nothing is changed.\n\n\
             Exit codes: 0 nothing is damaged, 1 something is, 2 the check could not be made.",
        )
        .arg(Arg::new("dir").required(true).value_name("DIR").help("The data directory"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the report as JSON"));
    with_settings(command, Some(&OBJECT_SETTINGS)).arg(config())
}

fn reference() -> Command {
    let names = crate::reference::PAGES.iter().map(|page| page.name);
    Command::new("reference").hide(true).about("Print a generated page of the documentation").arg(
        Arg::new("page")
            .required(true)
            .value_name("PAGE")
            .value_parser(clap::builder::PossibleValuesParser::new(names)),
    )
}

fn config() -> Arg {
    Arg::new("config").long("config").value_name("FILE").help("TOML file with settings")
}

/// Adds the flags of all settings, or of those named.
pub fn with_settings(command: Command, only: Option<&[&str]>) -> Command {
    let wanted = SETTINGS.iter().filter(|setting| only.is_none_or(|only| only.contains(&setting.key)));
    command.args(wanted.map(|setting| {
        let help = setting.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        // Clap wants names that live as long as the process; there is one per setting.
        Arg::new(setting.key).long(&*setting.flag().leak()).value_name(setting.placeholder).help(help)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_a_flag_of_serve() {
        let arguments =
            ["headwater", "serve", "--test-clock", "2024-01-01T00:00:00Z", "--body-bytes-max=70000"];
        let matches = command().try_get_matches_from(arguments).unwrap();
        let (_, serve) = matches.subcommand().unwrap();
        assert_eq!(serve.get_one::<String>("body_bytes_max").unwrap(), "70000");
        assert!(command().try_get_matches_from(["headwater", "serve", "--tset-clock", "x"]).is_err());
        command().debug_assert();
    }
}
