"""The way to the server: proxy, certificates, connections. What each does is tested in the core; here, that it gets there."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from server import Exchange, Server, answer

import tzafon
from tzafon import APITimeoutError, AsyncLightcone, Lightcone, LightconeError, Limits

NO_PEM = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"


def test_a_proxy_is_given(server: Server) -> None:
    proxy = server.url.replace("http://", "http://user:pass%20word@")
    with Lightcone(api_key="k", base_url="http://tasks.example/v1", proxy=proxy) as client:
        client.agent.tasks.pause("t1")
        client.with_options(base_url="http://127.0.0.1:1").agent.tasks.pause("t2")
    assert [request.target for request in server.requests] == [
        "http://tasks.example/v1/agent/tasks/t1/pause",
        "http://127.0.0.1:1/agent/tasks/t2/pause",
    ]
    assert server.requests[0].header("proxy-authorization") == "Basic dXNlcjpwYXNzIHdvcmQ="


def test_a_proxy_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", server.url)
    Lightcone(api_key="k", base_url="http://tasks.example").agent.tasks.pause("t1")
    assert server.requests[0].target == "http://tasks.example/agent/tasks/t1/pause"


@pytest.mark.parametrize(
    "limits", [Limits(max_connections=1), SimpleNamespace(max_connections=1, max_keepalive_connections=1, keepalive_expiry=5)]
)
def test_calls_wait_for_one_of_the_connections(server: Server, limits: Any) -> None:
    let_go = threading.Event()

    def hold(exchange: Exchange) -> None:
        let_go.wait(20)
        answer()(exchange)

    server.script(hold)
    with Lightcone(api_key="k", base_url=server.url, limits=limits, max_retries=0) as client:
        first = threading.Thread(target=client.agent.tasks.pause, args=("t1",))
        first.start()
        server.wait_for(1)
        with pytest.raises(APITimeoutError, match="in use for 0.05 s"):
            client.agent.tasks.pause("t2", timeout=tzafon.Timeout(20, pool=0.05))
        let_go.set()
        first.join()


async def test_a_hundred_connections_and_as_many_idle_ones_by_default(server: Server) -> None:
    let_go = threading.Event()

    def hold(exchange: Exchange) -> None:
        let_go.wait(60)
        answer()(exchange)

    server.script(hold)
    async with AsyncLightcone(api_key="k", base_url=server.url, max_retries=0) as client:
        calls = [asyncio.ensure_future(client.agent.tasks.pause(f"t{number}")) for number in range(100)]
        await asyncio.to_thread(server.wait_for, 100)
        with pytest.raises(APITimeoutError, match="in use for 0.05 s"):
            await client.agent.tasks.pause("t100", timeout=tzafon.Timeout(20, pool=0.05))
        let_go.set()
        await asyncio.gather(*calls)
        assert (len(server.requests), server.connections) == (100, 100)
        ended = time.monotonic()
        let_go.clear()
        calls = [asyncio.ensure_future(client.agent.tasks.pause(f"t{number}")) for number in range(100)]
        await asyncio.to_thread(server.wait_for, 200)
        # All of them on connections that were kept, which is for five seconds.
        assert server.connections == 100 or time.monotonic() - ended > 4
        let_go.set()
        await asyncio.gather(*calls)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"proxy": "socks5://user:s3cret@host"}, LightconeError, "proxy.*socks5"),
        ({"proxy": 7}, TypeError, "proxy.*int"),
        ({"ca_bundle": "/no/such/file.pem"}, LightconeError, "CA bundle.*/no/such/file.pem"),
        ({"ca_bundle": Path("/no/such/file.pem")}, LightconeError, "/no/such/file.pem"),
        ({"ca_bundle": NO_PEM}, LightconeError, "CA bundle is damaged"),
        ({"ca_bundle": True}, TypeError, "ca_bundle.*bool"),
        ({"client_certificate": b"s3cret"}, LightconeError, "client certificate has no certificate"),
        ({"client_certificate": (NO_PEM, b"s3cret", 1)}, TypeError, "client_certificate.*3"),
        ({"client_certificate": (NO_PEM, 5)}, TypeError, "client_certificate.*int"),
        ({"limits": 5}, TypeError, "limits.*int"),
        ({"limits": Limits(max_connections=0)}, LightconeError, "max_connections is 0"),
        ({"limits": Limits(max_connections=-1)}, ValueError, "max_connections is -1"),
        ({"limits": Limits(max_keepalive_connections=1.5)}, TypeError, "max_keepalive_connections.*1.5"),  # type: ignore[arg-type]
        ({"limits": Limits(keepalive_expiry=float("nan"))}, ValueError, "keepalive_expiry"),
    ],
)
def test_options_that_cannot_be(arguments: dict[str, Any], error: Any, text: str) -> None:
    for kind in (Lightcone, AsyncLightcone):
        with pytest.raises(error, match=text) as caught:
            kind(**{"api_key": "k", **arguments})
        assert "s3cret" not in str(caught.value)
