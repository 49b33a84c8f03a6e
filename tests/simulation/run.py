"""One seed: a world, and the lives of the app in it, each ended by a crash or a stop; the last one in calm."""

import asyncio
import gc
import math
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bot.postgres_url import PostgresUrl
from tests.simulation import house, inline
from tests.simulation.clock import JumpingLoop, Stuck
from tests.simulation.house import House
from tests.simulation.outcome import Outcome
from tests.simulation.people import Action
from tests.simulation.reproducible import reproducible, silent
from tests.simulation.world import World

LONGEST_SECONDS = 5 * 24 * 3600.0
"""How long the app may take to bring everything to rest once nothing goes wrong any more."""
_LOOK_SECONDS = 30.0
_MEMORY = Path("/dev/shm")
"""A file system in memory, where there is one."""


@dataclass(slots=True)
class _Run:
    world: World
    folder: Path
    outcome: Outcome
    #: A PostgreSQL database in place of the file.
    server: PostgresUrl | None = None
    loops: list[JumpingLoop] = field(default_factory=list)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    connections: list[inline.Connections] = field(default_factory=list)

    def lives(self) -> None:
        """Live, crash, live again; then a last life in calm."""
        world = self.world
        fate = world.chance.stream("fate")
        path = self.folder / "0" / "reel.db"
        path.parent.mkdir()
        for crash_at in _crashes(world):
            stop_after = fate.uniform(1, 900) if _stops(world, fate) else math.inf
            ended = self._life(path, crash_at, stop_after)
            path = path if ended else self._copied(path)
            world.clock.seconds += fate.choice((0.0, 2.0, 30.0, 400.0, 5000.0))
            if ended and world.clock.seconds >= world.calm_at:
                break
        # Let a chaotic life run its course, so that not every run ends its faults with a crash.
        if world.crashes is not None or fate.random() < 0.5:
            self._life(path, None)
        world.chance.calm = True
        world.clock.seconds = max(
            world.clock.seconds, world.slack.removed[1] if world.slack.removed else 0
        )
        self._life(path, None)

    def _life(self, path: Path, crash_at: int | None, stop_after: float = math.inf) -> bool:
        """One process. True when it ended by itself."""
        world = self.world
        if world.slack.is_removed() and world.slack.removed:
            world.clock.seconds = world.slack.removed[
                1
            ]  # the app does not start before it is installed again
        world.lives += 1
        world.trace.add("life", f"{world.lives} begins, crash at {crash_at}")
        loop = JumpingLoop(world.clock, crash_at)
        connections = inline.Connections(world.chance.stream(f"inline {world.lives}"))
        self.loops.append(loop)
        self.connections.append(connections)
        with ExitStack() as stack:
            stack.enter_context(inline.inline(connections))
            if self.server is not None:
                stack.enter_context(self._on_server(connections.random))
            asyncio.set_event_loop(loop)
            main = loop.create_task(self._process(path, stop_after), name="main")
            main.add_done_callback(lambda _: loop.stop())
            try:
                loop.run_forever()
            except Stuck as error:
                world.faults_of_ours.append(f"stuck: {error}")
                loop.crashed = True
        if loop.crashed:
            world.chance.happened("crash")
            world.reka.open_streams.clear()  # the kernel closes them
            self.tasks += asyncio.all_tasks(loop)
            return False
        main.result()
        self._left_open(loop, connections)
        loop.close()
        return True

    def _on_server(self, random: Random) -> AbstractContextManager[None]:
        from tests.simulation import inline_postgres  # only who has installed [scale] has psycopg

        assert self.server is not None
        return inline_postgres.inline(inline_postgres.Server(self.server, random))

    async def _process(self, path: Path, stop_after: float) -> None:
        async with house.opened(self.world, self.server or path) as app:
            await self._until_rest(app, stop_after)
            self.outcome.jobs = await app.jobs()
            self.outcome.files = await app.files(self.outcome.jobs)

    async def _until_rest(self, app: House, stop_after: float) -> None:
        world = self.world
        actions = world.people.actions
        world.people.come_back(world.clock.seconds)
        end = world.clock.seconds + LONGEST_SECONDS if world.chance.calm else world.calm_at
        end = min(end, world.clock.seconds + stop_after)
        deliveries: set[asyncio.Task[None]] = set()
        while world.clock.seconds < end and app.breaker.reason is None:
            while actions and actions[0].at <= world.clock.seconds:
                deliveries.add(asyncio.create_task(self._deliver(app, actions.pop(0))))
            if not actions and all(map(asyncio.Task.done, deliveries)) and await app.at_rest():
                break
            if world.chance.calm:
                self.outcome.look_at(await app.jobs())
            next_one = actions[0].at - world.clock.seconds if actions else math.inf
            await asyncio.sleep(max(0.0, min(_LOOK_SECONDS, next_one)))
        await asyncio.gather(*deliveries)

    async def _deliver(self, app: House, action: Action) -> None:
        world = self.world
        payload = action.payload or world.people.press(world.slack, action.request)
        if payload is None:
            return
        if "message" in payload and "callback_id" in payload:
            world.slack.write(payload["channel"]["id"], payload["message"])
        if "response_url" in payload and action.request not in world.people.delivered:
            # Asked while the app was away, so asked again now: a response_url counts from here.
            payload["response_url"] = (
                f"https://slack.example/hooks/{action.request}/{world.clock.seconds}"
            )
        world.people.delivered[action.request] = payload
        world.trace.add("people", f"{action.request} delivered: {_named(payload)}")
        world.people.answered(action, await app.deliver(payload), world.clock.seconds)
        view = world.slack.views.pop(str(payload.get("trigger_id")), None)
        if view and view.get("callback_id"):
            user = payload["user"]["id"]
            world.people.submit(world.reka, view, user, action.request, world.clock.seconds)

    def _copied(self, path: Path) -> Path:
        """What a killed process leaves: the database and its log, as they are on the disk."""
        if self.server is not None:
            return path
        target = self.folder / str(self.world.lives) / path.name
        target.parent.mkdir()
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            if source.exists():
                shutil.copyfile(source, target.with_name(path.name + suffix))
        return target

    def _left_open(self, loop: JumpingLoop, connections: inline.Connections) -> None:
        left = [f"task {task.get_name()}" for task in asyncio.all_tasks(loop)]
        left += ["a database connection"] * connections.left_open()
        left += ["a stream from Reka"] * len(self.world.reka.open_streams)
        self.outcome.left_open += left

    def dispose(self) -> None:
        """Let go of what the crashed lives left, without a word."""
        for connections in self.connections:
            connections.drop()
        for task in self.tasks:
            quiet: Any = task
            quiet._log_destroy_pending = False
            with suppress(BaseException):
                quiet.get_coro().close()
        for loop in self.loops:
            loop_: Any = loop
            loop_._ready.clear()
            loop_._scheduled.clear()
            with suppress(RuntimeError):
                loop.close()
        self.tasks.clear()
        self.loops.clear()


def _stops(world: World, fate: Random) -> bool:
    """Whether a life is stopped in order instead, as a supervisor does."""
    if world.crashes is not None or fate.random() > 0.2:
        return False
    world.chance.happened("stopped in order")
    return True


def _named(payload: dict[str, Any]) -> str:
    if "command" in payload:
        return str(payload["text"])
    if payload["type"] == "message_action":
        return f"{payload['callback_id']} {payload['message']['text']}"
    if payload["type"] == "view_submission":
        return str(payload["view"]["callback_id"])
    return f"{payload['actions'][0]['action_id']} {payload['actions'][0]['value']}"


def _crashes(world: World) -> tuple[int, ...]:
    """The step at which each life is to crash: early ones as likely as late ones, on a scale of magnitudes."""
    if world.crashes is not None:
        return world.crashes
    random = world.chance.stream("crashes")
    number = random.choice((0, 1, 1, 2, 3, 6))
    return tuple(int(math.exp(random.uniform(0, math.log(12_000)))) for _ in range(number))


def run(seed: int, rates: Mapping[str, float] | None = None) -> Outcome:
    """Run one seed to its end; `rates` fixes how often some kinds of fault happen."""
    return lived(World.of(seed, rates or {}))


def lived(world: World, server: PostgresUrl | None = None) -> Outcome:
    """Run the app in this world, on an SQLite file or on a PostgreSQL database."""
    outcome = Outcome(world)
    base = _MEMORY if _MEMORY.is_dir() else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=base)))
        stack.enter_context(reproducible(world))
        this = _Run(world, folder, outcome, server)
        try:
            this.lives()
            world.trace.lines += _rows(outcome)
            outcome.digest = world.trace.digest()
        finally:
            with silent():
                this.dispose()
                del this
                gc.collect()
    return outcome


def _rows(outcome: Outcome) -> list[str]:
    return [repr(job) for job in outcome.jobs] + [repr(files) for files in outcome.files.items()]
