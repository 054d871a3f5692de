//! GROUP BY.

use super::super::ast::{ExprKind, GroupBy, GroupingElement, GroupingSet};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn parse_group_by(&mut self) -> Parsed<GroupBy> {
        let start = self.advance().span;
        self.expect_keyword(Keyword::By)?;
        let distinct = self.parse_set_quantifier();
        let elements = self.comma_list(Self::parse_grouping_element)?;
        Ok(GroupBy { span: self.span_since(start), distinct, elements })
    }

    fn parse_grouping_element(&mut self) -> Parsed<GroupingElement> {
        if self.accept_keyword(Keyword::Rollup) {
            return self.parse_grouping_sets().map(GroupingElement::Rollup);
        }
        if self.accept_keyword(Keyword::Cube) {
            return self.parse_grouping_sets().map(GroupingElement::Cube);
        }
        if self.accept_keywords(&[Keyword::Grouping, Keyword::Sets]) {
            return self.parse_grouping_sets().map(GroupingElement::GroupingSets);
        }
        self.parse_grouping_set().map(GroupingElement::Set)
    }

    fn parse_grouping_sets(&mut self) -> Parsed<Vec<GroupingSet>> {
        self.expect(TokenKind::LeftParen, "(")?;
        let sets = self.comma_list(Self::parse_grouping_set)?;
        self.expect(TokenKind::RightParen, ")")?;
        Ok(sets)
    }

    /// `()`, `expression`, `(expression, ...)`; the latter reads as a row constructor first.
    fn parse_grouping_set(&mut self) -> Parsed<GroupingSet> {
        let start = self.span();
        if self.kind() == TokenKind::LeftParen && self.kind_at(1) == TokenKind::RightParen {
            self.at += 2;
            return Ok(GroupingSet { span: self.span_since(start), expressions: Vec::new() });
        }
        let expr = *self.parse_expr()?;
        let span = self.span_since(start);
        let expressions = match expr.kind {
            ExprKind::Row { fields, explicit: false } => fields,
            _ => vec![expr],
        };
        Ok(GroupingSet { span, expressions })
    }
}
