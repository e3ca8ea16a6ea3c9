"""Programs bundled in each way that docs/typescript.md names, and run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from installed import run


@pytest.mark.parametrize("way", ["esbuild, outside", "webpack, outside"])
def test_with_the_package_beside_the_bundle(way: str, equipped: Path) -> None:
    folder = "bundled by " + way.partition(",")[0]
    bundle = Path(run(["node", "bundle.mjs", way, "tour.mjs", folder], equipped))
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]
    assert run(["node", str(bundle)], equipped) == "all is well"


@pytest.mark.parametrize("way", ["esbuild, inside", "esbuild, inside an ES module", "webpack, inside"])
def test_with_the_package_in_the_bundle(way: str, equipped: Path, tmp_path: Path) -> None:
    bundle = Path(run(["node", "bundle.mjs", way, "tour.mjs", str(tmp_path / "bundle")], equipped))
    # All that it needs is in its folder, wherever that is.
    elsewhere = tmp_path / "elsewhere"
    shutil.move(bundle.parent, elsewhere)
    assert sorted(path.suffix for path in elsewhere.iterdir()) == sorted([bundle.suffix, ".node"])
    assert run(["node", bundle.name], elsewhere) == "all is well"


def test_the_native_module_is_found_by_what_traces_files(equipped: Path) -> None:
    files = run(["node", "trace.mjs", "tour.mjs"], equipped).splitlines()
    assert any(file.endswith(".node") for file in files), files
