use super::Source;
use super::blank::blank;

fn source(text: &str) -> Source {
    Source::new("crates/x/src/a.rs".to_owned(), "crates/x".to_owned(), text)
}

#[test]
fn comments_and_literals_are_blanked_and_lines_stay() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("f(\"a\\\"b\", 'c', '\\'', 'd: &'e str)", "f(      ,    ,     , 'd: &'e str)"),
        ("r#\"x \" y\"# z", "           z"),
        ("br\"x\" z", "b     z"),
        ("r#type", "r#type"),
        ("for x in y", "for x in y"),
        ("'\\u{1F600}' a", "            a"),
        ("\"two\nlines\" a", "    \n       a"),
    ] {
        let blanked = blank(text);
        assert_eq!(blanked.trim_end(), expected.trim_end(), "{text}");
        assert_eq!(blanked.lines().count(), text.lines().count(), "{text}");
    }
}

#[test]
fn functions_span_signature_to_brace() {
    let code = "trait T { fn a(x: [u8; 4]); }\nfn b<'a>(f: fn(u8) -> u8)\n{\n  if x { y }\n}\nfn c() {}\n";
    let found: Vec<(String, usize)> = source(code)
        .functions()
        .into_iter()
        .map(|(name, range)| (name, code[range].lines().count()))
        .collect();
    assert_eq!(found, [("b".to_owned(), 4), ("c".to_owned(), 1)]);
}

#[test]
fn test_items_are_known() {
    let code = "fn a() { x.unwrap() }\n#[cfg(test)]\nmod tests {\n  fn b() { y.unwrap() }\n}\nfn c() {}\n";
    let source = source(code);
    let places: Vec<bool> = source.find(".unwrap()").map(|offset| source.is_test(offset)).collect();
    assert_eq!(places, [false, true]);
    assert_eq!(source.product_line_count(), 2);
    let integration = Source::new("crates/x/tests/it/main.rs".to_owned(), "crates/x".to_owned(), "fn a() {}");
    assert!(integration.is_test(0));
    let outside =
        super::Source::new("crates/x/src/a/tests.rs".to_owned(), "crates/x".to_owned(), "fn a() {}");
    assert!(outside.is_test(0));
}
