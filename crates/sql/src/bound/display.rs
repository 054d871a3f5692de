//! The bound tree as text: one node a line, inputs below and indented. EXPLAIN and the analyzer's tests print it.

use std::fmt;

use super::{
    AggregateCall, ColumnDef, ColumnId, CompareOp, Expr, ExprKind, Frame, FrameBound, FrameUnits, GroupBy,
    JoinKind, Plan, Query, SetOp, SortKey, WindowCall, WindowFunctionRef,
};
use crate::types::Type;
use crate::value::Value;

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let output = list(&self.output, |column| format!("{}={} {}", column.name, column.id, column.ty));
        writeln!(f, "output {output}")?;
        write_plan(f, &self.plan, 0)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_plan(f, self, 0)
    }
}

impl fmt::Display for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Display for CompareOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "=",
            Self::NotEq => "<>",
            Self::Lt => "<",
            Self::LtEq => "<=",
            Self::Gt => ">",
            Self::GtEq => ">=",
            Self::IsDistinctFrom => "IS DISTINCT FROM",
            Self::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
        })
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(Value::Null) if self.ty != Type::Unknown => write!(f, "null:{}", self.ty),
            ExprKind::Literal(value) => write!(f, "{value}"),
            ExprKind::Column(id) => write!(f, "{id}"),
            ExprKind::OuterColumn(id) => write!(f, "outer{id}"),
            ExprKind::Call { function, args, .. } => write!(f, "{}({})", function.name, exprs(args)),
            ExprKind::Cast { expr, or_null: false } => write!(f, "cast({expr} as {})", self.ty),
            ExprKind::Cast { expr, or_null: true } => write!(f, "try_cast({expr} as {})", self.ty),
            ExprKind::Compare { op, left, right } => write!(f, "({left} {op} {right})"),
            ExprKind::And(terms) => write!(f, "({})", joined(terms, " and ")),
            ExprKind::Or(terms) => write!(f, "({})", joined(terms, " or ")),
            ExprKind::Not(expr) => write!(f, "not {expr}"),
            ExprKind::IsNull(expr) => write!(f, "({expr} is null)"),
            ExprKind::InList { expr, list, negated } => {
                write!(f, "({expr} {}in ({}))", not(*negated), exprs(list))
            }
            ExprKind::Case { branches, otherwise } => {
                f.write_str("case")?;
                for (condition, result) in branches {
                    write!(f, " when {condition} then {result}")?;
                }
                match otherwise {
                    Some(otherwise) => write!(f, " else {otherwise} end"),
                    None => f.write_str(" end"),
                }
            }
            ExprKind::Coalesce(args) => write!(f, "coalesce({})", exprs(args)),
            ExprKind::Row(fields) => write!(f, "row({})", exprs(fields)),
            ExprKind::Array(items) => write!(f, "array[{}]", exprs(items)),
            ExprKind::Field { row, index } => write!(f, "{row}.{index}"),
            ExprKind::Try(expr) => write!(f, "try({expr})"),
            ExprKind::Lambda { parameters, body } => {
                write!(f, "({}) -> {body}", list(parameters, |parameter| parameter.id.to_string()))
            }
            ExprKind::ScalarSubquery(plan) => write!(f, "scalar{}", inline(plan)),
            ExprKind::Exists { plan, negated } => write!(f, "{}exists{}", not(*negated), inline(plan)),
            ExprKind::InSubquery { expr, plan, negated } => {
                write!(f, "({expr} {}in {})", not(*negated), inline(plan))
            }
            ExprKind::Quantified { left, op, all, plan } => {
                write!(f, "({left} {op} {}{})", if *all { "all" } else { "any" }, inline(plan))
            }
        }
    }
}

fn write_plan(f: &mut fmt::Formatter<'_>, plan: &Plan, depth: usize) -> fmt::Result {
    writeln!(f, "{:indent$}{}", "", node(plan), indent = depth * 2)?;
    for input in plan.inputs() {
        write_plan(f, input, depth + 1)?;
    }
    Ok(())
}

/// A subquery's plan on one line: nodes from the top, separated by `<`.
fn inline(plan: &Plan) -> String {
    format!("{{{}}}", inline_nodes(plan))
}

fn inline_nodes(plan: &Plan) -> String {
    let inputs: Vec<String> = plan.inputs().into_iter().map(inline_nodes).collect();
    match inputs.as_slice() {
        [] => node(plan),
        [input] => format!("{} < {input}", node(plan)),
        inputs => format!("{} < ({})", node(plan), inputs.join("; ")),
    }
}

fn node(plan: &Plan) -> String {
    match plan {
        Plan::SingleRow => "single row".to_owned(),
        Plan::Values { columns, rows } => {
            format!("values {} rows {}", defs(columns), list(rows, |row| format!("({})", exprs(row))))
        }
        Plan::Scan { table, columns } => {
            let name = |id| table.schema.column(id).map_or("?", |column| &*column.name).to_owned();
            let columns = list(columns, |(column, id)| format!("{}={}", column.id, name(*id)));
            format!("scan {}.{} [{columns}]", table.table.database, table.table.name)
        }
        Plan::Project { exprs, .. } => format!("project {}", list(exprs, |(id, expr)| assigned(*id, expr))),
        Plan::Filter { predicate, .. } => format!("filter {predicate}"),
        Plan::Aggregate { group_by, aggregates, .. } => {
            format!("aggregate {} [{}]", grouping(group_by), list(aggregates, aggregate))
        }
        Plan::Window { calls, .. } => format!("window {}", list(calls, window)),
        Plan::Join { kind, on, .. } => match on {
            Some(on) => format!("{} join on {on}", join_kind(*kind)),
            None => format!("{} join", join_kind(*kind)),
        },
        Plan::Unnest { items, ordinality, keep_empty, .. } => {
            let items = list(items, |item| format!("{} as ({})", item.expr, defs(&item.columns)));
            let ordinality = ordinality.map_or_else(String::new, |id| format!(" ordinality {id}"));
            format!("unnest {items}{ordinality}{}", if *keep_empty { " keep empty" } else { "" })
        }
        Plan::Set { op, all, left_columns, right_columns, columns, .. } => format!(
            "{}{} {} from [{}] and [{}]",
            set_op(*op),
            if *all { " all" } else { "" },
            defs(columns),
            ids(left_columns),
            ids(right_columns)
        ),
        Plan::Distinct { columns, .. } => format!("distinct {}", ids(columns)),
        Plan::Sort { keys, .. } => format!("sort {}", list(keys, sort_key)),
        Plan::Limit { offset, count, .. } => {
            let count = count.map_or_else(|| "all".to_owned(), |count| count.to_string());
            format!("limit {count} offset {offset}")
        }
    }
}

fn grouping(group_by: &GroupBy) -> String {
    let keys = list(&group_by.keys, |(id, expr)| assigned(*id, expr));
    let sets = group_by.sets.as_ref().map_or_else(String::new, |sets| {
        format!(" sets {}", list(sets, |set| format!("({})", list(set, usize::to_string))))
    });
    let set_id = group_by.set_id.map_or_else(String::new, |id| format!(" set id {id}"));
    format!("by [{keys}]{sets}{set_id}")
}

fn aggregate(call: &AggregateCall) -> String {
    let distinct = if call.distinct { "distinct " } else { "" };
    let mut text = format!("{}={}({distinct}{}", call.id, call.function.name, exprs(&call.args));
    if !call.order_by.is_empty() {
        text += &format!(" order by {}", list(&call.order_by, sort_key));
    }
    text += ")";
    text + &filter(call.filter.as_ref())
}

fn window(call: &WindowCall) -> String {
    let name = match call.function {
        WindowFunctionRef::Window(function) => function.name,
        WindowFunctionRef::Aggregate(function) => function.name,
    };
    format!(
        "{}={name}({}){}{} over (partition by [{}] order by [{}] {})",
        call.id,
        exprs(&call.args),
        filter(call.filter.as_ref()),
        if call.ignore_nulls { " ignore nulls" } else { "" },
        exprs(&call.partition_by),
        list(&call.order_by, sort_key),
        frame(&call.frame)
    )
}

fn frame(frame: &Frame) -> String {
    let units = match frame.units {
        FrameUnits::Rows => "rows",
        FrameUnits::Range => "range",
        FrameUnits::Groups => "groups",
    };
    format!("{units} {} .. {}", frame_bound(&frame.start), frame_bound(&frame.end))
}

fn frame_bound(bound: &FrameBound) -> String {
    match bound {
        FrameBound::UnboundedPreceding => "unbounded preceding".to_owned(),
        FrameBound::Preceding(expr) => format!("{expr} preceding"),
        FrameBound::CurrentRow => "current row".to_owned(),
        FrameBound::Following(expr) => format!("{expr} following"),
        FrameBound::UnboundedFollowing => "unbounded following".to_owned(),
    }
}

fn filter(filter: Option<&Expr>) -> String {
    filter.map_or_else(String::new, |filter| format!(" filter {filter}"))
}

fn sort_key(key: &SortKey) -> String {
    let direction = if key.descending { " desc" } else { "" };
    let nulls = if key.nulls_first { " nulls first" } else { "" };
    format!("{}{direction}{nulls}", key.expr)
}

fn assigned(id: ColumnId, expr: &Expr) -> String {
    match expr.kind {
        ExprKind::Column(column) if column == id => id.to_string(),
        _ => format!("{id}={expr}"),
    }
}

fn join_kind(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "inner",
        JoinKind::Left => "left",
        JoinKind::Right => "right",
        JoinKind::Full => "full",
        JoinKind::Cross => "cross",
    }
}

fn set_op(op: SetOp) -> &'static str {
    match op {
        SetOp::Union => "union",
        SetOp::Intersect => "intersect",
        SetOp::Except => "except",
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "not " } else { "" }
}

fn defs(columns: &[ColumnDef]) -> String {
    list(columns, |column| format!("{} {}", column.id, column.ty))
}

fn ids(columns: &[ColumnId]) -> String {
    list(columns, ColumnId::to_string)
}

fn exprs(exprs: &[Expr]) -> String {
    joined(exprs, ", ")
}

fn joined(exprs: &[Expr], separator: &str) -> String {
    exprs.iter().map(Expr::to_string).collect::<Vec<_>>().join(separator)
}

fn list<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(", ")
}
