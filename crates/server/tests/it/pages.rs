//! The committed pages are what the program makes now.

use std::path::Path;

use server::reference::PAGES;

#[test]
fn generated_pages_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for page in PAGES {
        let committed = std::fs::read_to_string(root.join(page.path)).unwrap_or_default();
        assert!(
            committed == (page.write)(),
            "{} differs from the program: run `cargo xtask docs`",
            page.path
        );
    }
}
