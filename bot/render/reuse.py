"""What was cut before, offered in place of cutting it again: who asked and when, the clips, and the way on. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from bot.captions import LOCALES
from bot.jobs import Clip, Job, JobState
from bot.render import answers, blocks, buttons, sentences
from bot.render.blocks import Block, Message
from bot.request import ReelRequest
from bot.reuse import Kind, Match, Offer

MAX_CLIPS = 5
"""Of one job; its card has them all."""

_FOUND = {
    Kind.SAME: "The same video with the same wish was cut before.",
    Kind.UNDER_WAY: "The same video with the same wish was asked for already; you are not told when it is done, its card is.",
    Kind.NEAR: "The same video with the same wish was cut before, in another form.",
}
_NOT_ANY_MORE = "I answered this before, with a result that I cannot show any more."
NOTHING_SPENT = "Nothing was started and nothing is spent."
_MAKE = "To cut it anew all the same, press Make again; the line below says what that costs."


@dataclass(frozen=True, slots=True)
class Place:
    """Where an offer is read: in which channel, at what time (epoch ms), and which addresses can be linked there."""

    channel_id: str
    now: int
    workspace_url: str
    insecure_host: str | None = None
    #: Slots are counted.
    limited: bool = True


def answer(offer: Offer, place: Place) -> Message:
    """The answer to a command, for its person alone."""
    return Message(
        blocks.escaped(_as_text(offer)),
        [
            *_shown(offer, place, NOTHING_SPENT),
            buttons.offer_anew(offer.key, limited=place.limited),
        ],
    )


def above(offer: Offer, place: Place) -> list[Block]:
    """The same above the fields of the form."""
    return _shown(offer, place, f"{NOTHING_SPENT} {_MAKE}")


def _shown(offer: Offer, place: Place, way_on: str) -> list[Block]:
    shown = [blocks.rich_text([blocks.text(_found(offer), bold=True), blocks.text(f" {way_on}")])]
    for match in offer.matches:
        shown.append(blocks.rich_text(*_lines(match, offer.request, place)))
        if _can_be_shared(match, place):
            shown.append(buttons.share(match.job))
    return shown


def _found(offer: Offer) -> str:
    return _FOUND[offer.matches[0].kind] if offer.matches else _NOT_ANY_MORE


def _as_text(offer: Offer) -> str:
    titles = [
        sentences.safe(clip.title, 50) for match in offer.matches for clip in match.job.clips[:3]
    ]
    return " ".join([_found(offer), NOTHING_SPENT, "; ".join(filter(None, titles))]).strip()


def _can_be_shared(match: Match, place: Place) -> bool:
    # What is shared is the link.
    lasting = match.earlier.links_last(place.now)
    return lasting and any(_watch(clip, place) for clip in match.job.clips)


def _lines(match: Match, asked: ReelRequest, place: Place) -> list[list[Block]]:
    lines = [[blocks.text(_heading(match, asked), bold=True)], _whose(match, place)]
    if match.kind is Kind.UNDER_WAY:
        return lines
    clips = match.job.clips
    lines += [_clip(number, match, place) for number in range(1, min(len(clips), MAX_CLIPS) + 1)]
    if len(clips) > MAX_CLIPS:
        lines.append([blocks.text(f"and {len(clips) - MAX_CLIPS} more on its card")])
    return lines


def _heading(match: Match, asked: ReelRequest) -> str:
    match match.kind:
        case Kind.SAME:
            return f"The same: {sentences.asked(match.job.request)}"
        case Kind.UNDER_WAY:
            return f"Under way: {_progress(match.job)}"
        case Kind.NEAR:
            return f"Nearly the same: {', '.join(differences(match, asked))}"


def _progress(job: Job) -> str:
    return "it waits for its turn" if job.state is JobState.WAITING else sentences.headline(job)


def _whose(match: Match, place: Place) -> list[Block]:
    """Who asked, when, where, and the way to the card."""
    job = match.job
    asked = [blocks.user(job.user_id), blocks.text(" asked for it "), blocks.date(job.created_at)]
    if job.channel_id == place.channel_id:
        asked.append(blocks.text(" here"))
    else:
        asked += [blocks.text(" in "), blocks.channel(job.channel_id)]
    card = answers.way_to_card(job, place.workspace_url)
    return [*asked, blocks.text("  "), *card] if card else asked


def _clip(number: int, match: Match, place: Place) -> list[Block]:
    clip = match.job.clips[number - 1]
    title = sentences.safe(clip.title, 150) or f"Clip {number}"
    url = _watch(clip, place) if match.earlier.links_last(place.now) else None
    if url:
        seen = blocks.link(url, "Watch")
    elif number in match.earlier.kept:
        seen = blocks.text("a file in its thread")
    else:
        seen = blocks.text("not to be had any more")
    return [blocks.text(f"{number}. {title}  "), seen]


def _watch(clip: Clip, place: Place) -> str | None:
    return blocks.safe_url(clip.url, place.insecure_host)


def differences(match: Match, asked: ReelRequest) -> list[str]:
    """How a near miss differs from what was asked: `9:16 instead of 16:9`."""
    before = match.job.request
    told = (_DIFFERENCES[name] for name in match.differing)
    return list(dict.fromkeys(f"{say(before)} instead of {say(asked)}" for say in told))


def _subtitles(request: ReelRequest) -> str:
    if request.subtitles is None:
        return "subtitles as Reka decides"
    return "subtitles" if request.subtitles else "no subtitles"


def _language(request: ReelRequest) -> str:
    language = request.translated_subtitles_target_language
    return f"subtitles in {LOCALES.get(language, language)}" if language else "untranslated ones"


def _length(request: ReelRequest) -> str:
    return sentences.length(request) or "a length that Reka chooses"


def _captions(request: ReelRequest) -> str:
    style = request.caption_style
    chosen = (value for value in asdict(style).values() if value is not None) if style else ()
    return f"captions in {' '.join(map(str, chosen))}" if style else "captions as Reka has them"


_DIFFERENCES: Mapping[str, Callable[[ReelRequest], str]] = {
    "num_generations": lambda request: sentences.count(request.num_generations, "clip"),
    "min_duration_seconds": _length,
    "max_duration_seconds": _length,
    "aspect_ratio": lambda request: request.aspect_ratio or "a shape that Reka chooses",
    "resolution": lambda request: (
        f"{request.resolution}p" if request.resolution else "a resolution that Reka chooses"
    ),
    "subtitles": _subtitles,
    "caption_style": _captions,
    "translated_subtitles_target_language": _language,
}
"""Field of the request → what it asks for, in a few words."""
