//! The one place where DataFusion is configured.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::config::SessionConfig;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::Shared;
use super::admission::RunPermit;
use super::memory::QueryMemory;
use super::optimizer;
use super::settings::QuerySettings;
use crate::lower::UnnestPlanner;
use crate::scan::ScanMeter;

/// The session of one query. No function is registered and no analyzer rule runs: plans come resolved and typed.
pub(super) fn state(
    shared: &Shared,
    permit: Arc<RunPermit>,
    meter: Arc<ScanMeter>,
    has_large_limit: bool,
) -> datafusion::common::Result<SessionState> {
    let pool: Arc<dyn MemoryPool> = Arc::new(QueryMemory::new(
        shared.settings.query_memory_bytes_max,
        Arc::clone(&shared.memory),
        permit,
    ));
    let defaults = RuntimeEnvBuilder::new().with_memory_pool(pool).build()?;
    let runtime = RuntimeEnv { disk_manager: Arc::clone(&shared.spill), ..defaults };
    Ok(SessionStateBuilder::new()
        .with_config(config(&shared.settings, has_large_limit).with_extension(meter))
        .with_runtime_env(Arc::new(runtime))
        .with_analyzer_rules(Vec::new())
        .with_optimizer_rules(optimizer::rules())
        .with_physical_optimizer_rules(optimizer::physical_rules())
        .with_query_planner(Arc::new(Planner))
        .build())
}

fn config(settings: &QuerySettings, has_large_limit: bool) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_batch_size(settings.batch_rows.max(1))
        .with_target_partitions(settings.partitions_max.max(1))
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    // A rule that fails shows a defect; a plan without it might be wrong in silence.
    options.optimizer.skip_failed_rules = false;
    // A third pass finds nothing more and takes a good tenth of planning.
    options.optimizer.max_passes = 2;
    // Such an aggregation makes room for all its rows before it has one, outside the accounts.
    options.optimizer.enable_topk_aggregation = !has_large_limit;
    // Small inputs are not worth the tasks of a repartition; a scan tells an upper bound of its rows.
    options.execution.use_row_number_estimates_to_optimize_partitioning = true;
    // The two plans differ in whether a CASE can be NULL; the check would fail the query for it.
    options.execution.skip_physical_aggregate_schema_check = true;
    // Sorts take what they need from the pool instead of 10 MiB per partition in advance.
    options.execution.sort_spill_reservation_bytes = 1024 * 1024;
    config
}

#[derive(Debug)]
struct Planner;

#[async_trait::async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        state: &dyn datafusion::catalog::Session,
    ) -> datafusion::common::Result<Arc<dyn ExecutionPlan>> {
        let extensions: Vec<Arc<dyn ExtensionPlanner + Send + Sync>> = vec![Arc::new(UnnestPlanner)];
        DefaultPhysicalPlanner::with_extension_planners(extensions).create_physical_plan(plan, state).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_what_plans_rely_on() {
        let settings = QuerySettings { partitions_max: 3, batch_rows: 10, ..QuerySettings::default() };
        let config = config(&settings, false);
        assert_eq!(config.batch_size(), 10);
        assert_eq!(config.target_partitions(), 3);
        assert!(!config.information_schema());
        assert!(!config.options().optimizer.skip_failed_rules);
        assert!(config.options().optimizer.enable_physical_uncorrelated_scalar_subquery);
    }
}
