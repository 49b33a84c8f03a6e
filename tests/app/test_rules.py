"""The rules of those who run Reel: read from a form, counted in the transaction that adds a job, and said plainly."""

import asyncio
import dataclasses
from typing import Any

import pytest

from bot import rules_form
from bot.jobs import Job, JobState
from bot.render import rules as render
from bot.rules import Halt, NotAdmitted, Refusal, Rule, Rules, Use, refusal
from bot.rules_form import Share
from bot.slots import Ending
from storage.admission import Admission
from storage.database import Database
from storage.jobs import JobStore
from storage.rules import RuleStore
from storage.slots import Answer
from tests.app.job import NOW, another
from tests.app.line import DAY, ledger, said, took

HOUR = 3_600_000


def test_nothing_is_set_to_begin_with() -> None:
    assert Rules().open
    assert refusal(Rules(), Use((NOW,) * 99, 9), Use((NOW,) * 99, 9)) is None


TWO = Use((NOW + HOUR, NOW + 2 * HOUR))


@pytest.mark.parametrize(
    ("rules", "person", "channel", "why"),
    [
        (Rules(halt=Halt.PAUSED), TWO, TWO, None),
        (Rules(halt=Halt.DRAINING), Use(), Use(), Refusal(Rule.DRAINING)),
        (Rules(per_person=3), TWO, TWO, None),
        (Rules(per_person=2), TWO, TWO, Refusal(Rule.PER_PERSON, 2, NOW + HOUR)),
        (Rules(per_person=1), TWO, TWO, Refusal(Rule.PER_PERSON, 1, NOW + 2 * HOUR)),
        # A job that waits has taken its part of the share, too; when that ends, nobody knows.
        (
            Rules(per_person=3),
            Use(TWO.occupied_until, 1),
            TWO,
            Refusal(Rule.PER_PERSON, 3, NOW + HOUR, waiting=True),
        ),
        (Rules(per_person=2), Use((), 2), TWO, Refusal(Rule.PER_PERSON, 2, None, waiting=True)),
        (Rules(per_channel=2), Use(), TWO, Refusal(Rule.PER_CHANNEL, 2, NOW + HOUR)),
        (Rules(per_person=2, per_channel=1), TWO, TWO, Refusal(Rule.PER_PERSON, 2, NOW + HOUR)),
    ],
)
def test_a_request_is_measured_by_its_person_and_its_channel(
    rules: Rules, person: Use, channel: Use, why: Refusal | None
) -> None:
    assert refusal(rules, person, channel) == why


@pytest.mark.parametrize(
    ("why", "plain"),
    [
        (Refusal(Rule.PER_PERSON, 3, NOW + HOUR), "you have used yours. Ask again in 1 h 1 min"),
        (Refusal(Rule.PER_PERSON, 1), "may use 1 slot in the window"),
        (Refusal(Rule.PER_PERSON, 1, waiting=True), "Cancel one of yours that still wait"),
        (Refusal(Rule.PER_CHANNEL, 1, NOW, waiting=True), "in 1 min 0 s, or cancel one of those"),
        (Refusal(Rule.PER_CHANNEL, 5, NOW), "this one has used its own. Ask again in 1 min"),
        (Refusal(Rule.DRAINING), "Ask again later."),
    ],
)
def test_a_refusal_says_the_rule_the_price_and_the_way_out(why: Refusal, plain: str) -> None:
    assert plain in render.refused_plainly(why, NOW)
    answer = render.refused(why, ["U0BOSS"], NOW)
    assert plain in answer
    assert answer.startswith("Nothing was started and nothing is spent.")
    assert "<@U0BOSS>" in answer


def typed(**values: Any) -> dict[str, dict[str, dict[str, Any]]]:
    people = values.pop("people", [])
    fields = {name: {"entered": {"value": value}} for name, value in values.items()}
    return {**fields, Share.RESERVED_FOR: {"entered": {"selected_users": people}}}


def test_the_form_is_read_and_what_is_wrong_is_said_at_its_field() -> None:
    chosen, problems = rules_form.read(
        typed(per_person="3", per_channel="", reserved="2", people=["U1"]), 10
    )
    assert (chosen, problems) == (Rules(per_person=3, reserved=2, reserved_for=("U1",)), {})
    for wrong in ("0", "-1", "x", "1.5", "999999999999", "²"):
        assert rules_form.read(typed(per_person=wrong), 10)[1] == {
            "per_person": rules_form.NO_NUMBER
        }
    assert set(rules_form.read(typed(reserved="10", people=["U1"]), 10)[1]) == {"reserved"}
    assert rules_form.read(typed(reserved="10", people=["U1"]), None)[1] == {}
    assert rules_form.read(typed(reserved="1"), 10)[1] == {"reserved_for": rules_form.FOR_NOBODY}


async def test_rules_belong_to_the_key_and_come_back_as_they_were(base: Database) -> None:
    store = RuleStore(base, "key-1")
    rules = Rules(3, 5, 2, ("U1", "U2"), Halt.PAUSED, "U0BOSS", NOW)
    await store.change(lambda _: Rules(1))
    await store.change(lambda _: rules)
    assert await store.get() == rules
    assert await RuleStore(base, "key-2").get() == Rules()


async def test_whoever_changes_the_rules_at_the_same_time_undoes_nothing(base: Database) -> None:
    store = RuleStore(base, "key-1")
    await asyncio.gather(
        store.change(lambda rules: dataclasses.replace(rules, halt=Halt.PAUSED)),
        store.change(lambda rules: dataclasses.replace(rules, per_person=3)),
        store.change(lambda rules: dataclasses.replace(rules, per_channel=5)),
    )
    assert await store.get() == Rules(3, 5, halt=Halt.PAUSED)


async def ask(base: Database, rules: RuleStore, name: str, **changes: Any) -> Job | None:
    asked = another(name, **{"prompt": name, "card_ts": "1.0", "user_id": "U1", **changes})
    closer = Admission(check=lambda execute: rules.admit(execute, asked, NOW))
    return await JobStore(base).add(asked, closer)


async def test_a_share_counts_occupied_slots_and_jobs_that_wait_and_a_refused_job_is_not_kept(
    base: Database,
) -> None:
    slots, rules = ledger(base), RuleStore(base, "key-1")
    await rules.change(lambda _: Rules(per_person=2))
    first = await ask(base, rules, "a")
    assert first is not None
    taken = await took(slots, first)
    await said(base, slots.answered(taken, Answer(Ending.ACCEPTED, NOW)))
    assert await ask(base, rules, "b") is not None
    with pytest.raises(NotAdmitted) as refused:
        await ask(base, rules, "c")
    assert refused.value.refusal.rule is Rule.PER_PERSON
    assert await JobStore(base).get("c") is None
    assert await ask(base, rules, "d", user_id="U2") is not None
    # The same delivery again is the same request, whatever the share.
    assert await ask(base, rules, "b") is None
    await JobStore(base).cancel("b", NOW)
    assert await ask(base, rules, "e") is not None, "to cancel what waits gives the share back"


async def test_of_requests_that_race_for_the_last_of_a_share_one_is_kept(base: Database) -> None:
    rules = RuleStore(base, "key-1")
    await rules.change(lambda _: Rules(per_channel=3))
    results = await asyncio.gather(
        *(ask(base, rules, f"{n}", user_id=f"U{n}") for n in range(9)), return_exceptions=True
    )
    kept = [result for result in results if isinstance(result, Job)]
    assert len(kept) == 3
    assert sum(isinstance(result, NotAdmitted) for result in results) == 6


async def test_rules_that_are_set_after_they_were_read_let_nobody_in_by_what_was_read(
    base: Database,
) -> None:
    rules, jobs = RuleStore(base, "key-1"), JobStore(base)
    before = await rules.admission()
    assert before is not None
    await rules.change(lambda _: Rules(halt=Halt.PAUSED))
    since = await rules.admission()
    assert since is not None, "paused, the key still accepts"
    assert await jobs.add(another("a"), before) is None
    assert await jobs.add(another("a"), since) is not None
    await rules.change(lambda _: Rules(halt=Halt.DRAINING))
    assert await rules.admission() is None
    assert await jobs.add(another("b"), since) is None
    parent = await jobs.get("a")
    assert parent is not None
    assert await jobs.replace(parent, another("c", anew_of="a"), since) is None


async def test_a_halted_key_gives_no_turn_and_names_no_time(base: Database) -> None:
    slots, rules = ledger(base), RuleStore(base, "key-1")
    job = await JobStore(base).add(another("a", card_ts="1.0"))
    assert job is not None
    await rules.change(lambda _: Rules(halt=Halt.PAUSED))
    taken, standing = await slots.take(job, NOW)
    assert taken is None
    assert (standing.reason, standing.starts_at) == ("paused", None)
    await rules.change(lambda _: dataclasses.replace(Rules(), halt=Halt.DRAINING))
    assert (await took(slots, job)).state is JobState.SUBMITTING, "what was accepted is finished"


async def test_a_person_is_told_beforehand_that_what_is_left_is_reserved(base: Database) -> None:
    slots, rules = ledger(base, limit=2), RuleStore(base, "key-1")
    await rules.change(lambda _: Rules(reserved=1, reserved_for=("U0BOSS",)))
    job = await JobStore(base).add(another("a", card_ts="1.0"))
    assert job is not None
    assert (await slots.overall(NOW, "U1")).reason is None
    taken = await took(slots, job)
    await said(base, slots.answered(taken, Answer(Ending.ACCEPTED, NOW)))
    assert (await slots.overall(NOW, "U1")).reason == "reserved"
    assert (await slots.overall(NOW, "U0BOSS")).reason is None
    assert (await slots.overall(NOW + DAY)).reason is None
