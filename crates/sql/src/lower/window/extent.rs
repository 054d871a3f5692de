//! How the frames of a window lie in their partitions.

use crate::bound::{FrameBound, FrameUnits, WindowCall};
use crate::functions::aggregate::engine::Extent;

/// `is_waiting` tells that one of the windows beside this one ends with the partition, or this one.
pub(super) fn extent(call: &WindowCall, is_waiting: bool) -> Extent {
    match is_waiting {
        true if ends_with_partition(call) && starts_with_partition(call) => Extent::Whole,
        true => Extent::Waiting,
        false => Extent::Passing,
    }
}

/// Whether the first frame needs the last row of the partition.
pub(super) fn ends_with_partition(call: &WindowCall) -> bool {
    match call.frame.end {
        FrameBound::UnboundedFollowing => true,
        FrameBound::CurrentRow => call.frame.units != FrameUnits::Rows && call.order_by.is_empty(),
        _ => false,
    }
}

fn starts_with_partition(call: &WindowCall) -> bool {
    match call.frame.start {
        FrameBound::UnboundedPreceding => true,
        FrameBound::CurrentRow => call.frame.units != FrameUnits::Rows && call.order_by.is_empty(),
        _ => false,
    }
}
