//! The rules that rewrite plans.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, Join, JoinType, LogicalPlan};
use datafusion::optimizer::common_subexpr_eliminate::CommonSubexprEliminate;
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::eliminate_duplicated_expr::EliminateDuplicatedExpr;
use datafusion::optimizer::eliminate_filter::EliminateFilter;
use datafusion::optimizer::eliminate_group_by_constant::EliminateGroupByConstant;
use datafusion::optimizer::eliminate_join::EliminateJoin;
use datafusion::optimizer::eliminate_limit::EliminateLimit;
use datafusion::optimizer::eliminate_outer_join::EliminateOuterJoin;
use datafusion::optimizer::extract_equijoin_predicate::ExtractEquijoinPredicate;
use datafusion::optimizer::filter_null_join_keys::FilterNullJoinKeys;
use datafusion::optimizer::optimize_projections::OptimizeProjections;
use datafusion::optimizer::optimize_unions::OptimizeUnions;
use datafusion::optimizer::propagate_empty_relation::PropagateEmptyRelation;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::push_down_limit::PushDownLimit;
use datafusion::optimizer::replace_distinct_aggregate::ReplaceDistinctWithAggregate;
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::optimizer::single_distinct_to_groupby::SingleDistinctToGroupBy;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

use super::simplification::Simplification;
use super::slices::SliceLists;
use crate::scan::LatestRows;

/// DataFusion's rules in its order, without those for what never occurs here: correlated subqueries, set comparisons,
/// struct access of its own.
pub(super) fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    vec![
        Arc::new(OptimizeUnions::new()),
        Arc::new(Simplification(SimplifyExpressions::new())),
        Arc::new(ReplaceDistinctWithAggregate::new()),
        Arc::new(EliminateJoin::new()),
        Arc::new(ExtractEquijoinPredicate::new()),
        Arc::new(EliminateDuplicatedExpr::new()),
        Arc::new(EliminateFilter::new()),
        Arc::new(CrossJoinElimination(EliminateCrossJoin::new())),
        Arc::new(EliminateLimit::new()),
        Arc::new(PropagateEmptyRelation::new()),
        Arc::new(FilterNullJoinKeys::default()),
        Arc::new(EliminateOuterJoin::new()),
        Arc::new(PushDownLimit::new()),
        Arc::new(PushDownFilter::new()),
        Arc::new(SingleDistinctToGroupBy::new()),
        Arc::new(EliminateGroupByConstant::new()),
        Arc::new(CommonSubexprEliminate::new()),
        Arc::new(OptimizeProjections::new()),
    ]
}

/// DataFusion's rules for physical plans; ours stand before any of them that adds operators, or behind them all.
pub(super) fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    let behind_statistics = rules.iter().position(|rule| rule.name() == "aggregate_statistics");
    rules.insert(behind_statistics.map_or(0, |position| position + 1), Arc::new(LatestRows));
    rules.push(Arc::new(SliceLists));
    rules
}

/// `EliminateCrossJoin`, which turns commas and conditions into joins. Where it meets joins that have keys already, it
/// forgets a key of which one side needs more than one of the joined relations (DataFusion 55.2); such plans it does not
/// get. They arise only after it has run once.
#[derive(Debug)]
struct CrossJoinElimination(EliminateCrossJoin);

impl OptimizerRule for CrossJoinElimination {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        match has_spanning_key(&plan)? {
            true => Ok(Transformed::no(plan)),
            false => self.0.rewrite(plan, config),
        }
    }
}

fn has_spanning_key(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Join(join) = node
            && join.join_type == JoinType::Inner
            && !join.on.is_empty()
        {
            let mut relations = Vec::new();
            collect_relations(join, &mut relations);
            // A side without columns, as simplification leaves it, is of none of them.
            let spans = |side: &Expr| {
                !side.any_column_refs() || !relations.iter().any(|relation| has_columns_of(relation, side))
            };
            found |= join.on.iter().any(|(left, right)| spans(left) || spans(right));
        }
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

/// The relations that a tree of inner joins joins.
fn collect_relations<'a>(join: &'a Join, relations: &mut Vec<&'a LogicalPlan>) {
    for input in [join.left.as_ref(), join.right.as_ref()] {
        match input {
            LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
                collect_relations(join, relations)
            }
            relation => relations.push(relation),
        }
    }
}

fn has_columns_of(relation: &LogicalPlan, side: &Expr) -> bool {
    side.column_refs().into_iter().all(|column| relation.schema().has_column(column))
}
