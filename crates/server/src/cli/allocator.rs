//! The one place of this crate with unsafe code: a setting of the C library's allocator.

#![allow(unsafe_code)]

use std::collections::BTreeMap;

/// The variable by which the C library is told itself.
const VARIABLE: &str = "MALLOC_ARENA_MAX";

/// Lets glibc have one arena for each processor instead of eight: what a thread has freed stays in its arena, so that a
/// server with many threads took twice the memory of its budgets (docs/benchmarks.md, overload).
pub(super) fn limit_arenas(environment: &BTreeMap<String, String>) {
    if environment.contains_key(VARIABLE) {
        return;
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let arenas = i32::try_from(processors).unwrap_or(i32::MAX).max(2);
        // SAFETY: takes two numbers and may be called at any time; an arena that exists already stays. Where it is refused,
        // all is as it was.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, arenas) };
    }
}
