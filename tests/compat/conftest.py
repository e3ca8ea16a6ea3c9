"""A local server with a real browser and the demo web, for the tests of this folder."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = str(ROOT / ".venv-vendor" / ("Scripts" if os.name == "nt" else "bin") / "python")
"""The interpreter that the vendor's released client is installed for: it has the same name as ours."""


def printed(python: str, program: str, *arguments: str) -> Any:
    """The JSON that one of the programs prints, run with ours or the vendor's."""
    command = [python, "-W", "ignore", str(Path(__file__).parent / "programs" / program), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TZAFON", "LIGHTCONE"))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Service:
    """A running `lightcone serve`."""

    def __init__(self, *options: str) -> None:
        self.api_key = "sk_" + secrets.token_hex(8)
        command = [sys.executable, "-m", "tzafon", "serve", "--port", "0", "--data", ":memory:", *options]
        environment = {**os.environ, "TZAFON_API_KEY": self.api_key}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if found := re.search(r"http://\S+", line):
                self.url = found.group()
                return
        raise RuntimeError(f"the server did not start: {said}")

    def environment(self) -> dict[str, str]:
        """What a program needs to find this server."""
        return {**os.environ, "TZAFON_API_KEY": self.api_key, "LIGHTCONE_BASE_URL": self.url}

    def stop(self) -> None:
        """Ends it as an operator would, and checks that it goes in time."""
        self.process.terminate()
        assert self.process.wait(timeout=10) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A browser on the demo web, with half a second a step, so that there is time to act."""
    service = Service("--web", "demo", "--pace", "500")
    yield service
    service.stop()


@pytest.fixture()
def program_environment(service: Service) -> dict[str, str]:
    return service.environment()
