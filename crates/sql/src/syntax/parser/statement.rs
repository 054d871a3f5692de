//! Statements other than queries (sql.md 5.2 to 5.4), and EXPLAIN.

use super::super::ast::{LikePattern, Statement, Unload, UnloadOption};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn parse_whole_statement(&mut self) -> Parsed<Statement> {
        let statement = self.parse_statement()?;
        while self.accept(TokenKind::Semicolon) {}
        self.expect_end()?;
        Ok(statement)
    }

    fn parse_statement(&mut self) -> Parsed<Statement> {
        let TokenKind::Keyword(keyword) = self.kind() else {
            return self.parse_query().map(|query| Statement::Query(Box::new(query)));
        };
        match keyword {
            Keyword::Show => self.parse_show(),
            Keyword::Describe | Keyword::Desc => {
                self.advance();
                Ok(Statement::Describe { table: self.parse_qualified_name()? })
            }
            Keyword::Unload => self.parse_unload(),
            Keyword::Explain => {
                self.advance();
                let analyze = self.accept_keyword(Keyword::Analyze);
                let query = Box::new(self.parse_query()?);
                Ok(Statement::Explain { analyze, query })
            }
            _ => self.parse_query().map(|query| Statement::Query(Box::new(query))),
        }
    }

    fn parse_show(&mut self) -> Parsed<Statement> {
        self.advance();
        match self.kind() {
            TokenKind::Keyword(Keyword::Databases) => {
                self.advance();
                Ok(Statement::ShowDatabases { pattern: self.parse_like_pattern()? })
            }
            TokenKind::Keyword(Keyword::Tables) => {
                self.advance();
                let database = match self.accept_from() {
                    true => Some(self.parse_identifier()?),
                    false => None,
                };
                Ok(Statement::ShowTables { database, pattern: self.parse_like_pattern()? })
            }
            TokenKind::Keyword(Keyword::Measures) => {
                self.advance();
                if !self.accept_from() {
                    return Err(self.unexpected("FROM"));
                }
                let table = self.parse_qualified_name()?;
                Ok(Statement::ShowMeasures { table, pattern: self.parse_like_pattern()? })
            }
            _ => Err(self.unexpected("DATABASES, TABLES or MEASURES")),
        }
    }

    fn accept_from(&mut self) -> bool {
        self.accept_keyword(Keyword::From) || self.accept_keyword(Keyword::In)
    }

    fn parse_like_pattern(&mut self) -> Parsed<Option<LikePattern>> {
        if !self.accept_keyword(Keyword::Like) {
            return Ok(None);
        }
        let (text, span) = self.parse_string()?;
        let escape = match self.accept_keyword(Keyword::Escape) {
            true => Some(self.parse_string()?.0),
            false => None,
        };
        Ok(Some(LikePattern { span, text, escape }))
    }

    fn parse_unload(&mut self) -> Parsed<Statement> {
        self.advance();
        self.expect(TokenKind::LeftParen, "(")?;
        let query = self.parse_query()?;
        self.expect(TokenKind::RightParen, ")")?;
        self.expect_keyword(Keyword::To)?;
        let (destination, destination_span) = self.parse_string()?;
        let mut options = Vec::new();
        if self.accept_keyword(Keyword::With) {
            self.expect(TokenKind::LeftParen, "(")?;
            options = self.comma_list(Self::parse_unload_option)?;
            self.expect(TokenKind::RightParen, ")")?;
        }
        Ok(Statement::Unload(Box::new(Unload { query, destination, destination_span, options })))
    }

    fn parse_unload_option(&mut self) -> Parsed<UnloadOption> {
        let name = self.parse_identifier()?;
        self.expect(TokenKind::Equal, "=")?;
        Ok(UnloadOption { name, value: *self.parse_expr()? })
    }
}
