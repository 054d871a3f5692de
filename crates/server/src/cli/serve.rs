//! `headwater serve`: runs the server until SIGINT or SIGTERM.

use std::collections::BTreeMap;
use std::io::Write;

use clap::ArgMatches;

use super::{Failure, load_settings, real_world, runtime, signals};
use crate::running::RunningServer;
use crate::settings::{self, Settings};
use crate::telemetry;

pub fn run(matches: &ArgMatches, environment: BTreeMap<String, String>) -> Result<(), Failure> {
    let settings = load_settings(matches, &environment)?;
    if matches.get_flag("print_settings") {
        std::io::stdout().write_all(settings::print(&settings).as_bytes())?;
        return Ok(());
    }
    telemetry::start_logging(&settings).map_err(Failure)?;
    runtime()?.block_on(serve(settings, environment))
}

async fn serve(settings: Settings, environment: BTreeMap<String, String>) -> Result<(), Failure> {
    let world = real_world(&settings, environment);
    let starting = RunningServer::start(settings, world);
    let stop = signals::stop_requested();
    tokio::pin!(stop);
    let server = tokio::select! {
        started = starting => started?,
        // Recovery reads only what is durable: it can be left at any point.
        signal = &mut stop => {
            tracing::info!(signal = signal?, "stopped while starting");
            return Ok(());
        }
    };
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", server.address())?;
    stdout.flush()?;
    let signal = stop.await?;
    tracing::info!(signal, "stopping");
    server.stop().await;
    Ok(())
}
