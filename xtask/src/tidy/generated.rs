//! Generated files equal what their generators make now.

use super::workspace::Workspace;
use crate::codegen;

pub fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    codegen::check(&workspace.root)
}
