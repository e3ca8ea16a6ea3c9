"""The installed npm packages on every runtime that npm brings."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import pytest
from installed import run

RUNTIMES = Path(__file__).parent / "runtimes/node_modules"
COMMANDS = {
    "node": ["node"],
    "bun": [str(RUNTIMES / ".bin/bun")],
    "deno": [str(RUNTIMES / ".bin/deno"), "run", "--allow-all", "--quiet"],
}
TYPESCRIPT = ["bun", "deno"]
if platform.system() == "Linux":
    # Later than the oldest that is supported, which is what the other tests may run on.
    architecture = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    newer = {f"node{version}": [str(RUNTIMES / f"node{version}-{architecture}/bin/node")] for version in (22, 24, 26)}
    COMMANDS |= newer
    TYPESCRIPT += newer


@pytest.mark.parametrize("program", ["tour.mjs", "tour-required.cjs"])
@pytest.mark.parametrize("runtime", COMMANDS)
def test_programs(runtime: str, program: str, project: Path) -> None:
    assert run([*COMMANDS[runtime], program], project) == "all is well"


@pytest.mark.parametrize("runtime", COMMANDS)
def test_guide(runtime: str, guide: Path) -> None:
    lines = run([*COMMANDS[runtime], "served.mjs", str(guide)], guide.parent).splitlines()
    assert "completed" in lines and any("A field of study." in line for line in lines)


@pytest.mark.parametrize("runtime", TYPESCRIPT)
def test_typescript_as_it_is(runtime: str, equipped: Path) -> None:
    """A runtime that reads TypeScript needs no compiler."""
    assert run([*COMMANDS[runtime], "typed.mts"], equipped).splitlines() == ["found", "404"]


@pytest.mark.parametrize("runtime", COMMANDS)
def test_without_a_native_module(runtime: str, project: Path, tmp_path: Path) -> None:
    """One error, at import, that says where this is and what is missing."""
    shutil.copytree(project / "node_modules/@tzafon/lightcone", tmp_path / "node_modules/@tzafon/lightcone")
    (tmp_path / "package.json").write_text('{"dependencies": {"@tzafon/lightcone": "*"}}', encoding="utf-8")
    program = 'try { require("@tzafon/lightcone") } catch (error) { console.log(error.constructor.name, error.message) }'
    (tmp_path / "program.cjs").write_text(program, encoding="utf-8")
    said = run([*COMMANDS[runtime], "program.cjs"], tmp_path)
    name = {"bun": "Bun 1.", "deno": "Deno 2."}.get(runtime, "Node.js v")
    assert said.startswith("LightconeError Lightcone cannot run on ") and f" with {name}" in said
    assert "@tzafon/lightcone-" in said and "optional" in said
