//! Emits the structures that answers are written from: owned, required members plain, the others omitted when absent.

use super::naming::snake;
use super::service_model::{ServiceModel, Shape, ShapeKind};
use super::types::{embeds, has_default, output_shapes, output_type};
use std::fmt::Write;

const IMPORTS: &str = "\
#![allow(unused_imports)]

use super::enums::*;
use crate::shape::EpochMillis;
use serde::{Deserialize, Serialize};
";

pub fn emit(model: &ServiceModel) -> Result<String, String> {
    let mut out = String::from(IMPORTS);
    for name in output_shapes(model)? {
        let shape = model.shape(name)?;
        if shape.kind == ShapeKind::Structure {
            emit_structure(&mut out, model, name, shape)?;
        }
    }
    Ok(out)
}

fn emit_structure(out: &mut String, model: &ServiceModel, name: &str, shape: &Shape) -> Result<(), String> {
    let default = if has_default(model, name)? { "Default, " } else { "" };
    let _ = writeln!(out, "\n#[derive(Debug, Clone, {default}PartialEq, Serialize, Deserialize)]");
    let _ = writeln!(out, "pub struct {name} {{");
    for (member, target) in shape.members.iter() {
        let field = snake(member);
        let plain_type = output_type(model, target)?;
        if shape.is_required(member) {
            let _ = writeln!(out, "    #[serde(rename = \"{member}\")]\n    pub {field}: {plain_type},");
            continue;
        }
        let recursive = embeds(model, target, name)? && model.shape(target)?.kind == ShapeKind::Structure;
        let member_type = if recursive { format!("Box<{plain_type}>") } else { plain_type };
        let _ =
            writeln!(out, "    #[serde(rename = \"{member}\", skip_serializing_if = \"Option::is_none\")]");
        let _ = writeln!(out, "    pub {field}: Option<{member_type}>,");
    }
    out.push_str("}\n");
    Ok(())
}
