//! A tree on one line, without spans: `(head part part)`.

use crate::syntax::ast::*;

fn list(head: &str, parts: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("({head}");
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        text.push(' ');
        text.push_str(&part);
    }
    text.push(')');
    text
}

fn all<T>(items: &[T], print: impl Fn(&T) -> String) -> Vec<String> {
    items.iter().map(print).collect()
}

fn option<T>(head: &str, item: &Option<T>, print: impl Fn(&T) -> String) -> String {
    item.as_ref().map_or(String::new(), |item| list(head, [print(item)]))
}

fn clause<T>(head: &str, items: &[T], print: impl Fn(&T) -> String) -> String {
    if items.is_empty() { String::new() } else { list(head, all(items, print)) }
}

fn flag(word: &str, set: bool) -> String {
    if set { word.to_owned() } else { String::new() }
}

fn negated(word: &str, negated: bool) -> String {
    if negated { format!("not-{word}") } else { word.to_owned() }
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\n', "\\n"))
}

fn lower(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

fn name(name: &Identifier) -> String {
    if name.quoted { format!("\"{}\"", name.text) } else { name.text.clone() }
}

fn path(path: &QualifiedName) -> String {
    all(&path.parts, name).join(".")
}

pub fn statement(statement: &Statement) -> String {
    let like = |pattern: &Option<LikePattern>| {
        option("like", pattern, |p| {
            format!("{}{}", quote(&p.text), option(" escape", &p.escape, |e| quote(e)))
        })
    };
    match statement {
        Statement::Query(q) => query(q),
        Statement::ShowDatabases { pattern } => list("show-databases", [like(pattern)]),
        Statement::ShowTables { database, pattern } => {
            list("show-tables", [database.as_ref().map_or(String::new(), name), like(pattern)])
        }
        Statement::ShowMeasures { table, pattern } => list("show-measures", [path(table), like(pattern)]),
        Statement::Describe { table } => list("describe", [path(table)]),
        Statement::Unload(unload) => {
            let options = clause("with", &unload.options, |o| list("=", [name(&o.name), expr(&o.value)]));
            list("unload", [query(&unload.query), quote(&unload.destination), options])
        }
        Statement::Explain { analyze, query: q } => list("explain", [flag("analyze", *analyze), query(q)]),
    }
}

fn query(q: &Query) -> String {
    let with = q.with.as_ref().map_or(String::new(), |with| {
        let tables = all(&with.tables, |t| {
            list(&name(&t.name), [clause("columns", &t.columns, name), query(&t.query)])
        });
        list(if with.recursive { "with-recursive" } else { "with" }, tables)
    });
    let count = |count: &RowCount| match &count.kind {
        RowCountKind::Number(digits) => digits.clone(),
        RowCountKind::Parameter(parameter) => format!("@{parameter}"),
    };
    let parts = [
        with,
        body(&q.body),
        clause("order", &q.order_by, sort_item),
        option("offset", &q.offset, count),
        option("limit", &q.limit, count),
    ];
    if parts.iter().filter(|part| !part.is_empty()).count() == 1 {
        parts[1].clone()
    } else {
        list("query", parts)
    }
}

fn body(b: &QueryBody) -> String {
    match b {
        QueryBody::Select(s) => select(s),
        QueryBody::Values(values) => list("values", all(&values.rows, expr)),
        QueryBody::SetOperation(operation) => {
            let head = format!("{}{}", lower(operation.operator), if operation.all { "-all" } else { "" });
            list(&head, all(&operation.branches, body))
        }
        QueryBody::Table(table) => list("table", [path(table)]),
        QueryBody::Query(q) => list("parens", [query(q)]),
    }
}

fn select(s: &Select) -> String {
    let item = |item: &SelectItem| match item {
        SelectItem::Expression { expr: e, alias: None } => expr(e),
        SelectItem::Expression { expr: e, alias: Some(alias) } => list("as", [expr(e), name(alias)]),
        SelectItem::Wildcard { .. } => "*".to_owned(),
        SelectItem::QualifiedWildcard { qualifier, .. } => format!("{}.*", path(qualifier)),
    };
    let group = s.group_by.as_ref().map_or(String::new(), |group| {
        list(if group.distinct { "group-distinct" } else { "group" }, all(&group.elements, grouping_element))
    });
    let mut parts = vec![flag("distinct", s.distinct)];
    parts.extend(all(&s.items, item));
    parts.push(clause("from", &s.from, relation));
    parts.push(option("where", &s.filter, expr));
    parts.push(group);
    parts.push(option("having", &s.having, expr));
    parts.push(clause("windows", &s.windows, |w| list(&name(&w.name), [window(&w.window)])));
    list("select", parts)
}

fn grouping_element(element: &GroupingElement) -> String {
    let sets = all(element.sets(), |set| match set.expressions.as_slice() {
        [only] => expr(only),
        several => list("set", all(several, expr)),
    });
    match element {
        GroupingElement::Set(_) => sets.concat(),
        GroupingElement::Rollup(_) => list("rollup", sets),
        GroupingElement::Cube(_) => list("cube", sets),
        GroupingElement::GroupingSets(_) => list("sets", sets),
    }
}

fn relation(r: &Relation) -> String {
    let inner = match &r.kind {
        RelationKind::Table(table) => path(table),
        RelationKind::Subquery(q) => list("subquery", [query(q)]),
        RelationKind::Unnest { arguments, with_ordinality } => {
            let mut parts = all(arguments, expr);
            parts.push(flag("with-ordinality", *with_ordinality));
            list("unnest", parts)
        }
        RelationKind::Join(join) => {
            let constraint = match &join.constraint {
                None => String::new(),
                Some(JoinConstraint::On(condition)) => list("on", [expr(condition)]),
                Some(JoinConstraint::Using(columns)) => list("using", all(columns, name)),
            };
            list(
                &format!("{}-join", lower(join.kind)),
                [relation(&join.left), relation(&join.right), constraint],
            )
        }
        RelationKind::Parenthesized(inner) => list("parens", [relation(inner)]),
    };
    match &r.alias {
        None => inner,
        Some(alias) => list("as", [inner, name(&alias.name), clause("columns", &alias.columns, name)]),
    }
}

fn sort_item(item: &SortItem) -> String {
    let nulls = match item.nulls_first {
        None => "",
        Some(true) => "nulls-first",
        Some(false) => "nulls-last",
    };
    if !item.descending && nulls.is_empty() {
        return expr(&item.expr);
    }
    list(if item.descending { "desc" } else { "asc" }, [expr(&item.expr), nulls.to_owned()])
}

fn window(w: &WindowSpecification) -> String {
    let bound = |bound: &FrameBound| match bound {
        FrameBound::UnboundedPreceding => "unbounded-preceding".to_owned(),
        FrameBound::Preceding(e) => list("preceding", [expr(e)]),
        FrameBound::CurrentRow => "current-row".to_owned(),
        FrameBound::Following(e) => list("following", [expr(e)]),
        FrameBound::UnboundedFollowing => "unbounded-following".to_owned(),
    };
    let frame = w.frame.as_ref().map_or(String::new(), |frame| {
        list(&lower(frame.unit), [bound(&frame.start), frame.end.as_ref().map_or(String::new(), bound)])
    });
    let base = w.base.as_ref().map_or(String::new(), name);
    list(
        "window",
        [base, clause("partition", &w.partition_by, expr), clause("order", &w.order_by, sort_item), frame],
    )
}

pub fn type_name(t: &TypeName) -> String {
    match &t.kind {
        TypeNameKind::Named { name: n, parameters } if parameters.is_empty() => name(n).replace(' ', "-"),
        TypeNameKind::Named { name: n, parameters } => list(&name(n), parameters.clone()),
        TypeNameKind::Array(element) => list("array", [type_name(element)]),
        TypeNameKind::Row(fields) => list(
            "row",
            all(fields, |field| match &field.name {
                Some(n) => format!("{}:{}", name(n), type_name(&field.type_name)),
                None => type_name(&field.type_name),
            }),
        ),
        TypeNameKind::TimeSeries(element) => list("timeseries", [type_name(element)]),
        TypeNameKind::IntervalDayToSecond => "day-to-second".to_owned(),
        TypeNameKind::IntervalYearToMonth => "year-to-month".to_owned(),
    }
}

fn literal(l: &Literal) -> String {
    match l {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(digits) => digits.clone(),
        Literal::Double(value) => format!("{value:?}"),
        Literal::String(text) => quote(text),
        Literal::Typed { type_name, text } => list("typed", [name(type_name), quote(text)]),
        Literal::Interval { negative, text, start, end } => {
            let parts = [quote(text), lower(start), end.map_or(String::new(), lower)];
            list(if *negative { "interval-minus" } else { "interval" }, parts)
        }
        Literal::ShortInterval { number, unit } => list("short", [number.clone(), lower(unit)]),
    }
}

fn comparison(operator: ComparisonOperator) -> &'static str {
    match operator {
        ComparisonOperator::Equal => "=",
        ComparisonOperator::NotEqual => "<>",
        ComparisonOperator::Less => "<",
        ComparisonOperator::LessOrEqual => "<=",
        ComparisonOperator::Greater => ">",
        ComparisonOperator::GreaterOrEqual => ">=",
    }
}

fn arithmetic(operator: ArithmeticOperator) -> &'static str {
    match operator {
        ArithmeticOperator::Add => "+",
        ArithmeticOperator::Subtract => "-",
        ArithmeticOperator::Multiply => "*",
        ArithmeticOperator::Divide => "/",
        ArithmeticOperator::Modulo => "%",
    }
}

pub fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Literal(l) => literal(l),
        ExprKind::Identifier(n) => name(n),
        ExprKind::Dereference { base, field } => format!("{}.{}", expr(base), name(field)),
        ExprKind::Parameter(parameter) => format!("@{parameter}"),
        ExprKind::Logical { operator, terms } => list(&lower(operator), all(terms, expr)),
        ExprKind::Not(operand) => list("not", [expr(operand)]),
        ExprKind::Sign { negative, operand } => {
            list(if *negative { "minus" } else { "plus" }, [expr(operand)])
        }
        ExprKind::Arithmetic { first, links } => {
            let mut text = expr(first);
            for link in links {
                text = format!("{text} {} {}", arithmetic(link.operator), expr(&link.operand));
            }
            format!("({text})")
        }
        ExprKind::Concat(terms) => list("||", all(terms, expr)),
        ExprKind::AtTimeZone { operand, zone } => list("at-time-zone", [expr(operand), expr(zone)]),
        ExprKind::Comparison { operator, left, right, .. } => {
            list(comparison(*operator), [expr(left), expr(right)])
        }
        ExprKind::QuantifiedComparison { operator, quantifier, left, query: q, .. } => {
            list(&format!("{}-{}", comparison(*operator), lower(quantifier)), [expr(left), query(q)])
        }
        ExprKind::IsNull { operand, negated: n } => list(&negated("null?", *n), [expr(operand)]),
        ExprKind::IsDistinctFrom { left, right, negated: n } => {
            list(&negated("distinct-from", *n), [expr(left), expr(right)])
        }
        ExprKind::Between { operand, low, high, negated: n } => {
            list(&negated("between", *n), [expr(operand), expr(low), expr(high)])
        }
        ExprKind::InList { operand, list: items, negated: n } => {
            list(&negated("in", *n), [expr(operand), list("list", all(items, expr))])
        }
        ExprKind::InSubquery { operand, query: q, negated: n } => {
            list(&negated("in", *n), [expr(operand), query(q)])
        }
        ExprKind::Like { operand, pattern, escape, negated: n } => {
            let escape = option("escape", escape, |e| expr(e));
            list(&negated("like", *n), [expr(operand), expr(pattern), escape])
        }
        ExprKind::Exists(q) => list("exists", [query(q)]),
        ExprKind::ScalarSubquery(q) => list("scalar", [query(q)]),
        ExprKind::Case { operand, branches, otherwise } => {
            let mut parts = vec![operand.as_ref().map_or(String::new(), |o| expr(o))];
            parts.extend(all(branches, |branch| list("when", [expr(&branch.when), expr(&branch.then)])));
            parts.push(option("else", otherwise, |o| expr(o)));
            list("case", parts)
        }
        ExprKind::Cast { operand, type_name: t, safe } => {
            list(if *safe { "try-cast" } else { "cast" }, [expr(operand), type_name(t)])
        }
        ExprKind::Try(operand) => list("try", [expr(operand)]),
        ExprKind::Extract { field, operand } => list("extract", [name(field), expr(operand)]),
        ExprKind::Position { needle, haystack } => list("position", [expr(needle), expr(haystack)]),
        ExprKind::Trim { side, characters, operand } => {
            list("trim", [lower(side), characters.as_ref().map_or(String::new(), |c| expr(c)), expr(operand)])
        }
        ExprKind::Function(call) => function(call),
        ExprKind::Lambda { parameters, body } => {
            list("->", [format!("[{}]", all(parameters, name).join(" ")), expr(body)])
        }
        ExprKind::Row { fields, explicit } => {
            list(if *explicit { "row" } else { "tuple" }, all(fields, expr))
        }
        ExprKind::Array(elements) => list("array", all(elements, expr)),
        ExprKind::Subscript { base, index } => list("at", [expr(base), expr(index)]),
    }
}

fn function(call: &FunctionCall) -> String {
    let mut parts = vec![flag("distinct", call.distinct), flag("*", call.star)];
    parts.extend(all(&call.arguments, expr));
    parts.push(clause("order", &call.order_by, sort_item));
    parts.push(option("filter", &call.filter, expr));
    parts.push(call.null_treatment.map_or(String::new(), |t| format!("{}-nulls", lower(t))));
    parts.push(option("over", &call.over, |over| match over {
        Window::Named(n) => name(n),
        Window::Specification(w) => window(w),
    }));
    list(&name(&call.name), parts)
}
