//! Decides which Rust type stands for a shape on the input side and on the output side.

use super::service_model::{ServiceModel, Shape, ShapeKind};
use std::collections::BTreeSet;

/// The longest list that is kept where the model names no bound of its own.
pub const UNBOUNDED_LIST: &str = "{ LIST_MEMBERS_MAX }";

/// Names of all shapes that inputs use.
pub fn input_shapes(model: &ServiceModel) -> Result<BTreeSet<&str>, String> {
    model.reachable(model.operations.iter().map(|(_, operation)| operation.input.as_str()))
}

/// Names of all shapes that outputs use. Errors are not outputs.
pub fn output_shapes(model: &ServiceModel) -> Result<BTreeSet<&str>, String> {
    let outputs = model.operations.iter().filter_map(|(_, operation)| operation.output.as_ref());
    model.reachable(outputs.map(|output| output.as_str()))
}

pub fn input_type(model: &ServiceModel, name: &str) -> Result<String, String> {
    let shape = model.shape(name)?;
    Ok(match shape.kind {
        ShapeKind::String if shape.is_enum() => format!("Choice<'a, {name}>"),
        ShapeKind::String => "Text<'a>".to_owned(),
        ShapeKind::Structure if borrows(model, name)? => format!("{name}<'a>"),
        ShapeKind::Structure => name.to_owned(),
        ShapeKind::List => {
            let item = input_type(model, item_name(name, shape)?)?;
            let bound = shape.max.map_or(UNBOUNDED_LIST.to_owned(), |max| max.to_string());
            format!("List<{item}, {bound}>")
        }
        number => scalar_type(number).to_owned(),
    })
}

pub fn output_type(model: &ServiceModel, name: &str) -> Result<String, String> {
    let shape = model.shape(name)?;
    Ok(match shape.kind {
        ShapeKind::String if shape.is_enum() => name.to_owned(),
        ShapeKind::String => "String".to_owned(),
        ShapeKind::Structure => name.to_owned(),
        ShapeKind::List => format!("Vec<{}>", output_type(model, item_name(name, shape)?)?),
        number => scalar_type(number).to_owned(),
    })
}

/// Whether the input type of a shape borrows from the request body.
pub fn borrows(model: &ServiceModel, name: &str) -> Result<bool, String> {
    for used in model.reachable(std::iter::once(name))? {
        if model.shape(used)?.kind == ShapeKind::String {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a structure holds another by value, directly or through further structures; lists break the chain.
pub fn embeds(model: &ServiceModel, outer: &str, inner: &str) -> Result<bool, String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![outer];
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        for (_, member) in model.shape(name)?.members.iter() {
            if member == inner {
                return Ok(true);
            }
            open.push(member);
        }
    }
    Ok(false)
}

/// Whether the output structure has a default: a required member of an enumeration has none.
pub fn has_default(model: &ServiceModel, name: &str) -> Result<bool, String> {
    let shape = model.shape(name)?;
    for (member, target) in shape.members.iter() {
        if !shape.is_required(member) {
            continue;
        }
        let target_shape = model.shape(target)?;
        let defaults = match target_shape.kind {
            ShapeKind::Structure => has_default(model, target)?,
            _ => !target_shape.is_enum(),
        };
        if !defaults {
            return Ok(false);
        }
    }
    Ok(true)
}

pub fn item_name<'a>(name: &str, list: &'a Shape) -> Result<&'a str, String> {
    let item = list.item.as_deref();
    item.ok_or_else(|| format!("a list without items: shape={name}"))
}

fn scalar_type(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Integer => "i32",
        ShapeKind::Long => "i64",
        ShapeKind::Double => "f64",
        ShapeKind::Boolean => "bool",
        ShapeKind::Timestamp => "EpochMillis",
        ShapeKind::String | ShapeKind::Structure | ShapeKind::List => "String",
    }
}
