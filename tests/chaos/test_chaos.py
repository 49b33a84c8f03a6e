"""A small run of the real thing; `python -m tests.chaos --cycles 200` is the long one."""

from pathlib import Path

from tests.chaos.run import WISHES_A_CYCLE, run


async def test_nothing_is_spent_twice_or_lost_when_everything_is_killed(tmp_path: Path) -> None:
    told: list[str] = []
    report = await run(tmp_path, cycles=2, seed=5, tell=told.append)
    assert report.violations == []
    assert report.jobs >= 2 * WISHES_A_CYCLE
    assert report.kills.total() >= 2
    assert report.last_line().startswith(f"cycles 2, jobs {report.jobs}, kills ")
