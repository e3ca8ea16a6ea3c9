"""docs/typescript.md and the TypeScript of docs/local-server.md cannot rot: every block is compiled strictly and run, each
as a program of its own."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import compile_strictly
from installed import ENVIRONMENT, ROOT, run

PAGES = [ROOT / "docs/typescript.md", ROOT / "docs/local-server.md"]

# What a page says once and then takes as known, for blocks that use it and do not say it themselves.
KNOWN = {
    r"\bLightcone\b": (r"import Lightcone\b", 'import Lightcone from "@tzafon/lightcone";'),
    r"\bLocalServer\b": (r"import { LocalServer }", 'import { LocalServer } from "@tzafon/lightcone/local";'),
    r"\bserver\.": (r"(const|let) server\b", "const server = await LocalServer.start();"),
    r"\bclient\b": (r"const client =|client:", "const client = new Lightcone();"),
    r"(?<![.\w])taskId\b": (r"taskId }", 'const { task_id: taskId } = await client.agent.tasks.start({ instruction: "INSTRUCTION" });'),
}


@dataclass
class Block:
    page: Path
    line: int
    code: str
    # `run`, or what the comment before it says: `server`, `route`, `browser`, `compiled only: ...`.
    how: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def name(self) -> str:
        return f"{self.page.stem}-{self.line}"

    @property
    def program(self) -> str:
        lines: list[str] = []
        for used, (said, line) in reversed(KNOWN.items()):
            text = "\n".join([*lines, self.code])
            if re.search(used, text) and not re.search(said, text):
                lines.insert(0, line)
        # One that is to be cancelled is to be there still.
        instruction = "Go to github.com and find the trending Python repositories" if "cancel(taskId)" in self.code else "Find the price of a lamp"
        return "\n".join([*lines, self.code, "export {};", ""]).replace("INSTRUCTION", instruction)


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"(?:^<!-- (?P<how>[^\n]+) -->\n)?^```ts\n(?P<code>.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(page, text.count("\n", 0, match.start("code")) + 1, match["code"], match["how"] or "run") for match in found]


BLOCKS = [block for page in PAGES for block in blocks(page)]


def of(how: str) -> list[Block]:
    return [block for block in BLOCKS if block.how == how]


@pytest.fixture(scope="module")
def compiled(equipped: Path) -> Path:
    """The folder of all blocks, compiled."""
    folder = equipped / "guide"
    folder.mkdir()
    for block in BLOCKS:
        (folder / f"{block.name}.mts").write_text(block.program, encoding="utf-8")
    compile_strictly(folder, *[f"{block.name}.mts" for block in BLOCKS], "--lib", "es2022,dom,dom.iterable,dom.asynciterable,esnext.disposable")
    return folder


def test_there_are_blocks_of_every_kind(compiled: Path) -> None:
    assert len(of("run")) >= 20 and len(of("server")) == 3 and len(of("route")) == 1 and len(of("browser")) == 1
    others = [block.how for block in BLOCKS if block.how not in ("run", "server", "route", "browser")]
    assert len(others) <= 2 and all(how.startswith("compiled only: ") for how in others)


@pytest.mark.parametrize("block", of("run"), ids=str)
def test_block(block: Block, equipped: Path, compiled: Path) -> None:
    run(["node", "served.mjs", str(compiled / f"{block.name}.mjs")], equipped)


@pytest.mark.parametrize("block", of("server"), ids=str)
def test_server(block: Block, equipped: Path, compiled: Path) -> None:
    """The page's code for browsers asks each of its servers; somebody who leaves at once does no harm before."""
    port = free_port()
    command = ["node", "served.mjs", str(compiled / f"{block.name}.mjs")]
    with subprocess.Popen(command, cwd=equipped, env={**ENVIRONMENT, "PORT": str(port)}, stderr=subprocess.PIPE, text=True) as server:
        try:
            leave_at_once(port)
            bundle = browser_bundle(equipped, compiled)
            lines = run(["node", "browse.mjs", str(bundle), f"http://127.0.0.1:{port}"], equipped).splitlines()
            assert [line.split()[0] for line in lines] == ["started", "progress_update", "completed"]
            assert lines[-1] == "completed 12.50 EUR"
            assert server.poll() is None
        finally:
            server.kill()


@pytest.mark.parametrize("block", of("server"), ids=str)
def test_a_browser_that_leaves(block: Block, equipped: Path, compiled: Path) -> None:
    environment = {**ENVIRONMENT, "PORT": str(free_port())}
    assert run(["node", "left.mjs", str(compiled / f"{block.name}.mjs")], equipped, environment, timeout=60) == "the service was left"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def leave_at_once(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"GET /?q=Find HTTP/1.1\r\nhost: localhost\r\n\r\n")
                return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)


def browser_bundle(equipped: Path, compiled: Path) -> Path:
    """The block for browsers as a bundler makes it for them."""
    [block] = of("browser")
    bundle = compiled / "browser.mjs"
    command = ["npx", "--offline", "esbuild", "--bundle", "--platform=browser", "--format=esm", "--log-level=error"]
    run([*command, f"--outfile={bundle}", str(compiled / f"{block.name}.mjs")], equipped)
    return bundle


def test_route(equipped: Path, compiled: Path) -> None:
    [block] = of("route")
    said = run(["node", "served.mjs", "route.mjs"], equipped, {**ENVIRONMENT, "ROUTE": str(compiled / f"{block.name}.mjs")})
    assert said.startswith("application/x-ndjson {") and '"result":"12.50 EUR"' in said.splitlines()[-1]


def anchors(page: Path) -> set[str]:
    """What a link can name in a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
