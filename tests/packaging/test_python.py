"""The Python packages: what is in them, and that they work where nothing else is."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from installed import DIST, ENVIRONMENT, ROOT, VERSION, newest, run

THIS = f"cp{sys.version_info.major}{sys.version_info.minor}"
MOST = 12_000_000
"""Bytes of a wheel, with the server in it."""

# Once without a server, once with the one that is inside.
PROGRAM = """
import importlib.metadata, tzafon
from tzafon import APIConnectionError, Lightcone
from tzafon.local import LocalServer

assert importlib.metadata.version("tzafon") == tzafon.__version__
try:
    Lightcone(max_retries=0).agent.tasks.pause("x")
except APIConnectionError as error:
    print(tzafon.__version__, type(error).__name__)
with LocalServer(scripts=[{"instruction": "x", "steps": [{"finish": "done"}]}]) as server, server.client() as client:
    print(client.agent.tasks.run(instruction="x").result)
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="wheels carry the name of a C library on Linux only")


def interpreters() -> "list[str]":
    """Every Python here that the abi3 wheel is for: this one, and those of pyenv."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    others = [folder / "bin" / "python" for folder in sorted(versions.glob("3.1[0-9]*"))]
    own = [sys.executable] if sys.version_info >= (3, 10) else []
    return own + [str(python) for python in others if python.exists()]


def install(python: str, folder: Path, *what: str, environment: "dict[str, str] | None" = None) -> Path:
    """The folder of programs of a fresh environment with these installed."""
    run([python, "-m", "venv", str(folder)], folder.parent)
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, *what], folder, environment, timeout=3000)
    return binaries


def works(binaries: Path, folder: Path) -> None:
    assert run([str(binaries / "python"), "-c", PROGRAM], folder) == f"{VERSION} APIConnectionError\ndone"
    assert run([str(binaries / "lightcone"), "--version"], folder) == f"lightcone {VERSION}"


def wheel(tag: str) -> Path:
    return newest(f"tzafon-{VERSION}-{tag}-*.whl")


@pytest.fixture(params=[f"{THIS}-{THIS}", "cp310-abi3"])
def either(request: pytest.FixtureRequest) -> Path:
    """The wheel for this Python, and the one for every Python from 3.10 on."""
    return wheel(request.param)


def test_what_is_in_a_wheel(either: Path) -> None:
    with zipfile.ZipFile(either) as packed:
        names = packed.namelist()
        info = f"tzafon-{VERSION}.dist-info"
        metadata = Parser().parsestr(packed.read(f"{info}/METADATA").decode())
        entry_points = packed.read(f"{info}/entry_points.txt").decode()
        assert packed.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert {"tzafon/py.typed", "tzafon/_native.pyi", "tzafon/local.py", "tzafon/pytest_plugin.py"} <= set(names)
    assert len([name for name in names if name.endswith((".so", ".pyd", ".dylib"))]) == 1
    assert all(name.startswith(("tzafon/", f"{info}/")) for name in names)
    assert not [name for name in names if "__pycache__" in name]
    assert metadata["License-Expression"] == "Apache-2.0" and metadata["Requires-Python"] == ">=3.9"
    assert str(metadata.get_payload()).strip() == (ROOT / "bindings-python/README.md").read_text(encoding="utf-8").strip()
    assert "lightcone=tzafon.__main__:main" in entry_points.replace(" ", "")
    assert "lightcone=tzafon.pytest_plugin" in entry_points.replace(" ", "").partition("[pytest11]")[2]


def test_size(either: Path) -> None:
    assert either.stat().st_size <= MOST


@linux_only
def test_it_runs_on_every_linux_since_2014(either: Path) -> None:
    assert "manylinux_2_17" in either.name and "manylinux2014" in either.name
    shown = run([str(Path(sys.executable).parent / "auditwheel"), "show", str(either)], either.parent)
    assert 'This constrains the platform tag to "manylinux_2_17_' in " ".join(shown.split()), shown


def test_one_for_all_keeps_to_the_stable_abi() -> None:
    run([str(Path(sys.executable).parent / "abi3audit"), "--strict", "--summary", str(wheel("cp310-abi3"))], DIST)


def test_a_fresh_environment(tmp_path: Path) -> None:
    works(install(sys.executable, tmp_path / "fresh", str(wheel(f"{THIS}-{THIS}"))), tmp_path)


@pytest.mark.parametrize("python", interpreters(), ids=lambda python: Path(python).parents[1].name)
def test_one_for_all_in_a_fresh_environment(python: str, tmp_path: Path) -> None:
    works(install(python, tmp_path / "fresh", str(wheel("cp310-abi3"))), tmp_path)


def test_pip_chooses_the_wheel_for_this_python(tmp_path: Path) -> None:
    binaries = install(sys.executable, tmp_path / "fresh", "--find-links", str(DIST), f"tzafon=={VERSION}")
    ask = "import importlib.metadata as m; print(m.distribution('tzafon').read_text('WHEEL'))"
    assert f"Tag: {THIS}-{THIS}-" in run([str(binaries / "python"), "-c", ask], tmp_path)


def test_the_example_for_pytest(tmp_path: Path) -> None:
    binaries = install(sys.executable, tmp_path / "fresh", str(wheel(f"{THIS}-{THIS}")), "pytest")
    example = shutil.copytree(ROOT / "examples/pytest", tmp_path / "example")
    said = run([str(binaries / "python"), "-m", "pytest", "-q"], example)
    assert "6 passed" in said


@pytest.fixture
def quick_build() -> "dict[str, str]":
    """Lets pip build into the checkout's own folder, in which most crates are built already."""
    return {**ENVIRONMENT, "CARGO_TARGET_DIR": str(ROOT / "target"), "MATURIN_PEP517_ARGS": "--profile dev"}


def test_sdist(quick_build: "dict[str, str]", tmp_path: Path) -> None:
    works(install(sys.executable, tmp_path / "fresh", str(newest(f"tzafon-{VERSION}.tar.gz")), environment=quick_build), tmp_path)


def test_pip_install_in_a_clone(quick_build: "dict[str, str]", tmp_path: Path) -> None:
    works(install(sys.executable, tmp_path / "fresh", str(ROOT), environment=quick_build), tmp_path)
