"""What is measured: groups of jobs, each group done by one process of each of its clients in every round."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clients import ASYNC, BARE, IN_NODE, LANES, OURS, REFERENCE, RUST, SYNC, Client, of

MIB = 1 << 20
# The most events of a stream, which lies rendered in the mock server.
MOST = {200: 100_000, 2_000: 30_000, 100_000: 1_000, 10 * MIB: 1}
SIZES = {200: "200 B", 2_000: "2 KB", 100_000: "100 KB"}
MANY = 50
GROWING_SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10 * MIB)
GROWING_STREAMS = (1, 10, 100, 1_000, 4_000)


@dataclass
class Group:
    """Jobs by the name of their case, and who does them."""

    jobs: dict[str, dict[str, Any]]
    clients: list[Client]
    # Seconds for one process.
    limit: float = 20
    # `jobs`, or `import` or `cold`, where the process itself is what is timed.
    kind: str = "jobs"
    # Jobs that only some lanes do.
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def jobs_of(self, client: Client) -> dict[str, dict[str, Any]]:
        return {name: job for name, job in self.jobs.items() if client.lane in self.only.get(name, (client.lane,))}


def stream_case(size: int, per_chunk: int) -> str:
    return SIZES[size] + (", many per chunk" if per_chunk > 1 else "")


def stream_job(size: int, per_chunk: int, seconds: float) -> dict[str, Any]:
    return {"kind": "stream", "size": size, "per_chunk": per_chunk, "most": MOST.get(size, 32 * MIB // size), "seconds": seconds}


def paced_job(streams: int, events: int, pace_ms: int) -> dict[str, Any]:
    """With a time, in seconds, after which the streams that have not ended count as failed."""
    return {"kind": "paced", "streams": streams, "events": events, "pace_ms": pace_ms, "limit": 6}


# Who follows many streams at once: each takes seconds, however fast it is.
FOLLOWERS = {ASYNC: (OURS, "vendor", "aiohttp"), IN_NODE: (OURS, "undici", "openai")}


def _who(quick: bool, lane: str) -> list[Client]:
    return of(lane, OURS, REFERENCE[lane]) if quick else of(lane)


def groups(quick: bool) -> list[Group]:
    """All of it; quick: ours and the reference alone, for a shorter time, and without the growth."""
    seconds = 0.1 if quick else 0.15
    everyone = [client for lane in LANES for client in _who(quick, lane)]
    limits = of(RUST, "reqwest") if quick else of(RUST)
    unary = {f"unary, {text}": {"kind": "unary", "callers": callers, "seconds": seconds} for text, callers in UNARY.items()}
    only = {"unary, 8 threads": (SYNC,), "unary, 64 at once": (ASYNC, IN_NODE)}
    first = {"first event": {"kind": "first", "times": 10 if quick else 20}}
    at_once = (200,) if quick else (200, 1_000)
    followers = [client for lane in FOLLOWERS for client in (_who(quick, lane) if quick else of(lane, *FOLLOWERS[lane]))]
    all_groups = [
        *(
            Group({stream_case(size, per_chunk): stream_job(size, per_chunk, seconds) for per_chunk in (1, MANY)}, everyone + limits)
            for size in SIZES
        ),
        Group({"10 MiB": stream_job(10 * MIB, 1, seconds)}, everyone + limits),
        Group({**unary, **first}, everyone, only=only),
        Group({"import": {}}, [*_who(quick, SYNC), Client(SYNC, "bare", ".venv")], kind="import"),
        Group({"cold": {}}, [*_who(quick, SYNC), *_who(quick, IN_NODE)], kind="cold"),
        *(
            Group({f"{streams:,} streams": paced_job(streams, 6 if quick else 16, 100)}, followers) for streams in at_once
        ),
    ]
    if not quick:
        sizes = {f"growth, {size:,} B": stream_job(size, 1, 0.1) for size in GROWING_SIZES}
        streams = {f"growth, {count:,} streams": paced_job(count, 3, 200) for count in GROWING_STREAMS}
        all_groups += [
            Group(sizes, [*of(SYNC, OURS, "vendor"), *of(IN_NODE, OURS), BARE]),
            Group(streams, [*of(ASYNC, OURS), *of(IN_NODE, OURS)], limit=40),
        ]
    return all_groups


UNARY = {"1 caller": 1, "8 threads": 8, "64 at once": 64}
