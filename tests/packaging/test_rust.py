"""The Rust crate as people depend on it, from a project outside of the checkout."""

from __future__ import annotations

from pathlib import Path

from installed import ENVIRONMENT, ROOT, VERSION, run

RUST_PROGRAM = """
use lightcone::{Client, ErrorKind};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::builder().max_retries(0).build().unwrap();
    let error = client.agent().tasks().pause("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    println!("{}", lightcone::VERSION);
}
"""


def test_path_dependency(tmp_path: Path) -> None:
    core = str(ROOT / "core").replace("\\", "/")
    manifest = f"""
[package]
name = "user"
version = "0.0.0"
edition = "2024"

[dependencies]
lightcone = {{ package = "lightcone-tasks", path = "{core}" }}
tokio = {{ version = "1", features = ["macros", "rt"] }}

[workspace]
"""
    (tmp_path / "Cargo.toml").write_text(manifest, encoding="utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.rs").write_text(RUST_PROGRAM, encoding="utf-8")
    # The same versions as ours, which are built already.
    (tmp_path / "Cargo.lock").write_bytes((ROOT / "Cargo.lock").read_bytes())
    environment = {**ENVIRONMENT, "CARGO_TARGET_DIR": str(ROOT / "target/packaging")}
    assert run(["cargo", "run", "--quiet"], tmp_path, environment) == VERSION
