"""What older programs look for and what is not here: each says so, and what to use."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from server import Server, answer

import tzafon
from tzafon import AsyncLightcone, Lightcone

NAMES = {
    "DefaultHttpxClient": "proxy, ca_bundle, client_certificate",
    "DefaultAsyncHttpxClient": "proxy, ca_bundle, client_certificate",
    "DefaultAioHttpClient": "proxy, ca_bundle, client_certificate",
    "Transport": "native HTTP client",
    "ProxiesTypes": r"Lightcone\(proxy=",
    "file_from_path": "uploaded",
    "ComputerSession": r"client\.post",
    "ComputerResource": r"client\.post",
}
PARTS = {
    "computers": '"/computers"',
    "computer": '"/computers"',
    "create": '"/computers"',
    "responses": '"/v1/responses"',
    "chat": '"/v1/chat/completions"',
    "models": '"/v1/models"',
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_here_says_what_to_use(name: str) -> None:
    with pytest.raises(ImportError, match=f"tzafon has no '{name}': .*{NAMES[name]}"):
        exec(f"from tzafon import Lightcone, {name}")
    with pytest.raises(AttributeError, match=f"tzafon has no '{name}': .*{NAMES[name]}"):
        getattr(tzafon, name)
    assert not hasattr(tzafon, name) and name not in dir(tzafon)


def test_any_other_name_is_an_error_like_any_other() -> None:
    with pytest.raises(ImportError, match="cannot import name 'Nothing'"):
        exec("from tzafon import Nothing")
    with pytest.raises(AttributeError, match="module 'tzafon' has no attribute 'Nothing'"):
        getattr(tzafon, "Nothing")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tzafon.nothing")


@pytest.mark.parametrize("kind", [Lightcone, AsyncLightcone])
@pytest.mark.parametrize("part", PARTS)
def test_another_part_of_the_service_names_its_route(kind: Any, part: str) -> None:
    client = kind(api_key="k")
    for view in (client, client.with_raw_response, client.with_streaming_response):
        assert not hasattr(view, part)
        with pytest.raises(AttributeError, match=rf"no attribute '{part}': .*client\.agent\.tasks.*client\.(post|get)\({PARTS[part]}"):
            getattr(view, part)
        with pytest.raises(AttributeError, match="no attribute 'nothing'$"):
            view.nothing


async def test_what_it_names_works(client: Lightcone, async_client: AsyncLightcone, server: Server) -> None:
    server.script(answer({"id": "c1"}))
    assert client.post("/computers", cast_to=object, body={"kind": "browser"}) == {"id": "c1"}
    assert await async_client.get("/v1/models", cast_to=object) == {"id": "c1"}
    assert [(request.method, request.target) for request in server.requests] == [("POST", "/computers"), ("GET", "/v1/models")]


@pytest.mark.parametrize("kind", [Lightcone, AsyncLightcone])
def test_a_client_of_httpx_is_refused_with_what_replaces_it(kind: Any) -> None:
    client = kind(api_key="k")
    for call in (lambda **given: kind(api_key="k", **given), client.copy, client.with_options):
        with pytest.raises(TypeError, match="http_client cannot be used.*limits, proxy, ca_bundle, client_certificate"):
            call(http_client=object())
        assert call(http_client=None)
