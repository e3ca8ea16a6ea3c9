"""A project with the npm packages in it, for the tests of this folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from installed import DIST, ROOT, VERSION, newest, run

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"


def link_packages(modules: Path, source: Path) -> None:
    """Makes the packages of another project's `node_modules` this one's, and their commands, without a copy."""
    for package in source.iterdir():
        if package.name.startswith("@") or package.name == ".bin":
            (modules / package.name).mkdir(exist_ok=True)
            link_packages(modules / package.name, package)
        elif not package.name.startswith(".") and not (modules / package.name).exists():
            (modules / package.name).symlink_to(package, target_is_directory=True)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a user has it: the packages installed into an empty project, without a network."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    newest(f"tzafon-lightcone-{VERSION}.tgz")
    tarballs = [str(path) for path in DIST.glob("tzafon-lightcone-*.tgz")]
    run(["npm", "install", "--offline", "--cache", str(folder / "cache"), "--no-audit", "--no-fund", *tarballs], folder)
    for program in PROGRAMS.iterdir():
        shutil.copy(program, folder)
    return folder


@pytest.fixture(scope="session")
def equipped(project: Path) -> Path:
    """The same project, with compilers, bundlers, test runners and web frameworks too."""
    tools = HERE / "npm/node_modules"
    assert tools.exists(), "run `make test-packaging`, which installs them"
    link_packages(project / "node_modules", tools)
    for name in ("typescript", "@types/node"):
        link = project / "node_modules" / name
        if link.is_symlink():
            link.unlink()
        if not link.exists():
            link.symlink_to(ROOT / "node_modules" / name, target_is_directory=True)
    return project


@pytest.fixture(scope="session")
def guide(equipped: Path) -> Path:
    """The guide's program, compiled in the project."""
    shutil.copy(ROOT / "tests/compat/programs/guide.mts", equipped)
    compile_strictly(equipped, "guide.mts")
    return equipped / "guide.mjs"


def compile_strictly(folder: Path, *arguments: str) -> None:
    """Compiles programs beside themselves, with all that `--strict` asks for."""
    compiler = ["node", str(ROOT / "node_modules/typescript/bin/tsc")]
    run([*compiler, "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", *arguments], folder)
