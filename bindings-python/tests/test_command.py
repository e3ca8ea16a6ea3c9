"""The package's command, `lightcone` or `python -m tzafon`."""

from __future__ import annotations

import signal

import pytest
from programs import posix, python
from server import DEADLINE

import tzafon
from tzafon import Lightcone, NotFoundError


def test_the_command_says_its_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    from tzafon._native import run_cli

    assert run_cli(["--version"]) == 0
    assert tzafon.__version__ in capfd.readouterr().out
    assert run_cli(["--no-such-option"]) == 2
    assert "--no-such-option" in capfd.readouterr().err


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server(number: signal.Signals) -> None:
    with python("-m", "tzafon", "serve", "--port", "0", "--data", ":memory:") as process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if "http://" in line)
        with pytest.raises(NotFoundError):
            Lightcone(api_key="sk_secret", base_url=said[said.index("http://") :].split()[0]).agent.tasks.pause("t1")
        process.send_signal(number)
        assert process.wait(DEADLINE) == 0
