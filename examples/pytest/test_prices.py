import re
from typing import Iterator

import pytest
from prices import NoPrice, price_of

from tzafon import InternalServerError, StreamInterruptedError
from tzafon.local import LocalServer


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        server.script(
            re.compile("^Find the price of "),
            events=[{"type": "progress_update", "message": "looking"}],
            steps=[{"wait_ms": 20}, {"finish": "12.50 EUR"}],
        )
        yield server


def test_a_price(server: LocalServer) -> None:
    said: list[str] = []
    assert price_of(server.client(), "a lamp", told=said.append) == 12.5
    assert said == ["looking"]


def test_no_price(server: LocalServer) -> None:
    server.script("Find the price of a moon", steps=[{"fail": {"error_code": "not_found", "result": "no moon for sale"}}])
    with pytest.raises(NoPrice, match="no moon for sale"):
        price_of(server.client(), "a moon")


def test_a_busy_service_is_asked_again(server: LocalServer) -> None:
    server.fail_next("start_stream", status=503, times=2, headers={"retry-after": "0"})
    assert price_of(server.client(), "a lamp") == 12.5


def test_a_broken_service(server: LocalServer) -> None:
    server.fail_next("start_stream", status=500, headers={"x-should-retry": "false"})
    with pytest.raises(InternalServerError):
        price_of(server.client(), "a lamp")


def test_a_connection_that_breaks(server: LocalServer) -> None:
    server.drop_next("start_stream", after_events=1)
    with pytest.raises(StreamInterruptedError):
        price_of(server.client(max_retries=0), "a lamp")
