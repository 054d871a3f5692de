//! Text to abstract syntax: lexer, parser, limits, and the errors they report.
//!
//! Knows nothing of types, catalogs, DataFusion or Arrow. Every node carries the bytes of the text it came from. A tree
//! that leaves this module respects `model::limits::SQL_*`, so its readers may recurse over it without a check of
//! their own. Start with [`ast`] for the result and `parser.rs` for the grammar.

pub mod ast;
mod error;
mod guard;
mod keyword;
mod lexer;
mod parser;
mod string_literal;
mod token;

#[cfg(test)]
mod tests;

pub use error::{Limit, SyntaxError};

/// Parses one statement and checks its size.
///
/// # Errors
/// The first place where the text leaves the grammar or exceeds a limit.
pub fn parse_statement(text: &str) -> Result<ast::Statement, SyntaxError> {
    let statement = parser::parse(text)?;
    guard::check(&statement, text)?;
    Ok(statement)
}

/// Parses one expression that stands alone.
///
/// # Errors
/// As [`parse_statement`].
pub fn parse_expression(text: &str) -> Result<ast::Expr, SyntaxError> {
    parser::parse_expression(text)
}

/// The first word of a text, behind blanks and comments; empty where there is none.
pub fn first_word(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after).trim_start();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after).trim_start();
        } else {
            break;
        }
    }
    let word_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    rest.get(..word_end).unwrap_or_default()
}

/// Whether a statement is UNLOAD, which has limits of its own.
pub fn is_unload(text: &str) -> bool {
    first_word(text).eq_ignore_ascii_case("unload")
}
