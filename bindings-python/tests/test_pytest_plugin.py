"""The fixtures that the package brings for pytest, as a user's tests meet them."""

from __future__ import annotations

import os

import pytest
from server import DEADLINE

pytest_plugins = ["pytester"]


def passed(pytester: pytest.Pytester, tests: str, count: int, *, asyncio_mode: str = "strict") -> None:
    pytester.makeini(f"[pytest]\nasyncio_mode = {asyncio_mode}\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(tests)
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-W", "error", timeout=6 * DEADLINE)
    done.assert_outcomes(passed=count)


def test_nothing_is_loaded_before_a_fixture_is_used(pytester: pytest.Pytester) -> None:
    tests = """
        import sys

        def loaded():
            return sorted(name for name in sys.modules if name.startswith("tzafon"))

        AT_COLLECTION = loaded()

        def test_at_first():
            assert AT_COLLECTION == loaded() == ["tzafon", "tzafon.pytest_plugin"]
            assert "pydantic" not in sys.modules

        def test_then(lightcone_server):
            assert "tzafon._native" in loaded()
    """
    passed(pytester, tests, 2)


def test_a_program_with_a_client_of_its_own(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZAFON_API_KEY", "sk_of_the_shell")
    monkeypatch.setenv("LIGHTCONE_CUSTOM_HEADERS", "Authorization: Bearer sk_of_the_shell")
    tests = """
        import os
        from tzafon import Lightcone

        def program():
            return Lightcone().agent.tasks.run(instruction="Find the price").result

        def test_program(lightcone_server):
            lightcone_server.script("Find the price", steps=[{"finish": "12 EUR"}])
            assert program() == "12 EUR"

        def test_the_environment_is_as_before():
            assert os.environ["TZAFON_API_KEY"] == "sk_of_the_shell"
            assert "LIGHTCONE_CUSTOM_HEADERS" in os.environ and "LIGHTCONE_BASE_URL" not in os.environ
    """
    passed(pytester, tests, 2)


def test_clients(pytester: pytest.Pytester) -> None:
    tests = """
        import asyncio
        import pytest

        @pytest.fixture(autouse=True)
        def agent(lightcone_server):
            lightcone_server.script("Find the price", steps=[{"finish": "12 EUR"}])

        def test_sync(lightcone):
            assert lightcone.agent.tasks.run(instruction="Find the price").result == "12 EUR"

        def test_async(async_lightcone):
            async def program():
                return (await async_lightcone.agent.tasks.run(instruction="Find the price")).result
            assert asyncio.run(program()) == "12 EUR"
            assert asyncio.run(program()) == "12 EUR"

        kept = []

        def test_they_are_closed(lightcone, async_lightcone):
            kept.extend([lightcone, async_lightcone])

        def test_after_the_test():
            assert [client.is_closed() for client in kept] == [True, True]
    """
    passed(pytester, tests, 4)


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_with_pytest_asyncio(pytester: pytest.Pytester, mode: str) -> None:
    tests = """
        import pytest

        @pytest.mark.asyncio
        async def test_program(lightcone_server, async_lightcone):
            lightcone_server.script("Find the price", steps=[{"finish": "12 EUR"}])
            async with await async_lightcone.agent.tasks.start_stream(instruction="Find the price") as stream:
                assert [event["type"] async for event in stream] == ["started", "completed"]
    """
    passed(pytester, tests, 1, asyncio_mode=mode)


def test_each_test_has_a_server_of_its_own_that_needs_no_browser(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTCONE_CHROMIUM", os.devnull)
    tests = """
        seen = []

        def test_one(lightcone_server, lightcone):
            lightcone_server.script("x", steps=[{"finish": "one"}])
            assert lightcone.agent.tasks.run(instruction="x").result == "one"
            seen.append(lightcone_server.url)

        def test_other(lightcone_server, lightcone):
            assert lightcone_server.url not in seen
            result = lightcone.agent.tasks.run(instruction="x")
            assert (result.status, result.result) == ("failed", "No script matches the instruction \\"x\\".")
    """
    passed(pytester, tests, 2)


def test_they_explain_themselves(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_subprocess("--fixtures", "-q", timeout=6 * DEADLINE)
    said = "\n".join(done.outlines)
    for name in ("lightcone_server", "lightcone", "async_lightcone"):
        assert f"{name} -- " in said
    assert "no docstring available" not in said.partition("lightcone_server")[2].partition("fixtures defined from")[0]
