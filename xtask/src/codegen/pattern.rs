//! Reads the few regular expressions of the models into a sequence of character classes with counts.
//!
//! Grammar: `class quantifier?` repeated, where a class is `[...]` or a group of classes joined by `|`, and a quantifier
//! is `+` or `{m,n}`. Anything else is an error, so that a new pattern can't be misread silently.

pub struct Step {
    /// One bit per ASCII character.
    pub class: u128,
    pub min: u32,
    /// `None` means without bound.
    pub max: Option<u32>,
}

pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut reader = Reader { text, rest: text.chars().collect(), position: 0 };
    let mut steps = Vec::new();
    while reader.peek().is_some() {
        let class = reader.class_or_group()?;
        let (min, max) = reader.quantifier()?;
        steps.push(Step { class, min, max });
    }
    Ok(steps)
}

struct Reader<'a> {
    text: &'a str,
    rest: Vec<char>,
    position: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.position).copied()
    }

    fn next(&mut self) -> Result<char, String> {
        let next = self.peek().ok_or_else(|| self.unsupported())?;
        self.position += 1;
        Ok(next)
    }

    fn take(&mut self, want: char) -> Result<(), String> {
        if self.next()? == want { Ok(()) } else { Err(self.unsupported()) }
    }

    fn unsupported(&self) -> String {
        format!("pattern not supported by codegen: position={} pattern={}", self.position, self.text)
    }

    fn class_or_group(&mut self) -> Result<u128, String> {
        if self.peek() != Some('(') {
            return self.class();
        }
        self.take('(')?;
        let mut union = self.class()?;
        while self.peek() == Some('|') {
            self.take('|')?;
            union |= self.class()?;
        }
        self.take(')')?;
        Ok(union)
    }

    fn class(&mut self) -> Result<u128, String> {
        self.take('[')?;
        let mut class = 0u128;
        loop {
            let start = match self.next()? {
                ']' => return Ok(class),
                '^' | '[' => return Err(self.unsupported()),
                '\\' => self.next()?,
                plain => plain,
            };
            let is_range = self.peek() == Some('-') && self.rest.get(self.position + 1) != Some(&']');
            let end = if is_range {
                self.take('-')?;
                self.next()?
            } else {
                start
            };
            if !start.is_ascii() || !end.is_ascii() || start > end {
                return Err(self.unsupported());
            }
            for code in start as u32..=end as u32 {
                class |= 1 << code;
            }
        }
    }

    fn quantifier(&mut self) -> Result<(u32, Option<u32>), String> {
        match self.peek() {
            Some('+') => {
                self.take('+')?;
                Ok((1, None))
            }
            Some('{') => {
                self.take('{')?;
                let min = self.number()?;
                self.take(',')?;
                let max = self.number()?;
                self.take('}')?;
                Ok((min, Some(max)))
            }
            Some('[' | '(') | None => Ok((1, Some(1))),
            Some(_) => Err(self.unsupported()),
        }
    }

    fn number(&mut self) -> Result<u32, String> {
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            digits.push(digit);
            self.position += 1;
        }
        digits.parse().map_err(|_| self.unsupported())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(class: u128) -> String {
        (0..128u8).filter(|code| class >> code & 1 == 1).map(char::from).collect()
    }

    #[test]
    fn classes_groups_and_counts() {
        let steps = parse(r"[a-c][\.\-x]{1,61}([0-2]|[!\/.])+").unwrap_or_default();
        let read: Vec<(String, u32, Option<u32>)> =
            steps.iter().map(|step| (members(step.class), step.min, step.max)).collect();
        let want = [("abc", 1, Some(1)), ("-.x", 1, Some(61)), ("!./012", 1, None)];
        assert_eq!(read, want.map(|(class, min, max)| (class.to_owned(), min, max)));
    }

    #[test]
    fn everything_else_is_an_error() {
        for text in
            ["a", "[a]*", "[a]?", "[^a]", "[a", "([a]", "[a]{2}", "[z-a]", "^[a]$", "[é]", "([a][b])+"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
