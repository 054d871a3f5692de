//! Text to abstract syntax: lexer, parser, limits, and the errors they report.
//!
//! Knows nothing of types, catalogs, DataFusion or Arrow. Every node carries the bytes of the text it came from. A tree
//! that leaves this module respects `model::limits::SQL_*`, so its readers may recurse over it without a check of
//! their own. Start with [`ast`] for the result and `parser.rs` for the grammar.

pub mod ast;
