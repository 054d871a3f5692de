//! A service model: operations, shapes and constraints, in the order of the file.

use super::tree::Tree;
use std::collections::BTreeSet;

pub struct ServiceModel {
    pub target_prefix: String,
    pub signing_name: String,
    pub operations: Vec<(String, OperationModel)>,
    shapes: Vec<(String, Shape)>,
}

pub struct OperationModel {
    pub input: String,
    pub output: Option<String>,
    pub errors: Vec<String>,
}

pub struct Shape {
    pub kind: ShapeKind,
    /// Names of members and of their shapes.
    pub members: Vec<(String, String)>,
    required: Vec<String>,
    /// The shape of a list's items.
    pub item: Option<String>,
    /// The values of an enumeration.
    pub names: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub pattern: Option<String>,
    pub sensitive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShapeKind {
    Structure,
    List,
    String,
    Integer,
    Long,
    Double,
    Boolean,
    Timestamp,
}

impl ServiceModel {
    pub fn read(text: &str) -> Result<Self, String> {
        let tree: Tree = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let metadata = tree.find("metadata").ok_or("the model has no metadata")?;
        let name_of = |name| metadata.text(name).ok_or(format!("the metadata lacks {name}"));
        let mut model = ServiceModel {
            target_prefix: name_of("targetPrefix")?,
            signing_name: name_of("signingName")?,
            operations: Vec::new(),
            shapes: Vec::new(),
        };
        for (name, operation) in tree.find("operations").map(Tree::entries).unwrap_or_default() {
            model.operations.push((name.clone(), read_operation(name, operation)?));
        }
        for (name, shape) in tree.find("shapes").map(Tree::entries).unwrap_or_default() {
            model.shapes.push((name.clone(), read_shape(name, shape)?));
        }
        Ok(model)
    }

    pub fn shape(&self, name: &str) -> Result<&Shape, String> {
        let found = self.shapes.iter().find(|(shape, _)| shape == name);
        found.map(|(_, shape)| shape).ok_or_else(|| format!("the model names an unknown shape: shape={name}"))
    }

    /// All shapes that the given roots use, directly or not, themselves included.
    pub fn reachable<'a>(
        &'a self,
        roots: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeSet<&'a str>, String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = roots.collect();
        while let Some(name) = open.pop() {
            if !found.insert(name) {
                continue;
            }
            let shape = self.shape(name)?;
            open.extend(shape.members.iter().map(|(_, target)| target.as_str()));
            open.extend(shape.item.as_deref());
        }
        Ok(found)
    }
}

impl Shape {
    pub fn is_enum(&self) -> bool {
        self.kind == ShapeKind::String && !self.names.is_empty()
    }

    pub fn is_required(&self, member: &str) -> bool {
        self.required.iter().any(|name| name == member)
    }
}

fn read_operation(name: &str, tree: &Tree) -> Result<OperationModel, String> {
    let target = |member: &str| tree.find(member).and_then(|it| it.text("shape"));
    Ok(OperationModel {
        input: target("input").ok_or(format!("an operation without input: operation={name}"))?,
        output: target("output"),
        errors: tree.items("errors").iter().filter_map(|error| error.text("shape")).collect(),
    })
}

fn read_shape(name: &str, tree: &Tree) -> Result<Shape, String> {
    let mut members = Vec::new();
    for (member, reference) in tree.find("members").map(Tree::entries).unwrap_or_default() {
        let target =
            reference.text("shape").ok_or(format!("a member without shape: member={name}.{member}"))?;
        members.push((member.clone(), target));
    }
    Ok(Shape {
        kind: read_kind(name, &tree.text("type").unwrap_or_default())?,
        members,
        required: tree.texts("required"),
        item: tree.find("member").and_then(|member| member.text("shape")),
        names: tree.texts("enum"),
        min: tree.integer("min"),
        max: tree.integer("max"),
        pattern: tree.text("pattern"),
        sensitive: tree.is_true("sensitive"),
    })
}

fn read_kind(name: &str, text: &str) -> Result<ShapeKind, String> {
    Ok(match text {
        "structure" => ShapeKind::Structure,
        "list" => ShapeKind::List,
        "string" => ShapeKind::String,
        "integer" => ShapeKind::Integer,
        "long" => ShapeKind::Long,
        "double" => ShapeKind::Double,
        "boolean" => ShapeKind::Boolean,
        "timestamp" => ShapeKind::Timestamp,
        _ => return Err(format!("a type not supported by codegen: shape={name} type={text}")),
    })
}
