//! The FROM clause.

use model::limits;

use super::super::ast::{
    Identifier, Join, JoinConstraint, JoinKind, Query, QueryBody, Relation, RelationKind, Span, TableAlias,
};
use super::super::error::Limit;
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

/// The content of parentheses in FROM; see `parenthesis.rs` for why it is open at first.
enum Content {
    Query(Box<Query>),
    Relation(Relation),
}

impl Parser<'_> {
    pub(super) fn parse_from(&mut self) -> Parsed<Vec<Relation>> {
        let outer_joins = std::mem::take(&mut self.joins);
        let mut relations = vec![self.parse_relation()?];
        while self.kind() == TokenKind::Comma {
            self.count_join()?;
            self.advance();
            relations.push(self.parse_relation()?);
        }
        self.joins = outer_joins;
        Ok(relations)
    }

    /// Counts the joins of one FROM clause, those in its parentheses included; those of its subqueries count there.
    fn count_join(&mut self) -> Parsed<()> {
        self.joins += 1;
        match self.joins > limits::SQL_JOINS_MAX {
            true => Err(self.too_large(self.span(), Limit::Joins)),
            false => Ok(()),
        }
    }

    /// A relation with the joins that follow it.
    fn parse_relation(&mut self) -> Parsed<Relation> {
        let first = self.parse_aliased_relation()?;
        self.parse_joins(first)
    }

    fn parse_joins(&mut self, first: Relation) -> Parsed<Relation> {
        let mut left = first;
        while let Some((kind, words)) = self.join_ahead() {
            self.count_join()?;
            self.at += words;
            left = self.parse_join(left, kind)?;
        }
        Ok(left)
    }

    fn join_ahead(&self) -> Option<(JoinKind, usize)> {
        use Keyword::{Cross, Full, Inner, Join, Left, Outer, Right};
        let found = |words: &[Keyword]| self.at_keywords(words);
        if found(&[Join]) {
            return Some((JoinKind::Inner, 1));
        }
        if found(&[Inner, Join]) {
            return Some((JoinKind::Inner, 2));
        }
        if found(&[Cross, Join]) {
            return Some((JoinKind::Cross, 2));
        }
        let sides = [(Left, JoinKind::Left), (Right, JoinKind::Right), (Full, JoinKind::Full)];
        for (side, kind) in sides {
            if found(&[side, Join]) {
                return Some((kind, 2));
            }
            if found(&[side, Outer, Join]) {
                return Some((kind, 3));
            }
        }
        None
    }

    fn parse_join(&mut self, left: Relation, kind: JoinKind) -> Parsed<Relation> {
        let mut right = self.parse_aliased_relation()?;
        let mut constraint = None;
        if kind != JoinKind::Cross {
            // `a JOIN b JOIN c ON ... ON ...`: the joins in front of ON belong to the right side.
            let at_constraint = self.at_keyword(Keyword::On) || self.at_keyword(Keyword::Using);
            if !at_constraint {
                right = self.nested(|parser| parser.parse_joins(right))?;
            }
            constraint = Some(self.parse_join_constraint()?);
        }
        let span = self.span_since(left.span);
        let join = Box::new(Join { kind, left, right, constraint });
        Ok(Relation { span, kind: RelationKind::Join(join), alias: None })
    }

    fn parse_join_constraint(&mut self) -> Parsed<JoinConstraint> {
        if self.accept_keyword(Keyword::Using) {
            return self.parse_names_in_parentheses().map(JoinConstraint::Using);
        }
        if self.accept_keyword(Keyword::On) {
            return self.parse_expr().map(|condition| JoinConstraint::On(*condition));
        }
        Err(self.unexpected("ON or USING"))
    }

    fn parse_aliased_relation(&mut self) -> Parsed<Relation> {
        let start = self.span();
        let relation = match self.kind() {
            TokenKind::LeftParen => match self.parse_content()? {
                Content::Query(query) => self.subquery(query, start),
                Content::Relation(relation) => relation,
            },
            TokenKind::Keyword(Keyword::Unnest) => self.parse_unnest()?,
            _ if self.is_identifier(0) => {
                let name = self.parse_qualified_name()?;
                Relation { span: name.span, kind: RelationKind::Table(name), alias: None }
            }
            _ => return Err(self.unexpected("a table, a query or UNNEST")),
        };
        self.parse_relation_alias(relation, start)
    }

    fn subquery(&self, query: Box<Query>, start: Span) -> Relation {
        Relation { span: self.span_since(start), kind: RelationKind::Subquery(query), alias: None }
    }

    fn parse_relation_alias(&mut self, relation: Relation, start: Span) -> Parsed<Relation> {
        let Some(name) = self.parse_alias()? else {
            return Ok(relation);
        };
        let columns = match self.kind() {
            TokenKind::LeftParen => self.parse_names_in_parentheses()?,
            _ => Vec::new(),
        };
        let alias = self.make_alias(name, columns);
        let span = self.span_since(start);
        let kind = match relation.alias.is_some() {
            true => RelationKind::Parenthesized(Box::new(relation)),
            false => relation.kind,
        };
        Ok(Relation { span, kind, alias: Some(alias) })
    }

    fn make_alias(&self, name: Identifier, columns: Vec<Identifier>) -> TableAlias {
        TableAlias { span: self.span_since(name.span), name, columns }
    }

    fn parse_content(&mut self) -> Parsed<Content> {
        self.expect(TokenKind::LeftParen, "(")?;
        let content = self.nested(Self::parse_open_content)?;
        self.expect(TokenKind::RightParen, ")")?;
        Ok(content)
    }

    fn parse_open_content(&mut self) -> Parsed<Content> {
        if self.at_query_start(0) {
            return self.parse_query().map(|query| Content::Query(Box::new(query)));
        }
        if self.kind() != TokenKind::LeftParen || !self.at_parenthesized_query() {
            return self.parse_relation().map(Content::Relation);
        }
        self.parse_content_behind_query()
    }

    /// The content that begins with a query in parentheses.
    fn parse_content_behind_query(&mut self) -> Parsed<Content> {
        let start = self.span();
        let first = match self.parse_content()? {
            Content::Query(query) if self.at_query_continuation() || self.kind() == TokenKind::RightParen => {
                let branch = (QueryBody::Query(query), self.span_since(start));
                let query = self.parse_query_from(Some(branch))?;
                return Ok(Content::Query(Box::new(query)));
            }
            Content::Query(query) => self.subquery(query, start),
            Content::Relation(relation) => relation,
        };
        let first = self.parse_relation_alias(first, start)?;
        self.parse_joins(first).map(Content::Relation)
    }

    fn parse_unnest(&mut self) -> Parsed<Relation> {
        let start = self.advance().span;
        self.expect(TokenKind::LeftParen, "(")?;
        let arguments = self.expr_list()?;
        self.expect(TokenKind::RightParen, ")")?;
        let with_ordinality = self.accept_keywords(&[Keyword::With, Keyword::Ordinality]);
        let kind = RelationKind::Unnest { arguments, with_ordinality };
        Ok(Relation { span: self.span_since(start), kind, alias: None })
    }
}
