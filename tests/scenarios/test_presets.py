"""A channel's preset: set in a modal, used by every way in, shown, overridden, cleared; and no other channel's affair."""

from typing import Any

import pytest

from bot.render import sentences
from tests.scenarios.people import People, said, standing
from tests.scenarios.stage import Start
from tests.scenarios.wire import Wire
from tests.scenarios.wire import stream as events

LINK = "https://cdn.test/talk.mp4"
UNDER_WAY = events("queued", ending="silence")
LINE = "2 clips · 16:9 · 15–60 s · styled captions · the standing ask"
ENTERED = {
    "clips": "2",
    "shape": "16:9",
    "shortest": "15",
    "longest": "60",
    "prompt": "the surprising numbers",
    "font": "Lato",
    "size": "80",
    "colour": "ff7e4f",
    "position": "top",
}
STYLE = {
    "font_family": "Lato",
    "desired_font_size": 80,
    "text_color": "#FF7E4F",
    "position": "top",
}


async def sets(people: People, *, channel: str = "general", **entered: object) -> dict[str, Any]:
    """Robin types `/reel preset`, fills the modal in and saves; the workspace's answer."""
    answer = await people.reel("preset", channel=channel)
    assert answer["acked"]
    return await people.submits(**(entered or ENTERED))


def shown(answer: dict[str, Any]) -> str:
    """The sentence in place of the modal."""
    return str(answer["view"]["blocks"][0]["text"]["text"])


async def test_it_is_set_in_a_modal_and_makes_the_next_reel_what_it_says(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        answer = await sets(people)
        assert answer["response_action"] == "update"
        assert shown(answer).startswith(f"Saved. From now on `/reel` here makes: {LINE}")
        await people.reel(LINK)
        root = await people.sees(lambda message: "asked for 2 clips · 16:9" in said(message))
        card = await people.card("Making 2 clips: queued")
        [job] = await app.jobs()
    assert "the surprising numbers" in said(root)
    assert (
        "preset of this channel: 2 clips, 16:9, 15–60 s, styled captions, the standing ask"
        in said(card)
    )
    assert "aspect_ratio" in job.preset
    [body] = wire.posts
    assert body["prompt"] == "the surprising numbers"
    assert body["generation_config"] == {
        "num_generations": 2,
        "min_duration_seconds": 15,
        "max_duration_seconds": 60,
    }
    assert body["rendering_config"] == {"aspect_ratio": "16:9", "caption_style": STYLE}


async def test_a_fault_of_ours_in_save_keeps_the_form_and_what_was_typed(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        database = app.runner.jobs.database
        await database.write(
            "CREATE TRIGGER broken BEFORE INSERT ON presets BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END"
        )
        answer = await sets(people)
        assert list(answer["errors"].values()) == [sentences.FORM_FAULT]
        await database.write("DROP TRIGGER broken")
        assert LINE in shown(await people.submits())


async def test_what_somebody_says_wins_and_the_card_claims_the_rest_only(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await sets(people)
        await people.reel(f"{LINK} clips:3 1:1 no-subtitles goals")
        card = await people.card("Making 3 clips: queued")
    assert "preset of this channel: 15–60 s" in said(card)
    assert "preset of this channel: 15–60 s," not in said(card)
    [body] = wire.posts
    assert body["prompt"] == "goals"
    assert body["generation_config"]["num_generations"] == 3
    assert body["rendering_config"] == {"aspect_ratio": "1:1", "subtitles": False}


async def test_it_can_be_left_out_once(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await sets(people)
        await people.reel(f"{LINK} no-preset")
        card = await people.card("Making 3 clips: queued")
    assert "preset" not in said(card)
    assert wire.posts[0]["generation_config"] == {"num_generations": 3}
    assert "rendering_config" not in wire.posts[0]


async def test_the_form_begins_with_it_and_what_is_changed_there_counts(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await sets(people)
        await people.reel("")
        view = await people.view("robin")
        begun = standing(view)
        assert "Filled in from this channel's preset" in str(view["blocks"])
        assert begun["prompt"] == "the surprising numbers"
        assert (begun["clips"], begun["shape"]) == ("2", "16:9")
        assert (begun["shortest"], begun["longest"], begun["captions"]) == ("15", "60", "kept")

        await people.presses("form_changed", block_id="shape", value="4:5", shape="4:5")
        await people.submits(links=LINK, captions="reka")
        card = await people.card("Making 2 clips: queued")
    assert "preset of this channel: 2 clips, 15–60 s, the standing ask" in said(card)
    assert wire.posts[0]["rendering_config"] == {"aspect_ratio": "4:5"}


async def test_a_message_shortcut_and_the_way_out_of_a_bad_ask_begin_with_it(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await sets(people)
        view = await people.makes_a_reel(await people.writes(f"our talk: {LINK}", user="sam"))
        assert standing(view)["shape"] == "16:9"
        await people.closes()

        await people.reel(f"{LINK} clips:9 1:1")
        answer = await people.sees(lambda message: "takes 1 to 3" in said(message))
        await people.click(answer, "open_form")
        begun = standing(await people.view("robin"))
    assert (begun["shape"], begun["clips"], begun["longest"]) == ("1:1", "2", "60")


async def test_again_stays_as_it_was_asked_whatever_is_set_meanwhile(
    stage: Start, people: People, wire: Wire
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await people.reel(f"{LINK} 1:1 goals")
        await people.card("Making 3 clips: queued")
        await sets(people)
        await people.reel("again")
        view = await people.view("robin")
        begun = standing(view)
        assert (begun["clips"], begun["shape"], begun["prompt"]) == ("3", "1:1", "goals")
        assert "preset" not in str(view["blocks"])


async def test_another_channel_is_untouched(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address) as app:
        await sets(people, channel="random", clips="1", shape="1:1")
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
        await people.reel("")
        assert "preset" not in str((await people.view("robin"))["blocks"])
        presets = await app.runner.presets.store.all("T0REEL0LOCA")
    assert "preset" not in said(card)
    assert wire.posts[0]["generation_config"] == {"num_generations": 3}
    assert list(presets) == ["C0RANDOM002"]


async def test_it_is_shown_changed_and_cleared(stage: Start, people: People, wire: Wire) -> None:
    async with stage(wire.address) as app:
        await sets(people)
        await people.act("command", user="sam", channel="general", command="/reel", text="preset")
        view = await people.view("sam")
        begun = standing(view)
        assert "Set by <@U0ROBIN0001>" in str(view["blocks"])
        assert (begun["colour"], begun["size"], begun["font"]) == ("#FF7E4F", "80", "Lato")

        changed = {"block_id": "shape", "value": "1:1", "shape": "1:1"}
        view = await people.presses("preset_changed", user="sam", **changed)
        assert f"makes: {LINE.replace('16:9', '1:1')}" in str(view["blocks"][0])
        answer = await people.submits(user="sam", prompt="")
        assert "the standing ask" not in shown(answer)
        [(_, preset)] = (await app.runner.presets.store.all("T0REEL0LOCA")).items()
        assert (preset.set_by, preset.prompt) == ("U0SAM000002", None)
        assert preset.aspect_ratio == "1:1"

        await people.reel("preset")
        view = await people.presses("preset_clear")
        assert "Cleared" in str(view["blocks"])
        assert await app.runner.presets.store.all("T0REEL0LOCA") == {}
        await people.reel("preset")
        view = await people.view("robin")
        assert "preset_clear" not in str(view["blocks"])
        assert "Nothing is set" in str(view["blocks"])


async def test_to_save_a_modal_with_nothing_in_it_is_to_clear(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        await sets(people, clips="2")
        answer = await sets(people, clips="reka")
        assert "Nothing is set" in shown(answer)
        assert await app.runner.presets.store.all("T0REEL0LOCA") == {}


async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_set(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address) as app:
        answer = await sets(people, **{**ENTERED, "colour": "red", "longest": "10", "size": "300"})
        assert answer["response_action"] == "errors"
        assert set(answer["errors"]) == {"colour", "longest", "size"}
        assert await app.runner.presets.store.all("T0REEL0LOCA") == {}
        answer = await people.submits(**ENTERED)
        assert shown(answer).startswith("Saved.")


async def test_who_may_not_spend_may_not_set_it_and_is_told(
    stage: Start, people: People, wire: Wire
) -> None:
    async with stage(wire.address, reel_spenders="U0SAM000002") as app:
        await people.reel("preset")
        assert "you are not among them" in str((await people.view("robin"))["blocks"])
        await people.act("command", user="sam", channel="general", command="/reel", text="preset")
        answer = await people.submits(user="sam", **ENTERED)
        assert shown(answer).startswith("Saved.")
        assert list(await app.runner.presets.store.all("T0REEL0LOCA")) == ["C0GENERAL01"]


@pytest.mark.parametrize(
    ("dialect", "said_", "sent"),
    [
        ("reels", "1 clip", {"num_generations": 1}),
        (
            "clips",
            "1 clip, subtitles in Spanish (Spain)",
            {"num_generations": 1, "translated_subtitles_target_language": "es_ES"},
        ),
    ],
)
async def test_a_translation_goes_to_the_dialect_that_has_one_and_the_other_says_so(
    dialect: str,
    said_: str,
    sent: dict[str, Any],
    *,
    stage: Start,
    people: People,
    wire: Wire,
) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address, reka_dialect=dialect) as app:
        await people.reel("preset")
        view = await people.view("robin")
        assert ("REKA_DIALECT" in str(view["blocks"])) == (dialect == "reels")
        await people.submits(clips="1", language="es_ES")
        await people.reel(LINK)
        card = await people.card("Making 1 clip: queued")
        [preset] = (await app.runner.presets.store.all("T0REEL0LOCA")).values()
    assert preset.translated_subtitles_target_language == "es_ES"
    assert said(card).endswith(f"preset of this channel: {said_}")
    assert wire.posts[0]["generation_config"] == sent


async def test_a_hostile_standing_ask_stays_text(stage: Start, people: People, wire: Wire) -> None:
    prompt = "<!channel> *bold* <https://evil.example|click> @here"
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await sets(people, prompt=prompt)
        await people.reel(LINK)
        await people.card("Making 3 clips: queued")
    assert wire.posts[0]["prompt"] == prompt
    for change in await people.changes("api_call"):
        if change["method"] in {"chat.postMessage", "chat.update"}:
            assert "<!channel>" not in change["args"]["text"]
            assert change["answer"]["ok"]


async def test_it_survives_a_restart(stage: Start, people: People, wire: Wire) -> None:
    wire.on_post = [UNDER_WAY]
    async with stage(wire.address):
        await sets(people, shape="4:5")
    async with stage(wire.address):
        await people.reel(LINK)
        card = await people.card("Making 3 clips: queued")
    assert "preset of this channel: 4:5" in said(card)
