//! The building blocks that generated shapes are made of.
//!
//! Inputs borrow from the request body. Reading bounds what is kept: a list holds at most its bound plus a count of
//! the rest, so that a small body can't grow into a large value.

mod choice;
mod epoch;
mod list;
mod structure;
mod text;

pub use choice::{Choice, Enumeration};
pub use epoch::EpochMillis;
pub use list::List;
pub use structure::{Structure, read_structure};
pub use text::Text;

use crate::constraint::Validate;
use crate::generated::operation::Operation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The input structure of one operation.
pub trait Input<'a>: Structure<'a> + Deserialize<'a> + Validate {
    const OPERATION: Operation;
    /// What the operation answers on success.
    type Output: Serialize + DeserializeOwned;
}

/// The answer of an operation whose model names no output: `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoOutput {}
