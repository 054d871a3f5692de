//! Moving over the tokens, and the smallest rules: words, names, lists.

use super::super::ast::{Expr, Identifier, QualifiedName, Span};
use super::super::error::SyntaxError;
use super::super::keyword::Keyword;
use super::super::string_literal::unquote;
use super::super::token::{Token, TokenKind};
use super::{Parsed, Parser};

/// What stands at the end, whatever place behind it is asked for.
const END: Token = Token { kind: TokenKind::End, span: Span { start: 0, end: 0 } };

impl Parser<'_> {
    pub(super) fn token_at(&self, ahead: usize) -> Token {
        let found = self.tokens.get(self.at.saturating_add(ahead)).or(self.tokens.last());
        found.copied().unwrap_or(END)
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.token_at(0).kind
    }

    pub(super) fn kind_at(&self, ahead: usize) -> TokenKind {
        self.token_at(ahead).kind
    }

    pub(super) fn span(&self) -> Span {
        self.token_at(0).span
    }

    /// Where the next expression starts.
    pub(super) fn expr_start(&self) -> Span {
        self.pending_operand.as_ref().map_or(self.span(), |pending| pending.span)
    }

    /// The span of the token before the current one.
    pub(super) fn last_span(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(Span::new(0, 0), |token| token.span)
    }

    /// From the start of `first` to the end of the token before the current one.
    pub(super) fn span_since(&self, first: Span) -> Span {
        first.to(self.last_span())
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token_at(0);
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        token
    }

    pub(super) fn at_keyword(&self, keyword: Keyword) -> bool {
        self.kind() == TokenKind::Keyword(keyword)
    }

    /// Whether the next tokens are exactly these keywords.
    pub(super) fn at_keywords(&self, keywords: &[Keyword]) -> bool {
        keywords.iter().enumerate().all(|(ahead, word)| self.kind_at(ahead) == TokenKind::Keyword(*word))
    }

    pub(super) fn accept(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn accept_keyword(&mut self, keyword: Keyword) -> bool {
        self.accept(TokenKind::Keyword(keyword))
    }

    /// Takes all of these keywords or none.
    pub(super) fn accept_keywords(&mut self, keywords: &[Keyword]) -> bool {
        let found = self.at_keywords(keywords);
        if found {
            self.at += keywords.len();
        }
        found
    }

    pub(super) fn expect(&mut self, kind: TokenKind, expected: &str) -> Parsed<Span> {
        if self.kind() != kind {
            return Err(self.unexpected(expected));
        }
        Ok(self.advance().span)
    }

    pub(super) fn expect_keyword(&mut self, keyword: Keyword) -> Parsed<Span> {
        self.expect(TokenKind::Keyword(keyword), keyword.text())
    }

    pub(super) fn expect_end(&mut self) -> Parsed<()> {
        self.expect(TokenKind::End, "the end of the statement").map(|_| ())
    }

    pub(super) fn unexpected(&self, expected: &str) -> Box<SyntaxError> {
        let span = self.span();
        let found = match self.kind() {
            TokenKind::End => "the end",
            _ => span.text(self.text),
        };
        self.invalid(span, format!("found {found}, expected {expected}"))
    }

    /// One or more of a rule, with commas between them.
    pub(super) fn comma_list<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut list = Vec::new();
        loop {
            list.push(rule(self)?);
            if !self.accept(TokenKind::Comma) {
                return Ok(list);
            }
        }
    }

    pub(super) fn expr_list(&mut self) -> Parsed<Vec<Expr>> {
        self.comma_list(|parser| parser.parse_expr().map(|expr| *expr))
    }

    /// Whether a token can be an identifier: quoted, or a word that is not reserved.
    pub(super) fn is_identifier(&self, ahead: usize) -> bool {
        match self.kind_at(ahead) {
            TokenKind::Word | TokenKind::Quoted => true,
            TokenKind::Keyword(keyword) => !keyword.is_reserved(),
            _ => false,
        }
    }

    /// A name; `measure_value::type` is one name (sql.md 2.1).
    pub(super) fn parse_identifier(&mut self) -> Parsed<Identifier> {
        if !self.is_identifier(0) {
            return Err(self.unexpected("a name"));
        }
        let token = self.advance();
        let name = self.identifier_of(token);
        let typed =
            self.kind() == TokenKind::DoubleColon && name.is("measure_value") && self.is_identifier(1);
        if !typed {
            return Ok(name);
        }
        self.advance();
        let type_token = self.advance();
        let measure_type = self.identifier_of(type_token);
        let text = format!("{}::{}", name.text, measure_type.text);
        Ok(Identifier { span: name.span.to(measure_type.span), text, quoted: false })
    }

    /// The token as a name, even if it is reserved.
    pub(super) fn identifier_of(&self, token: Token) -> Identifier {
        let text = token.span.text(self.text);
        let quoted = token.kind == TokenKind::Quoted;
        let text = if quoted { unquote(text, '"') } else { text.to_owned() };
        Identifier { span: token.span, text, quoted }
    }

    pub(super) fn parse_qualified_name(&mut self) -> Parsed<QualifiedName> {
        let first = self.parse_identifier()?;
        let mut parts = vec![first];
        while parts.len() < 3 && self.accept(TokenKind::Dot) {
            parts.push(self.parse_identifier()?);
        }
        let span = parts.iter().fold(self.last_span(), |span, part| span.to(part.span));
        Ok(QualifiedName { span, parts })
    }

    /// `(name, ...)`
    pub(super) fn parse_names_in_parentheses(&mut self) -> Parsed<Vec<Identifier>> {
        self.expect(TokenKind::LeftParen, "(")?;
        let names = self.comma_list(Self::parse_identifier)?;
        self.expect(TokenKind::RightParen, ")")?;
        Ok(names)
    }
}
