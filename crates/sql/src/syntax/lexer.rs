//! Text to tokens, in one pass without recursion. Comments and white space leave no token.

use model::limits::QUERY_TEXT_CHARS_MAX;

use super::ast::{ShortUnit, Span};
use super::error::{Limit, SyntaxError};
use super::keyword::Keyword;
use super::token::{Token, TokenKind};

/// The tokens of a text up to its first fault.
pub struct Tokens {
    /// Always ends with [`TokenKind::End`].
    pub list: Vec<Token>,
    /// Why the token in front of the end is unreadable. An earlier fault of grammar counts first.
    pub fault: Option<SyntaxError>,
}

/// # Errors
/// Only the limit of the text.
pub fn tokenize(text: &str) -> Result<Tokens, SyntaxError> {
    if text.len() > QUERY_TEXT_CHARS_MAX && text.chars().nth(QUERY_TEXT_CHARS_MAX).is_some() {
        return Err(SyntaxError::limit(text, Span::new(0, 0), Limit::TextCharacters));
    }
    let mut lexer = Lexer { text, at: 0 };
    let mut list = Vec::with_capacity(text.len() / 4 + 1);
    loop {
        match lexer.next_token() {
            Ok(token) => {
                list.push(token);
                if token.kind == TokenKind::End {
                    return Ok(Tokens { list, fault: None });
                }
            }
            Err(fault) => {
                list.push(Token { kind: TokenKind::Unreadable, span: fault.span() });
                list.push(Token { kind: TokenKind::End, span: fault.span() });
                return Ok(Tokens { list, fault: Some(fault) });
            }
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    /// Always on a character boundary.
    at: usize,
}

impl Lexer<'_> {
    fn next_token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks()?;
        let start = self.at;
        let Some(first) = self.peek() else {
            return Ok(Token { kind: TokenKind::End, span: self.span_from(start) });
        };
        let kind = match first {
            '\'' => self.quoted_by('\'', TokenKind::String)?,
            '"' => self.quoted_by('"', TokenKind::Quoted)?,
            'u' | 'U' if self.rest().get(1..3) == Some("&'") => {
                self.at += 2;
                self.quoted_by('\'', TokenKind::UnicodeString)?
            }
            '0'..='9' => self.number()?,
            '.' if self.second_is_digit() => self.number()?,
            '@' => self.parameter()?,
            _ if is_word_start(first) => self.word(),
            _ => self.symbol(first)?,
        };
        Ok(Token { kind, span: self.span_from(start) })
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn second_is_digit(&self) -> bool {
        self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit)
    }

    fn advance_while(&mut self, accept: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !accept(c)).unwrap_or(rest.len());
    }

    fn span_from(&self, start: usize) -> Span {
        // Offsets fit: the text limit is far below 32 bits even at four bytes a character.
        Span::new(start as u32, self.at as u32)
    }

    fn invalid(&self, start: usize, detail: &str) -> SyntaxError {
        SyntaxError::invalid(self.text, self.span_from(start), detail)
    }

    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.advance_while(char::is_whitespace);
            let rest = self.rest();
            if rest.starts_with("--") {
                self.advance_while(|c| c != '\n');
            } else if rest.starts_with("/*") {
                match rest.get(2..).and_then(|comment| comment.find("*/")) {
                    Some(length) => self.at += length + 4,
                    None => return Err(self.invalid(self.at, "unclosed comment")),
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Reads from the opening to the closing quote; a doubled quote stands for itself.
    fn quoted_by(&mut self, quote: char, kind: TokenKind) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        loop {
            let Some(length) = self.rest().find(quote) else {
                return Err(self.invalid(start, "unclosed quote"));
            };
            self.at += length + 1;
            if self.peek() != Some(quote) {
                break;
            }
            self.at += 1;
        }
        if kind == TokenKind::Quoted && self.at == start + 2 {
            return Err(self.invalid(start, "empty identifier"));
        }
        Ok(kind)
    }

    fn word(&mut self) -> TokenKind {
        let start = self.at;
        self.advance_while(is_word_part);
        let word = self.text.get(start..self.at).unwrap_or("");
        Keyword::of(word).map_or(TokenKind::Word, TokenKind::Keyword)
    }

    fn parameter(&mut self) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        if !self.peek().is_some_and(is_word_start) {
            return Err(self.invalid(start, "a parameter is @ and a name"));
        }
        self.advance_while(is_word_part);
        Ok(TokenKind::Parameter)
    }

    fn number(&mut self) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        let is_digit = |c: char| c.is_ascii_digit();
        self.advance_while(is_digit);
        let mut kind = TokenKind::Integer;
        if self.peek() == Some('.') {
            self.at += 1;
            self.advance_while(is_digit);
            kind = TokenKind::Double;
        }
        let with_exponent = self.exponent_length();
        if let Some(length) = with_exponent {
            self.at += length;
            kind = TokenKind::Double;
        }
        if !self.peek().is_some_and(is_word_part) {
            return Ok(kind);
        }
        let word_start = self.at;
        self.advance_while(is_word_part);
        let unit = self.text.get(word_start..self.at).and_then(ShortUnit::of);
        match unit {
            Some(unit) if with_exponent.is_none() => {
                Ok(TokenKind::ShortInterval { unit, unit_bytes: (self.at - word_start) as u8 })
            }
            _ => Err(self.invalid(start, "a name must not start with a digit, and this is no interval unit")),
        }
    }

    /// The length of `e5`, `E+5`, `e-5` at the current place.
    fn exponent_length(&self) -> Option<usize> {
        let bytes = self.rest().as_bytes();
        if !matches!(bytes.first(), Some(b'e' | b'E')) {
            return None;
        }
        let sign_length = usize::from(matches!(bytes.get(1), Some(b'+' | b'-')));
        let digits = bytes.iter().skip(1 + sign_length).take_while(|b| b.is_ascii_digit()).count();
        (digits > 0).then_some(1 + sign_length + digits)
    }

    fn symbol(&mut self, first: char) -> Result<TokenKind, SyntaxError> {
        let second = self.rest().chars().nth(1);
        let (kind, length) = match (first, second) {
            ('|', Some('|')) => (TokenKind::Concat, 2),
            ('<', Some('>')) | ('!', Some('=')) => (TokenKind::NotEqual, 2),
            ('<', Some('=')) => (TokenKind::LessOrEqual, 2),
            ('>', Some('=')) => (TokenKind::GreaterOrEqual, 2),
            ('-', Some('>')) => (TokenKind::Arrow, 2),
            (':', Some(':')) => (TokenKind::DoubleColon, 2),
            ('<', _) => (TokenKind::Less, 1),
            ('>', _) => (TokenKind::Greater, 1),
            ('=', _) => (TokenKind::Equal, 1),
            ('+', _) => (TokenKind::Plus, 1),
            ('-', _) => (TokenKind::Minus, 1),
            ('*', _) => (TokenKind::Star, 1),
            ('/', _) => (TokenKind::Slash, 1),
            ('%', _) => (TokenKind::Percent, 1),
            ('(', _) => (TokenKind::LeftParen, 1),
            (')', _) => (TokenKind::RightParen, 1),
            ('[', _) => (TokenKind::LeftBracket, 1),
            (']', _) => (TokenKind::RightBracket, 1),
            (',', _) => (TokenKind::Comma, 1),
            ('.', _) => (TokenKind::Dot, 1),
            (';', _) => (TokenKind::Semicolon, 1),
            _ => return Err(self.invalid(self.at, "unexpected character")),
        };
        self.at += length;
        Ok(kind)
    }
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_word_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl ShortUnit {
    fn of(word: &str) -> Option<Self> {
        let units = [
            ("ns", "nanosecond", Self::Nanosecond),
            ("us", "microsecond", Self::Microsecond),
            ("ms", "millisecond", Self::Millisecond),
            ("s", "second", Self::Second),
            ("m", "minute", Self::Minute),
            ("h", "hour", Self::Hour),
            ("d", "day", Self::Day),
            ("month", "month", Self::Month),
            ("y", "year", Self::Year),
        ];
        let found = units
            .iter()
            .find(|(short, long, _)| word.eq_ignore_ascii_case(short) || word.eq_ignore_ascii_case(long));
        found.map(|(_, _, unit)| *unit)
    }
}
