"""Gives the clients of the package the scale of time, for which it has no option. Importing this is enough."""

from __future__ import annotations

import json
from typing import Any

import words

from tzafon import _base_client as package


class _Native:
    """In place of the package's native client: its settings have the scale."""

    _new = package.NativeClient

    def __init__(self, text: bytes) -> None:
        self._native = self._new(self._scaled(text))

    @staticmethod
    def _scaled(text: bytes) -> bytes:
        return json.dumps({**json.loads(text), "scale": words.scale.get()}).encode()

    def sharing(self, text: bytes) -> Any:
        return self._native.sharing(self._scaled(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


package.NativeClient = _Native  # type: ignore[assignment,misc]
