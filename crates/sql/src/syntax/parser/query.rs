//! Queries round `select.rs`: WITH, set operations, VALUES, ORDER BY, OFFSET, LIMIT.

use model::limits;

use super::super::ast::{
    CommonTable, Query, QueryBody, RowCount, RowCountKind, SetOperation, SetOperator, SortItem, Span, Values,
    With,
};
use super::super::error::Limit;
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn parse_query(&mut self) -> Parsed<Query> {
        self.parse_query_from(None)
    }

    /// Whether the current token starts a query that has no parenthesis in front.
    pub(super) fn at_query_start(&self, ahead: usize) -> bool {
        use Keyword::{Select, Table, Values, With};
        matches!(self.kind_at(ahead), TokenKind::Keyword(Select | Table | Values | With))
    }

    /// Whether the current token goes on with a query whose first branch was a query in parentheses.
    pub(super) fn at_query_continuation(&self) -> bool {
        use Keyword::{Except, Intersect, Order, Union};
        matches!(self.kind(), TokenKind::Keyword(Union | Intersect | Except | Order))
            || self.at_offset_clause()
            || self.at_limit_clause()
    }

    /// A query; its first branch may have been read already.
    pub(super) fn parse_query_from(&mut self, first: Option<(QueryBody, Span)>) -> Parsed<Query> {
        if self.query_depth > limits::SQL_SUBQUERY_DEPTH_MAX {
            return Err(self.too_large(self.span(), Limit::SubqueryDepth));
        }
        self.query_depth += 1;
        let query = self.nested(|parser| parser.parse_query_clauses(first));
        self.query_depth -= 1;
        query
    }

    fn parse_query_clauses(&mut self, first: Option<(QueryBody, Span)>) -> Parsed<Query> {
        let start = first.as_ref().map_or(self.span(), |(_, span)| *span);
        let with = match first.is_none() && self.at_keyword(Keyword::With) {
            true => Some(self.parse_with()?),
            false => None,
        };
        let body = self.parse_set_operations(first)?;
        let order_by = self.parse_order_by()?;
        let (mut offset, mut limit) = (None, None);
        for _ in 0..2 {
            if offset.is_none() && self.at_offset_clause() {
                offset = Some(self.parse_offset()?);
            } else if limit.is_none() && self.at_limit_clause() {
                limit = Some(self.parse_limit()?);
            }
        }
        Ok(Query { span: self.span_since(start), with, body, order_by, offset, limit: limit.flatten() })
    }

    fn parse_with(&mut self) -> Parsed<With> {
        let start = self.advance().span;
        let recursive = self.accept_keyword(Keyword::Recursive);
        let tables = self.comma_list(|parser| {
            let name = parser.parse_identifier()?;
            let columns = match parser.kind() {
                TokenKind::LeftParen => parser.parse_names_in_parentheses()?,
                _ => Vec::new(),
            };
            parser.expect_keyword(Keyword::As)?;
            parser.expect(TokenKind::LeftParen, "(")?;
            let query = parser.parse_query()?;
            parser.expect(TokenKind::RightParen, ")")?;
            Ok(CommonTable { name, columns, query })
        })?;
        Ok(With { span: self.span_since(start), recursive, tables })
    }

    /// Branches joined by UNION and EXCEPT.
    fn parse_set_operations(&mut self, first: Option<(QueryBody, Span)>) -> Parsed<QueryBody> {
        let start = first.as_ref().map_or(self.span(), |(_, span)| *span);
        let mut body = self.parse_intersections(first)?;
        loop {
            let operator = match self.kind() {
                TokenKind::Keyword(Keyword::Union) => SetOperator::Union,
                TokenKind::Keyword(Keyword::Except) => SetOperator::Except,
                _ => return Ok(body),
            };
            let all = self.parse_set_quantifier_of_branch()?;
            let right = self.parse_intersections(None)?;
            body = join_branches(body, operator, all, right, self.span_since(start));
        }
    }

    /// Branches joined by INTERSECT, which binds tighter.
    fn parse_intersections(&mut self, first: Option<(QueryBody, Span)>) -> Parsed<QueryBody> {
        let start = first.as_ref().map_or(self.span(), |(_, span)| *span);
        let mut body = match first {
            Some((body, _)) => body,
            None => self.parse_query_primary()?,
        };
        while self.at_keyword(Keyword::Intersect) {
            let all = self.parse_set_quantifier_of_branch()?;
            let right = self.parse_query_primary()?;
            body = join_branches(body, SetOperator::Intersect, all, right, self.span_since(start));
        }
        Ok(body)
    }

    /// Takes the set operator and says whether ALL follows.
    fn parse_set_quantifier_of_branch(&mut self) -> Parsed<bool> {
        let operator_span = self.advance().span;
        self.set_branches += 1;
        if self.set_branches > limits::SQL_SET_BRANCHES_MAX {
            return Err(self.too_large(operator_span, Limit::SetBranches));
        }
        let all = self.accept_keyword(Keyword::All);
        if !all {
            self.accept_keyword(Keyword::Distinct);
        }
        Ok(all)
    }

    fn parse_query_primary(&mut self) -> Parsed<QueryBody> {
        match self.kind() {
            TokenKind::Keyword(Keyword::Select) => Ok(QueryBody::Select(Box::new(self.parse_select()?))),
            TokenKind::Keyword(Keyword::Values) => {
                let start = self.advance().span;
                let rows = self.expr_list()?;
                Ok(QueryBody::Values(Values { span: self.span_since(start), rows }))
            }
            TokenKind::Keyword(Keyword::Table) => {
                self.advance();
                Ok(QueryBody::Table(self.parse_qualified_name()?))
            }
            TokenKind::LeftParen => {
                self.advance();
                let query = self.parse_query()?;
                self.expect(TokenKind::RightParen, ")")?;
                Ok(QueryBody::Query(Box::new(query)))
            }
            _ => Err(self.unexpected("SELECT, VALUES, WITH, TABLE or (")),
        }
    }

    pub(super) fn parse_sort_item(&mut self) -> Parsed<SortItem> {
        let expr = *self.parse_expr()?;
        let descending = self.accept_keyword(Keyword::Desc);
        if !descending {
            self.accept_keyword(Keyword::Asc);
        }
        let mut nulls_first = None;
        if self.accept_keyword(Keyword::Nulls) {
            nulls_first = Some(self.accept_keyword(Keyword::First));
            if nulls_first == Some(false) {
                self.expect_keyword(Keyword::Last)?;
            }
        }
        Ok(SortItem { expr, descending, nulls_first })
    }

    pub(super) fn at_limit_clause(&self) -> bool {
        let counted = matches!(self.kind_at(1), TokenKind::Integer | TokenKind::Parameter);
        self.at_keyword(Keyword::Limit) && (counted || self.kind_at(1) == TokenKind::Keyword(Keyword::All))
    }

    pub(super) fn at_offset_clause(&self) -> bool {
        self.at_keyword(Keyword::Offset)
            && matches!(self.kind_at(1), TokenKind::Integer | TokenKind::Parameter)
    }

    /// The count, `None` for ALL.
    fn parse_limit(&mut self) -> Parsed<Option<RowCount>> {
        self.advance();
        match self.accept_keyword(Keyword::All) {
            true => Ok(None),
            false => self.parse_row_count().map(Some),
        }
    }

    fn parse_offset(&mut self) -> Parsed<RowCount> {
        self.advance();
        let count = self.parse_row_count()?;
        if !self.accept_keyword(Keyword::Rows) {
            self.accept_keyword(Keyword::Row);
        }
        Ok(count)
    }

    fn parse_row_count(&mut self) -> Parsed<RowCount> {
        let token = self.advance();
        let text = token.span.text(self.text);
        let kind = match token.kind {
            TokenKind::Parameter => RowCountKind::Parameter(text.trim_start_matches('@').to_owned()),
            _ => RowCountKind::Number(text.to_owned()),
        };
        Ok(RowCount { span: token.span, kind })
    }
}

/// Adds a branch on the right; neighbours with the same operator become one list.
fn join_branches(
    left: QueryBody,
    operator: SetOperator,
    all: bool,
    right: QueryBody,
    span: Span,
) -> QueryBody {
    match left {
        QueryBody::SetOperation(mut operation) if operation.operator == operator && operation.all == all => {
            operation.branches.push(right);
            operation.span = span;
            QueryBody::SetOperation(operation)
        }
        left => {
            let branches = vec![left, right];
            QueryBody::SetOperation(Box::new(SetOperation { span, operator, all, branches }))
        }
    }
}
