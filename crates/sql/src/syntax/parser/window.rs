//! Windows: `OVER (...)` and the WINDOW clause.

use super::super::ast::{FrameBound, FrameUnit, WindowDefinition, WindowFrame, WindowSpecification};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn at_window_clause(&self) -> bool {
        let named = self.is_identifier(1) && self.kind_at(2) == TokenKind::Keyword(Keyword::As);
        self.at_keyword(Keyword::Window) && named && self.kind_at(3) == TokenKind::LeftParen
    }

    pub(super) fn parse_window_clause(&mut self) -> Parsed<Vec<WindowDefinition>> {
        self.advance();
        self.comma_list(|parser| {
            let name = parser.parse_identifier()?;
            parser.expect_keyword(Keyword::As)?;
            Ok(WindowDefinition { name, window: *parser.parse_window_specification()? })
        })
    }

    /// `( [name] [PARTITION BY ...] [ORDER BY ...] [frame] )`
    pub(super) fn parse_window_specification(&mut self) -> Parsed<Box<WindowSpecification>> {
        let start = self.expect(TokenKind::LeftParen, "(")?;
        let base = match self.at_window_name() {
            true => Some(self.parse_identifier()?),
            false => None,
        };
        let partition_by = match self.accept_keywords(&[Keyword::Partition, Keyword::By]) {
            true => self.expr_list()?,
            false => Vec::new(),
        };
        let order_by = self.parse_order_by()?;
        let frame = match self.frame_unit() {
            Some(unit) => Some(self.parse_frame(unit)?),
            None => None,
        };
        self.expect(TokenKind::RightParen, ")")?;
        let span = self.span_since(start);
        Ok(Box::new(WindowSpecification { span, base, partition_by, order_by, frame }))
    }

    fn at_window_name(&self) -> bool {
        let partition = self.at_keywords(&[Keyword::Partition, Keyword::By]);
        let frame = self.frame_unit().is_some() && self.kind_at(1) != TokenKind::RightParen;
        self.is_identifier(0) && !partition && !frame
    }

    fn frame_unit(&self) -> Option<FrameUnit> {
        match self.kind() {
            TokenKind::Keyword(Keyword::Rows) => Some(FrameUnit::Rows),
            TokenKind::Keyword(Keyword::Range) => Some(FrameUnit::Range),
            TokenKind::Keyword(Keyword::Groups) => Some(FrameUnit::Groups),
            _ => None,
        }
    }

    fn parse_frame(&mut self, unit: FrameUnit) -> Parsed<WindowFrame> {
        let first = self.advance().span;
        if !self.accept_keyword(Keyword::Between) {
            let start = self.parse_frame_bound()?;
            return Ok(WindowFrame { span: self.span_since(first), unit, start, end: None });
        }
        let start = self.parse_frame_bound()?;
        self.expect_keyword(Keyword::And)?;
        let end = Some(self.parse_frame_bound()?);
        Ok(WindowFrame { span: self.span_since(first), unit, start, end })
    }

    fn parse_frame_bound(&mut self) -> Parsed<FrameBound> {
        let fixed = [
            ([Keyword::Unbounded, Keyword::Preceding], FrameBound::UnboundedPreceding),
            ([Keyword::Unbounded, Keyword::Following], FrameBound::UnboundedFollowing),
            ([Keyword::Current, Keyword::Row], FrameBound::CurrentRow),
        ];
        for (words, bound) in fixed {
            if self.accept_keywords(&words) {
                return Ok(bound);
            }
        }
        let distance = *self.nested(Self::parse_value)?;
        if self.accept_keyword(Keyword::Preceding) {
            return Ok(FrameBound::Preceding(distance));
        }
        if self.accept_keyword(Keyword::Following) {
            return Ok(FrameBound::Following(distance));
        }
        Err(self.unexpected("PRECEDING or FOLLOWING"))
    }
}
