"""The budget of edits, over hours of a clock that jumps."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.budget import EditBudget, Urgency
from tests.app.jumping_clock import run


def now() -> float:
    return asyncio.get_running_loop().time()


async def edit(budget: EditBudget, urgency: Urgency, name: str, done: list[str]) -> float:
    await budget.turn(urgency)
    done.append(name)
    return now()


def most_in_a_minute(times: list[float]) -> int:
    return max(sum(start <= time < start + 60 - 1e-6 for time in times) for start in times)


@pytest.mark.parametrize("per_minute", [1, 2, 3, 4, 5, 9, 50, 100])
def test_no_minute_sees_more_than_the_budget_and_all_of_it_can_be_used(per_minute: int) -> None:
    async def main() -> list[float]:
        budget = EditBudget(per_minute)
        first = [edit(budget, Urgency.STAGE, "", []) for _ in range(per_minute * 2)]
        times = list(await asyncio.gather(*first))
        await asyncio.sleep(600)
        later = [edit(budget, Urgency.STAGE, "", []) for _ in range(per_minute * 2)]
        return times + list(await asyncio.gather(*later))

    times = run(main())
    assert most_in_a_minute(times) <= per_minute
    assert times[per_minute * 2 - 1] <= 181
    assert times[per_minute * 2] - times[per_minute * 2 - 1] >= 500


def test_the_most_urgent_goes_first_and_then_the_longest_waiting() -> None:
    async def main() -> list[str]:
        budget = EditBudget(5)
        await budget.turn(Urgency.REFRESH)  # what may be used at once is used up
        done: list[str] = []
        tasks = []
        for name in ("r1", "s1", "f1", "r2", "f2", "s2"):
            urgency = {"r": Urgency.REFRESH, "s": Urgency.STAGE, "f": Urgency.FINAL}[name[0]]
            tasks.append(asyncio.create_task(edit(budget, urgency, name, done)))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return done

    assert run(main()) == ["f1", "f2", "s1", "s2", "r1", "r2"]


def test_one_that_comes_later_and_is_more_urgent_overtakes() -> None:
    async def main() -> list[str]:
        budget = EditBudget(1)
        await budget.turn(Urgency.STAGE)
        done: list[str] = []
        slow = asyncio.create_task(edit(budget, Urgency.REFRESH, "refresh", done))
        await asyncio.sleep(59)
        fast = asyncio.create_task(edit(budget, Urgency.FINAL, "final", done))
        times = await asyncio.gather(slow, fast)
        assert times == pytest.approx([120, 60])
        return done

    assert run(main()) == ["final", "refresh"]


def test_a_pause_holds_everybody_back_and_then_the_order_is_kept() -> None:
    async def main() -> tuple[list[str], list[float]]:
        budget = EditBudget(50)
        await budget.pause(30)
        await budget.pause(5)  # a shorter one does not end the longer one
        done: list[str] = []
        jobs = [edit(budget, Urgency.STAGE, "stage", done), edit(budget, Urgency.FINAL, "f", done)]
        return done, list(await asyncio.gather(*jobs))

    done, times = run(main())
    assert done == ["f", "stage"]
    assert min(times) >= 30


def test_a_pause_also_holds_back_who_is_already_waiting() -> None:
    async def main() -> float:
        budget = EditBudget(1)
        await budget.turn(Urgency.STAGE)
        waiting = asyncio.create_task(edit(budget, Urgency.STAGE, "", []))
        await asyncio.sleep(59)
        await budget.pause(100)
        return await waiting

    assert run(main()) == pytest.approx(159)


def test_who_is_cancelled_uses_no_turn_and_blocks_nobody() -> None:
    async def main() -> list[float]:
        budget = EditBudget(1)
        await budget.turn(Urgency.STAGE)
        tasks = [asyncio.create_task(edit(budget, Urgency.FINAL, "", [])) for _ in range(9)]
        await asyncio.sleep(1)
        for task in tasks[:-1]:
            task.cancel()
        await asyncio.wait(tasks[:-1])
        assert all(task.cancelled() for task in tasks[:-1])
        return [await tasks[-1]]

    assert run(main()) == pytest.approx([60])


def test_who_is_cancelled_in_the_moment_of_their_turn_leaves_it_to_the_next() -> None:
    async def main() -> float:
        budget = EditBudget(1)
        await budget.turn(Urgency.STAGE)
        leaving = asyncio.create_task(budget.turn(Urgency.FINAL))
        await asyncio.sleep(1)
        budget._turns = 1
        budget._grant()
        leaving.cancel()
        await asyncio.wait({leaving})
        assert leaving.cancelled()
        return await edit(budget, Urgency.STAGE, "", [])

    assert run(main()) == pytest.approx(1, abs=0.01)


def test_a_turn_that_comes_while_a_cancellation_is_on_its_way_goes_to_the_next() -> None:
    async def main() -> float:
        budget = EditBudget(1)
        await budget.turn(Urgency.STAGE)
        leaving, staying = [asyncio.create_task(budget.turn(Urgency.FINAL)) for _ in range(2)]
        await asyncio.sleep(1)
        budget._turns = 1
        leaving.cancel()  # its future is cancelled, and its task has not run since
        budget._grant()
        await asyncio.wait({leaving, staying})
        assert leaving.cancelled()
        return now()

    assert run(main()) == pytest.approx(1, abs=0.01)


def test_an_edit_wakes_only_who_is_next_however_long_the_line() -> None:
    async def main(waiting: int) -> int:
        budget = EditBudget(1)
        await budget.turn(Urgency.STAGE)
        tasks = [asyncio.create_task(edit(budget, Urgency.STAGE, "", [])) for _ in range(waiting)]
        await asyncio.sleep(1)
        loop, woken = asyncio.get_running_loop(), 0

        def call_soon(*arguments: Any, **context: Any) -> asyncio.Handle:
            nonlocal woken
            woken += 1
            return asyncio.SelectorEventLoop.call_soon(loop, *arguments, **context)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "call_soon", call_soon)
            await asyncio.sleep(60)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return woken

    assert run(main(20)) == run(main(2))


ACT = st.tuples(
    st.floats(0, 90),
    st.sampled_from(Urgency),
    st.one_of(st.none(), st.sampled_from((0.0, 0.5, 12.0, 60.0))),
    st.one_of(st.none(), st.sampled_from((1.0, 70.0))),
)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.lists(ACT, max_size=25))
def test_whoever_comes_goes_and_pauses_the_rest_get_their_turns(
    per_minute: int, acts: list[tuple[float, Urgency, float | None, float | None]]
) -> None:
    times: list[float] = []

    async def act(
        budget: EditBudget, begins: float, urgency: Urgency, patience: float | None
    ) -> None:
        await asyncio.sleep(begins)
        try:
            async with asyncio.timeout(patience):
                await budget.turn(urgency)
        except TimeoutError:
            return
        times.append(now())

    async def told(budget: EditBudget, begins: float, pause: float) -> None:
        await asyncio.sleep(begins)
        await budget.pause(pause)

    async def main() -> None:
        budget = EditBudget(per_minute)
        async with asyncio.TaskGroup() as group:
            for begins, urgency, patience, pause in acts:
                group.create_task(act(budget, begins, urgency, patience))
                if pause is not None:
                    group.create_task(told(budget, begins, pause))
        assert not any(budget._line.values())

    run(main())
    assert not times or most_in_a_minute(times) <= per_minute
    assert len(times) >= sum(patience is None for _, _, patience, _ in acts)
