//! Builds anew when a migration is added: the macro that embeds them does not say so by itself.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
