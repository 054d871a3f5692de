//! The query language: text to syntax, syntax to typed plan, plan to result pages.

pub mod syntax;
