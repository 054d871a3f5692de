//! Where in a request a value stands.

use std::fmt;

/// A chain of members on the stack. Its text is `records.1.member.dimensions`: lower camel case, positions from 1.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    name: &'static str,
    index: Option<usize>,
}

impl<'p> Path<'p> {
    /// The request itself; it has no text.
    pub const ROOT: Path<'static> = Path { parent: None, name: "", index: None };

    pub fn member(&'p self, name: &'static str) -> Path<'p> {
        Path { parent: Some(self), name, index: None }
    }

    /// An item of the list that is a member of this, by its position from 0.
    pub fn item(&'p self, name: &'static str, index: usize) -> Path<'p> {
        Path { parent: Some(self), name, index: Some(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent.filter(|parent| parent.parent.is_some()) {
            write!(formatter, "{parent}.")?;
        }
        formatter.write_str(self.name)?;
        match self.index {
            Some(index) => write!(formatter, ".{}.member", index + 1),
            None => Ok(()),
        }
    }
}
