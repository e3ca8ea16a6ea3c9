"""Clients: their settings, the environment, copies, closing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from server import Server, answer

import tzafon
from tzafon import AsyncLightcone, Lightcone, LightconeError, Timeout, omit


def test_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZAFON_API_KEY", " sk_env \n")
    monkeypatch.setenv("LIGHTCONE_BASE_URL", f"{server.url}/env")
    monkeypatch.setenv("LIGHTCONE_CUSTOM_HEADERS", "X-A: from: env\n\n  x-b :  env  \nX-C:")
    client = Lightcone(default_headers={"x-b": "given"})
    assert client.base_url == f"{server.url}/env"
    client.agent.tasks.pause("t1")
    (request,) = server.requests
    assert request.target == "/env/agent/tasks/t1/pause"
    assert request.header("authorization") == "Bearer sk_env"
    assert (request.header("x-a"), request.header("x-b"), request.header("x-c")) == ("from: env", "given", "")


def test_a_blank_environment_is_none(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIGHTCONE_BASE_URL", "LIGHTCONE_CUSTOM_HEADERS", "LIGHTCONE_LOG"):
        monkeypatch.setenv(name, " \n ")
    client = Lightcone(api_key="k")
    assert (client.base_url, dict(client.default_headers)) == ("https://api.tzafon.ai", {})


def test_what_is_given_wins_over_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZAFON_API_KEY", "sk_env")
    monkeypatch.setenv("LIGHTCONE_BASE_URL", "http://nowhere.invalid")
    Lightcone(api_key="sk_given", base_url=server.url).agent.tasks.pause("t1")
    assert server.requests[0].header("authorization") == "Bearer sk_given"


@pytest.mark.parametrize("kind", [Lightcone, AsyncLightcone])
@pytest.mark.parametrize("key", [None, "", "  "])
def test_no_key(kind: Any, key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for environment in (None, " "):
        if environment is not None:
            monkeypatch.setenv("TZAFON_API_KEY", environment)
        with pytest.raises(LightconeError, match="api_key.*TZAFON_API_KEY"):
            kind(api_key=key)


def test_a_line_of_the_custom_headers_without_a_colon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTCONE_CUSTOM_HEADERS", "X-A: 1\nsecret")
    with pytest.raises(LightconeError, match="Line 2") as caught:
        Lightcone(api_key="k")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"base_url": "example.com"}, LightconeError, "base URL.*http"),
        ({"base_url": "ftp://example.com"}, LightconeError, "ftp"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": True}, TypeError, "timeout"),
        ({"timeout": object()}, TypeError, "timeout.*object"),
        ({"max_retries": None}, TypeError, "max_retries"),
        ({"max_retries": 1.5}, TypeError, "max_retries"),
        ({"max_retries": -1}, ValueError, "max_retries"),
        ({"default_headers": [("a", "b")]}, TypeError, "default_headers"),
        ({"default_headers": {"a": 1}}, TypeError, "'a'"),
        ({"default_query": "a=b"}, TypeError, "default_query"),
        ({"default_query": {"a": float("nan")}}, ValueError, "'a'"),
        ({"api_key": 5}, TypeError, "api_key"),
        ({"http_client": object()}, TypeError, "timeout, limits, proxy, ca_bundle, client_certificate"),
        ({"unknown": 1}, TypeError, "unknown"),
    ],
)
def test_settings_that_cannot_be(arguments: dict[str, Any], error: Any, text: str) -> None:
    for kind in (Lightcone, AsyncLightcone):
        with pytest.raises(error, match=text):
            kind(**{"api_key": "k", **arguments})


def test_no_key_is_in_any_text() -> None:
    client = Lightcone(api_key="sk_secret")
    assert "sk_secret" not in repr(client) + str(vars(client)["_native"])
    with pytest.raises(LightconeError) as caught:
        Lightcone(api_key="sk_secret", base_url="nowhere")
    assert "sk_secret" not in repr(caught.value)


def test_proxies_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    Lightcone(api_key="k", base_url="http://service.invalid/v1").agent.tasks.pause("t1")
    assert server.requests[0].target == "http://service.invalid/v1/agent/tasks/t1/pause"


def test_older_names() -> None:
    assert tzafon.Client is tzafon.Computer is Lightcone
    assert tzafon.AsyncClient is tzafon.AsyncComputer is AsyncLightcone


def test_a_subclass_keeps_its_name(server: Server) -> None:
    class Mine(Lightcone):
        pass

    Mine(api_key="k", base_url=server.url).copy().agent.tasks.pause("t1")
    assert server.requests[0].header("user-agent") == f"Mine/Python {tzafon.__version__}"


def test_copies(server: Server) -> None:
    client = Lightcone(
        api_key="k", base_url=server.url, default_headers={"x-a": "1", "x-b": "1"}, default_query={"a": 1, "b": 1}, max_retries=4
    )
    added = client.copy(default_headers={"x-b": "2"}, default_query={"b": 2}, max_retries=0)
    replaced = client.with_options(set_default_headers={"x-c": "3"}, set_default_query={"c": 3}, timeout=3)
    assert (added.max_retries, replaced.max_retries, replaced.timeout) == (0, 4, 3)
    for each in (client, added, replaced):
        each.agent.tasks.pause("t1")
    assert [request.target.partition("?")[2] for request in server.requests] == ["a=1&b=1", "a=1&b=2", "c=3"]
    sent = [[request.header(name) for name in ("x-a", "x-b", "x-c")] for request in server.requests]
    assert sent == [["1", "1", None], ["1", "2", None], [None, None, "3"]]
    assert server.connections == 1


def test_a_copy_removes_a_header_for_good(server: Server) -> None:
    client = Lightcone(api_key="k", base_url=server.url, default_headers={"x-a": "1"})
    client.copy(default_headers={"x-a": omit}).copy().agent.tasks.pause("t1")
    assert server.requests[0].header("x-a") is None


def test_adding_and_replacing_exclude_each_other(client: Lightcone) -> None:
    with pytest.raises(ValueError, match="default_headers"):
        client.copy(default_headers={}, set_default_headers={})
    with pytest.raises(ValueError, match="default_query"):
        client.copy(default_query={}, set_default_query={})


def test_closing(server: Server) -> None:
    with Lightcone(api_key="k", base_url=server.url) as client:
        copy = client.copy()
        client.agent.tasks.pause("t1")
        assert not client.is_closed()
    assert client.is_closed() and copy.is_closed()
    client.close()
    for closed in (client, copy):
        with pytest.raises(LightconeError, match="closed"):
            closed.agent.tasks.pause("t1")
    with pytest.raises(LightconeError, match="closed"):
        client.copy()


async def test_closing_async(server: Server) -> None:
    async with AsyncLightcone(api_key="k", base_url=server.url) as client:
        await client.agent.tasks.pause("t1")
    assert client.is_closed()
    with pytest.raises(LightconeError, match="closed"):
        await client.agent.tasks.pause("t1")


def test_timeouts() -> None:
    assert Timeout(5) == Timeout((5, 5, 5, 5)) == Timeout(Timeout(5)) == Timeout(connect=5, read=5, write=5, pool=5)
    assert Timeout(60, connect=5.0) == tzafon.DEFAULT_TIMEOUT
    assert Timeout(SimpleNamespace(connect=1, read=2, write=3, pool=4)) == Timeout((1, 2, 3, 4))
    assert Timeout(None).as_dict() == dict.fromkeys(("connect", "read", "write", "pool"))
    assert repr(Timeout(5)) == "Timeout(timeout=5)"
    assert repr(Timeout(5, read=1)) == "Timeout(connect=5, read=1, write=5, pool=5)"
    assert eval(repr(Timeout(5, read=1)), {"Timeout": Timeout}) == Timeout(5, read=1)
    with pytest.raises(ValueError, match="read, write, pool"):
        Timeout(connect=5)
    with pytest.raises(ValueError, match="no limit for write, pool"):
        Timeout((1, 2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="read"):
        Timeout(5, read="1")  # type: ignore[arg-type]


def test_settings_can_be_read() -> None:
    client = Lightcone(api_key="k")
    assert (client.api_key, client.base_url, client.max_retries) == ("k", "https://api.tzafon.ai", tzafon.DEFAULT_MAX_RETRIES)
    assert client.timeout == tzafon.DEFAULT_TIMEOUT
    assert (tzafon.DEFAULT_CONNECTION_LIMITS.max_connections, tzafon.DEFAULT_CONNECTION_LIMITS.max_keepalive_connections) == (100, 20)
    other = client.copy(default_headers={"X-A": "1", "X-B": omit}, default_query={"a": [1]})
    assert (other.default_headers, other.default_query) == ({"X-A": "1", "X-B": omit}, {"a": [1]})
    assert (client.default_headers, client.default_query) == ({}, {})


@pytest.mark.parametrize("kind", [Lightcone, AsyncLightcone])
async def test_settings_that_can_be_set(kind: Any, server: Server) -> None:
    client = kind(api_key="sk_one", base_url=f"{server.url}/one", max_retries=0, default_headers={"x-a": "1"})
    tasks, copy = client.agent.tasks, client.copy()

    async def pause(tasks: Any) -> Any:
        made = tasks.pause("t1")
        return await made if kind is AsyncLightcone else made

    client.api_key, client.base_url, client.timeout, client.max_retries = "sk_two", f"{server.url}/two", 7, 1
    client.event_timeout = 8
    assert (client.event_timeout, copy.event_timeout) == (8, None)
    assert (client.api_key, client.base_url, client.timeout, client.max_retries) == ("sk_two", f"{server.url}/two", 7, 1)
    server.script(answer(status=503, headers=[("retry-after-ms", "1")]), answer())
    await pause(tasks)
    await pause(copy.agent.tasks)
    first, again, of_copy = server.requests
    for request in (first, again):
        assert (request.target, request.header("authorization")) == ("/two/agent/tasks/t1/pause", "Bearer sk_two")
        assert (request.header("x-stainless-read-timeout"), request.header("x-a")) == ("7", "1")
    assert (of_copy.target, of_copy.header("authorization")) == ("/one/agent/tasks/t1/pause", "Bearer sk_one")
    assert server.connections == 1
    for name, value, error in (
        ("api_key", 5, TypeError),
        ("base_url", "nowhere", LightconeError),
        ("timeout", -1, ValueError),
        ("max_retries", None, TypeError),
        ("event_timeout", -1, ValueError),
    ):
        with pytest.raises(error):
            setattr(client, name, value)
    # What could not be set changed nothing.
    assert (client.api_key, client.base_url, client.timeout, client.max_retries) == ("sk_two", f"{server.url}/two", 7, 1)
    await pause(tasks)
