//! Lets the first input of a nested loop join be run twice.
//!
//! The join runs that input once more, into a file, when it turns out to be larger than the query's memory. Operators that
//! distribute rows can be run only once, so the second run is that of a plan whose state is new. Where a join would then
//! give unmatched rows once for each partition of the other input (DataFusion 55.2), the second run is refused.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{JoinType, Result, internal_err, resources_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{replace_children_if_necessary, reset_plan_states};
use datafusion::physical_plan::joins::NestedLoopJoinExec;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};

/// The first input of a join, ready to be run again.
pub(super) fn first_input(join: &NestedLoopJoinExec) -> Arc<dyn ExecutionPlan> {
    let gives_unmatched = match join.join_type() {
        JoinType::Inner
        | JoinType::Right
        | JoinType::RightSemi
        | JoinType::RightAnti
        | JoinType::RightMark => false,
        JoinType::Left | JoinType::Full | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => {
            true
        }
    };
    let partitions = join.right().output_partitioning().partition_count();
    Arc::new(FirstInput {
        input: Arc::clone(join.left()),
        runs_again: !gives_unmatched || partitions == 1,
        has_run: AtomicBool::new(false),
    })
}

/// Shown and described as its input.
#[derive(Debug)]
struct FirstInput {
    input: Arc<dyn ExecutionPlan>,
    runs_again: bool,
    has_run: AtomicBool,
}

impl DisplayAs for FirstInput {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.input.fmt_as(form, f)
    }
}

impl ExecutionPlan for FirstInput {
    fn name(&self) -> &str {
        self.input.name()
    }

    fn downcast_delegate(&self) -> Option<&dyn ExecutionPlan> {
        Some(self.input.as_ref())
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.input.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.input.apply_expressions(f)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = replace_children_if_necessary(Arc::clone(&self.input), children)?;
        Ok(Arc::new(Self { input, runs_again: self.runs_again, has_run: AtomicBool::new(false) }))
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = Arc::clone(&self.input).reset_state()?;
        Ok(Arc::new(Self { input, runs_again: self.runs_again, has_run: AtomicBool::new(false) }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.input.metrics()
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("the first input of a nested loop join has one partition");
        }
        if !self.has_run.swap(true, Ordering::AcqRel) {
            return self.input.execute(partition, context);
        }
        if !self.runs_again {
            return resources_err!("the first input of a nested loop join exceeds the memory of the query");
        }
        reset_plan_states(Arc::clone(&self.input))?.execute(partition, context)
    }
}
