"""Text from strangers on every surface: nothing is made of it but the text itself."""

import functools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot import ask, bounds
from bot.draft import Draft
from bot.jobs import Job, JobState, Reason
from bot.preset import Preset
from bot.preset_form import Setting
from bot.render import answers, blocks, buttons, card, clips, form, home, ledger, preset, share
from bot.render import reuse as render
from bot.render.blocks import Message
from bot.reuse import Earlier, Kind, Match, Offer
from bot.rules import Rules
from bot.slots import Ending, Standing
from bot.trail import Window
from local.slack.blockkit.check import check_message, check_view
from tests.app.job import ASKER, LINK, NOW, clip, job
from tests.app.test_trail import spent

HOSTILE = {
    "broadcast": "<!channel> <!here|here> <!everyone>",
    "bare broadcast": "@here @channel @everyone",
    "mention": "<@U1> <@U1|boss> <!subteam^S1>",
    "channel": "<#C1|general> #general",
    "link": "<http://evil.test|https://youtu.be> <https://evil.test>",
    "date": "<!date^0^{time}^https://evil.test|now>",
    "entities": "&lt;!channel&gt; &amp;lt;@U1&amp;gt; &",
    "markdown": "*bold* _it_ ~gone~ `code` ```block``` > quote\n- list [a](https://evil.test)",
    "right to left": "\u202egpj.exe\u202c \u2066x\u2069 \u200f",
    "zero width": "a\u200bb\u200c\u200d\ufeff\u2060",
    "control": "a\0b\x1b[31mred\x07\r\n\x85\u2028",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "foreign http": "http://evil.test/a.mp4",
    "no host": "https:///a.mp4",
    "broken address": "https://[::1",
    "bad port": "https://cdn.test:99999/a.mp4",
    "user info": "https://cdn.test@evil.test/",
    "backslash": "https://cdn.test\\@evil.test/",
    "spaced address": "https://cdn.test/a b|c>",
    "turned address": "https://cdn.test/\u202e4pm.a",
    "long address": "https://cdn.test/" + "a" * 2_984,
    "emoji": "🎬👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿 :tada:",
    "empty": "",
    "blank": " \t\n\u00a0\u3000",
    "invisible": "\u200b\u2066\0",
    "long": "word & <tag> " * 800,
    "long word": "&" * 10_000,
    "surrogate": "a\ud83d",
    "quotes": "\"'`",
}

OWN = re.compile(
    rf"<@{ASKER}>|<!date\^\d+\^(?:\{{date_short_pretty\}} )?\{{time\}}\|(?:\w+ \d+, )?\d\d:\d\d UTC>"
)


@functools.cache
def surfaces(text: str) -> tuple[tuple[str, Message], ...]:
    """Every message with `text` wherever a stranger's text may stand."""
    return tuple(_surfaces(text))


def _surfaces(text: str) -> Iterator[tuple[str, Message]]:
    many = tuple(
        clip(text, url=text, caption=text, hashtags=(text,) * 3, score=None) for _ in range(14)
    )
    links = (LINK, f"https://{text}", f"http://{text}")
    asked = job(prompt=text, video_urls=links)
    yield "root", card.root(asked)
    yield "accepted", answers.accepted(asked)
    of_preset = job(prompt=text, preset=("prompt", "aspect_ratio"), state=JobState.RUNNING)
    yield "card of a preset", card.card(of_preset, Standing(), NOW)
    yield "refused", answers.channel_refused(text)
    for state, reason in _states():
        some = many if state is JobState.COMPLETED else many[:1]
        shown = job(state=state, reason=reason, stage=text, error_message=text, clips=some)
        for plan in (True, False):
            yield f"card {state} {reason} {plan}", card.card(shown, Standing(), NOW, plan=plan)
    yield "links", clips.links(job(state=JobState.COMPLETED, clips=many))
    yield "one link", clips.links(job(clips=(clip(text, url=text),)), insecure_host="127.0.0.1")
    if problems := _problems(text):
        yield "misunderstood", answers.misunderstood(problems, text)
    yield "misunderstood, as typed", answers.misunderstood(("So.",), text)
    for kind, offer in _offers(text):
        yield f"offer of {kind}", render.answer(offer, render.Place("C1", NOW, "https://x.test"))
    yield "shared", _shared(text, f"https://{text}")
    yield "home", _home([asked, *_listed(text)])
    yield "jobs", answers.jobs([asked, *_listed(text)], "https://team.slack.test/")
    for ending in Ending:
        trail = [spent(ending=ending, job=each) for each in (asked, *_listed(text))][:20]
        yield f"log {ending}", ledger.log(trail, "https://team.slack.test/")
        window = Window(Standing(10, 0, NOW + 1), tuple(trail), NOW, 86_400_000, ((ASKER, NOW),))
        yield f"slots {ending}", ledger.slots(window)
    yield "log of an odd address", ledger.log([spent(job=asked)], f"https://{text}")
    yield "csv failed", ledger.csv_failed(text)
    yield "way in", answers.way_in({"text": text, "attachments": [{"from_url": text}]})
    yield "way in with links", answers.way_in({"text": "see", "attachments": [{"text": LINK}]})


def _offers(text: str) -> Iterator[tuple[Kind, Offer]]:
    many = tuple(clip(text, url=url, caption=text) for url in (text, f"https://{text}") * 7)
    for kind in Kind:
        made = job(prompt=text, state=JobState.RUNNING, stage=text, card_ts="2.5")
        if kind is not Kind.UNDER_WAY:
            made = job(prompt=text, state=JobState.COMPLETED, clips=many, card_ts="2.5")
        found = tuple(
            Match(Earlier(replace(made, id=f"{kind}-{number}"), frozenset({1})), kind, ("aspect_ratio",))
            for number in range(3)
        )  # fmt: skip
        yield kind, Offer("command:1", made.request, found)


def _shared(text: str, thread: str) -> Message:
    made = job(prompt=text, video_urls=(LINK, text), clips=(clip(text, url=text, caption=text),))
    return share.message(made, 1, ASKER, text, thread=thread, insecure_host=None)


def _home(jobs: list[Job]) -> Message:
    where = "https://team.slack.test/"
    view: Any = home.home(
        jobs,
        jobs,
        Standing(10, 3),
        presets={},
        spenders={ASKER},
        set_rules=Rules(),
        may_rule=True,
        workspace_url=where,
    )
    return Message("Home", view["blocks"])


def _listed(text: str) -> Iterator[Job]:
    for state, reason in _states():
        yield job(
            prompt=text, state=state, reason=reason, stage=text, card_ts="2.5", thread_ts="1.0"
        )
    yield job(prompt=None, video_urls=(text,), card_ts="2.5")


def buttons_in(message: Message) -> Iterator[dict[str, Any]]:
    """Every button."""
    shown: Any = message.blocks
    for block in shown:
        if block["type"] == "actions":
            yield from block["elements"]


def _states() -> list[tuple[JobState, Reason | None]]:
    return [(state, None) for state in JobState] + [(JobState.FAILED, reason) for reason in Reason]


def _problems(text: str) -> tuple[str, ...]:
    options = ("clips", "aspect", "resolution", "template", "from", "to", "min", "max", "zzz")
    typed = " ".join(f"{name}:{n}{text}" for n in range(2) for name in options)
    try:
        ask.read(typed)
    except ask.Misunderstood as error:
        return error.problems
    return ()


def mrkdwn_in(part: Any) -> Iterator[str]:
    """Every text of a block that Slack would parse."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            assert part["verbatim"] is True
            yield part["text"]
        for value in part.values():
            yield from mrkdwn_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from mrkdwn_in(value)


def elements_in(message: Message) -> Iterator[dict[str, Any]]:
    """Every rich text element."""
    for block in message.blocks:
        if block["type"] == "rich_text":
            for section in block["elements"]:  # type: ignore[attr-defined]
                yield from section["elements"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_made_of_it_in_any_text_that_slack_parses(text: str) -> None:
    for surface, message in surfaces(text):
        for parsed in (message.text, *mrkdwn_in(message.blocks)):
            rest = OWN.sub("", parsed)
            assert "<" not in rest, surface
            assert ">" not in rest, surface
            assert not re.search(r"&(?!amp;|lt;|gt;)", rest), surface


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_rich_text_holds_it_as_literal_text_only(text: str) -> None:
    for surface, message in surfaces(text):
        for element in elements_in(message):
            kind = element["type"]
            assert kind in {"text", "link", "user", "date", "channel"}, surface
            assert kind != "user" or element["user_id"] == ASKER
            assert kind != "channel" or element["channel_id"] == "C1"
            if kind == "text":
                assert element["text"], surface
            if kind == "link":
                assert re.match(r"https?://", element["url"]), surface
                assert element["url"].isprintable(), surface
                assert len(element["url"]) <= 3_000, surface


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_accepts_every_message_with_it(text: str) -> None:
    for surface, message in surfaces(text):
        assert check_message(message.blocks) == [], surface
        assert 0 < len(message.text) <= 4_000, surface
        assert len(message.blocks) <= 50, surface
        assert all(len(parsed) <= 3_000 for parsed in mrkdwn_in(message.blocks)), surface
        assert message.text.encode(), surface
        for block in message.blocks:
            if parsed := Block.parse(block):
                parsed.validate_json()
            if block["type"] == "plan":
                assert isinstance(block["title"], str), surface
                assert all(task["title"] for task in block["tasks"]), surface  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_button_keeps_what_was_typed_for_the_form_and_shows_nothing_of_it(text: str) -> None:
    for surface, message in surfaces(text):
        for button in buttons_in(message):
            label = button["text"]["text"].removesuffix(f" {buttons.PRICE}")
            assert label in buttons._LABELS.values(), surface
            assert 0 < len(button["value"]) <= buttons.MAX_VALUE, surface
            assert button["value"].encode(), surface
            assert "url" not in button, surface
    [kept] = buttons_in(answers.misunderstood(("So.",), text))
    words = ask.clean(text).split()
    assert kept["value"].split() == words[: len(kept["value"].split())]
    if len(ask.clean(text)) <= buttons.MAX_VALUE:
        assert ask.understood(kept["value"]) == ask.understood(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_form_is_filled_with_it_and_gives_it_back_as_text(text: str) -> None:
    above = [
        block
        for _, offer in _offers(text)
        for block in render.above(offer, render.Place("C1", NOW, "https://x.test"))
    ]
    for draft in (Draft("C1", more=True), Draft(more=False, parent_id="job-1", anew=True)):
        view: Any = form.make(draft, ask.understood(f"{text} {LINK}"), Standing(), above)
        assert check_view(view, "modal") == []
        for block in view["blocks"]:
            if block["type"] == "input" and block["element"]["type"] == "plain_text_input":
                initial = block["element"].get("initial_value", "")
                assert initial.replace("\n", "") == ask.clean(initial.replace("\n", ""))
                assert len(initial) <= 3_000


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_preset_holds_it_as_its_standing_ask_and_shows_nothing_of_it(text: str) -> None:
    set_ = Preset(prompt=text or None, num_generations=1, set_by=ASKER, set_at=NOW)
    view: Any = preset.edit("C1", set_, set_, translates=True)
    assert check_view(view, "modal") == []
    for parsed in (*mrkdwn_in(view["blocks"]), preset.saved(set_)):
        rest = re.sub(rf"<@{ASKER}>|<!date\^\d+\^[^|>]*\|[^|>]*>", "", parsed)
        assert "<" not in rest
        assert len(parsed) < 500
    [asked] = [block for block in view["blocks"] if block.get("block_id") == Setting.PROMPT]
    initial = asked["element"].get("initial_value", "")
    assert initial == ask.clean(text)[: bounds.MAX_PROMPT]


@pytest.mark.parametrize(
    "url",
    [
        *(HOSTILE[name] for name in HOSTILE if name.endswith(("address", "http", "host", "info"))),
        *(HOSTILE[name] for name in ("javascript", "data", "bad port", "backslash", "empty")),
        "JAVASCRIPT://cdn.test/%0aalert(1)",
        "https://",
        "https://.",
        "https://cdn.test/\nx",
        "https://cdn.test/\x7f",
        "https://cdn.test/" + "a" * 3_000,
        "ftp://cdn.test/a",
        "//cdn.test/a",
        "cdn.test/a",
        None,
    ],
)
def test_what_is_no_safe_address_becomes_no_link(url: str | None) -> None:
    if url == HOSTILE["long address"]:
        url += "aa"
    assert blocks.safe_url(url, "127.0.0.1") is None
    message = clips.links(job(clips=(clip(url=url),)), insecure_host="127.0.0.1")
    assert all(element["type"] != "link" for element in elements_in(message))


@pytest.mark.parametrize(
    ("url", "insecure_host"),
    [
        ("https://cdn.test/a.mp4?sig=a%2Fb&x=1#t", None),
        ("https://cdn.test:8443/é.mp4", None),
        ("https://[::1]:8/a", None),
        ("http://127.0.0.1:8000/a.mp4", "127.0.0.1"),
        ("https://cdn.test/" + "a" * 2_983, None),
    ],
)
def test_a_safe_address_is_linked_as_it_is(url: str, insecure_host: str | None) -> None:
    assert blocks.safe_url(url, insecure_host) == url


def test_plain_http_is_for_the_host_of_the_clip_service_only() -> None:
    assert blocks.safe_url("http://127.0.0.1.evil.test/a", "127.0.0.1") is None
    assert blocks.safe_url("http://127.0.0.1/a", None) is None


def test_the_answer_to_a_request_restates_the_prompt_word_for_word() -> None:
    prompt = "*Goals* & <!channel> 🎉"
    message = answers.accepted(job(prompt=prompt))
    assert prompt in [element["text"] for element in elements_in(message)]


def test_an_unknown_stage_is_shown_as_it_is_and_in_its_place() -> None:
    shown = card.card(job(state=JobState.RUNNING, stage="<!channel> dreaming"), Standing(), NOW)
    plan: Any = shown.blocks[0]
    assert plan["title"] == "Making 3 clips: <!channel> dreaming"
    assert plan["tasks"][-1]["title"] == "<!channel> dreaming"
    assert plan["tasks"][-1]["status"] == "in_progress"
    assert shown.text.startswith("Making 3 clips: &lt;!channel&gt; dreaming.")


def test_a_job_of_many_clips_shows_the_first_twelve() -> None:
    many: Job = job(state=JobState.COMPLETED, clips=tuple(clip(f"No {n}") for n in range(60)))
    for message in (card.card(many, Standing(), NOW), clips.links(many)):
        assert sum(element["type"] == "link" for element in elements_in(message)) == 12
