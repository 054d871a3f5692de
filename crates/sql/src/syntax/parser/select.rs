//! SELECT: its clauses and its list.

use super::super::ast::{Identifier, QualifiedName, Select, SelectItem};
use super::super::keyword::Keyword;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn parse_select(&mut self) -> Parsed<Select> {
        let start = self.advance().span;
        let distinct = self.parse_set_quantifier();
        let items = self.comma_list(Self::parse_select_item)?;
        let from = match self.accept_keyword(Keyword::From) {
            true => self.parse_from()?,
            false => Vec::new(),
        };
        let filter = match self.accept_keyword(Keyword::Where) {
            true => Some(*self.parse_expr()?),
            false => None,
        };
        let group_by = match self.at_keyword(Keyword::Group) {
            true => Some(self.parse_group_by()?),
            false => None,
        };
        let having = match self.accept_keyword(Keyword::Having) {
            true => Some(*self.parse_expr()?),
            false => None,
        };
        let windows = match self.at_window_clause() {
            true => self.parse_window_clause()?,
            false => Vec::new(),
        };
        Ok(Select { span: self.span_since(start), distinct, items, from, filter, group_by, having, windows })
    }

    /// `[ALL | DISTINCT]`; true for DISTINCT. ALL is also a name, when nothing follows that it could quantify.
    pub(super) fn parse_set_quantifier(&mut self) -> bool {
        if self.at_keyword(Keyword::All) && self.is_quantified(1) {
            self.advance();
            return false;
        }
        self.accept_keyword(Keyword::Distinct)
    }

    /// Whether what ALL could quantify starts here; operators do not, for they go on with a name.
    fn is_quantified(&self, ahead: usize) -> bool {
        use Keyword::{Case, Cast, Cube, Exists, Extract, False, Grouping, Not, Null, Rollup, True};
        match self.kind_at(ahead) {
            TokenKind::Keyword(keyword) if keyword.is_reserved() => matches!(
                keyword,
                Case | Cast | Cube | Exists | Extract | False | Grouping | Not | Null | Rollup | True
            ),
            TokenKind::Star => self.kind_at(ahead + 1) == TokenKind::Keyword(Keyword::From),
            TokenKind::Word | TokenKind::Quoted | TokenKind::Keyword(_) | TokenKind::Parameter => true,
            TokenKind::Integer | TokenKind::Double | TokenKind::ShortInterval { .. } => true,
            TokenKind::String | TokenKind::UnicodeString | TokenKind::LeftParen => true,
            _ => false,
        }
    }

    fn parse_select_item(&mut self) -> Parsed<SelectItem> {
        if self.kind() == TokenKind::Star {
            return Ok(SelectItem::Wildcard { span: self.advance().span });
        }
        if self.at_qualified_wildcard() {
            return self.parse_qualified_wildcard();
        }
        let expr = *self.parse_expr()?;
        Ok(SelectItem::Expression { expr, alias: self.parse_alias()? })
    }

    /// `name.*`, up to three names.
    fn at_qualified_wildcard(&self) -> bool {
        let mut ahead = 0;
        while ahead < 6 && self.is_identifier(ahead) && self.kind_at(ahead + 1) == TokenKind::Dot {
            if self.kind_at(ahead + 2) == TokenKind::Star {
                return true;
            }
            ahead += 2;
        }
        false
    }

    fn parse_qualified_wildcard(&mut self) -> Parsed<SelectItem> {
        let start = self.span();
        let mut parts = Vec::new();
        while self.kind() != TokenKind::Star {
            parts.push(self.parse_identifier()?);
            self.expect(TokenKind::Dot, ".")?;
        }
        let name_span = parts.iter().fold(start, |span, part| span.to(part.span));
        self.advance();
        let qualifier = QualifiedName { span: name_span, parts };
        Ok(SelectItem::QualifiedWildcard { span: self.span_since(start), qualifier })
    }

    /// `[AS] name`. The words that also begin a clause are names only where the clause can't begin.
    pub(super) fn parse_alias(&mut self) -> Parsed<Option<Identifier>> {
        if self.accept_keyword(Keyword::As) {
            return self.parse_identifier().map(Some);
        }
        let begins_clause = self.at_limit_clause() || self.at_offset_clause() || self.at_window_clause();
        match !begins_clause && self.is_identifier(0) {
            true => self.parse_identifier().map(Some),
            false => Ok(None),
        }
    }
}
