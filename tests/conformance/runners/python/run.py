"""Does with the Python clients what the fault server says, and hands in what came of it: `run.py sync` or `run.py async`."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import words
from control import Control

import tzafon

AT_ONCE = 8
CANNOT_SYNC = {"cancel": "a blocking call can be given up only from outside of its thread, by Ctrl-C"}


class Sync:
    """Plays one case with `Lightcone`."""

    kind = tzafon.Lightcone

    def __init__(self, control: Control, told: dict[str, Any]) -> None:
        self.control, self.case = control, told["case"]
        self.stream: Any = None
        self.client: Any = None

    def step(self, step: dict[str, Any]) -> dict[str, Any]:
        if "mark" in step:
            self.control.reach(self.case, step["mark"])
        elif "until" in step:
            self.control.until(self.case, step["until"])
        elif "at_once" in step:
            one = {name: value for name, value in step.items() if name != "at_once"}
            with ThreadPoolExecutor(step["at_once"]) as threads:
                return {"each": list(threads.map(self.outcome, [one] * step["at_once"]))}
        elif "call" in step or "request" in step:
            value = words.call(self.client, step)
            if step.get("raw"):
                return words.raw(value, value.read())
            if step.get("pages"):
                return {"result": [task.to_dict() for task in value]}
            if not isinstance(value, tzafon.Stream):
                return words.answer(value)
            self.stream = value
            return {"stream": words.position(value)}
        elif "read" in step:
            return self.read(step["read"])
        elif "result" in step:
            return {"result": self.stream.result(), "stream": words.position(self.stream)}
        elif "close" in step:
            self.stream.close()
        elif "close_client" in step:
            self.client.close()
        elif "drop" in step:
            self.stream = None
        return {}

    def read(self, most: Any) -> dict[str, Any]:
        events: list[Any] = []
        outcome: dict[str, Any] = {"events": events, "ended": False}
        try:
            while most == "all" or len(events) < most:
                events.append(next(self.stream))
        except StopIteration:
            outcome["ended"] = True
        except Exception as error:
            outcome.update(words.error(error))
        return {**outcome, "stream": words.position(self.stream)}

    def outcome(self, step: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.step(step)
        except Exception as error:
            return words.error(error)

    def play(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            self.client = words.client(self.kind, told["client"])
        except Exception as error:
            return [words.error(error) for _ in told["steps"]]
        observed: list[dict[str, Any]] = []
        for step in told["steps"]:
            observed.append(self.outcome(words.with_task(step, observed)))
        if self.stream is not None:
            self.stream.close()
        self.client.close()
        return observed


class Async:
    """Plays one case with `AsyncLightcone`."""

    def __init__(self, control: Control, told: dict[str, Any]) -> None:
        self.control, self.case = control, told["case"]
        self.stream: Any = None
        self.client: Any = None

    async def step(self, step: dict[str, Any]) -> dict[str, Any]:
        if "mark" in step:
            await asyncio.to_thread(self.control.reach, self.case, step["mark"])
        elif "until" in step:
            await asyncio.to_thread(self.control.until, self.case, step["until"])
        elif "at_once" in step:
            one = {name: value for name, value in step.items() if name != "at_once"}
            return {"each": await asyncio.gather(*(self.outcome(one) for _ in range(step["at_once"])))}
        elif "call" in step or "request" in step:
            value = await words.call(self.client, step)
            if step.get("raw"):
                return words.raw(value, await value.read())
            if step.get("pages"):
                return {"result": [task.to_dict() async for task in value]}
            if not isinstance(value, tzafon.AsyncStream):
                return words.answer(value)
            self.stream = value
            return {"stream": words.position(value)}
        elif "read" in step:
            return await self.read(step["read"])
        elif "result" in step:
            return {"result": await self.stream.result(), "stream": words.position(self.stream)}
        elif "close" in step:
            await self.stream.close()
        elif "close_client" in step:
            await self.client.close()
        elif "drop" in step:
            self.stream = None
        return {}

    async def read(self, most: Any) -> dict[str, Any]:
        events: list[Any] = []
        outcome: dict[str, Any] = {"events": events, "ended": False}
        try:
            while most == "all" or len(events) < most:
                events.append(await self.stream.__anext__())
        except StopAsyncIteration:
            outcome["ended"] = True
        except Exception as error:
            outcome.update(words.error(error))
        return {**outcome, "stream": words.position(self.stream)}

    async def outcome(self, step: dict[str, Any]) -> dict[str, Any]:
        doing = asyncio.ensure_future(self.step(step))
        if "cancel_at" in step:
            place = asyncio.ensure_future(asyncio.to_thread(self.control.until, self.case, step["cancel_at"]))
            await asyncio.wait([doing, place], return_when=asyncio.FIRST_COMPLETED)
            doing.cancel()
        try:
            return await doing
        except asyncio.CancelledError:
            return {"cancelled": True}
        except Exception as error:
            return words.error(error)

    async def play(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            self.client = words.client(tzafon.AsyncLightcone, told["client"])
        except Exception as error:
            return [words.error(error) for _ in told["steps"]]
        observed: list[dict[str, Any]] = []
        for step in told["steps"]:
            observed.append(await self.outcome(words.with_task(step, observed)))
        if self.stream is not None:
            await self.stream.close()
        await self.client.close()
        return observed


def run_sync() -> None:
    control = Control("python", CANNOT_SYNC)

    def work() -> None:
        told = control.next(None, [])
        while told["case"] is not None:
            told = control.next(told["case"], Sync(control, told).play(told))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for worker in [threads.submit(work) for _ in range(AT_ONCE)]:
            worker.result()


async def run_async() -> None:
    # Waits for places take a thread each.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(8 * AT_ONCE))
    control = Control("python-async", {})

    async def work() -> None:
        told = await asyncio.to_thread(control.next, None, [])
        while told["case"] is not None:
            observed = await Async(control, told).play(told)
            told = await asyncio.to_thread(control.next, told["case"], observed)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    import native  # noqa: F401

    if sys.argv[1] == "sync":
        run_sync()
    else:
        asyncio.run(run_async())
