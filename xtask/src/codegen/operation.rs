//! Emits the list of operations of both services.

use super::service_model::ServiceModel;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

pub fn emit(write: &ServiceModel, query: &ServiceModel) -> Result<String, String> {
    let mut operations: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, _) in write.operations.iter() {
        operations.insert(name, "Write");
    }
    for (name, _) in query.operations.iter() {
        operations.entry(name).and_modify(|service| *service = "Both").or_insert("Query");
    }
    let mut out = String::new();
    emit_constants(&mut out, write, query)?;
    emit_enum(&mut out, &operations);
    emit_functions(&mut out, &operations);
    Ok(out)
}

fn emit_constants(out: &mut String, write: &ServiceModel, query: &ServiceModel) -> Result<(), String> {
    if write.target_prefix != query.target_prefix || write.signing_name != query.signing_name {
        return Err("the two services no longer share their target prefix and signing name".to_owned());
    }
    let mut errors = BTreeSet::new();
    for (_, operation) in write.operations.iter().chain(query.operations.iter()) {
        errors.extend(operation.errors.iter().map(String::as_str));
    }
    let _ = writeln!(out, "/// What stands before the point in `X-Amz-Target`.");
    let _ = writeln!(out, "pub const TARGET_PREFIX: &str = \"{}\";\n", write.target_prefix);
    let _ = writeln!(out, "/// The service in the credential scope of a signature.");
    let _ = writeln!(out, "pub const SIGNING_NAME: &str = \"{}\";\n", write.signing_name);
    let _ = writeln!(out, "/// Every error that an operation of either service declares.");
    let _ = writeln!(out, "pub const DECLARED_ERRORS: &[&str] = &[");
    for error in errors {
        let _ = writeln!(out, "    \"{error}\",");
    }
    let _ = writeln!(out, "];\n");
    Ok(())
}

fn emit_enum(out: &mut String, operations: &BTreeMap<&str, &str>) {
    out.push_str("/// The service that declares an operation.\n");
    out.push_str("#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]\n");
    out.push_str("pub enum Service {\n    Write,\n    Query,\n    Both,\n}\n\n");
    out.push_str("/// Every operation of the Write and the Query API.\n");
    out.push_str(
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\npub enum Operation {\n",
    );
    for name in operations.keys() {
        let _ = writeln!(out, "    {name},");
    }
    out.push_str("}\n\n");
}

fn emit_functions(out: &mut String, operations: &BTreeMap<&str, &str>) {
    out.push_str("impl Operation {\n    pub const ALL: &'static [Operation] = &[\n");
    for name in operations.keys() {
        let _ = writeln!(out, "        Operation::{name},");
    }
    out.push_str(
        "    ];\n\n    pub fn from_name(name: &str) -> Option<Operation> {\n        Some(match name {\n",
    );
    for name in operations.keys() {
        let _ = writeln!(out, "            \"{name}\" => Operation::{name},");
    }
    out.push_str("            _ => return None,\n        })\n    }\n\n");
    out.push_str("    pub fn name(self) -> &'static str {\n        match self {\n");
    for name in operations.keys() {
        let _ = writeln!(out, "            Operation::{name} => \"{name}\",");
    }
    out.push_str("        }\n    }\n\n    pub fn service(self) -> Service {\n        match self {\n");
    for (name, service) in operations {
        let _ = writeln!(out, "            Operation::{name} => Service::{service},");
    }
    out.push_str("        }\n    }\n}\n");
}
