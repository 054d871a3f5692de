//! Array functions (sql.md 7.5), and the string functions that take or give arrays.

use super::ScalarFunction;

mod extreme;
pub mod lists;

mod array_distinct;
mod array_except;
mod array_intersect;
pub(super) mod array_join;
mod array_max;
mod array_min;
mod array_position;
mod array_remove;
mod array_sort;
mod array_union;
mod arrays_overlap;
mod cardinality;
pub(super) mod concat;
mod contains;
mod element_at;
mod repeat;
mod reverse;
mod sequence;
mod shuffle;
mod slice;
mod split;
mod zip;

pub static FUNCTIONS: &[&ScalarFunction] = &[
    &array_distinct::FUNCTION,
    &array_except::FUNCTION,
    &array_intersect::FUNCTION,
    &array_join::FUNCTION,
    &array_max::FUNCTION,
    &array_min::FUNCTION,
    &array_position::FUNCTION,
    &array_remove::FUNCTION,
    &array_sort::FUNCTION,
    &array_union::FUNCTION,
    &arrays_overlap::FUNCTION,
    &cardinality::FUNCTION,
    &concat::FUNCTION,
    &contains::FUNCTION,
    &element_at::FUNCTION,
    &repeat::FUNCTION,
    &reverse::FUNCTION,
    &sequence::FUNCTION,
    &shuffle::FUNCTION,
    &slice::FUNCTION,
    &split::FUNCTION,
    &zip::FUNCTION,
];
