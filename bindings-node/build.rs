//! Lets the linker leave Node's own symbols for Node to bring.
fn main() {
    napi_build::setup();
}
