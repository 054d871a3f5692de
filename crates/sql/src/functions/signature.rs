//! Signatures as text, and how a call finds its overload.
//!
//! Grammar: `name(type, ...) -> type [where T: constraint, ...]`. A type is a SQL type name, `array(T)`,
//! `timeseries(T)`, `point(T)` (the row of time and value that a series holds), a capital letter (a type variable), or
//! `function(A, B, R)` for a lambda from A, B to R. `type...` as the last parameter repeats one or more times.
//! Constraints are `orderable`, `comparable` and `numeric`.

use std::fmt;

use crate::types::{RowField, Type};

/// A parsed signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    pub name: String,
    pub parameters: Vec<Pattern>,
    pub variadic: bool,
    pub returns: Pattern,
    pub constraints: Vec<(char, Constraint)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    Exact(Type),
    Variable(char),
    Array(Box<Pattern>),
    Timeseries(Box<Pattern>),
    Point(Box<Pattern>),
    Row(Vec<Pattern>),
    Function { parameters: Vec<Pattern>, returns: Box<Pattern> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    Orderable,
    Comparable,
    Numeric,
}

/// What the analyzer knows of an argument before the overload is chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentShape {
    Value {
        ty: Type,
        /// A varchar literal may stand where a timestamp, date or time is expected (sql.md 2.3).
        varchar_literal: bool,
    },
    Lambda {
        parameter_count: usize,
    },
}

/// A chosen overload, with type variables bound by the arguments that are not lambdas.
#[derive(Debug, Clone)]
pub struct Binding {
    pub overload: usize,
    signature: Signature,
    variables: Vec<(char, Type)>,
    argument_count: usize,
}

impl Signature {
    /// Parses the text of a declaration; `None` when it is malformed, which a test over all functions rules out.
    pub fn parse(text: &str) -> Option<Self> {
        let (declaration, constraints) = match text.split_once(" where ") {
            Some((declaration, constraints)) => (declaration, parse_constraints(constraints)?),
            None => (text, Vec::new()),
        };
        let (call, returns) = declaration.rsplit_once("->")?;
        let (name, parameters) = call.trim().split_once('(')?;
        let parameters = parameters.strip_suffix(')')?.trim();
        let (parameters, variadic) = match parameters.strip_suffix("...") {
            Some(parameters) => (parameters, true),
            None => (parameters, false),
        };
        let parameters = split_list(parameters).into_iter().map(parse_pattern).collect::<Option<Vec<_>>>()?;
        let returns = parse_pattern(returns.trim())?;
        Some(Self { name: name.trim().to_owned(), parameters, variadic, returns, constraints })
    }

    fn parameter(&self, index: usize) -> Option<&Pattern> {
        match self.parameters.get(index) {
            Some(pattern) => Some(pattern),
            None if self.variadic => self.parameters.last(),
            None => None,
        }
    }

    fn accepts_count(&self, count: usize) -> bool {
        if self.variadic { count >= self.parameters.len() } else { count == self.parameters.len() }
    }
}

/// The signature as error messages print it.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.iter().map(Pattern::to_string).collect::<Vec<_>>().join(", ");
        write!(f, "{}({parameters}{})", self.name, if self.variadic { "..." } else { "" })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |patterns: &[Self]| patterns.iter().map(Self::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Exact(ty) => write!(f, "{ty}"),
            Self::Variable(variable) => write!(f, "{variable}"),
            Self::Array(element) => write!(f, "array({element})"),
            Self::Timeseries(value) => write!(f, "timeseries({value})"),
            Self::Point(value) => write!(f, "row(timestamp, {value})"),
            Self::Row(fields) => write!(f, "row({})", list(fields)),
            Self::Function { parameters, returns } => write!(f, "function({}, {returns})", list(parameters)),
        }
    }
}

/// Chooses the overload for a call: one that takes the types as they are, else the first that needs the fewest
/// implicit conversions. `None` when none fits.
pub fn resolve(signatures: &[Signature], arguments: &[ArgumentShape]) -> Option<Binding> {
    let mut best: Option<(usize, Binding)> = None;
    for (overload, signature) in signatures.iter().enumerate() {
        let Some((cost, variables)) = unify(signature, arguments) else { continue };
        if best.as_ref().is_none_or(|(best_cost, _)| cost < *best_cost) {
            let binding = Binding {
                overload,
                signature: signature.clone(),
                variables,
                argument_count: arguments.len(),
            };
            best = Some((cost, binding));
        }
    }
    best.map(|(_, binding)| binding)
}

/// How the body of a lambda meets what the other arguments made of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaFit {
    /// The body has to be cast to this type.
    Fits(Type),
    /// The body made a type wider that lambdas may take: they have to be bound anew.
    Widened,
    Misfit,
}

impl Binding {
    /// The types of a lambda argument's parameters.
    pub fn lambda_parameters(&self, index: usize) -> Option<Vec<Type>> {
        match self.signature.parameter(index)? {
            Pattern::Function { parameters, .. } => {
                parameters.iter().map(|pattern| self.instantiate(pattern)).collect()
            }
            _ => None,
        }
    }

    /// Tells the type of a lambda's body and gets the type it has to be cast to.
    pub fn bind_lambda(&mut self, index: usize, body: &Type) -> LambdaFit {
        let Some(Pattern::Function { returns, .. }) = self.signature.parameter(index).cloned() else {
            return LambdaFit::Misfit;
        };
        let expected = self.instantiate(&returns);
        if let Some(expected) = expected.filter(|expected| body.coerces_to(expected)) {
            return LambdaFit::Fits(expected);
        }
        let is_new = self.instantiate(&returns).is_none();
        match match_pattern(&returns, body, false, &mut self.variables) {
            None => LambdaFit::Misfit,
            Some(_) if is_new => LambdaFit::Fits(body.clone()),
            Some(_) => LambdaFit::Widened,
        }
    }

    /// The type an argument that is no lambda has to be cast to.
    pub fn argument_type(&self, index: usize) -> Option<Type> {
        if index >= self.argument_count {
            return None;
        }
        self.instantiate(self.signature.parameter(index)?)
    }

    /// The result type; `None` while a lambda that decides it is not bound.
    pub fn return_type(&self) -> Option<Type> {
        self.instantiate(&self.signature.returns)
    }

    fn instantiate(&self, pattern: &Pattern) -> Option<Type> {
        instantiate(pattern, &self.variables)
    }
}

fn unify(signature: &Signature, arguments: &[ArgumentShape]) -> Option<(usize, Vec<(char, Type)>)> {
    if !signature.accepts_count(arguments.len()) {
        return None;
    }
    let mut variables = Vec::new();
    let mut cost = 0;
    // Varchar literals come last: what they become depends on what the others bind variables to.
    let is_literal =
        |argument: &ArgumentShape| matches!(argument, ArgumentShape::Value { varchar_literal: true, .. });
    let others = arguments.iter().enumerate().filter(|(_, argument)| !is_literal(argument));
    let literals = arguments.iter().enumerate().filter(|(_, argument)| is_literal(argument));
    for (index, argument) in others.chain(literals) {
        match (signature.parameter(index)?, argument) {
            (Pattern::Function { parameters, .. }, ArgumentShape::Lambda { parameter_count }) => {
                if parameters.len() != *parameter_count {
                    return None;
                }
            }
            (Pattern::Function { .. }, _) | (_, ArgumentShape::Lambda { .. }) => return None,
            (pattern, ArgumentShape::Value { ty, varchar_literal }) => {
                cost += match_pattern(pattern, ty, *varchar_literal, &mut variables)?;
            }
        }
    }
    let holds = |(variable, constraint): &(char, Constraint)| match lookup(&variables, *variable) {
        None => true,
        Some(ty) => match constraint {
            Constraint::Orderable => ty.is_orderable(),
            Constraint::Comparable => ty.is_comparable(),
            Constraint::Numeric => ty.is_numeric() || *ty == Type::Unknown,
        },
    };
    signature.constraints.iter().all(holds).then_some((cost, variables))
}

/// Matches a type against a pattern, binding or widening variables; the cost counts implicit conversions.
fn match_pattern(
    pattern: &Pattern,
    ty: &Type,
    varchar_literal: bool,
    variables: &mut Vec<(char, Type)>,
) -> Option<usize> {
    match (pattern, ty) {
        (Pattern::Exact(expected), ty) if expected == ty => Some(0),
        (Pattern::Exact(expected), Type::Varchar) if varchar_literal => {
            matches!(expected, Type::Timestamp | Type::Date | Type::Time).then_some(4)
        }
        (Pattern::Exact(expected), ty) => ty.coerces_to(expected).then(|| conversion_cost(ty, expected)),
        (Pattern::Variable(variable), ty) => {
            match variables.iter_mut().find(|(name, _)| name == variable) {
                None => variables.push((*variable, ty.clone())),
                Some((_, bound)) => {
                    let literal_fits =
                        varchar_literal && matches!(bound, Type::Timestamp | Type::Date | Type::Time);
                    if !literal_fits {
                        *bound = Type::common(bound, ty)?;
                    }
                }
            }
            Some(0)
        }
        (Pattern::Array(element), Type::Array(ty)) => match_pattern(element, ty, false, variables),
        (Pattern::Timeseries(value), Type::Timeseries(ty)) => match_pattern(value, ty, false, variables),
        (Pattern::Point(value), Type::Row(fields)) => match fields.as_slice() {
            [time, point] if time.ty == Type::Timestamp => match_pattern(value, &point.ty, false, variables),
            _ => None,
        },
        (Pattern::Row(patterns), Type::Row(fields)) if patterns.len() == fields.len() => {
            let mut cost = 0;
            for (pattern, field) in patterns.iter().zip(fields) {
                cost += match_pattern(pattern, &field.ty, false, variables)?;
            }
            Some(cost)
        }
        (_, Type::Unknown) => Some(bind_unknown(pattern, variables)),
        _ => None,
    }
}

fn bind_unknown(pattern: &Pattern, variables: &mut Vec<(char, Type)>) -> usize {
    match pattern {
        Pattern::Variable(variable) if lookup(variables, *variable).is_none() => {
            variables.push((*variable, Type::Unknown));
        }
        Pattern::Array(inner) | Pattern::Timeseries(inner) | Pattern::Point(inner) => {
            bind_unknown(inner, variables);
        }
        _ => {}
    }
    1
}

fn conversion_cost(from: &Type, to: &Type) -> usize {
    match (from, to) {
        (Type::Integer, Type::Bigint) => 1,
        (Type::Bigint, Type::Double) => 2,
        (Type::Integer, Type::Double) => 3,
        _ => 1,
    }
}

fn lookup(variables: &[(char, Type)], variable: char) -> Option<&Type> {
    variables.iter().find(|(name, _)| *name == variable).map(|(_, ty)| ty)
}

fn instantiate(pattern: &Pattern, variables: &[(char, Type)]) -> Option<Type> {
    Some(match pattern {
        Pattern::Exact(ty) => ty.clone(),
        Pattern::Variable(variable) => lookup(variables, *variable)?.clone(),
        Pattern::Array(element) => Type::array(instantiate(element, variables)?),
        Pattern::Timeseries(value) => Type::timeseries(instantiate(value, variables)?),
        Pattern::Point(value) => Type::point(instantiate(value, variables)?),
        Pattern::Row(patterns) => {
            let field = |pattern| Some(RowField { name: None, ty: instantiate(pattern, variables)? });
            Type::Row(patterns.iter().map(field).collect::<Option<_>>()?)
        }
        Pattern::Function { .. } => return None,
    })
}

fn parse_constraints(text: &str) -> Option<Vec<(char, Constraint)>> {
    let parse = |item: &str| {
        let (variable, constraint) = item.trim().split_once(':')?;
        let constraint = match constraint.trim() {
            "orderable" => Constraint::Orderable,
            "comparable" => Constraint::Comparable,
            "numeric" => Constraint::Numeric,
            _ => return None,
        };
        Some((variable.trim().chars().next()?, constraint))
    };
    text.split(',').map(parse).collect()
}

/// Splits at commas outside parentheses.
fn split_list(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        items.push(last);
    }
    items
}

fn parse_pattern(text: &str) -> Option<Pattern> {
    let text = text.trim();
    if let Some((head, inner)) = text.split_once('(') {
        let inner = split_list(inner.strip_suffix(')')?);
        let mut patterns = inner.into_iter().map(parse_pattern).collect::<Option<Vec<_>>>()?;
        return match head.trim() {
            "row" => Some(Pattern::Row(patterns)),
            "function" => {
                let returns = Box::new(patterns.pop()?);
                Some(Pattern::Function { parameters: patterns, returns })
            }
            head => {
                let inner = Box::new(patterns.pop().filter(|_| patterns.is_empty())?);
                match head {
                    "array" => Some(Pattern::Array(inner)),
                    "timeseries" => Some(Pattern::Timeseries(inner)),
                    "point" => Some(Pattern::Point(inner)),
                    _ => None,
                }
            }
        };
    }
    let mut letters = text.chars();
    if let (Some(letter @ 'A'..='Z'), None) = (letters.next(), letters.next()) {
        return Some(Pattern::Variable(letter));
    }
    let ty = match text {
        "unknown" => Type::Unknown,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "bigint" => Type::Bigint,
        "double" => Type::Double,
        "varchar" => Type::Varchar,
        "varbinary" => Type::Varbinary,
        "date" => Type::Date,
        "time" => Type::Time,
        "timestamp" => Type::Timestamp,
        "interval day to second" => Type::IntervalDayToSecond,
        "interval year to month" => Type::IntervalYearToMonth,
        _ => return None,
    };
    Some(Pattern::Exact(ty))
}

#[cfg(test)]
mod tests;
