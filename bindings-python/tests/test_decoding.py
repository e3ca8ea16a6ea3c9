"""Events are decoded by a faster parser: each must be just what `json.loads` makes of the same text."""

from __future__ import annotations

import json
import random
from typing import Any

from conftest import Follow
from server import Server, stream

HARD = [
    "0", "-0", "-0.0", "0.1", "1e5", "1E+5", "1e-400", "1e400", "-1e400", "123456789012345678901234567890", "-9223372036854775809",
    "9223372036854775808", "18446744073709551616", "0.1e-6", "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308",
    "9007199254740993", "9007199254740993.0", "0.30000000000000004", "1" * 400, "1" * 400 + ".5", '""', '"\\u0000"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"',
    '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00\\ud83d"', '"\\uD83D\\u0041"', '"\U0001f600"', '"\x7f"', '{"a":1,"a":2}',
    '{"a":1,"b":2,"a":[3]}', '{"":{"":{}}}', '{"\\ud800":1}', '{"a":NaN,"b":-Infinity}', " [ 1 , 2 ] ", "\t{}", '{"type":null}', "[]",
    "[[[[[]]]]]", "[" * 199 + "]" * 199, "[" * 201 + "]" * 201, '{"a":' * 250 + "1" + "}" * 250, "true", "false", "null",
    '"' + "x" * 70 + '"', '"' + "é" * 40 + '"', '{"k":"v","k2":"v"}',
]  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types, signs and order throughout."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


def some_text(rng: random.Random) -> str:
    alphabet = 'aZ09 "\\/\b\n\t\x00\x1f\x7fäß€\u2028\ud800\udfff😀\ufeff'
    return "".join(rng.choice(alphabet) for _ in range(rng.choice([0, 1, 3, 10, 80])))


def some_number(rng: random.Random) -> str:
    whole = rng.choice(["0", str(rng.randrange(10)), str(rng.getrandbits(rng.randrange(1, 200)))])
    fraction = rng.choice(["", "", f".{rng.getrandbits(rng.randrange(1, 80))}", ".0"])
    exponent = rng.choice(["", "", "", f"e{rng.randrange(-330, 330)}", f"E+{rng.randrange(300)}"])
    return rng.choice(["", "-"]) + whole + fraction + exponent


def some_json(rng: random.Random, depth: int = 0) -> str:
    """Any JSON, in any spelling that Python reads."""
    space = rng.choice(["", "", " ", "\t "])
    kind = rng.randrange(7 if depth < 4 else 5)
    if kind == 0:
        return some_number(rng)
    if kind in (1, 2):
        return json.dumps(some_text(rng))
    if kind == 3:
        return rng.choice(["true", "false", "null", "NaN", "Infinity", "-Infinity"])
    if kind == 4:
        text = some_text(rng).encode("utf-8", "ignore").decode()
        return json.dumps(text, ensure_ascii=False)
    if kind == 5:
        return "[" + f"{space},{space}".join(some_json(rng, depth + 1) for _ in range(rng.randrange(5))) + "]"
    keys = [json.dumps(rng.choice(["a", "b", some_text(rng)])) for _ in range(rng.randrange(6))]
    return "{" + ",".join(f"{space}{key}{space}:{space}{some_json(rng, depth + 1)}" for key in keys) + space + "}"


async def test_each_event_is_what_json_loads_makes_of_it(server: Server, follow: Follow) -> None:
    rng = random.Random(20261124)
    texts = HARD + [some_json(rng) for _ in range(4000)]
    server.script(stream(b"".join(b"data:" + text.encode() + b"\n\n" for text in texts)))
    followed = await follow()
    assert followed.error is None
    assert len(followed.events) == len(texts)
    for text, event in zip(texts, followed.events):
        assert same(event, json.loads(text)), text


async def test_what_json_loads_refuses_is_refused(server: Server, follow: Follow) -> None:
    rng = random.Random(1)
    refused = 0
    for _ in range(150):
        text = some_json(rng)
        at = rng.randrange(len(text))
        broken = text[:at] + rng.choice(["", ",", "}", "x", "\x01", '"', "]", "-", "."]) + text[at + 1 :]
        try:
            expected = json.loads(broken)
        except ValueError:
            refused += 1
            expected = ValueError
        if not broken.strip():
            continue
        server.script(stream(b"data:" + broken.encode() + b"\n\n"))
        followed = await follow()
        if expected is ValueError:
            assert followed.error is not None and followed.events == [], broken
        else:
            assert followed.error is None and same(followed.events, [expected]), broken
    assert refused > 50
