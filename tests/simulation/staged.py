"""Worlds that a test sets up by hand: given asks, given faults, given crashes."""

from collections.abc import Mapping

from tests.simulation.chance import EVERY
from tests.simulation.people import Action, command
from tests.simulation.world import Dialect, World

USERS = ("UANN", "UBOB", "UCAT")


def staged(
    seed: int,
    rates: Mapping[str, float],
    *,
    asks: tuple[str, ...] = ("the best",),
    presses: tuple[float, ...] = (),
    crashes: tuple[int, ...] | None = (),
    dialect: Dialect = "reels",
    limit: int = 10,
) -> World:
    """A world in which one person each asks for these things at once, and only these faults happen.

    `presses` are seconds at which somebody presses a button; `crashes` None draws them as ever.
    """
    world = World.of(seed, {EVERY: 0.0, **rates})
    world.dialect, world.reka.lists = dialect, dialect == "clips"
    world.reka.limit, world.reka.window = limit, 1200.0
    world.people.actions = []
    for number, (ask, user) in enumerate(zip(asks, USERS, strict=False)):
        payload = command(
            f"{number}", 1.0, "CONE", user, f"https://example.com/v.mp4 {ask} clips:2"
        )
        world.people.plan_one(Action(1.0, f"{number}", payload))
    for number, at in enumerate(presses):
        world.people.plan_one(Action(at, f"press{number}"))
    world.calm_at = 1800.0
    world.crashes = crashes
    return world
