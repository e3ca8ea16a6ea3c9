"""The packages as people install them: into clean environments, outside of the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIST = ROOT / os.environ.get("PACKAGES", "dist")
VERSION = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]  # type: ignore[index]

# A server that is not there: the programs show that they load, and what error they get.
ENVIRONMENT = {**os.environ, "TZAFON_API_KEY": "sk_test", "LIGHTCONE_BASE_URL": "http://127.0.0.1:9"}

PYTHON_PROGRAM = """
import importlib.metadata, tzafon
from tzafon import APIConnectionError, AsyncLightcone, Lightcone

assert importlib.metadata.version("tzafon") == tzafon.__version__
try:
    Lightcone(max_retries=0).agent.tasks.pause("x")
except APIConnectionError as error:
    print(tzafon.__version__, type(error).__name__)
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


def run(command: list[str], folder: Path, environment: "dict[str, str] | None" = None) -> str:
    done = subprocess.run(command, cwd=folder, env=environment or ENVIRONMENT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def newest(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern), key=lambda path: path.stat().st_mtime)
    assert found, f"no {pattern} in dist: run `make wheel npm`"
    return found[-1]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python")
    run([sys.executable, "-m", "venv", str(folder)], folder)
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    wheel = newest(f"tzafon-{VERSION}-*.whl")
    run([str(binaries / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)], folder)
    return binaries


def test_wheel(environment: Path, tmp_path: Path) -> None:
    assert run([str(environment / "python"), "-c", PYTHON_PROGRAM], tmp_path) == f"{VERSION} APIConnectionError"
    assert run([str(environment / "lightcone"), "--version"], tmp_path) == f"lightcone {VERSION}"
    site = run([str(environment / "python"), "-c", "import tzafon, pathlib; print(pathlib.Path(tzafon.__file__).parent)"], tmp_path)
    assert (Path(site) / "py.typed").exists() and list(Path(site).parent.glob("tzafon-*.dist-info/licenses/LICENSE"))


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
