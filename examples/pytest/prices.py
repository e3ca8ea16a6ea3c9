"""A program that asks an agent for prices: `python prices.py "a lamp"`."""

from __future__ import annotations

import sys
from typing import Callable

from tzafon import Lightcone


class NoPrice(Exception):
    """The agent found none."""


def price_of(client: Lightcone, product: str, *, told: Callable[[str], None] = print) -> float:
    """The price of a product in euros; `told` hears how it goes."""
    with client.agent.tasks.start_stream(instruction=f"Find the price of {product}", kind="browser") as stream:
        for event in stream:
            if event["type"] == "progress_update":
                told(event["message"])
            elif event["type"] == "completed":
                return float(event["result"].split()[0])
            elif event["type"] == "failed":
                raise NoPrice(event["result"])
    raise NoPrice("the stream ended without a result")


def main(product: str) -> int:
    """Prints the price, or why there is none, and gives the exit code."""
    with Lightcone() as client:
        try:
            print(f"{product}: {price_of(client, product):.2f} EUR")
        except NoPrice as error:
            print(f"{product}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
