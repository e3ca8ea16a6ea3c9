"""Every Python block of docs/python.md and of the package's README, as a reader would run it.

A block whose first line names a file, as `# web.py`, is put into that file; the files of a section lie side by side.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, NamedTuple

import pytest
import trustme
from server import DEADLINE

from tzafon import __version__
from tzafon.local import LocalServer, Script

ROOT = Path(__file__).parents[2]
PAGES = [(ROOT / page).read_text(encoding="utf-8") for page in ("docs/python.md", "bindings-python/README.md")]
LONG = 6 * DEADLINE


class Block(NamedTuple):
    section: str
    name: str
    code: str


def blocks() -> Iterator[Block]:
    for section in itertools.chain.from_iterable(re.split(r"^## ", page, flags=re.MULTILINE) for page in PAGES):
        title, _, text = section.removeprefix("# ").partition("\n")
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL), 1):
            named = re.match(r"# (\w+\.py)\n", code)
            yield Block(title, named[1] if named else f"{re.sub('[^a-z]', '_', title.lower())}_{number}.py", code)


BLOCKS = list(blocks())

# What those print that could end well and be wrong all the same.
PRINTS = {
    "first.py": ["completed 0\na desk lamp, 12.50 EUR"],
    "whole_tasks_1.py": ["{'type': 'started'", "a desk lamp, 12.50 EUR by scripted in"],
    "whole_tasks_2.py": ["completed 0"],
    "whole_tasks_3.py": ["booked"],
    "whole_tasks_4.py": ["Find the cheapest lamp on shop.example"],
    "streams_1.py": ["looking\na desk lamp, 12.50 EUR"],
    "streams_2.py": ["a desk lamp, 12.50 EUR"],
    "errors_1.py": ["404 {"],
    "async_1.py": ["['a desk lamp, 12.50 EUR', 'a desk lamp, 12.50 EUR', 'a desk lamp, 12.50 EUR']"],
    "pool.py": ["['a desk lamp, 12.50 EUR', 'a desk lamp, 12.50 EUR']"],
    "type_checking_1.py": ["a desk lamp, 12.50 EUR"],
    "tzafon_1.py": ["completed a desk lamp, 12.50 EUR"],
    "tzafon_2.py": ["a desk lamp, 12.50 EUR"],
    "requests_of_your_own_1.py": ["200 ", "data: {", "dict_keys(['data', 'has_more'])"],
}


def scripts(block: Block) -> list[Script]:
    # A task that is to be cancelled must not have ended by then.
    pause = 600_000 if "tasks.cancel" in block.code else 20
    return [
        {"pattern": "^Book a table", "steps": [{"message": "8 pm"}, {"finish": "booked"}]},
        {
            "pattern": "",
            "events": [{"type": "progress_update", "message": "looking"}],
            "steps": [{"wait_ms": pause}, {"finish": "a desk lamp, 12.50 EUR"}],
        },
    ]


@pytest.fixture
def folder(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files of the block's section, in an environment that names a server."""
    for other in BLOCKS:
        if other.section == block.section:
            (tmp_path / other.name).write_text(other.code, encoding="utf-8")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "company-ca.pem")
    shown = authority.issue_cert("client.example")
    shown.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    shown.private_key_pem.write_to_path(tmp_path / "client.key")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with LocalServer(scripts=scripts(block)) as server:
        monkeypatch.setenv("TZAFON_API_KEY", server.api_key)
        monkeypatch.setenv("LIGHTCONE_BASE_URL", server.url)
        yield tmp_path


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=LONG, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A program that serves until the block ends. It tells on standard error."""
    with subprocess.Popen([sys.executable, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=LONG)


def by_kind(kind: str) -> list[Block]:
    return [block for block in BLOCKS if kind == kind_of(block)]


def kind_of(block: Block) -> str:
    if block.name.startswith("test_"):
        return "tests"
    return {"web.py": "gunicorn", "worker.py": "celery"}.get(block.name, "program")


def name_of(block: Block) -> str:
    return block.name


@pytest.mark.parametrize("block", by_kind("program"), ids=name_of)
def test_programs(block: Block, folder: Path) -> None:
    printed = run(folder, block.name)
    for part in PRINTS.get(block.name, []):
        assert part in printed


def test_each_expectation_has_its_block() -> None:
    assert set(PRINTS) <= {block.name for block in BLOCKS}
    assert len(BLOCKS) == sum(page.count("```python") for page in PAGES) and len({block.name for block in BLOCKS}) == len(BLOCKS)


def test_they_name_this_version() -> None:
    named = [version for page in PAGES for version in re.findall(r"tzafon(?:==|-)(\d[\d.]*\d)", page)]
    assert named and set(named) == {__version__}


@pytest.mark.parametrize("block", by_kind("tests"), ids=name_of)
def test_tests(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8")
    # They need no server but their own.
    monkeypatch.delenv("TZAFON_API_KEY")
    monkeypatch.delenv("LIGHTCONE_BASE_URL")
    assert f"{block.code.count('def test_')} passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", block.name)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="gunicorn needs fork")
@pytest.mark.parametrize("block", by_kind("gunicorn"), ids=name_of)
def test_gunicorn(block: Block, folder: Path) -> None:
    with serving(folder, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", "127.0.0.1:0", "web:app") as process:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        tasks = set()
        for _ in range(4):
            with urllib.request.urlopen(address, timeout=LONG) as answer:
                tasks.add(answer.read())
        assert len(tasks) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="celery's pool needs fork")
@pytest.mark.parametrize("block", by_kind("celery"), ids=name_of)
def test_celery(block: Block, folder: Path) -> None:
    (folder / "jobs").mkdir()
    here = """
        from worker import app, research
        app.conf.update(
            broker_url="filesystem://",
            broker_transport_options={"data_folder_in": "jobs", "data_folder_out": "jobs", "control_folder": "control"},
            result_backend="file://results",
        )
    """
    (folder / "here.py").write_text(re.sub("^ +", "", here, count=0, flags=re.MULTILINE), encoding="utf-8")
    (folder / "results").mkdir()
    ask = f"from here import research; print(research.delay('Find the cheapest lamp').get(timeout={LONG}))"
    with serving(folder, "-m", "celery", "--app", "here", "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "error"):
        assert run(folder, "-c", ask) == "a desk lamp, 12.50 EUR\n"


def test_types(tmp_path: Path) -> None:
    for block in BLOCKS:
        (tmp_path / block.name).write_text(block.code, encoding="utf-8")
    # celery has no types.
    options = ["--strict", "--ignore-missing-imports", "--allow-untyped-decorators", "--no-incremental", "--config-file", os.devnull]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *sorted(block.name for block in BLOCKS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=3 * LONG,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
