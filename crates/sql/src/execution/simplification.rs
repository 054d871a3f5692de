//! DataFusion's simplification, kept from joining lists in ways that forget NULL.
//!
//! `x NOT IN (1) OR x NOT IN (2)` becomes true, `x IN (1) AND x IN (2)` false, `x IN (1) AND x NOT IN (2, NULL)` becomes
//! `x IN (1)` (DataFusion 55.2): NULL is what they are where `x` is NULL, and in the last case wherever they are not
//! false. So each list, and each equality that could become a part of one, stands behind a function while expressions are
//! simplified; `x = 1 OR x = 2` becomes a list there.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

#[derive(Debug)]
pub(super) struct Simplification(pub SimplifyExpressions);

impl OptimizerRule for Simplification {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let hidden = map(plan, |expr| match may_join_lists(&expr)? {
            true => expr.transform_up(hide),
            false => Ok(Transformed::no(expr)),
        })?;
        let is_hidden = hidden.transformed;
        let simplified = self.0.rewrite(hidden.data, config)?;
        if !is_hidden {
            return Ok(simplified);
        }
        simplified.transform_data(|plan| map(plan, |expr| expr.transform_up(show)))
    }
}

/// The plan with other expressions of the same names.
fn map(
    plan: LogicalPlan,
    change: impl Fn(Expr) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(change(expr)?.update_data(|expr| name.restore(expr)))
    })
}

fn may_join_lists(expr: &Expr) -> Result<bool> {
    let mut lists = 0;
    expr.apply(|expr| {
        lists += match expr {
            Expr::InList(_) => 2,
            // Two of them can become a list.
            element if is_element(element) => 1,
            _ => 0,
        };
        Ok(if lists > 3 { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(lists > 3)
}

/// Puts a list behind the function, together with the equalities beside it that say of which values its column may be.
fn hide(expr: Expr) -> Result<Transformed<Expr>> {
    let hidden = |expr| Transformed::yes(FUNCTION.call(vec![expr]));
    Ok(match expr {
        Expr::InList(_) => hidden(expr),
        _ if is_element(&expr) => hidden(expr),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right })
            if listed(&left).is_some() && listed(&left) == listed(&right) =>
        {
            let (left, right) = (shown(*left).data, shown(*right).data);
            hidden(left.or(right))
        }
        other => Transformed::no(other),
    })
}

fn show(expr: Expr) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::Not(operand) if matches!(*operand, Expr::InList(_)) || is_element(&operand) => {
            Transformed::yes(negated(*operand))
        }
        other => shown(other),
    })
}

fn negated(expr: Expr) -> Expr {
    match expr {
        Expr::InList(list) => Expr::InList(InList { negated: !list.negated, ..list }),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => (*left).not_eq(*right),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::NotEq, right }) => (*left).eq(*right),
        other => Expr::Not(Box::new(other)),
    }
}

fn shown(expr: Expr) -> Transformed<Expr> {
    match expr {
        Expr::ScalarFunction(mut call) if is_hidden(&call.func) => match call.args.pop() {
            Some(list) => Transformed::yes(list),
            None => Transformed::no(Expr::ScalarFunction(call)),
        },
        other => Transformed::no(other),
    }
}

fn is_hidden(function: &ScalarUDF) -> bool {
    function.inner().downcast_ref::<Hidden>().is_some()
}

/// `column = literal` or `column <> literal`, one way or the other.
fn is_element(expr: &Expr) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq | Operator::NotEq, right }) = expr else {
        return false;
    };
    matches!(
        (left.as_ref(), right.as_ref()),
        (Expr::Column(_), Expr::Literal(..)) | (Expr::Literal(..), Expr::Column(_))
    )
}

/// The column whose values an expression lists.
fn listed(expr: &Expr) -> Option<&Expr> {
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(_));
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            match (left.as_ref(), right.as_ref()) {
                (column, Expr::Literal(..)) | (Expr::Literal(..), column) if is_column(column) => {
                    Some(column)
                }
                _ => None,
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, .. }) => listed(left),
        Expr::InList(InList { expr, negated: false, .. }) if is_column(expr) => Some(expr),
        Expr::ScalarFunction(call) if is_hidden(&call.func) => call.args.first().and_then(listed),
        _ => None,
    }
}

static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    let signature = Signature::exact(vec![DataType::Boolean], Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Hidden { signature }))
});

/// Its argument; of what kind that is, rules about lists don't see.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Hidden {
    signature: Signature,
}

impl ScalarUDFImpl for Hidden {
    fn name(&self) -> &str {
        "listed"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let unknown = || ColumnarValue::Scalar(ScalarValue::Boolean(None));
        Ok(args.args.into_iter().next().unwrap_or_else(unknown))
    }
}
