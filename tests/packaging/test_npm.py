"""The npm packages, installed into an empty project outside of the checkout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import compile_strictly
from installed import ROOT, VERSION, run


@pytest.mark.parametrize("program", ["tour.mjs", "tour-required.cjs"])
def test_programs(program: str, project: Path) -> None:
    assert run(["node", program], project) == "all is well"


def test_a_lock_file_installs_the_same_again(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of which `npm ci` makes sure only if all that the main package may depend on was there."""
    # Beside the other, so that its paths lead to the same tarballs.
    again = tmp_path_factory.mktemp("again")
    for file in ("package.json", "package-lock.json"):
        shutil.copy(project / file, again)
    run(["npm", "ci", "--offline", "--cache", str(again / "cache"), "--no-audit", "--no-fund"], again)
    assert run(["npx", "--offline", "lightcone", "--version"], again) == f"lightcone {VERSION}"


def test_typescript(equipped: Path) -> None:
    compile_strictly(equipped, "typed.mts")
    assert run(["node", "typed.mjs"], equipped).splitlines() == ["found", "404"]


def test_guide(guide: Path) -> None:
    lines = run(["node", "served.mjs", str(guide)], guide.parent).splitlines()
    assert "completed" in lines and any("A field of study." in line for line in lines)


def test_command(project: Path) -> None:
    assert run(["npx", "--offline", "lightcone", "--version"], project) == f"lightcone {VERSION}"
    assert "serve" in run(["npx", "--offline", "lightcone", "--help"], project)


def test_source_maps_hold_the_sources(project: Path) -> None:
    folder = project / "node_modules/@tzafon/lightcone/bindings-node/dist"
    found = json.loads((folder / "client.js.map").read_text(encoding="utf-8"))
    assert found["sourcesContent"] == [(ROOT / "bindings-node/ts/client.ts").read_text(encoding="utf-8")]
