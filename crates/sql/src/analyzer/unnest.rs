//! UNNEST of arrays and series (sql.md 8.3).

use std::sync::Arc;

use super::Analyzer;
use super::clause::Clause;
use super::error::{Reason, Result};
use super::scope::{Field, Place, Relation, Scope};
use super::table_alias::apply_alias;
use crate::bound::{Plan, UnnestItem};
use crate::syntax::ast::{self, RelationKind, Span};
use crate::types::Type;

impl<'a> Analyzer<'a> {
    /// Adds the unnested rows to the relation on the left, whose columns the arguments can use.
    pub(super) fn unnest_onto(
        &mut self,
        left: Relation,
        relation: &'a ast::Relation,
        keep_empty: bool,
        outer: Option<&Scope<'_>>,
    ) -> Result<Relation> {
        let RelationKind::Unnest { arguments, with_ordinality } = &relation.kind else {
            return self.relation(relation, outer);
        };
        let scope = Scope::of_query(&left, outer);
        let place = Place::plain(&scope, Clause::Unnest);
        let mut items = Vec::with_capacity(arguments.len());
        let mut fields: Vec<Field> = Vec::new();
        for argument in arguments {
            let expr = self.expression(argument, place)?;
            let columns = unnested_columns(&expr.ty, argument.span)?;
            let mut defs = Vec::with_capacity(columns.len());
            for (name, ty) in columns {
                let column = self.new_column(ty);
                fields.push(Field::unqualified(name, column.clone()));
                defs.push(column);
            }
            items.push(UnnestItem { expr, columns: defs });
        }
        let mut ordinality = None;
        if *with_ordinality {
            let column = self.new_column(Type::Bigint);
            ordinality = Some(column.id);
            fields.push(Field::unqualified(None, column));
        }
        if let Some(alias) = &relation.alias {
            apply_alias(&mut fields, alias)?;
        }
        let mut all = left.fields;
        all.append(&mut fields);
        let plan = Plan::Unnest { input: Box::new(left.plan), items, ordinality, keep_empty };
        Ok(Relation { plan, fields: all, measures: left.measures })
    }
}

/// The columns of an unnested value: time and value of a series, the fields of rows, else one column.
fn unnested_columns(ty: &Type, span: Span) -> Result<Vec<(Option<Arc<str>>, Type)>> {
    Ok(match ty {
        Type::Timeseries(value) => {
            vec![(Some("time".into()), Type::Timestamp), (Some("value".into()), (**value).clone())]
        }
        Type::Array(element) => match &**element {
            Type::Row(fields) => {
                let named = |name: &String| name.as_str().into();
                fields.iter().map(|field| (field.name.as_ref().map(named), field.ty.clone())).collect()
            }
            element => vec![(None, element.clone())],
        },
        other => return Reason::Unnest(other.clone()).at(span),
    })
}
