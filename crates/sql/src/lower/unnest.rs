//! UNNEST: for each row of the input, the rows its lists hold, side by side.
//!
//! An own node, because DataFusion's has neither several lists padded with NULL nor ordinality nor rows that stay when
//! their lists are empty.

mod exec;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use exec::UnnestExec;

/// The logical node.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct UnnestNode {
    input: LogicalPlan,
    /// The input's columns that are passed on, by name.
    passed: Vec<String>,
    /// The input's columns that hold lists, each with how many columns its elements become.
    lists: Vec<(String, usize)>,
    /// The new columns: those of the lists in order, then the ordinality.
    made: Vec<(String, DataType)>,
    has_ordinality: bool,
    keep_empty: bool,
    schema: DFSchemaRef,
}

impl UnnestNode {
    pub(super) fn try_new(
        input: LogicalPlan,
        passed: Vec<String>,
        lists: Vec<(String, usize)>,
        made: Vec<(String, DataType)>,
        has_ordinality: bool,
        keep_empty: bool,
    ) -> Result<Self> {
        // The optimizer drops columns that nothing above needs.
        let available = input.schema().columns();
        let passed: Vec<String> =
            passed.into_iter().filter(|name| available.iter().any(|column| column.name == *name)).collect();
        let mut fields = Vec::with_capacity(passed.len() + made.len());
        for name in &passed {
            fields.push(input.schema().field_with_unqualified_name(name)?.as_ref().clone());
        }
        fields.extend(made.iter().map(|(name, data_type)| Field::new(name, data_type.clone(), true)));
        let schema = Arc::new(DFSchema::try_from(Schema::new(fields))?);
        Ok(Self { input, passed, lists, made, has_ordinality, keep_empty, schema })
    }
}

impl PartialOrd for UnnestNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for UnnestNode {
    fn name(&self) -> &str {
        "UnnestLists"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        self.made.iter().map(|(name, _)| name.clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists: Vec<&str> = self.lists.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "UnnestLists: {}", lists.join(", "))
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.pop() else { return internal_err!("UNNEST without an input") };
        Self::try_new(
            input,
            self.passed.clone(),
            self.lists.clone(),
            self.made.clone(),
            self.has_ordinality,
            self.keep_empty,
        )
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let passed = output_columns.iter().filter_map(|index| self.passed.get(*index));
        let names = passed.chain(self.lists.iter().map(|(name, _)| name));
        let mut needed: Vec<usize> =
            names.filter_map(|name| self.input.schema().index_of_column_by_name(None, name)).collect();
        needed.sort_unstable();
        needed.dedup();
        Some(vec![needed])
    }
}

/// Plans [`UnnestNode`]s.
#[derive(Debug)]
pub(crate) struct UnnestPlanner;

#[async_trait::async_trait]
impl ExtensionPlanner for UnnestPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn datafusion::catalog::Session,
        _planning_ctx: &datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<UnnestNode>(), physical_inputs) else {
            return Ok(None);
        };
        let from = input.schema();
        let passed = node.passed.iter().map(|name| Ok(from.index_of(name)?)).collect::<Result<Vec<_>>>()?;
        let lists = node.lists.iter().map(|(name, width)| Ok((from.index_of(name)?, *width)));
        let lists = lists.collect::<Result<Vec<_>>>()?;
        let schema = Arc::clone(node.schema.inner());
        let input = Arc::clone(input);
        let exec = UnnestExec::new(input, passed, lists, node.has_ordinality, node.keep_empty, schema);
        Ok(Some(Arc::new(exec)))
    }
}
