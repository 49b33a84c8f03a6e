"""What a person typed → a valid `ReelRequest`, or sentences about what is wrong.

The grammar of `/reel`: links, options (`clips:3 16:9 15-60s from:10:00 to:25:00 compilation no-subtitles`), and
everything else is the prompt. Words in double quotes are always prompt. What is not said is as the channel's preset has
it, unless there is `no-preset`.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from bot import links
from bot.bounds import ASPECT_RATIOS, MAX_CLIPS, RESOLUTIONS, problems_of
from bot.preset import Preset, merged
from bot.request import ReelRequest, Template

NAMED_OPTIONS = (
    "clips",
    "from",
    "to",
    "min",
    "max",
    "template",
    "aspect",
    "resolution",
    "subtitles",
)
# Words that people use in sentences too, so they are options only where no sentence goes on behind them.
_SENTENCE_WORDS = ("compilation", "subtitles")
_BARE_WORDS = (*_SENTENCE_WORDS, "no-subtitles", "no-preset")

_TYPED = {
    "num_generations": "The number of clips (`clips:`)",
    "min_duration_seconds": "The shortest length (`min:`)",
    "max_duration_seconds": "The longest length (`max:`)",
    "source_start_time": "The start (`from:`)",
    "source_end_time": "The end (`to:`)",
    "aspect_ratio": "The shape",
    "resolution": "The resolution",
    "template": "The template",
    "subtitles": "Subtitles on or off",
}

_RANGE = re.compile(r"^(\d{1,6})s?[-–](\d{1,6})s$", re.IGNORECASE)
_RATIO = re.compile(r"^\d{1,3}:\d{1,3}$")
_HEIGHT = re.compile(r"^(\d{3,4})p$", re.IGNORECASE)
_NAMED = re.compile(r"^([a-z][a-z_-]*):(\S*)$", re.IGNORECASE)
_CLOCK = re.compile(r"^(?:(\d{1,5}):)?(\d{1,3}):(\d{2})$")
_AMOUNT = re.compile(r"^(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s?)?$", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"|“([^“”]*)”')
_INVISIBLE = frozenset(
    "\N{ARABIC LETTER MARK}\N{ZERO WIDTH SPACE}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
    "\u202a\u202b\u202c\u202d\u202e\N{WORD JOINER}\u2066\u2067\u2068\u2069\ufeff"
)


class Misunderstood(ValueError):
    """An ask that cannot become a request. `problems` are sentences for the person; nothing was spent.

    `understood` is the rest of the ask, so that it need not be typed again; its links may be missing or unusable.
    """

    def __init__(self, problems: tuple[str, ...], understood: ReelRequest) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems
        self.understood = understood


@dataclass(slots=True)
class _Draft:
    chosen: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    #: What is not chosen is left to Reka, whatever is set for the channel.
    no_preset: bool = False

    def choose(self, name: str, value: object) -> None:
        if self.chosen.get(name, value) != value:
            self.problems.append(f"{_TYPED.get(name, name)} is given twice; say it once.")
        self.chosen[name] = value


@dataclass(frozen=True, slots=True)
class Typed:
    """The text of `/reel`, read as far as it can be without knowing what is set for the channel."""

    video_urls: tuple[str, ...]
    prompt: str
    _draft: _Draft

    def request(self, preset: Preset | None = None) -> ReelRequest:
        """The request, where `preset` is set. Raises `Misunderstood` with every problem at once."""
        draft = self._draft
        said = {"prompt": self.prompt} if self.prompt else {}
        options = merged({**draft.chosen, **said}, None if draft.no_preset else preset)
        if options.get("template") is Template.COMPILATION:
            options.setdefault("num_generations", 1)
        request = ReelRequest(video_urls=self.video_urls, **options)  # type: ignore[arg-type]
        problems = (*draft.problems, *(sentence for _, sentence in problems_of(request)))
        if problems:
            raise Misunderstood(tuple(dict.fromkeys(problems)), request)
        return request


def read(text: str, preset: Preset | None = None) -> ReelRequest:
    """Read the text of `/reel`, typed where `preset` is set. Raises `Misunderstood` with every problem at once."""
    return typed(text).request(preset)


def typed(text: str) -> Typed:
    """Read the text of `/reel`, wherever it is typed."""
    plain = clean(links.untangled(text))
    quoted = [first or second for first, second in _QUOTED.findall(plain)]
    words = _QUOTED.sub(" \0 ", plain).split()
    found: list[str] = []
    prose: list[str] = []
    draft = _Draft()
    for position, word in enumerate(words):
        if word == "\0":
            prose.append(quoted.pop(0))
        elif link := links.as_link(word):
            found.append(links.canonical(link))
        elif _continues(word, words[position + 1 : position + 2]) or not _take(word, draft):
            prose.append(word)
    return Typed(tuple(dict.fromkeys(found)), " ".join(prose).strip(), draft)


def understood(text: str, preset: Preset | None = None) -> ReelRequest:
    """As much of an ask as can be understood, for a form to go on with; its links may be missing or unusable."""
    try:
        return read(text, preset)
    except Misunderstood as error:
        return error.understood


def clean(text: str) -> str:
    """Without control, direction-changing and zero-width characters; every kind of white space is one space.

    The joiners (U+200C, U+200D) stay: emoji and several scripts are written with them.
    """
    if text.isascii() and text.isprintable():  # as most of it is
        return text
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(
        char
        for char in spaced
        if char not in _INVISIBLE and unicodedata.category(char) not in {"Cc", "Cs"}
    )


def _continues(word: str, following: list[str]) -> bool:
    """True for a word like *compilation* that is followed by more prose: "a compilation of goals"."""
    return (
        word.lower() in _SENTENCE_WORDS
        and bool(following)
        and not links.as_link(following[0])
        and not _take(following[0], _Draft())
    )


def _take(word: str, draft: _Draft) -> bool:
    """Take a word as an option. False when it is prose."""
    if word.lower() in _BARE_WORDS:
        _take_bare(word.lower(), draft)
    elif match := _RANGE.match(word):
        draft.choose("min_duration_seconds", int(match[1]))
        draft.choose("max_duration_seconds", int(match[2]))
    elif _RATIO.match(word):
        _take_ratio(word, draft)
    elif match := _HEIGHT.match(word):
        _take_resolution(match[1], draft)
    elif match := _NAMED.match(word):
        return _take_named(match[1].lower(), match[2], draft)
    else:
        return False
    return True


def _take_bare(word: str, draft: _Draft) -> None:
    if word == "compilation":
        draft.choose("template", Template.COMPILATION)
    elif word == "no-preset":
        draft.no_preset = True
    else:
        draft.choose("subtitles", word == "subtitles")


def _take_named(name: str, value: str, draft: _Draft) -> bool:
    if reader := _READERS.get(name):
        reader(value, draft)
        return True
    if not value or value.startswith("/"):
        return False  # "note:" ends a clause; "foo://" is no link of ours
    near = difflib.get_close_matches(name, NAMED_OPTIONS, n=1)
    hint = f" Did you mean `{near[0]}:`?" if near else ""
    draft.problems.append(
        f"I don't know the option `{_short(name)}:`.{hint} To use it as words, put it in double quotes."
    )
    return True


def _take_clips(value: str, draft: _Draft) -> None:
    if _is_number(value) and 1 <= int(value) <= MAX_CLIPS:
        draft.choose("num_generations", int(value))
    else:
        draft.problems.append(
            f"`clips:` takes 1 to {MAX_CLIPS}, as in `clips:2`; Reka makes no more in one job."
        )


def _take_ratio(value: str, draft: _Draft) -> None:
    if value in ASPECT_RATIOS:
        draft.choose("aspect_ratio", value)
    else:
        draft.problems.append(
            f"There is no shape `{_short(value)}`; choose one of {_listed(ASPECT_RATIOS)}. "
            "For a time write `from:` or `to:` before it; to use it as words, put it in double quotes."
        )


def _take_resolution(value: str, draft: _Draft) -> None:
    if _is_number(value) and int(value) in RESOLUTIONS:
        draft.choose("resolution", int(value))
    else:
        names = _listed(f"{height}p" for height in RESOLUTIONS)
        draft.problems.append(f"There is no resolution `{_short(value)}`; choose one of {names}.")


def _take_template(value: str, draft: _Draft) -> None:
    if value.lower() in set(Template):
        draft.choose("template", Template(value.lower()))
    else:
        draft.problems.append(f"`template:` takes {_listed(Template)}.")


def _take_subtitles(value: str, draft: _Draft) -> None:
    if value.lower() in {"on", "off"}:
        draft.choose("subtitles", value.lower() == "on")
    else:
        draft.problems.append("`subtitles:` takes on or off; `no-subtitles` works too.")


def _is_number(value: str) -> bool:
    return len(value) < 10 and value.isascii() and value.isdigit()


def _time_reader(option: str, name: str) -> Callable[[str, _Draft], None]:
    def take(value: str, draft: _Draft) -> None:
        seconds = seconds_in(value)
        if seconds is None:
            draft.problems.append(
                f"`{option}:{_short(value)}` is no time; write `{option}:90s`, `{option}:10:00` "
                f"or `{option}:1:10:00`."
            )
        else:
            draft.choose(name, seconds)

    return take


_READERS: dict[str, Callable[[str, _Draft], None]] = {
    "clips": _take_clips,
    "aspect": _take_ratio,
    "resolution": lambda value, draft: _take_resolution(value.lower().removesuffix("p"), draft),
    "template": _take_template,
    "subtitles": _take_subtitles,
    "from": _time_reader("from", "source_start_time"),
    "to": _time_reader("to", "source_end_time"),
    "min": _time_reader("min", "min_duration_seconds"),
    "max": _time_reader("max", "max_duration_seconds"),
}


def seconds_in(text: str) -> int | None:
    """Seconds in `90`, `90s`, `10m`, `1h5m`, `10:00` or `1:10:00`; None for anything else."""
    if match := _CLOCK.match(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds if seconds < 60 else None
    if text and (match := _AMOUNT.match(text)):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    return None


def _short(value: str) -> str:
    safe = value.replace("`", "'")
    return safe if len(safe) <= 40 else safe[:39] + "…"


def _listed(values: object) -> str:
    return ", ".join(f"`{value}`" for value in values)  # type: ignore[attr-defined]
