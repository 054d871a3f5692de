//! Rewrites a pattern in Java's syntax into the engine's, which is near but not equal.
//!
//! Quoting with `\Q...\E`, POSIX and `Is` properties, white-space classes and octal escapes are spelled differently;
//! some escapes mean something else; flags that would change the meaning are refused.

use std::iter::Peekable;
use std::str::Chars;

/// A pattern in the engine's syntax.
#[derive(Debug, PartialEq)]
pub(super) struct Translated {
    pub pattern: String,
    /// What the pattern is for texts that end with a line feed, where that differs: `$` also matches before it.
    pub before_line_feed: Option<String>,
}

/// `Err` tells what is not supported.
pub(super) fn translate(pattern: &str) -> Result<Translated, String> {
    let plain = Translator::new(pattern, "$").run()?;
    if !plain.dollar || plain.multi_line {
        return Ok(Translated { pattern: plain.out, before_line_feed: None });
    }
    let before_line_feed = Translator::new(pattern, END_OR_LINE_FEED).run()?;
    Ok(Translated { pattern: plain.out, before_line_feed: Some(before_line_feed.out) })
}

const END_OR_LINE_FEED: &str = r"(?=\n?\z)";
const HORIZONTAL_SPACE: &str = r"\t \xA0\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}";
const VERTICAL_SPACE: &str = r"\n\x0B\x0C\r\u{85}\u{2028}\u{2029}";
const LINE_BREAK: &str = r"(?:\r\n|[\n\x0B\x0C\r\u{85}\u{2028}\u{2029}])";

struct Translator<'a> {
    input: Peekable<Chars<'a>>,
    out: String,
    dollar_as: &'a str,
    dollar: bool,
    multi_line: bool,
    class_depth: usize,
}

impl<'a> Translator<'a> {
    fn new(pattern: &'a str, dollar_as: &'a str) -> Self {
        Self {
            input: pattern.chars().peekable(),
            out: String::with_capacity(pattern.len()),
            dollar_as,
            dollar: false,
            multi_line: false,
            class_depth: 0,
        }
    }

    fn run(mut self) -> Result<Self, String> {
        while let Some(c) = self.input.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.open_class(),
                ']' if self.class_depth > 0 => {
                    self.class_depth -= 1;
                    self.out.push(']');
                }
                // Doubled signs subtract classes in the engine; in Java they are plain.
                '-' | '~' if self.class_depth > 0 && self.out.ends_with(c) => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '$' if self.class_depth == 0 => {
                    self.dollar = true;
                    self.out.push_str(self.dollar_as);
                }
                '(' if self.class_depth == 0 => self.open_group()?,
                c => self.out.push(c),
            }
        }
        Ok(self)
    }

    /// A bracket that closes directly after the opening one is a member of the class.
    fn open_class(&mut self) {
        self.class_depth += 1;
        self.out.push('[');
        if let Some(caret) = self.input.next_if_eq(&'^') {
            self.out.push(caret);
        }
        if self.input.next_if_eq(&']').is_some() {
            self.out.push_str(r"\]");
        }
    }

    /// Reads the flags of a group such as `(?i)`.
    fn open_group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let Some(mark) = self.input.next_if_eq(&'?') else { return Ok(()) };
        self.out.push(mark);
        let mut negated = false;
        while let Some(flag) = self.input.next_if(|c| c.is_ascii_alphabetic() || *c == '-') {
            match flag {
                // Letters, digits and cases are Unicode's without being asked.
                'u' | 'U' if !negated => continue,
                'd' | 'u' | 'U' => return Err(format!("the flag {flag} is not supported")),
                '-' => negated = true,
                'm' if !negated => self.multi_line = true,
                _ => {}
            }
            self.out.push(flag);
        }
        if self.out.ends_with("(?") && self.input.next_if_eq(&')').is_some() {
            self.out.truncate(self.out.len() - 2);
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.input.next() else { return Err("a backslash at the end".into()) };
        match c {
            'Q' if self.class_depth == 0 => self.quotation(),
            'h' => self.class_of(HORIZONTAL_SPACE, false),
            'H' => self.class_of(HORIZONTAL_SPACE, true),
            'v' => self.class_of(VERTICAL_SPACE, false),
            'V' => self.class_of(VERTICAL_SPACE, true),
            'R' if self.class_depth == 0 => self.out.push_str(LINE_BREAK),
            'Z' if self.class_depth == 0 => self.out.push_str(END_OR_LINE_FEED),
            'p' | 'P' => self.property(c == 'P')?,
            '0' => self.octal()?,
            'c' => {
                let Some(letter) = self.input.next().filter(char::is_ascii) else {
                    return Err("an incomplete control escape".into());
                };
                self.code_point(u32::from(letter) ^ 0x40);
            }
            'a'
            | 'b'
            | 'B'
            | 'A'
            | 'd'
            | 'D'
            | 'e'
            | 'f'
            | 'G'
            | 'k'
            | 'n'
            | 'r'
            | 's'
            | 'S'
            | 't'
            | 'u'
            | 'w'
            | 'W'
            | 'x'
            | 'z'
            | '1'..='9' => {
                self.out.push('\\');
                self.out.push(c);
            }
            c if c.is_ascii_alphabetic() => return Err(format!("the escape \\{c} is not supported")),
            // These escapes mean word boundaries to the engine.
            '<' | '>' => self.out.push(c),
            c if c.is_ascii() => {
                self.out.push('\\');
                self.out.push(c);
            }
            c => self.out.push(c),
        }
        Ok(())
    }

    /// `\Q...\E`, or to the end of the pattern.
    fn quotation(&mut self) {
        while let Some(c) = self.input.next() {
            if c == '\\' && self.input.next_if_eq(&'E').is_some() {
                return;
            }
            if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
                self.out.push('\\');
            }
            self.out.push(c);
        }
    }

    fn class_of(&mut self, members: &str, negated: bool) {
        self.out.push_str(if negated { "[^" } else { "[" });
        self.out.push_str(members);
        self.out.push(']');
    }

    fn code_point(&mut self, code: u32) {
        self.out.push_str(&format!(r"\x{{{code:x}}}"));
    }

    /// `\0n`, `\0nn` or `\0mnn` with at most 0377.
    fn octal(&mut self) -> Result<(), String> {
        let mut code = None;
        for _ in 0..3 {
            let next = |c: &char| c.to_digit(8).is_some_and(|digit| code.unwrap_or(0) * 8 + digit <= 0o377);
            let Some(digit) = self.input.next_if(next).and_then(|c| c.to_digit(8)) else { break };
            code = Some(code.unwrap_or(0) * 8 + digit);
        }
        self.code_point(code.ok_or("an incomplete octal escape")?);
        Ok(())
    }

    fn property(&mut self, negated: bool) -> Result<(), String> {
        let letter = if negated { 'P' } else { 'p' };
        if self.input.next_if_eq(&'{').is_none() {
            let name = self.input.next().ok_or("an incomplete property")?;
            self.out.push_str(&format!(r"\{letter}{name}"));
            return Ok(());
        }
        let mut name = String::new();
        loop {
            match self.input.next() {
                Some('}') => break,
                Some(c) => name.push(c),
                None => return Err("an incomplete property".into()),
            }
        }
        let caret = if negated { "^" } else { "" };
        match name.as_str() {
            "Lower" | "Upper" | "ASCII" | "Alpha" | "Digit" | "Alnum" | "Punct" | "Graph" | "Print"
            | "Blank" | "Cntrl" | "XDigit" | "Space" => {
                let name = name.to_ascii_lowercase();
                self.out.push_str(&format!("[[:{caret}{name}:]]"));
            }
            name => {
                let name = name.strip_prefix("Is").unwrap_or(name);
                self.out.push_str(&format!(r"\{letter}{{{name}}}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_spells_differently_is_rewritten() {
        let cases = [
            (r"a\Qb.*\Ec", r"ab\.\*c"),
            (r"\Qa<", r"a<"),
            (r"\<b\>", "<b>"),
            (r"\_\-\/", r"\_\-\/"),
            (r"[]a]", r"[\]a]"),
            (r"[^]a]", r"[^\]a]"),
            (r"[+--]", r"[+-\-]"),
            (r"\p{Alpha}\P{Punct}", r"[[:alpha:]][[:^punct:]]"),
            (r"\p{IsLatin}\pL", r"\p{Latin}\pL"),
            (r"\0101\012", r"\x{41}\x{a}"),
            (r"\0400", r"\x{20}0"),
            (r"\cA", r"\x{1}"),
            (r"(?i)\d\1", r"(?i)\d\1"),
            (r"(?<name>x)\k<name>", r"(?<name>x)\k<name>"),
            (r"[$(]", r"[$(]"),
        ];
        for (java, ours) in cases {
            assert_eq!(translate(java).map(|t| t.pattern).as_deref(), Ok(ours), "{java}");
        }
    }

    #[test]
    fn a_dollar_has_a_second_form_unless_it_ends_lines() {
        assert_eq!(translate("a$").unwrap().before_line_feed.as_deref(), Some(r"a(?=\n?\z)"));
        assert_eq!(translate("(?m)a$").unwrap().before_line_feed, None);
        assert_eq!(translate(r"a\$").unwrap().before_line_feed, None);
    }

    #[test]
    fn what_has_no_equal_is_refused() {
        for java in [r"\", r"\y", r"\K", r"\p{Alpha", r"\09", r"\c"] {
            assert!(translate(java).is_err(), "{java}");
        }
    }
}
