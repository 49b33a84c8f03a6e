"""All that outlives a crash of the app: time, the two services, the people, and what chance has in store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.clock import Clock as AppClock
from tests.simulation.chance import Chance, Trace
from tests.simulation.clock import Clock
from tests.simulation.people import People
from tests.simulation.reka import Reka
from tests.simulation.slack import Channel, Slack

Dialect = Literal["reels", "clips"]
# (limit, hours): short windows stand for the real one, so that most runs need not live through days.
_QUOTAS = ((10, 24), (10, 24), (10, 24), (3, 0.5), (2, 0.3), (1, 0.2))


@dataclass(slots=True)
class World:
    """The world of one seed."""

    seed: int
    clock: Clock
    trace: Trace
    chance: Chance
    reka: Reka
    slack: Slack
    people: People
    dialect: Dialect
    #: The second from which on nothing goes wrong any more.
    calm_at: float
    lives: int = 0
    #: How far the app's clock was off in each life, in milliseconds: its wall clock is looked at when it starts.
    offsets: list[int] = field(default_factory=list)
    #: At which step each life but the last one ends; drawn when it is None.
    crashes: tuple[int, ...] | None = None
    #: Errors that the app logged with a traceback, and what else no run should see.
    faults_of_ours: list[str] = field(default_factory=list)

    def begun(self) -> AppClock:
        """The clock of a life that begins."""
        self.offsets.append(self.clock.wall_ms() - self.clock.true_ms())
        return AppClock(self.clock.wall_ms, self.clock.true_ms)

    @classmethod
    def of(cls, seed: int, rates: Mapping[str, float]) -> "World":
        """Draw a world; `rates` fixes how often some kinds of fault happen."""
        clock = Clock()
        trace = Trace(clock)
        chance = Chance(seed, trace, rates=dict(rates))
        random = chance.stream("house")
        channels = [
            Channel("CONE"),
            Channel("CTWO"),
            Channel("CTHREE", member=random.random() >= chance.rate("slack.not a member")),
            Channel("CFOUR", public=False),
        ]
        if random.random() < chance.rate("slack.archived"):
            channels[3].archived_at = random.uniform(0, 2400)
        slack = Slack(clock, chance, {channel.id: channel for channel in channels})
        slack.refuses_plans = random.random() < chance.rate("slack.refuses plans")
        if random.random() < chance.rate("slack.app removed") / 4:
            since = random.uniform(0, 3600)
            slack.removed = (since, since + random.uniform(60, 7200))
            chance.faults["slack.app removed"] += 1
        if random.random() < chance.rate("clock.jumps"):
            clock.jumps = _jumps(chance)
        people = People(chance)
        people.plan(channels)
        calm_at = people.actions[-1].at + random.choice((120, 600, 3600))
        if slack.removed:
            calm_at = max(calm_at, slack.removed[1])
        dialect: Dialect = "reels" if random.random() < 0.5 else "clips"
        limit, hours = random.choice(_QUOTAS)
        reka = Reka(clock, chance, limit, hours * 3600.0)
        if random.random() < chance.rate("reka.key revoked"):
            since = random.uniform(0, 1200)
            reka.revoked = (since, since + random.choice((60, 2000, 5000)))
            chance.faults["reka.key revoked"] += 1
        reka.lists = dialect == "clips" or random.random() < 0.5
        return cls(seed, clock, trace, chance, reka, slack, people, dialect, calm_at)


def _jumps(chance: Chance) -> list[tuple[float, int]]:
    random = chance.stream("clock")
    size = random.choice((2_000, 180_000, 10_800_000))
    times = sorted(random.uniform(0, 3600) for _ in range(random.randint(1, 3)))
    chance.faults["clock.jumps"] += len(times)
    return [(at, random.randint(-size, size)) for at in times]
