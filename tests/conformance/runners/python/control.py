"""The fault server, as a runner talks to it."""

from __future__ import annotations

import json
import math
import os
import urllib.error
import urllib.request
from typing import Any

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _plain(value: Any) -> Any:
    """The value without what only Python has in JSON: lone surrogates, NaN and infinity."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


class Control:
    """One run on the fault server."""

    def __init__(self, runner: str, cannot: dict[str, str]) -> None:
        self._url = os.environ["LIGHTCONE_CONFORMANCE"]
        run = self.post("/runs", {"runner": runner, "cannot": cannot})["run"]
        self._url += f"/runs/{run}"

    def post(self, path: str, body: object) -> Any:
        text = json.dumps(_plain(body), default=str)
        request = urllib.request.Request(self._url + path, text.encode(), {"Content-Type": "application/json"})
        try:
            with _OPENER.open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()}") from None

    def next(self, case: object, observed: object) -> Any:
        """Hands in a case, and gets the next."""
        return self.post("/next", {"case": case, "observed": observed})

    def reach(self, case: object, place: str) -> None:
        self.post(f"/cases/{case}/reach/{place}", {})

    def until(self, case: object, place: str) -> None:
        """Waits until the server has reached that place."""
        self.post(f"/cases/{case}/until/{place}", {})
