//! What the caller of a failed call should do. Each crate's error enum maps its conditions to one of these kinds, and
//! the server maps each kind to an AWS error in one exhaustive match.

/// The kind of a failure, from the caller's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong and will fail again as it is.
    Invalid,
    /// The query is valid but failed on the data it met (division by zero, a bad cast, a limit on run time).
    Execution,
    /// A named database, table or other resource does not exist or is not active.
    NotFound,
    /// The resource exists already, or its state forbids the call.
    Conflict,
    /// A count quota is used up.
    QuotaExceeded,
    /// The server is over a limit right now: retry later.
    Overloaded,
    /// The disk is full: writes are refused until space returns.
    StorageFull,
    /// Stored data is damaged or written by a newer version: a person must look.
    Corrupt,
    /// A defect or a failure of the machine: a person must look.
    Internal,
}
