"""From nothing to the first event, with httpx and httpx-sse. Prints when it came."""

import sys
import time

import httpx
from httpx_sse import connect_sse

client = httpx.Client(base_url=sys.argv[1])
with connect_sse(client, "POST", "/agent/tasks/stream", json={"instruction": "events=2 pace_ms=3"}) as source:
    for event in source.iter_sse():
        event.json()
        print(time.time_ns())
        break
