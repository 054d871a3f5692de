//! The deepest statements the parser lets through are analyzed on a small stack.

use super::catalog::Catalog;
use super::meaning;

/// The stack of a worker thread.
const STACK_BYTES: usize = 2 * 1024 * 1024;

fn on_small_stack(text: String) -> String {
    let run = move || meaning(&text, &Catalog::default());
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

#[test]
fn deep_expressions_fit_a_small_stack() {
    let deep = [
        format!("SELECT {}1{}", "(".repeat(100), ")".repeat(100)),
        format!("SELECT {}1{}", "abs(".repeat(100), ")".repeat(100)),
        format!("SELECT {}true", "NOT ".repeat(120)),
        format!("SELECT {}1", "- ".repeat(120)),
        format!("SELECT 1{}", " + 1".repeat(350)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(60), " END".repeat(60)),
        format!("SELECT x{} FROM (VALUES 1) t(x) GROUP BY x", " + x".repeat(350)),
        format!("SELECT x{} FROM (VALUES 1) t(x) ORDER BY x", " + x".repeat(350)),
        format!("SELECT 1 WHERE true{}", " AND 1 = 1".repeat(5000)),
        format!("SELECT 1 WHERE true{}", " OR 1 = 1".repeat(5000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(15), ")".repeat(15)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(200)),
    ];
    for text in deep {
        let start: String = text.chars().take(60).collect();
        let meaning = on_small_stack(text);
        assert!(meaning.starts_with("output "), "{start}: {}", meaning.lines().next().unwrap());
    }
}
