"""The programs carry the guide's snippets word for word."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def lines(text: str) -> "list[str]":
    """The lines without indentation, blank lines, and the space before a comment."""
    return [re.sub(r"\s+#", " #", line.strip()) for line in text.splitlines() if line.strip()]


def synchronous(text: str) -> str:
    """What an asyncio program says beyond the guide's own words, taken away."""
    return text.replace("async for", "for").replace("await ", "").replace("AsyncLightcone", "Lightcone").replace("async def", "def")


@pytest.mark.parametrize(
    ("program", "language"),
    [("guide.py", "python"), ("guide_async.py", "python"), ("guide.mts", "typescript")],
)
def test_word_for_word(program: str, language: str) -> None:
    text = (HERE / "programs" / program).read_text(encoding="utf-8")
    written = lines(synchronous(text) if program == "guide_async.py" else text)
    snippets = sorted((HERE / "snippets" / language).iterdir())
    assert len(snippets) == 5
    for snippet in snippets:
        wanted = lines(snippet.read_text(encoding="utf-8"))
        imports, rest = [w for w in wanted if w.startswith("from ")], [w for w in wanted if not w.startswith("from ")]
        assert all(line in written for line in imports)
        places = range(len(written) - len(rest) + 1)
        assert any(written[at : at + len(rest)] == rest for at in places), f"{snippet.name} does not stand in {program}"
