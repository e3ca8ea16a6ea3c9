"""From nothing to the first event, with whichever `tzafon` is installed. Prints when it came."""

import sys
import time

from tzafon import Lightcone

client = Lightcone(api_key="sk_bench", base_url=sys.argv[1])
for event in client.agent.tasks.start_stream(instruction="events=2 pace_ms=3"):
    print(time.time_ns())
    break
