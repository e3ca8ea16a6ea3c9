"""The guide's programs, in Python, asyncio and TypeScript, on a local server with a real browser."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "tests/compat/programs"
BUILT = ROOT / "bindings-node/build/compat"
SCREENSHOTS = ROOT / "demo-screenshots"


def title(text: str) -> None:
    print(f"\n\033[1m--- {text}\033[0m", flush=True)


def run(text: str, command: list[str], environment: dict[str, str]) -> None:
    title(text)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=300)


def main() -> int:
    key = "sk_demo_" + secrets.token_hex(8)
    environment = {**os.environ, "TZAFON_API_KEY": key}
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    options = ["--port", "0", "--web", "demo", "--pace", "400", "--screenshots", str(SCREENSHOTS), "--data", ":memory:"]
    title("The local server: a real Chromium on a small web that needs no network")
    server = subprocess.Popen([sys.executable, "-m", "tzafon", "serve", *options], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        first = server.stdout.readline()
        print(first, end="", flush=True)
        found = re.search(r"http://\S+", first)
        if not found:
            print("the server did not start", file=sys.stderr)
            return 1
        environment["LIGHTCONE_BASE_URL"] = found.group()
        run("Python: start and poll, pause, resume, inject a message, stream", [sys.executable, "-u", str(PROGRAMS / "guide.py")], environment)
        run("Python, asyncio: the same", [sys.executable, "-u", str(PROGRAMS / "guide_async.py")], environment)
        run("TypeScript: the same", ["node", str(BUILT / "guide.mjs")], environment)
    finally:
        server.terminate()
        server.communicate(timeout=15)
    pictures = sorted(SCREENSHOTS.rglob("*.png"))
    title("Done: nothing is left running")
    print(f"{len(pictures)} screenshots of what the agent saw: {SCREENSHOTS.relative_to(ROOT)}/")
    print("Next, try one of these:")
    lightcone = Path(sys.executable).parent.relative_to(ROOT) / "lightcone"
    print(f'  {lightcone} run "Search for Rust on Wikipedia and read the first paragraph" --web demo')
    print(f"  {lightcone} serve --web demo        # then run your own program against it")
    print("  make test")
    return 0 if pictures else 1


if __name__ == "__main__":
    sys.exit(main())
