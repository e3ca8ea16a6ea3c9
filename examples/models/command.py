"""Clicks what the instruction names in double quotes. `lightcone run` starts it, once for each task:

lightcone run 'Click "Learn more"' --start-url https://example.com --model 'command:python3 command.py'
"""

import json
import re
import sys


def decide(seen):
    if seen["results"]:  # of the click
        failed = [result["text"] for result in seen["results"] if result["failed"]]
        return {"fail": failed[0]} if failed else {"done": f"Clicked. The page is now {seen['title']!r}, {seen['url']}."}
    wanted = [name.lower() for name in re.findall('"(.+?)"', seen["instruction"])]
    for element in seen["elements"]:
        if element["name"].lower() in wanted:
            x, y = element["x"] + element["width"] / 2, element["y"] + element["height"] / 2
            return {"text": f"That is the {element['role']}.", "actions": [{"type": "click", "x": x, "y": y}]}
    return {"fail": f"Nothing on {seen['url']} is called {' or '.join(wanted) or 'anything, as nothing is in quotes'}."}


for line in sys.stdin:
    print(json.dumps(decide(json.loads(line))), flush=True)
