//! Emits the structures that requests are read into: members borrowed from the body, all of them optional.

use super::naming::snake;
use super::service_model::{ServiceModel, Shape, ShapeKind};
use super::types::{borrows, input_shapes, input_type, item_name};
use std::fmt::Write;

const IMPORTS: &str = "\
#![allow(unused_imports, clippy::single_match)]

use super::enums::*;
use super::output;
use crate::generated::operation::Operation;
use crate::shape::{Choice, EpochMillis, Input, List, NoOutput, Structure, Text, read_structure};
use model::limits::LIST_MEMBERS_MAX;
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};
";

pub fn emit(model: &ServiceModel) -> Result<String, String> {
    let mut out = String::from(IMPORTS);
    for name in input_shapes(model)? {
        let shape = model.shape(name)?;
        if shape.kind == ShapeKind::Structure {
            emit_structure(&mut out, model, name, shape)?;
        }
    }
    for (name, operation) in model.operations.iter() {
        let input = with_lifetime(model, &operation.input)?;
        let output = operation.output.as_ref().map_or("NoOutput".to_owned(), |it| format!("output::{}", it));
        let _ = writeln!(out, "\nimpl<'a> Input<'a> for {input} {{");
        let _ = writeln!(
            out,
            "    const OPERATION: Operation = Operation::{name};\n    type Output = {output};\n}}"
        );
    }
    Ok(out)
}

fn with_lifetime(model: &ServiceModel, name: &str) -> Result<String, String> {
    Ok(if borrows(model, name)? { format!("{name}<'a>") } else { name.to_owned() })
}

fn emit_structure(out: &mut String, model: &ServiceModel, name: &str, shape: &Shape) -> Result<(), String> {
    let full_name = with_lifetime(model, name)?;
    out.push_str("\n#[derive(Debug, Clone, Default, PartialEq, Serialize)]\n");
    let _ = writeln!(out, "pub struct {full_name} {{");
    for (member, target) in shape.members.iter() {
        let field = snake(member);
        let member_type = input_type(model, target)?;
        let _ =
            writeln!(out, "    #[serde(rename = \"{member}\", skip_serializing_if = \"Option::is_none\")]");
        let _ = writeln!(out, "    pub {field}: Option<{member_type}>,");
    }
    out.push_str("}\n");
    emit_accessors(out, model, &full_name, shape)?;
    emit_reader(out, name, &full_name, shape);
    Ok(())
}

/// Accessors hide the `Option` of members that validation has proven present, and the text of enumerations.
fn emit_accessors(
    out: &mut String,
    model: &ServiceModel,
    full_name: &str,
    shape: &Shape,
) -> Result<(), String> {
    let mut accessors = String::new();
    for (member, target) in shape.members.iter() {
        let field = snake(member);
        let target_shape = model.shape(target)?;
        let required = shape.is_required(member);
        let (result, body) = match target_shape.kind {
            ShapeKind::String if target_shape.is_enum() => {
                (format!("Option<{}>", target), "as_ref().and_then(Choice::known)")
            }
            ShapeKind::String if required => ("&str".to_owned(), "as_deref().unwrap_or_default()"),
            ShapeKind::String => ("Option<&str>".to_owned(), "as_deref()"),
            ShapeKind::List => {
                let item = input_type(model, item_name(target, target_shape)?)?;
                (format!("&[{item}]"), "as_deref().unwrap_or_default()")
            }
            ShapeKind::Structure => continue,
            _ if required => (input_type(model, target)?, "unwrap_or_default()"),
            _ => continue,
        };
        let _ = writeln!(
            accessors,
            "\n    pub fn {field}(&self) -> {result} {{\n        self.{field}.{body}\n    }}"
        );
    }
    if accessors.is_empty() {
        return Ok(());
    }
    let generics = if full_name.ends_with("<'a>") { "<'a>" } else { "" };
    let _ = writeln!(out, "\nimpl{generics} {full_name} {{\n{}}}", accessors.trim_start_matches('\n'));
    Ok(())
}

fn emit_reader(out: &mut String, name: &str, full_name: &str, shape: &Shape) {
    let members: Vec<String> = shape.members.iter().map(|(member, _)| format!("\"{member}\"")).collect();
    let _ = writeln!(out, "\nimpl<'a> Structure<'a> for {full_name} {{");
    let _ = writeln!(out, "    const NAME: &'static str = \"{name}\";");
    let _ = writeln!(out, "    const MEMBERS: &'static [&'static str] = &[{}];\n", members.join(", "));
    let (index, map) = if shape.members.is_empty() { ("_index", "_map") } else { ("index", "map") };
    let _ = writeln!(
        out,
        "    fn read_member<A: MapAccess<'a>>(&mut self, {index}: usize, {map}: &mut A) -> Result<(), A::Error> {{"
    );
    if !shape.members.is_empty() {
        out.push_str("        match index {\n");
        for (position, (member, _)) in shape.members.iter().enumerate() {
            let _ = writeln!(out, "            {position} => self.{} = map.next_value()?,", snake(member));
        }
        out.push_str("            _ => {}\n        }\n");
    }
    out.push_str("        Ok(())\n    }\n}\n");
    let _ = writeln!(out, "\nimpl<'a> Deserialize<'a> for {full_name} {{");
    out.push_str("    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {\n");
    out.push_str("        read_structure(deserializer)\n    }\n}\n");
}
