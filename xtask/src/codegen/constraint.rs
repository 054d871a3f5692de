//! Emits the rules of text shapes and one `validate` per input structure.

use super::naming::{lower_camel, screaming, snake};
use super::pattern;
use super::service_model::{ServiceModel, Shape, ShapeKind};
use super::types::{UNBOUNDED_LIST, borrows, input_shapes, item_name};
use std::fmt::Write;

const IMPORTS: &str = "\
#![allow(unused_imports, unused_variables)]

use super::input::*;
use crate::constraint::{Path, Pattern, Range, Step, TextRule, Validate, Violations};
use model::limits::LIST_MEMBERS_MAX;
";

pub fn emit(model: &ServiceModel) -> Result<String, String> {
    let mut out = String::from(IMPORTS);
    let names = input_shapes(model)?;
    for name in &names {
        let shape = model.shape(name)?;
        if has_rule(shape) {
            emit_rule(&mut out, name, shape)?;
        }
    }
    for name in &names {
        let shape = model.shape(name)?;
        if shape.kind == ShapeKind::Structure {
            emit_structure(&mut out, model, name, shape)?;
        }
    }
    Ok(out)
}

fn has_rule(shape: &Shape) -> bool {
    let bounded = shape.min.is_some() || shape.max.is_some() || shape.pattern.is_some();
    shape.kind == ShapeKind::String && !shape.is_enum() && (bounded || shape.sensitive)
}

fn emit_rule(out: &mut String, name: &str, shape: &Shape) -> Result<(), String> {
    let _ = writeln!(out, "\nconst {}: TextRule = TextRule {{", screaming(name));
    let _ = writeln!(out, "    min: {},", shape.min.unwrap_or(0));
    let _ = writeln!(out, "    max: {:?},", shape.max);
    match &shape.pattern {
        None => out.push_str("    pattern: None,\n"),
        Some(text) => {
            let _ = writeln!(out, "    pattern: Some(Pattern {{\n        text: {text:?},\n        steps: &[");
            for step in pattern::parse(text)? {
                let (class, min, max) = (step.class, step.min, step.max);
                let _ =
                    writeln!(out, "            Step {{ class: 0x{class:032x}, min: {min}, max: {max:?} }},");
            }
            out.push_str("        ],\n    }),\n");
        }
    }
    let _ = writeln!(out, "    sensitive: {},\n}};", shape.sensitive);
    Ok(())
}

fn emit_structure(out: &mut String, model: &ServiceModel, name: &str, shape: &Shape) -> Result<(), String> {
    let generics = if borrows(model, name)? { "<'_>" } else { "" };
    let _ = writeln!(out, "\nimpl Validate for {name}{generics} {{");
    out.push_str("    fn validate(&self, at: &Path<'_>, found: &mut Violations) {\n");
    for (member, target) in shape.members.iter() {
        emit_member(out, model, member, target, shape.is_required(member))?;
    }
    out.push_str("    }\n}\n");
    Ok(())
}

fn emit_member(
    out: &mut String,
    model: &ServiceModel,
    member: &str,
    target: &str,
    required: bool,
) -> Result<(), String> {
    let (field, shape) = (snake(member), model.shape(target)?);
    let at = format!("&at.member(\"{}\")", lower_camel(member));
    let presence = |out: &mut String| {
        if required {
            let _ = writeln!(out, "        found.required({at}, self.{field}.is_some());");
        }
    };
    match shape.kind {
        ShapeKind::String if shape.is_enum() => {
            let _ = writeln!(out, "        found.choice({at}, self.{field}.as_ref(), {required});");
        }
        ShapeKind::String if has_rule(shape) => {
            let rule = screaming(target);
            let _ = writeln!(out, "        found.text({at}, self.{field}.as_deref(), {required}, &{rule});");
        }
        ShapeKind::Integer | ShapeKind::Long if shape.min.is_some() || shape.max.is_some() => {
            let range = format!("Range {{ min: {:?}, max: {:?} }}", shape.min, shape.max);
            let value = match shape.kind {
                ShapeKind::Integer => format!("self.{field}.map(i64::from)"),
                _ => format!("self.{field}"),
            };
            let _ = writeln!(out, "        found.number({at}, {value}, {required}, {range});");
        }
        ShapeKind::Structure => {
            presence(out);
            let _ = writeln!(out, "        if let Some(value) = &self.{field} {{");
            let _ = writeln!(out, "            value.validate({at}, found);\n        }}");
        }
        ShapeKind::List => emit_list(out, model, member, target, required)?,
        _ => presence(out),
    }
    Ok(())
}

fn emit_list(
    out: &mut String,
    model: &ServiceModel,
    member: &str,
    target: &str,
    required: bool,
) -> Result<(), String> {
    let (field, path_name, shape) = (snake(member), lower_camel(member), model.shape(target)?);
    let (min, max) = (shape.min.unwrap_or(0), shape.max.map(|max| max.to_string()));
    let max = max.unwrap_or_else(|| UNBOUNDED_LIST.trim_matches(['{', '}', ' ']).to_owned());
    let _ = writeln!(
        out,
        "        found.list(&at.member(\"{path_name}\"), self.{field}.as_ref(), {required}, {min}, {max});"
    );
    let item = item_name(target, shape)?;
    let item_shape = model.shape(item)?;
    let check = match item_shape.kind {
        ShapeKind::Structure => "item.validate(&at.item(\"{name}\", index), found);".to_owned(),
        ShapeKind::String if has_rule(item_shape) => {
            format!("found.text(&at.item(\"{{name}}\", index), Some(item), true, &{});", screaming(item))
        }
        ShapeKind::String if !item_shape.is_enum() => return Ok(()),
        other => return Err(format!("list items not supported by codegen: shape={target} kind={other:?}")),
    };
    let check = check.replace("{name}", &path_name);
    let _ = writeln!(out, "        for (index, item) in self.{field}().iter().enumerate() {{");
    let _ = writeln!(out, "            {check}\n        }}");
    Ok(())
}
