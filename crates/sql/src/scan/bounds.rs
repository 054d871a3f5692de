//! What a filter says about the rows that can pass it: a time range, the texts that dimensions and `measure_name` may
//! have, the bounds of measures. Whatever is not understood bounds nothing.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::Schema;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Case, Cast, InList};
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};
use model::scan::{ColumnPredicate, TimeRange, ValueBounds, ValueRange};
use model::schema::{ColumnId, ColumnRole, TableSchema};

use super::values;
use crate::lower::known::{FloorWidth, Known, known};

/// How a filter's columns map to stored ones.
pub(super) struct ColumnRoles<'a> {
    pub fields: &'a Schema,
    /// The stored column behind each field.
    pub stored: &'a [ColumnId],
    pub table: &'a TableSchema,
}

impl ColumnRoles<'_> {
    pub fn find(&self, expr: &Expr) -> Option<(ColumnId, ColumnRole)> {
        let Expr::Column(column) = expr else { return None };
        self.find_name(&column.name)
    }

    pub fn find_name(&self, name: &str) -> Option<(ColumnId, ColumnRole)> {
        let field = self.fields.index_of(name).ok()?;
        let stored = self.table.column(*self.stored.get(field)?)?;
        Some((stored.id, stored.role))
    }
}

/// A superset of the rows that pass: those within the time range whose texts are all among the listed ones and whose
/// values are within their bounds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Bounds {
    pub time_range: TimeRange,
    texts: BTreeMap<ColumnId, BTreeSet<String>>,
    values: BTreeMap<ColumnId, ValueBounds>,
    /// The time range and the texts say exactly which rows pass.
    is_exact: bool,
}

const NO_TIME: TimeRange = TimeRange { start_ns: i64::MAX, end_ns: i64::MIN };

impl Bounds {
    pub fn of(filter: &Expr, roles: &ColumnRoles<'_>) -> Self {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                Self::of(left, roles).and(Self::of(right, roles))
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                Self::of(left, roles).or(Self::of(right, roles))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => Self::of_comparison(left, *op, right, roles),
            Expr::Between(Between { expr, negated: false, low, high }) => Self::of_comparison(
                expr,
                Operator::GtEq,
                low,
                roles,
            )
            .and(Self::of_comparison(expr, Operator::LtEq, high, roles)),
            Expr::InList(InList { expr, list, negated: false }) => list
                .iter()
                .map(|element| Self::of_comparison(expr, Operator::Eq, element, roles))
                .reduce(Self::or)
                .unwrap_or_default(),
            Expr::IsNotNull(operand) => match roles.find(operand) {
                Some((id, ColumnRole::MeasureValue | ColumnRole::MultiMeasure)) => {
                    Self::of_value(id, ValueBounds::NotNull)
                }
                _ => Self::default(),
            },
            // What is simplified away between planning and scanning must not be lost.
            Expr::Literal(ScalarValue::Boolean(Some(true)), _) => Self::everything(),
            Expr::Literal(ScalarValue::Boolean(_), _) => Self::nothing(),
            Expr::IsTrue(operand) => Self { is_exact: false, ..Self::of(operand, roles) },
            other => match known(other) {
                Some(Known::Compare(left, op, right)) => Self::of_comparison(left, op, right, roles),
                _ => Self::default(),
            },
        }
    }

    fn of_comparison(left: &Expr, op: Operator, right: &Expr, roles: &ColumnRoles<'_>) -> Self {
        match (left, right) {
            (_, Expr::Literal(constant, _)) => Self::compare(left, op, constant, roles),
            (Expr::Literal(constant, _), _) => match op.swap() {
                Some(op) => Self::compare(right, op, constant, roles),
                None => Self::default(),
            },
            _ => Self::default(),
        }
    }

    /// `expr op constant`, where the operator gives NULL for NULL.
    fn compare(expr: &Expr, op: Operator, constant: &ScalarValue, roles: &ColumnRoles<'_>) -> Self {
        let is_comparison = matches!(
            op,
            Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
        );
        if !is_comparison {
            return Self::default();
        }
        match expr {
            Expr::Column(_) => match roles.find(expr) {
                Some(column) => Self::of_column(column, op, constant),
                None => Self::default(),
            },
            Expr::Case(case) => Self::of_case(case, op, constant, roles),
            // A boolean as a number, as the lowering makes it.
            Expr::Cast(Cast { expr: inner, .. })
                if op == Operator::Eq && *constant == ScalarValue::Int32(Some(1)) =>
            {
                Self { is_exact: false, ..Self::of(inner, roles) }
            }
            other => match (known(other), instant(constant)) {
                (Some(Known::Floor { time, width }), Some(instant_ns))
                    if matches!(roles.find(time), Some((_, ColumnRole::Time))) =>
                {
                    Self::of_floor(op, instant_ns, width)
                }
                _ => Self::default(),
            },
        }
    }

    /// `floor(time) op instant`.
    fn of_floor(op: Operator, instant_ns: i64, width: FloorWidth) -> Self {
        match width {
            FloorWidth::Fixed(width_ns) => match multiples_range(op, instant_ns, width_ns) {
                Some(time_range) => Self { time_range, is_exact: true, ..Self::default() },
                None => Self::of_floor(op, instant_ns, FloorWidth::AtMost(width_ns)),
            },
            FloorWidth::AtMost(width_ns_max) => {
                Self { time_range: floor_range(op, instant_ns, width_ns_max), ..Self::default() }
            }
        }
    }

    /// The comparison holds on a row only if it holds for the branch that the row takes.
    fn of_case(case: &Case, op: Operator, constant: &ScalarValue, roles: &ColumnRoles<'_>) -> Self {
        if case.expr.is_some() {
            return Self::default();
        }
        let compare = |expr: &Expr| match expr {
            Expr::Literal(value, _) if value.is_null() => Self::nothing(),
            expr => Self::compare(expr, op, constant, roles),
        };
        let otherwise = case.else_expr.as_ref().map_or_else(Self::nothing, |otherwise| compare(otherwise));
        let branches = case.when_then_expr.iter();
        let branches = branches.map(|(when, then)| Self::of(when, roles).and(compare(then)));
        let any = branches.fold(otherwise, Self::or);
        Self { is_exact: false, ..any }
    }

    fn of_column((id, role): (ColumnId, ColumnRole), op: Operator, constant: &ScalarValue) -> Self {
        match role {
            ColumnRole::Time => match (instant(constant), op) {
                (_, Operator::NotEq) | (None, _) => Self::default(),
                (Some(instant_ns), op) => {
                    Self { time_range: time_range(op, instant_ns), is_exact: true, ..Self::default() }
                }
            },
            ColumnRole::Dimension | ColumnRole::MeasureName if op == Operator::Eq => match text(constant) {
                Some(text) => Self {
                    texts: BTreeMap::from([(id, BTreeSet::from([text.to_owned()]))]),
                    is_exact: true,
                    ..Self::default()
                },
                None => Self::default(),
            },
            ColumnRole::Dimension | ColumnRole::MeasureName => Self::default(),
            ColumnRole::MeasureValue | ColumnRole::MultiMeasure => {
                Self::of_value(id, values::bounds(op, constant))
            }
        }
    }

    fn of_value(id: ColumnId, bounds: ValueBounds) -> Self {
        Self { values: BTreeMap::from([(id, bounds)]), ..Self::default() }
    }

    fn nothing() -> Self {
        Self { time_range: NO_TIME, is_exact: true, ..Self::default() }
    }

    /// Bounds that all rows satisfy.
    pub fn everything() -> Self {
        Self { is_exact: true, ..Self::default() }
    }

    pub fn and(mut self, other: Self) -> Self {
        self.time_range = self.time_range.intersect(&other.time_range);
        self.is_exact &= other.is_exact;
        for (column, texts) in other.texts {
            match self.texts.entry(column) {
                std::collections::btree_map::Entry::Occupied(mut mine) => {
                    mine.get_mut().retain(|text| texts.contains(text));
                }
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(texts);
                }
            }
        }
        for (column, theirs) in other.values {
            let mine = self.values.entry(column).or_insert(ValueBounds::NotNull);
            *mine = values::intersect(*mine, theirs);
        }
        self
    }

    fn or(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let is_of_one_text =
            |bounds: &Self| bounds.is_exact && bounds.time_range == TimeRange::ALL && bounds.texts.len() == 1;
        let is_exact =
            is_of_one_text(&self) && is_of_one_text(&other) && self.texts.keys().eq(other.texts.keys());
        let time_range = TimeRange {
            start_ns: self.time_range.start_ns.min(other.time_range.start_ns),
            end_ns: self.time_range.end_ns.max(other.time_range.end_ns),
        };
        let (mut their_texts, their_values) = (other.texts, other.values);
        let texts = self.texts.into_iter().filter_map(|(column, mut texts)| {
            texts.append(&mut their_texts.remove(&column)?);
            Some((column, texts))
        });
        let values = self
            .values
            .into_iter()
            .filter_map(|(column, mine)| Some((column, values::cover(mine, *their_values.get(&column)?))));
        Self { time_range, texts: texts.collect(), values: values.collect(), is_exact }
    }

    /// Whether no row can pass.
    pub fn is_empty(&self) -> bool {
        self.time_range.is_empty() || self.texts.values().any(BTreeSet::is_empty)
    }

    /// Whether the bounds say which rows pass, not only which may.
    pub fn is_exact(&self) -> bool {
        self.is_exact && self.values.is_empty()
    }

    /// Whether they exclude anything.
    pub fn is_useful(&self) -> bool {
        self.time_range != TimeRange::ALL || !self.texts.is_empty() || !self.values.is_empty()
    }

    pub fn predicates(&self) -> Vec<ColumnPredicate> {
        let predicate = |(column, texts): (&ColumnId, &BTreeSet<String>)| ColumnPredicate {
            column: *column,
            values: texts.iter().cloned().collect(),
        };
        self.texts.iter().map(predicate).collect()
    }

    pub fn value_ranges(&self) -> Vec<ValueRange> {
        let range =
            |(column, bounds): (&ColumnId, &ValueBounds)| ValueRange { column: *column, bounds: *bounds };
        self.values.iter().map(range).collect()
    }
}

/// The times of which `time op instant` holds; a superset for other operators.
pub(super) fn time_range(op: Operator, instant_ns: i64) -> TimeRange {
    let TimeRange { start_ns, end_ns } = TimeRange::ALL;
    let after = instant_ns.checked_add(1);
    // A range that ends at the greatest instant includes it.
    match (op, after) {
        (Operator::Eq, after) => TimeRange { start_ns: instant_ns, end_ns: after.unwrap_or(end_ns) },
        (Operator::Lt, _) => TimeRange { start_ns, end_ns: instant_ns },
        (Operator::LtEq, after) => TimeRange { start_ns, end_ns: after.unwrap_or(end_ns) },
        (Operator::Gt, Some(after)) => TimeRange { start_ns: after, end_ns },
        (Operator::Gt, None) => NO_TIME,
        (Operator::GtEq, _) => TimeRange { start_ns: instant_ns, end_ns },
        _ => TimeRange::ALL,
    }
}

/// The times that satisfy `floor(time) op instant`, when times are rounded down to multiples of `width_ns`; `None` for `<>`
/// and at the ends of time.
fn multiples_range(op: Operator, instant_ns: i64, width_ns: i64) -> Option<TimeRange> {
    let TimeRange { start_ns, end_ns } = TimeRange::ALL;
    let below_ns = instant_ns.checked_sub(instant_ns.rem_euclid(width_ns))?;
    let above_ns = below_ns.checked_add(width_ns)?;
    let is_multiple = below_ns == instant_ns;
    let at_least_ns = if is_multiple { below_ns } else { above_ns };
    match op {
        Operator::Eq if is_multiple => Some(TimeRange { start_ns: below_ns, end_ns: above_ns }),
        Operator::Eq => Some(NO_TIME),
        Operator::Lt => Some(TimeRange { start_ns, end_ns: at_least_ns }),
        Operator::LtEq => Some(TimeRange { start_ns, end_ns: above_ns }),
        Operator::Gt => Some(TimeRange { start_ns: above_ns, end_ns }),
        Operator::GtEq => Some(TimeRange { start_ns: at_least_ns, end_ns }),
        _ => None,
    }
}

/// The times of which `floor(time) op instant` may hold, when rounding down takes away less than `width_ns_max`.
fn floor_range(op: Operator, instant_ns: i64, width_ns_max: i64) -> TimeRange {
    let TimeRange { start_ns, end_ns } = TimeRange::ALL;
    let end_of_bin_ns = instant_ns.checked_add(width_ns_max).unwrap_or(end_ns);
    match op {
        Operator::Eq => TimeRange { start_ns: instant_ns, end_ns: end_of_bin_ns },
        Operator::Lt | Operator::LtEq => TimeRange { start_ns, end_ns: end_of_bin_ns },
        Operator::Gt | Operator::GtEq => TimeRange { start_ns: instant_ns, end_ns },
        _ => TimeRange::ALL,
    }
}

pub(super) fn instant(constant: &ScalarValue) -> Option<i64> {
    match constant {
        ScalarValue::TimestampNanosecond(instant_ns, None) => *instant_ns,
        _ => None,
    }
}

fn text(constant: &ScalarValue) -> Option<&str> {
    match constant {
        ScalarValue::Utf8View(text) | ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) => {
            text.as_deref()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
