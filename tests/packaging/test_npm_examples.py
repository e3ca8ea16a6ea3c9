"""The examples of test suites, copied into a project of their own and run by the command of their README."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from installed import ENVIRONMENT, ROOT, run

COMMANDS = {
    "node-test": (["node", "--test", "--test-reporter=tap"], r"^# pass 5$"),
    "vitest": (["npx", "--offline", "vitest", "run"], r"Tests .*5 passed"),
    "jest": (["npx", "--offline", "jest"], r"^Tests: +5 passed, 5 total$"),
}


@pytest.mark.parametrize("example", COMMANDS)
def test_example(example: str, equipped: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / example, tmp_path, dirs_exist_ok=True)
    (tmp_path / "package.json").write_text('{"private": true}', encoding="utf-8")
    os.symlink(equipped / "node_modules", tmp_path / "node_modules", target_is_directory=True)
    command, success = COMMANDS[example]
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert " ".join(part for part in command if not part.startswith("--offline") and "reporter" not in part) in readme
    # Jest reports on its standard error.
    said = run(["sh", "-c", 'exec "$@" 2>&1', "sh", *command], tmp_path, {**ENVIRONMENT, "NODE_OPTIONS": "--experimental-vm-modules", "NO_COLOR": "1"})
    assert re.search(success, said, re.MULTILINE), said
