"""What the core tells of requests and streams, as records of the loggers `tzafon.request` and `tzafon.stream`.

`logging` says what it wants to hear; that is asked at the beginning of each call. A program that never loaded it is not made to.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Iterable, Optional

from ._native import pass_on_log, set_log_level

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from logging import Logger

_OFF, _INFO, _DEBUG = range(3)
"""What the native module is told to tell."""

_ROOT = "tzafon"
_ABOUT = ("request", "stream")
_SILENT = ("", "off", "error", "warn", "warning")
_INTERVAL = 0.1
"""Seconds between looks at what there is to log while a wait goes on."""

_loggers: dict[str, Logger] = {}
_wanted = _OFF


def from_environment() -> None:
    """Does what the environment's LIGHTCONE_LOG says: `info` or `debug` are written to standard error, unless the program has
    set up `logging` to go elsewhere."""
    level = os.environ.get("LIGHTCONE_LOG", "").strip().lower()
    if level in _SILENT:
        return
    import logging

    logger = logging.getLogger(_ROOT)
    if level in ("info", "debug", "trace"):
        logging.basicConfig(format="[%(asctime)s - %(name)s - %(levelname)s] %(message)s")
        logger.setLevel(logging.INFO if level == "info" else logging.DEBUG)
    else:
        logger.warning("LIGHTCONE_LOG is %r; the levels there are are off, error, warn, info and debug.", level)


def refresh() -> None:
    """Tells the native module what is wanted, if that has changed."""
    global _wanted
    wanted = _level()
    if wanted != _wanted:
        _wanted = wanted
        set_log_level(wanted)


def _level() -> int:
    logging = sys.modules.get("logging")
    if logging is None:
        return _OFF
    if not _loggers:
        _loggers.update({about: logging.getLogger(f"{_ROOT}.{about}") for about in _ABOUT})
    loggers = _loggers.values()
    if any(logger.isEnabledFor(logging.DEBUG) for logger in loggers):
        return _DEBUG
    return _INFO if any(logger.isEnabledFor(logging.INFO) for logger in loggers) else _OFF


def emit(records: Iterable[tuple[str, int, float, str, str]]) -> None:
    """Logs what the core told. The native module calls it."""
    for about, level, created, message, fields in records:
        logger = _loggers[about]
        if not logger.isEnabledFor(level):
            continue
        record = logger.makeRecord(logger.name, level, "", 0, message, (), None, extra={"fields": json.loads(fields)})
        # It happened before it came here.
        record.relativeCreated -= (record.created - created) * 1000
        record.created = created
        record.msecs = created % 1 * 1000
        logger.handle(record)


class _PassingOn:
    """Looks for something to log again and again, on an event loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._again()

    def _again(self) -> None:
        pass_on_log()
        self._timer: TimerHandle = self._loop.call_later(_INTERVAL, self._again)

    def cancel(self) -> None:
        self._timer.cancel()


def passing_on(loop: AbstractEventLoop) -> Optional[_PassingOn]:
    """Passes on what there is to log while something is awaited, until it is cancelled; None if nothing is to be logged."""
    return None if _wanted == _OFF else _PassingOn(loop)
