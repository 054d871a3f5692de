//! The select list: expressions, `*`, `t.*`, and the names of output columns (sql.md 2.1).

use std::sync::Arc;

use super::Analyzer;
use super::error::{Reason, Result};
use super::query::QueryColumn;
use super::scope::{Field, Place};
use crate::bound::{ColumnDef, ColumnId, Expr, Origin};
use crate::syntax::ast::{self, Identifier, SelectItem, Span};

/// A column of the select list.
#[derive(Debug)]
pub(super) struct Item {
    pub id: ColumnId,
    pub expr: Expr,
    pub name: Option<Arc<str>>,
    pub aliased: bool,
    pub origin: Option<Arc<Origin>>,
}

impl Item {
    pub fn column(&self) -> ColumnDef {
        ColumnDef { id: self.id, ty: self.expr.ty.clone() }
    }

    pub fn output(&self) -> QueryColumn {
        let (name, origin) = (self.name.clone(), self.origin.clone());
        QueryColumn { column: self.column(), name, aliased: self.aliased, origin }
    }
}

impl<'a> Analyzer<'a> {
    pub(super) fn select_items(
        &mut self,
        items: &'a [SelectItem],
        fields: &[Field],
        place: Place<'_>,
    ) -> Result<Vec<Item>> {
        let mut bound = Vec::with_capacity(items.len());
        for item in items {
            match item {
                SelectItem::Expression { expr, alias } => {
                    bound.push(self.expression_item(expr, alias.as_ref(), place)?);
                }
                SelectItem::Wildcard { span } => {
                    if fields.is_empty() {
                        return Reason::StarWithoutFrom.at(*span);
                    }
                    let shown = fields.iter().filter(|field| !field.merged);
                    bound.extend(shown.map(|field| self.field_item(field, *span)));
                }
                SelectItem::QualifiedWildcard { span, qualifier } => {
                    let parts: Vec<&Identifier> = qualifier.parts.iter().collect();
                    let named = |field: &&Field| {
                        field.relation.as_ref().is_some_and(|relation| relation.answers_to(&parts))
                    };
                    if !fields.iter().any(|field| named(&field)) {
                        let name = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
                        return Reason::RelationMissing(name).at(qualifier.span);
                    }
                    let before = bound.len();
                    let shown = fields.iter().filter(|field| !field.merged && named(field));
                    bound.extend(shown.map(|field| self.field_item(field, *span)));
                    if bound.len() == before {
                        return Reason::StarWithoutColumns.at(*span);
                    }
                }
            }
        }
        Ok(bound)
    }

    /// A plain reference keeps the stored name, an alias is taken as written, other expressions have no name.
    fn expression_item(
        &mut self,
        expr: &'a ast::Expr,
        alias: Option<&Identifier>,
        place: Place<'_>,
    ) -> Result<Item> {
        let id = self.new_column_id();
        let (bound, name, origin) = match self.reference(expr, place)? {
            Some(named) => (named.expr, named.name, named.origin),
            None => (self.expression(expr, place)?, None, None),
        };
        let aliased = alias.is_some();
        let name = alias.map(|alias| alias.text.as_str().into()).or(name);
        Ok(Item { id, expr: bound, name, aliased, origin })
    }

    fn field_item(&mut self, field: &Field, span: Span) -> Item {
        Item {
            id: self.new_column_id(),
            expr: Expr::column(&field.column, span),
            name: field.name.clone(),
            aliased: false,
            origin: field.origin.clone(),
        }
    }
}
