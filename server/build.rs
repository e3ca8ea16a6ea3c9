//! The demo web is compiled in; a page that comes or goes there is a reason to build again.

fn main() {
    println!("cargo::rerun-if-changed=web/demo");
}
