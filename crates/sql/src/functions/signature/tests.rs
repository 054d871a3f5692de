use super::*;

fn value(ty: Type) -> ArgumentShape {
    ArgumentShape::Value { ty, varchar_literal: false }
}

fn signatures(texts: &[&str]) -> Vec<Signature> {
    texts.iter().map(|text| Signature::parse(text).unwrap_or_else(|| panic!("{text}"))).collect()
}

#[test]
fn prefers_the_overload_without_conversions() {
    let abs = signatures(&["abs(double) -> double", "abs(bigint) -> bigint", "abs(integer) -> integer"]);
    for (ty, overload) in [(Type::Double, 0), (Type::Bigint, 1), (Type::Integer, 2)] {
        let binding = resolve(&abs, &[value(ty.clone())]).unwrap();
        assert_eq!((binding.overload, binding.return_type()), (overload, Some(ty)));
    }
    assert!(resolve(&abs, &[value(Type::Varchar)]).is_none());
}

#[test]
fn variables_widen_to_the_common_type() {
    let greatest = signatures(&["greatest(T...) -> T where T: orderable"]);
    let binding =
        resolve(&greatest, &[value(Type::Integer), value(Type::Double), value(Type::Unknown)]).unwrap();
    assert_eq!(binding.return_type(), Some(Type::Double));
    assert_eq!(binding.argument_type(0), Some(Type::Double));
    assert!(resolve(&greatest, &[value(Type::Integer), value(Type::Varchar)]).is_none());
    assert!(resolve(&greatest, &[]).is_none());
}

#[test]
fn varchar_literals_stand_for_instants() {
    let bin = signatures(&["bin(timestamp, interval day to second) -> timestamp"]);
    let literal = ArgumentShape::Value { ty: Type::Varchar, varchar_literal: true };
    let binding = resolve(&bin, &[literal, value(Type::IntervalDayToSecond)]).unwrap();
    assert_eq!(binding.argument_type(0), Some(Type::Timestamp));
    assert!(resolve(&bin, &[value(Type::Varchar), value(Type::IntervalDayToSecond)]).is_none());
}

#[test]
fn varchar_literals_follow_the_other_arguments() {
    let greatest = signatures(&["greatest(T...) -> T where T: orderable"]);
    let literal = ArgumentShape::Value { ty: Type::Varchar, varchar_literal: true };
    let binding = resolve(&greatest, &[literal.clone(), value(Type::Timestamp)]).unwrap();
    assert_eq!(binding.return_type(), Some(Type::Timestamp));
    assert_eq!(resolve(&greatest, &[literal]).unwrap().return_type(), Some(Type::Varchar));
}

#[test]
fn lambdas_bind_in_a_second_step() {
    let reduce = signatures(&["reduce(array(T), S, function(S, T, S), function(S, R)) -> R"]);
    let lambda = |parameter_count| ArgumentShape::Lambda { parameter_count };
    let arguments = [value(Type::array(Type::Integer)), value(Type::Bigint), lambda(2), lambda(1)];
    let mut binding = resolve(&reduce, &arguments).unwrap();
    assert_eq!(binding.lambda_parameters(2), Some(vec![Type::Bigint, Type::Integer]));
    assert_eq!(binding.bind_lambda(2, &Type::Integer), LambdaFit::Fits(Type::Bigint));
    assert_eq!(binding.return_type(), None);
    assert_eq!(binding.bind_lambda(2, &Type::Varchar), LambdaFit::Misfit);
    assert_eq!(binding.bind_lambda(2, &Type::Double), LambdaFit::Widened);
    assert_eq!(binding.lambda_parameters(2), Some(vec![Type::Double, Type::Integer]));
    assert_eq!(binding.argument_type(1), Some(Type::Double));
    assert_eq!(binding.bind_lambda(2, &Type::Double), LambdaFit::Fits(Type::Double));
    assert_eq!(binding.bind_lambda(3, &Type::Varchar), LambdaFit::Fits(Type::Varchar));
    assert_eq!(binding.return_type(), Some(Type::Varchar));
}
