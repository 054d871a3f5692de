//! What a filter says about the rows that can pass it: a time range, and for dimensions and `measure_name` the texts
//! they may have. Whatever is not understood bounds nothing.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::Schema;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};
use model::scan::{ColumnPredicate, TimeRange};
use model::schema::{ColumnId, ColumnRole, TableSchema};

/// How a filter's columns map to stored ones.
pub(super) struct ColumnRoles<'a> {
    pub fields: &'a Schema,
    /// The stored column behind each field.
    pub stored: &'a [ColumnId],
    pub table: &'a TableSchema,
}

impl ColumnRoles<'_> {
    fn find(&self, expr: &Expr) -> Option<(ColumnId, ColumnRole)> {
        let Expr::Column(column) = expr else { return None };
        let field = self.fields.index_of(&column.name).ok()?;
        let stored = self.table.column(*self.stored.get(field)?)?;
        Some((stored.id, stored.role))
    }
}

/// A superset of the rows that pass: those within the time range whose columns all have one of the listed texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    pub time_range: TimeRange,
    texts: BTreeMap<ColumnId, BTreeSet<String>>,
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
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (roles.find(left), roles.find(right)) {
                (Some(column), None) => Self::compare(column, *op, right),
                (None, Some(column)) => {
                    op.swap().map(|op| Self::compare(column, op, left)).unwrap_or_default()
                }
                _ => Self::default(),
            },
            Expr::Between(Between { expr, negated: false, low, high }) => match roles.find(expr) {
                Some(column) => Self::compare(column, Operator::GtEq, low).and(Self::compare(
                    column,
                    Operator::LtEq,
                    high,
                )),
                None => Self::default(),
            },
            Expr::InList(InList { expr, list, negated: false }) => match roles.find(expr) {
                Some(column) => list
                    .iter()
                    .map(|element| Self::compare(column, Operator::Eq, element))
                    .reduce(Self::or)
                    .unwrap_or_default(),
                None => Self::default(),
            },
            _ => Self::default(),
        }
    }

    /// `column op constant`.
    fn compare((id, role): (ColumnId, ColumnRole), op: Operator, constant: &Expr) -> Self {
        match role {
            ColumnRole::Time => match instant(constant) {
                Some(instant_ns) => Self { time_range: time_range(op, instant_ns), ..Self::default() },
                None => Self::default(),
            },
            ColumnRole::Dimension | ColumnRole::MeasureName if op == Operator::Eq => match text(constant) {
                Some(text) => Self {
                    texts: BTreeMap::from([(id, BTreeSet::from([text.to_owned()]))]),
                    ..Self::default()
                },
                None => Self::default(),
            },
            _ => Self::default(),
        }
    }

    pub fn and(mut self, other: Self) -> Self {
        self.time_range = self.time_range.intersect(&other.time_range);
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
        self
    }

    fn or(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let time_range = TimeRange {
            start_ns: self.time_range.start_ns.min(other.time_range.start_ns),
            end_ns: self.time_range.end_ns.max(other.time_range.end_ns),
        };
        let mut theirs = other.texts;
        let texts = self.texts.into_iter().filter_map(|(column, mut texts)| {
            texts.append(&mut theirs.remove(&column)?);
            Some((column, texts))
        });
        Self { time_range, texts: texts.collect() }
    }

    /// Whether no row can pass.
    pub fn is_empty(&self) -> bool {
        self.time_range.is_empty() || self.texts.values().any(BTreeSet::is_empty)
    }

    pub fn predicates(&self) -> Vec<ColumnPredicate> {
        let predicate = |(column, texts): (&ColumnId, &BTreeSet<String>)| ColumnPredicate {
            column: *column,
            values: texts.iter().cloned().collect(),
        };
        self.texts.iter().map(predicate).collect()
    }
}

fn time_range(op: Operator, instant_ns: i64) -> TimeRange {
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

fn instant(constant: &Expr) -> Option<i64> {
    match constant {
        Expr::Literal(ScalarValue::TimestampNanosecond(Some(instant_ns), None), _) => Some(*instant_ns),
        _ => None,
    }
}

fn text(constant: &Expr) -> Option<&str> {
    match constant {
        Expr::Literal(
            ScalarValue::Utf8View(Some(text))
            | ScalarValue::Utf8(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
