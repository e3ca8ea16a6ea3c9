"""Other interpreters within the process: the package says that it is of no use there."""

from __future__ import annotations

from programs import run

PROGRAM = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

inner = '''
try:
    from tzafon import Lightcone
except ImportError as error:
    print(type(error).__name__, error, flush=True)
else:
    print("loaded", flush=True)
'''

def inside(*flags):
    interpreter = interpreters.create(*flags)
    interpreters.run_string(interpreter, inner)
    interpreters.destroy(interpreter)

{before}
inside()
if sys.version_info >= (3, 13):
    inside("legacy")
from tzafon import Lightcone
Lightcone(api_key="k")
print("works")
"""


def test_a_subinterpreter_gets_an_error_that_says_so() -> None:
    for before in ("", "import tzafon._native"):
        *refused, works = run(PROGRAM.format(before=before), warnings="ignore").splitlines()
        assert works == "works"
        assert refused and all(text.startswith("ImportError") and "subinterpreters" in text for text in refused)
