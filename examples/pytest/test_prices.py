import re

import pytest
from prices import NoPrice, main, price_of

from tzafon import InternalServerError, Lightcone, StreamInterruptedError
from tzafon.local import LocalServer


@pytest.fixture(autouse=True)
def prices(lightcone_server: LocalServer) -> None:
    """What the agent does in every test of this file, unless the test says something else."""
    lightcone_server.script(
        re.compile("^Find the price of "),
        events=[{"type": "progress_update", "message": "looking"}],
        steps=[{"wait_ms": 20}, {"finish": "12.50 EUR"}],
    )


def test_a_price(lightcone: Lightcone) -> None:
    said: list[str] = []
    assert price_of(lightcone, "a lamp", told=said.append) == 12.5
    assert said == ["looking"]


def test_no_price(lightcone_server: LocalServer, lightcone: Lightcone) -> None:
    lightcone_server.script("Find the price of a moon", steps=[{"fail": {"error_code": "not_found", "result": "no moon for sale"}}])
    with pytest.raises(NoPrice, match="no moon for sale"):
        price_of(lightcone, "a moon")


def test_the_whole_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("a lamp") == 0
    assert capsys.readouterr().out == "looking\na lamp: 12.50 EUR\n"


def test_a_busy_service_is_asked_again(lightcone_server: LocalServer, lightcone: Lightcone) -> None:
    lightcone_server.fail_next("start_stream", status=503, times=2, headers={"retry-after": "0"})
    assert price_of(lightcone, "a lamp") == 12.5


def test_a_broken_service(lightcone_server: LocalServer, lightcone: Lightcone) -> None:
    lightcone_server.fail_next("start_stream", status=500, headers={"x-should-retry": "false"})
    with pytest.raises(InternalServerError):
        price_of(lightcone, "a lamp")


def test_a_connection_that_breaks(lightcone_server: LocalServer) -> None:
    lightcone_server.drop_next("start_stream", after_events=1)
    with pytest.raises(StreamInterruptedError):
        price_of(lightcone_server.client(max_retries=0), "a lamp")
