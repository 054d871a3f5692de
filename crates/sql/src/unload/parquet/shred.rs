//! Takes values apart into leaf columns: which levels each of them gets.
//!
//! All values, elements and fields are optional, so each step down to a present value adds one definition level; an
//! array adds one more for its elements, and a repetition level.

use std::ops::Range;

use super::leaf::Leaf;
use crate::result::values::{Cell, ColumnValues};
use crate::types::Type;

/// A value of the schema, with the leaves below it.
#[derive(Debug)]
pub struct Node {
    /// Definition level of NULL; a present value has one more.
    definition: i16,
    leaves: Range<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar,
    Array {
        element: Box<Node>,
        repetition: i16,
    },
    Row(Vec<Node>),
    /// An array of points, which are never NULL.
    Timeseries {
        time: Box<Node>,
        value: Box<Node>,
        repetition: i16,
    },
}

impl Node {
    /// Makes a node under a parent with these levels, and appends its leaves.
    pub fn new(ty: &Type, definition: i16, repetition: i16, leaves: &mut Vec<Leaf>) -> Self {
        let start = leaves.len();
        let kind = match ty {
            Type::Array(element) => {
                let element = Box::new(Self::new(element, definition + 2, repetition + 1, leaves));
                Kind::Array { element, repetition: repetition + 1 }
            }
            Type::Row(fields) => Kind::Row(
                fields.iter().map(|field| Self::new(&field.ty, definition + 1, repetition, leaves)).collect(),
            ),
            Type::Timeseries(value) => {
                // One level for the series, one for being repeated, one for the optional point.
                let (inner, repetition) = (definition + 3, repetition + 1);
                let time = Box::new(Self::new(&Type::Timestamp, inner, repetition, leaves));
                let value = Box::new(Self::new(value, inner, repetition, leaves));
                Kind::Timeseries { time, value, repetition }
            }
            scalar => {
                leaves.push(Leaf::new(scalar));
                Kind::Scalar
            }
        };
        Self { definition, leaves: start..leaves.len(), kind }
    }

    /// Appends a value that begins at repetition level `repetition`.
    pub fn shred(&self, cell: &Cell<'_, '_>, repetition: i16, leaves: &mut [Leaf]) {
        match (&self.kind, cell) {
            (_, Cell::Null) => self.miss(self.definition, repetition, leaves),
            (Kind::Scalar, cell) => {
                if let Some(leaf) = leaves.get_mut(self.leaves.start) {
                    leaf.push(cell, self.definition + 1, repetition);
                }
            }
            (Kind::Array { element, repetition: inner }, Cell::Array { elements, start, end }) => {
                let each = |row, repetition, leaves: &mut [Leaf]| {
                    element.shred(&elements.cell(row), repetition, leaves);
                };
                self.repeat(*start..*end, repetition, *inner, leaves, each);
            }
            // A series is an array of rows where it is one by its type only.
            (
                Kind::Timeseries { time, value, repetition: inner },
                Cell::Timeseries { times, values, start, end },
            ) => {
                let each = |row, repetition, leaves: &mut [Leaf]| {
                    let columns: [(&Node, &ColumnValues<'_>); 2] = [(time, times), (value, values)];
                    for (node, column) in columns {
                        node.shred(&column.cell(row), repetition, leaves);
                    }
                };
                self.repeat(*start..*end, repetition, *inner, leaves, each);
            }
            (Kind::Row(nodes), Cell::Row { fields, row }) => {
                for (node, (_, column)) in nodes.iter().zip(fields.iter()) {
                    node.shred(&column.cell(*row), repetition, leaves);
                }
            }
            // The cell is made from the same type as the node.
            _ => self.miss(self.definition, repetition, leaves),
        }
    }

    fn repeat(
        &self,
        rows: Range<usize>,
        outer: i16,
        inner: i16,
        leaves: &mut [Leaf],
        each: impl Fn(usize, i16, &mut [Leaf]),
    ) {
        if rows.is_empty() {
            return self.miss(self.definition + 1, outer, leaves);
        }
        let start = rows.start;
        for row in rows {
            each(row, if row == start { outer } else { inner }, leaves);
        }
    }

    fn miss(&self, definition: i16, repetition: i16, leaves: &mut [Leaf]) {
        for leaf in leaves.get_mut(self.leaves.clone()).unwrap_or_default() {
            leaf.push_missing(definition, repetition);
        }
    }
}
