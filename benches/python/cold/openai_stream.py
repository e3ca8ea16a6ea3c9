"""From nothing to the first event, with the openai package. Prints when it came."""

import sys
import time

from openai import OpenAI, Stream

client = OpenAI(api_key="sk_bench", base_url=sys.argv[1])
body = {"instruction": "events=2 pace_ms=3"}
for event in client.post("/agent/tasks/stream", cast_to=object, body=body, stream=True, stream_cls=Stream[object]):
    print(time.time_ns())
    break
