//! From a text to something that can be executed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{FetchType, LogicalPlan, SkipType};
use datafusion::physical_plan::ExecutionPlan;
use model::limits;
use model::scan::ReadView;

use super::admission::RunPermit;
use super::control::Signals;
use super::failure::{classify, classify_lowering};
use super::watch::watch;
use super::{QueryRequest, Shared, session, unload};
use crate::analyzer::{self, Analyzed, Prepared};
use crate::bound::{ColumnId, OutputColumn, Plan, Query};
use crate::error::SqlError;
use crate::functions::QueryClock;
use crate::functions::stop::within;
use crate::statements::{self, Answer};
use crate::syntax::ast::Statement;
use crate::syntax::parse_statement;
use crate::types::Type;
use crate::unload::Target;

/// What a statement becomes.
pub(super) enum Planned {
    /// An answer that needs no execution.
    Answer(Answer),
    Execution(Execution),
    /// A plan whose rows become files.
    Unload {
        execution: Execution,
        target: Box<Target>,
    },
    /// A plan whose description is the answer, after it has run if `analyze` is set.
    Explain {
        execution: Execution,
        analyze: bool,
    },
}

pub(super) struct Execution {
    pub columns: Arc<[OutputColumn]>,
    pub plan: Arc<dyn ExecutionPlan>,
    pub context: Arc<TaskContext>,
}

/// Plans a statement. Cannot be interrupted; runs on a thread for such work.
pub(super) fn plan(
    shared: &Shared,
    request: &QueryRequest,
    permit: &Arc<RunPermit>,
    signals: &Signals,
) -> Result<Planned, SqlError> {
    let text = &request.text;
    let statement = parse(text)?;
    let clock = QueryClock { now_ns: shared.clock.now_ns(), seed: shared.entropy.next_u64() };
    let view = shared.scan_source.read_view(clock.now_ns);
    let analyzed = analyzer::analyze(&statement, text, view.as_ref(), &request.parameters)?;
    if let Some(answer) = statements::answer(&analyzed, view.as_ref())? {
        return Ok(Planned::Answer(answer));
    }
    match analyzed {
        Analyzed::Query(query) => {
            signals.announce(query.output.clone().into());
            let execution = plan_query(shared, &query, &view, clock, text, permit, signals)?;
            Ok(Planned::Execution(execution))
        }
        Analyzed::Explain { analyze, query } => {
            let execution = plan_query(shared, &query, &view, clock, text, permit, signals)?;
            Ok(Planned::Explain { execution, analyze })
        }
        Analyzed::Unload(unload) => {
            let target = unload::target(shared, request, &unload)?;
            signals.announce(unload::columns());
            let execution = plan_query(shared, &unload.query, &view, clock, text, permit, signals)?;
            Ok(Planned::Unload { execution, target: Box::new(target) })
        }
        Analyzed::ShowDatabases { .. }
        | Analyzed::ShowTables { .. }
        | Analyzed::ShowMeasures { .. }
        | Analyzed::Describe { .. } => Err(SqlError::Internal),
    }
}

/// Analyzes a query for PrepareQuery.
pub(super) fn prepare(shared: &Shared, text: &str) -> Result<Prepared, SqlError> {
    let Statement::Query(query) = parse(text)? else {
        return Err(SqlError::invalid("Only queries can be prepared"));
    };
    let view = shared.scan_source.read_view(shared.clock.now_ns());
    Ok(analyzer::prepare(&query, text, view.as_ref())?)
}

fn parse(text: &str) -> Result<Statement, SqlError> {
    parse_statement(text).map_err(|error| SqlError::invalid(error.to_string()))
}

fn plan_query(
    shared: &Shared,
    query: &Query,
    view: &Arc<dyn ReadView>,
    clock: QueryClock,
    text: &str,
    permit: &Arc<RunPermit>,
    signals: &Signals,
) -> Result<Execution, SqlError> {
    signals.tables.store(count_scans(&query.plan), Ordering::Relaxed);
    let logical = crate::lower::lower(query, view, clock);
    let logical = logical.map_err(|error| classify_lowering(error, text))?;
    check_size(&logical)?;
    let state =
        session::state(shared, Arc::clone(permit), Arc::clone(&signals.meter), has_large_limit(&logical)?)
            .map_err(classify)?;
    let runtime = tokio::runtime::Handle::current();
    // Scans are planned here, and their filters may have many series to look at.
    let planning = || runtime.block_on(state.create_physical_plan(&logical));
    let plan = within(&signals.sign, planning).map_err(classify)?;
    check_types(plan.as_ref(), &query.output)?;
    let plan = watch(plan, &signals.sign).map_err(classify)?;
    Ok(Execution { columns: query.output.clone().into(), plan, context: state.task_ctx() })
}

/// Whether a LIMIT is so large that nothing may be made in advance for its rows.
fn has_large_limit(plan: &LogicalPlan) -> Result<bool, SqlError> {
    let mut is_large = false;
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node
            && let (SkipType::Literal(skip), FetchType::Literal(Some(fetch))) =
                (limit.get_skip_type()?, limit.get_fetch_type()?)
        {
            is_large |= skip.saturating_add(fetch) > limits::QUERY_TOP_ROWS_MAX;
        }
        Ok(if is_large { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(classify)?;
    Ok(is_large)
}

fn count_scans(plan: &Plan) -> u64 {
    let own = u64::from(matches!(plan, Plan::Scan { .. }));
    own + plan.inputs().into_iter().map(count_scans).sum::<u64>()
}

fn check_size(plan: &LogicalPlan) -> Result<(), SqlError> {
    let mut nodes = 0;
    let counted = plan.apply_with_subqueries(|_| {
        nodes += 1;
        // Shared parts count each time they occur, so only what stops at the limit is sure to end.
        Ok(match nodes > limits::SQL_PLAN_NODES_MAX {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    counted.map_err(classify)?;
    match nodes > limits::SQL_PLAN_NODES_MAX {
        true => Err(SqlError::invalid(format!(
            "The query is too large: its plan has more than {} nodes",
            limits::SQL_PLAN_NODES_MAX
        ))),
        false => Ok(()),
    }
}

/// The plan must have exactly the types that were announced.
fn check_types(plan: &dyn ExecutionPlan, output: &[OutputColumn]) -> Result<(), SqlError> {
    let schema = plan.schema();
    let actual = schema.fields().iter().map(|field| field.data_type().clone());
    let expected = output.iter().map(|column| column.ty.data_type());
    if actual.eq(expected) {
        return Ok(());
    }
    tracing::error!(%schema, ?output, "the plan has not the types of the query");
    Err(SqlError::Internal)
}

/// The column of EXPLAIN.
pub(super) fn explain_columns() -> Arc<[OutputColumn]> {
    Arc::new([OutputColumn {
        id: ColumnId(0),
        name: "Query Plan".into(),
        ty: Type::Varchar,
        aliased: false,
        origin: None,
    }])
}
