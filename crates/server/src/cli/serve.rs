//! `headwater serve`: runs the server until SIGINT or SIGTERM.

use std::collections::BTreeMap;

use clap::ArgMatches;

use super::{Failure, block_on, load_settings, print, real_world, signals};
use crate::running::RunningServer;
use crate::settings::{self, Settings};
use crate::telemetry;

pub fn run(matches: &ArgMatches, environment: BTreeMap<String, String>) -> Result<(), Failure> {
    let settings = load_settings(matches, &environment)?;
    if matches.get_flag("print_settings") {
        return print(&settings::print(&settings));
    }
    telemetry::start_logging(&settings).map_err(Failure)?;
    block_on(serve(settings, environment))
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
    print(&format!("listening on http://{}\n", server.address()))?;
    let signal = stop.await?;
    tracing::info!(signal, "stopping");
    signals::stop(server).await
}
