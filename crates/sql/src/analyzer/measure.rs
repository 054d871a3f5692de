//! Measures named like columns: an extension for data written as single-measure records.
//!
//! A name that no column has, but a single-measure measure of the table, means the measure's value: NULL on the rows
//! of other measures. A column always wins, in whatever query around.

use std::sync::Arc;

use model::schema::{ColumnRole, ColumnType, MEASURE_NAME_COLUMN, TableSchema, measure_value_column};

use super::error::{Reason, Result};
use super::scope::{RelationName, Scope, prefer_exact, same_name};
use crate::bound::{ColumnDef, CompareOp, Expr, ExprKind, Origin};
use crate::syntax::ast::{Identifier, Span};
use crate::types::Type;
use crate::value::Value;

/// A stored table in a FROM clause, as far as its measures go.
#[derive(Debug, Clone)]
pub(super) struct MeasureTable {
    pub relation: Arc<RelationName>,
    pub origin: Arc<Origin>,
    pub schema: Arc<TableSchema>,
    /// The scanned columns `measure_name` and `measure_value::...`.
    pub columns: Vec<(model::schema::ColumnId, ColumnDef)>,
}

/// A measure found by name.
#[derive(Debug)]
pub(super) struct FoundMeasure {
    pub expr: Expr,
    pub name: Arc<str>,
    pub origin: Arc<Origin>,
}

impl MeasureTable {
    /// Whether a column plays a part in measures.
    pub fn reads(role: ColumnRole) -> bool {
        matches!(role, ColumnRole::MeasureName | ColumnRole::MeasureValue)
    }

    /// The single-measure measures called `name`, in whatever case, with their types.
    fn matches<'m>(&'m self, name: &'m str) -> impl Iterator<Item = (&'m str, ColumnType)> {
        self.schema.measures.iter().filter_map(move |(measure, entry)| {
            let ty = entry.single_types.first()?;
            same_name(measure, name).then_some((&**measure, *ty))
        })
    }

    fn column(&self, id: model::schema::ColumnId, span: Span) -> Option<Expr> {
        let (_, column) = self.columns.iter().find(|(known, _)| *known == id)?;
        Some(Expr::column(column, span))
    }

    /// `CASE WHEN measure_name = name THEN measure_value::type END`.
    fn value(&self, name: &str, ty: ColumnType, span: Span) -> Option<Expr> {
        let value_column = self.schema.find(measure_value_column(ty))?.id;
        let measure_name = self.column(MEASURE_NAME_COLUMN, span)?;
        let value = self.column(value_column, span)?;
        let wanted = Expr::literal(Value::Varchar(name.to_owned()), span);
        let condition = Expr::compare(CompareOp::Eq, measure_name, wanted, span);
        let kind = ExprKind::Case { branches: vec![(condition, value)], otherwise: None };
        Some(Expr::new(kind, Type::from_column(ty), span))
    }
}

/// Finds the measure that `[qualifier.]name` means in the innermost level that knows one.
pub(super) fn find_measure(
    scope: &Scope<'_>,
    name: &[&Identifier],
    span: Span,
) -> Result<Option<FoundMeasure>> {
    let Some((measure, qualifier)) = name.split_last() else { return Ok(None) };
    for (level, outer) in scope.levels() {
        let tables = level.measures.iter();
        let tables = tables.filter(|table| qualifier.is_empty() || table.relation.answers_to(qualifier));
        let matches: Vec<_> = tables
            .flat_map(|table| table.matches(&measure.text).map(move |(found, ty)| (table, found, ty)))
            .collect();
        let found = prefer_exact(matches, &measure.text, |(_, found, _)| Some(*found))
            .map_err(|()| Reason::Ambiguous(measure.text.clone()).fault(span))?;
        let Some((table, found, ty)) = found else { continue };
        let Some(mut expr) = table.value(found, ty, span) else { continue };
        if outer {
            make_outer(&mut expr);
        }
        return Ok(Some(FoundMeasure { expr, name: found.into(), origin: table.origin.clone() }));
    }
    Ok(None)
}

fn make_outer(expr: &mut Expr) {
    if let ExprKind::Column(id) = expr.kind {
        expr.kind = ExprKind::OuterColumn(id);
    }
    expr.children_mut().into_iter().for_each(make_outer);
}
