"""Does with the released vendor client, sync, what the fault server says, as far as that client has words for it.

What comes of it is for information and holds nothing up: a case has `LIMIT` seconds, all of them have `ALL`.
It needs a Python that has `tzafon==2.44.1` installed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from typing import Any

import words
from control import Control
from run import CANNOT_SYNC, Sync

import tzafon
from tzafon import _constants

PROCESSES = 6
LIMIT = 6.0
ALL = 55.0

_NO_OPERATION = "it has no such operation"
_NO_OPTION = "it takes this by an HTTP client of the program's own only"
_NO_MEMBER = "its errors and streams have no such member"
CANNOT = {
    **CANNOT_SYNC,
    **{f"operation {name}": _NO_OPERATION for name in ("cancel", "events", "list", "run", "wait")},
    **{name: _NO_OPTION for name in ("ca_bundle", "client_certificate", "limits", "pem_file", "proxy")},
    **{f"member {name}": _NO_MEMBER for name in ("attempts", "computer_id", "event_name", "last_event_id", "task_id", "terminal_event")},
    "encoding br": "it takes Brotli only where a program installs it",
    "event_timeout": "it has no limit for the time without an event",
    "result": "its streams have no result",
}


class OutOfTime(BaseException):
    """A case has taken `LIMIT` seconds. The client's retries do not catch it."""


class Scaled(tzafon.Lightcone):
    """Waits between attempts are shortened as ours are. It has clocks of its own, so that its timeouts are shortened instead."""

    def __init__(self, **options: Any) -> None:
        clock = words.scale.get()["clock"]
        if clock != 1:
            limits = tzafon.Timeout(options.get("timeout", _constants.DEFAULT_TIMEOUT)).as_dict()
            options["timeout"] = tzafon.Timeout(**{name: limit and limit * clock for name, limit in limits.items()})
        super().__init__(**options)

    def _calculate_retry_timeout(self, *args: Any, **named: Any) -> float:
        return super()._calculate_retry_timeout(*args, **named) * words.scale.get()["backoff"]


class Vendor(Sync):
    """Plays one case with the vendor's client."""

    kind = Scaled

    def read(self, most: Any) -> dict[str, Any]:
        outcome = super().read(most)
        # A task's id is to be had from its events only.
        ids = [event["task_id"] for event in outcome["events"] if isinstance(event, dict) and "task_id" in event]
        return {**outcome, "stream": {"task_id": ids[-1] if ids else None}}

    def play(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        # Again and again, as it is lost where Python ignores exceptions.
        signal.setitimer(signal.ITIMER_REAL, LIMIT, 1)
        try:
            return super().play(told)
        except OutOfTime:
            return [words.error(TimeoutError(f"it was not done in {LIMIT:g} s"))] * len(told["steps"])
        except Exception as error:
            return [words.error(error)] * len(told["steps"])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for part in (self.stream, self.client):
                if part is not None:
                    part.close()


def out_of_time(*_: object) -> None:
    raise OutOfTime


def work(control: Control, until: float) -> None:
    signal.signal(signal.SIGALRM, out_of_time)
    told = control.next(None, [])
    while told["case"] is not None and time.monotonic() < until:
        told = control.next(told["case"], Vendor(control, told).play(told))


def run() -> bool:
    control = Control("python-vendor", CANNOT)
    until = time.monotonic() + ALL
    # The limit of a case is an alarm, and a process has one.
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=work, args=(control, until)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return all(process.exitcode == 0 for process in processes)


if not hasattr(os, "fork"):
    sys.exit("There are no alarms and no forks on Windows: the vendor's client is left out.")
sys.exit(not run())
