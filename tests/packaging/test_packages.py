"""The packages as people install them: into clean environments, outside of the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed import ENVIRONMENT, ROOT, VERSION, newest, run

NODE_PROGRAM = """
const attempt = async (Lightcone, errors) => {
  try {
    await new Lightcone({ maxRetries: 0 }).agent.tasks.pause("x");
  } catch (error) {
    console.log(error instanceof errors.APIConnectionError, error.constructor.name);
  }
};
"""

TYPESCRIPT_PROGRAM = """
import Lightcone from "@tzafon/lightcone";
const client = new Lightcone();
const stream = await client.agent.tasks.startStream({ instruction: "x", kind: "browser", max_steps: 3 });
for await (const event of stream) {
  if (event.type === "completed") {
    const result: string | null | undefined = event.result;
    console.log(result);
  }
}
"""

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


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    tarball = newest(f"tzafon-lightcone-{VERSION}.tgz")
    run(["npm", "install", "--silent", "--no-audit", "--no-fund", str(tarball), "typescript", "@types/node@20"], folder)
    return folder


@pytest.mark.parametrize(
    ("file", "head"),
    [
        ("program.mjs", 'import Lightcone, * as errors from "@tzafon/lightcone";\n'),
        ("program.cjs", 'const errors = require("@tzafon/lightcone");\nconst Lightcone = errors.default;\n'),
    ],
)
def test_tarball(file: str, head: str, project: Path) -> None:
    (project / file).write_text(f"{head}{NODE_PROGRAM}attempt(Lightcone, errors);\n", encoding="utf-8")
    assert run(["node", file], project) == "true APIConnectionError"
    assert run(["npx", "lightcone", "--version"], project) == f"lightcone {VERSION}"


def test_tarball_in_typescript(project: Path) -> None:
    (project / "program.mts").write_text(TYPESCRIPT_PROGRAM, encoding="utf-8")
    run(["npx", "tsc", "--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--types", "node", "program.mts"], project)


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
