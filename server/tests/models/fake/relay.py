"""A program that drives a task: hands each line on to the endpoint of the first argument."""

import sys
import urllib.request

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for line in sys.stdin:
    request = urllib.request.Request(sys.argv[1], line.encode(), {"Content-Type": "application/json"})
    with direct.open(request) as answer:
        print(answer.read().decode(), flush=True)
