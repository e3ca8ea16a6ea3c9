"""One reading: a fresh process with one client, which does some jobs and prints what they took.

    python child.py CLIENT sync|async URL JOBS

`benches/README.md` says what a job is and what comes of it.
"""

from __future__ import annotations

import importlib
import json
import sys

from memory import resident


def main() -> None:
    name, mode, url, jobs = sys.argv[1:]
    # Whatever a client needs is loaded between these two, and nothing else.
    bare = resident()
    client = importlib.import_module(f"clients.{name}")
    imported = resident()
    if mode == "sync":
        import sync_jobs

        first_call, results = sync_jobs.run(client.Sync(url), json.loads(jobs))
    else:
        import asyncio

        import async_jobs

        first_call, results = asyncio.run(async_jobs.run(client.Async, url, json.loads(jobs)))
    memory = {"bare": bare, "import": imported, "first_call": first_call}
    print(json.dumps({"results": results, "memory": memory}))


if __name__ == "__main__":
    main()
