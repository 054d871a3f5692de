//! Emits the enumerations that inputs and outputs of one service share.

use super::naming::pascal;
use super::service_model::{ServiceModel, Shape};
use super::types::{input_shapes, output_shapes};
use std::fmt::Write;

pub fn emit(model: &ServiceModel) -> Result<String, String> {
    let mut out = String::from("use crate::shape::Enumeration;\nuse serde::{Deserialize, Serialize};\n");
    let mut names = input_shapes(model)?;
    names.extend(output_shapes(model)?);
    for name in names {
        let shape = model.shape(name)?;
        if shape.is_enum() {
            emit_one(&mut out, name, shape);
        }
    }
    Ok(out)
}

fn emit_one(out: &mut String, name: &str, shape: &Shape) {
    out.push_str("\n#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]\n");
    let _ = writeln!(out, "pub enum {name} {{");
    for value in &shape.names {
        let _ = writeln!(out, "    #[serde(rename = \"{value}\")]\n    {},", pascal(value));
    }
    let _ = writeln!(out, "}}\n\nimpl Enumeration for {name} {{");
    let quoted: Vec<String> = shape.names.iter().map(|value| format!("\"{value}\"")).collect();
    let _ = writeln!(out, "    const NAMES: &'static [&'static str] = &[{}];\n", quoted.join(", "));
    out.push_str("    fn from_name(name: &str) -> Option<Self> {\n        Some(match name {\n");
    for value in &shape.names {
        let _ = writeln!(out, "            \"{value}\" => {name}::{},", pascal(value));
    }
    out.push_str("            _ => return None,\n        })\n    }\n\n");
    out.push_str("    fn name(self) -> &'static str {\n        match self {\n");
    for value in &shape.names {
        let _ = writeln!(out, "            {name}::{} => \"{value}\",", pascal(value));
    }
    out.push_str("        }\n    }\n}\n");
}
