//! What a scan makes of the filters over it: some it applies by itself, others only help it to skip data.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use model::scan::SeriesFilter;
use model::schema::{ColumnId, ColumnRole};

use super::bounds::{Bounds, ColumnRoles};
use crate::functions::stop;
use crate::lower::known;

/// What one filter is to a scan.
#[derive(Debug)]
pub(super) struct Pushed {
    pub bounds: Bounds,
    /// A condition on series that the bounds do not say exactly.
    pub series: Option<TextFilter>,
    /// No row that the scan gives fails the filter.
    is_exact: bool,
}

impl Pushed {
    pub fn of(filter: &Expr, roles: &ColumnRoles<'_>) -> Self {
        let bounds = Bounds::of(filter, roles);
        if bounds.is_exact() {
            return Self { bounds, series: None, is_exact: true };
        }
        let series = TextFilter::of(filter, roles);
        let is_exact = series.as_ref().is_some_and(|series| is_infallible(filter) && series.works());
        Self { bounds, series, is_exact }
    }

    pub fn support(&self) -> TableProviderFilterPushDown {
        match self.is_exact {
            true => TableProviderFilterPushDown::Exact,
            false if self.bounds.is_useful() || self.series.is_some() => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        }
    }
}

/// A filter on dimensions and `measure_name` alone, evaluated once for each series.
#[derive(Debug)]
pub(super) struct TextFilter {
    columns: Vec<ColumnId>,
    schema: SchemaRef,
    predicate: Arc<dyn PhysicalExpr>,
}

impl TextFilter {
    /// `None` for a filter that looks at anything else.
    fn of(filter: &Expr, roles: &ColumnRoles<'_>) -> Option<Self> {
        if !is_row_by_row(filter) {
            return None;
        }
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        for column in filter.column_refs() {
            let (id, role) = roles.find_name(&column.name)?;
            if !matches!(role, ColumnRole::Dimension | ColumnRole::MeasureName) {
                return None;
            }
            columns.push(id);
            fields.push(Field::new(&column.name, DataType::Utf8View, true));
        }
        if columns.is_empty() {
            return None;
        }
        let schema = Arc::new(Schema::new(fields));
        let unqualified = DFSchema::try_from(Arc::clone(&schema)).ok()?;
        let filter = without_qualifiers(filter.clone()).ok()?;
        let predicate =
            create_physical_expr(&filter, &unqualified, &Default::default(), &Default::default()).ok()?;
        Some(Self { columns, schema, predicate })
    }

    /// Whether it can be evaluated at all: a pattern may be wrong, which only shows when it is used.
    fn works(&self) -> bool {
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![""]));
        self.evaluate(vec![texts; self.columns.len()]).is_some()
    }

    fn evaluate(&self, texts: Vec<ArrayRef>) -> Option<BooleanArray> {
        // What a query that has ended would find is of no use.
        stop::check().ok()?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), texts).ok()?;
        let rows = batch.num_rows();
        let keep = self.predicate.evaluate(&batch).and_then(|keep| keep.into_array(rows)).ok()?;
        (keep.len() == rows).then(|| keep.as_boolean_opt().cloned()).flatten()
    }
}

impl SeriesFilter for TextFilter {
    fn columns(&self) -> &[ColumnId] {
        &self.columns
    }

    fn keep(&self, texts: &RecordBatch) -> Option<BooleanArray> {
        self.evaluate(texts.columns().to_vec())
    }
}

/// Whether the filter depends on the row and nothing else.
fn is_row_by_row(filter: &Expr) -> bool {
    let mut is_plain = !filter.is_volatile();
    let visited = filter.apply(|expr| {
        let is_other = matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        );
        is_plain &= !is_other;
        Ok(if is_plain { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    visited.is_ok() && is_plain
}

/// Whether evaluating the filter on texts can't be an error.
fn is_infallible(filter: &Expr) -> bool {
    let mut is_safe = true;
    let visited = filter.apply(|expr| {
        is_safe &= match expr {
            Expr::Column(_)
            | Expr::Literal(..)
            | Expr::Not(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNotFalse(_)
            | Expr::IsNotUnknown(_)
            | Expr::InList(_)
            | Expr::Between(_)
            | Expr::Case(_) => true,
            Expr::BinaryExpr(BinaryExpr { op, .. }) => {
                op.supports_propagation() || matches!(op, Operator::And | Operator::Or)
            }
            // The lowering casts booleans to numbers.
            Expr::Cast(cast) => *cast.field.data_type() == DataType::Int32,
            Expr::ScalarFunction(_) => known::is_infallible(expr),
            _ => false,
        };
        Ok(if is_safe { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    visited.is_ok() && is_safe
}

fn without_qualifiers(filter: Expr) -> Result<Expr> {
    use datafusion::common::Column;
    use datafusion::common::tree_node::Transformed;
    let plain = filter.transform(|expr| {
        Ok(match expr {
            Expr::Column(Column { name, relation: Some(_), .. }) => {
                Transformed::yes(Expr::Column(Column::new_unqualified(name)))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(plain.data)
}
