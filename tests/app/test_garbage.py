"""The collector of cyclic garbage leaves alone what stands, and still frees what goes."""

import subprocess
import sys

SCRIPT = """
import gc, weakref
from bot.garbage import collected_seldom

class Knot:
    def __init__(self):
        self.self = self

standing = [Knot() for _ in range(1000)]
collected_seldom()
assert gc.get_freeze_count() > 1000
gone = weakref.ref(Knot())
kept = []
while gone() is not None:
    assert len(kept) < 1_000_000, "a knot that nobody holds is never freed"
    kept.append(Knot())
print(len(kept))
"""


def test_what_stands_at_the_start_is_left_alone_and_a_knot_nobody_holds_is_freed() -> None:
    done = subprocess.run(  # noqa: S603  our own script
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 1_000, "it would be gone through as often as Python does it"
