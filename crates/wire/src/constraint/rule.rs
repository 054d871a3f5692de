//! The kinds of constraints that the service models use.

/// Bounds on a text in characters, and its pattern.
#[derive(Debug)]
pub struct TextRule {
    pub min: usize,
    pub max: Option<usize>,
    pub pattern: Option<Pattern>,
    /// Messages never repeat a sensitive value.
    pub sensitive: bool,
}

/// Inclusive bounds of a number.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// A regular expression of a model, which must match the whole text.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    /// As the model writes it.
    pub text: &'static str,
    pub steps: &'static [Step],
}

/// A class of ASCII characters, repeated.
#[derive(Debug)]
pub struct Step {
    /// One bit per character.
    pub class: u128,
    pub min: usize,
    pub max: Option<usize>,
}

impl TextRule {
    /// Whether a text satisfies the rule. A character has at least one byte, so most texts need no counting.
    pub fn accepts(&self, text: &str) -> bool {
        let long_enough = match self.min {
            0 => true,
            1 => !text.is_empty(),
            min => text.chars().count() >= min,
        };
        let short_enough = self.max.is_none_or(|max| text.len() <= max || text.chars().count() <= max);
        long_enough && short_enough && self.pattern.is_none_or(|pattern| pattern.matches(text))
    }
}

impl Pattern {
    pub fn matches(&self, text: &str) -> bool {
        matches_steps(self.steps, text.as_bytes())
    }
}

/// Backtracks only over a step that another follows; patterns have at most three steps.
fn matches_steps(steps: &[Step], text: &[u8]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return text.is_empty();
    };
    let longest = text.iter().take_while(|byte| step.contains(**byte)).count();
    let longest = step.max.map_or(longest, |max| longest.min(max));
    if longest < step.min {
        return false;
    }
    if rest.is_empty() {
        return longest == text.len();
    }
    (step.min..=longest).rev().any(|length| text.get(length..).is_some_and(|tail| matches_steps(rest, tail)))
}

impl Step {
    fn contains(&self, byte: u8) -> bool {
        byte < 128 && self.class >> byte & 1 == 1
    }
}
