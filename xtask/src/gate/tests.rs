use super::{client_tests, rust_tests};

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn cargo_test_output_is_summed() {
    let tally = rust_tests::count(&lines(
        "running 3 tests\ntest a ... ok\ntest b::c ... FAILED\n\
         test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
         test result: ok. 41 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
         corpus sql-cases: 10 of 716 pass",
    ));
    assert_eq!((tally.passed, tally.failed), (42, 1));
    assert_eq!(tally.notes, ["FAILED: b::c", "corpus sql-cases: 10 of 716 pass"]);
}

#[test]
fn a_skipped_test_has_not_passed() {
    let tally = rust_tests::count(&lines(
        "test result: ok. 3 passed; 0 failed; 0 ignored\nskipped s3-tiers: HEADWATER_TEST_S3_ENDPOINT is not set",
    ));
    assert_eq!((tally.passed, tally.failed), (2, 0));
}

#[test]
fn an_ignored_test_is_a_failure() {
    let tally = rust_tests::count(&lines("test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured"));
    assert_eq!((tally.passed, tally.failed), (1, 2));
}

#[test]
fn pytest_output_is_summed() {
    for (text, expected) in [
        ("..F\nFAILED test_a.py::test_b - x\n2 failed, 20 passed, 1 error in 3.10s", (20, 3)),
        ("20 passed in 3.10s", (20, 0)),
        ("20 passed, 3 skipped, 2 warnings in 3.10s (0:00:03)", (20, 3)),
        ("no tests ran in 0.01s", (0, 0)),
    ] {
        let tally = client_tests::count(&lines(text));
        assert_eq!((tally.passed, tally.failed), expected, "{text}");
    }
}
