"""Who is measured: each client in its own environment, in a fresh process for each reading."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "benches" / "python"
NODE = ROOT / "benches" / "node"
RELEASE = ROOT / "target" / "release"

# Clients are compared within one of these only.
SYNC, ASYNC, IN_NODE, RUST = "Python, sync", "Python, async", "Node", "Rust limit"
LANES = (SYNC, ASYNC, IN_NODE)

OURS = "ours"
# Whom a ratio is to: the vendor's TypeScript SDK is not on the registry, and shares its design with openai's.
REFERENCE = {SYNC: "vendor", ASYNC: "vendor", IN_NODE: "openai"}


@dataclass(frozen=True)
class Client:
    """One client in one lane."""

    lane: str
    name: str
    # The Python environment; none in other languages.
    environment: str = ""
    # The module in `clients/` of its language.
    module: str = ""

    @property
    def executable(self) -> Path:
        return ROOT / self.environment / "bin" / "python"

    def command(self, url: str, jobs: list[dict[str, Any]]) -> list[str]:
        """Does these jobs and prints what they took."""
        text = json.dumps(jobs)
        if self.lane == RUST:
            return [str(RELEASE / "bench-limits"), self.module, url, text]
        if self.lane == IN_NODE:
            return ["node", str(NODE / "child.mjs"), self.module, url, text]
        mode = "sync" if self.lane == SYNC else "async"
        return [str(self.executable), str(PYTHON / "child.py"), self.module, mode, url, text]

    def cold(self, url: str) -> list[str]:
        """Opens a stream and prints when its first event came, in nanoseconds since 1970."""
        if self.lane == IN_NODE:
            return ["node", str(NODE / "cold.mjs"), self.module, url]
        return [str(self.executable), str(PYTHON / "cold" / f"{self.module}.py"), url]


CLIENTS = (
    Client(SYNC, OURS, ".venv", "sdk"),
    Client(SYNC, "vendor", ".venv-vendor", "sdk"),
    Client(SYNC, "httpx-sse", ".venv-bench", "httpx_sse_client"),
    Client(SYNC, "openai", ".venv-bench", "openai_stream"),
    Client(ASYNC, OURS, ".venv", "sdk"),
    Client(ASYNC, "vendor", ".venv-vendor", "sdk"),
    Client(ASYNC, "httpx-sse", ".venv-bench", "httpx_sse_client"),
    Client(ASYNC, "aiohttp", ".venv-bench", "aiohttp_client"),
    Client(ASYNC, "openai", ".venv-bench", "openai_stream"),
    Client(IN_NODE, OURS, module="ours"),
    Client(IN_NODE, "undici", module="undici"),
    Client(IN_NODE, "fetch", module="fetch"),
    Client(IN_NODE, "openai", module="openai"),
    Client(RUST, "reqwest", module="reqwest"),
    Client(RUST, "raw socket", module="raw"),
)
# No client: Node makes values of bytes that it has already. Whoever reads a stream there needs at least this.
BARE = Client(IN_NODE, "bare", module="bare")


def of(lane: str, *names: str) -> list[Client]:
    """The clients of a lane; only those with these names, if any are given."""
    return [client for client in CLIENTS if client.lane == lane and (not names or client.name in names)]


def environment() -> dict[str, str]:
    """What a client's process finds: nothing that changes where it goes or what it loads."""
    unwanted = ("TZAFON_", "LIGHTCONE_", "OPENAI_", "PYTHON", "NODE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted) and not name.lower().endswith("_proxy")}
    return {**kept, "NO_PROXY": "127.0.0.1"}


class Mock:
    """The mock server, as long as it is in a `with`."""

    def __enter__(self) -> str:
        self.process = subprocess.Popen([str(RELEASE / "mock-server")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        # It ends with its standard input.
        try:
            self.process.communicate(timeout=10)
        finally:
            self.process.kill()


def run(command: list[str], limit: float) -> tuple[Optional[str], str]:
    """What the command printed, or none and what went wrong; it is ended when its time is over."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=environment(), check=False)
    except subprocess.TimeoutExpired:
        return None, f"not done in {limit:g} s"
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return None, lines[-1][:200] if lines else f"exit code {done.returncode}"
    return done.stdout, ""


def raise_open_files() -> None:
    """Streams are opened by the thousand; children inherit the limit."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 16_384 if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
