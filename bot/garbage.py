"""Python's collector of cyclic garbage, set for a process that holds thousands of streams.

As Python sets it, it goes through every live object whenever a quarter more have come: with 5,000 streams that was half
of what an event cost. Now it waits for half a million, some 50 MB, and leaves alone what was there at the start.
"""

import gc

ALLOCATIONS = (5_000, 10, 10)
"""Objects that have come since before the youngest are gone through; and how often before the older ones are, too."""


def collected_seldom() -> None:
    """Call it once, when the app is about to run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*ALLOCATIONS)
