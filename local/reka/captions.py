"""Captions as an ASS script: a few words at a time, the spoken one marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from local.reka.sentences import Word

FONT = "Roboto"
MOST_WORDS, MOST_LETTERS = 4, 22
LINGER = 0.25  # seconds a caption stays after its last word

# ASS has no escape for these that every version of libass honours, so they become look-alikes.
HARMLESS = str.maketrans({"{": "(", "}": ")", "\\": "/", "\n": " ", "\r": " "})


@dataclass(frozen=True, slots=True)
class Look:
    """How captions look. Colours are #RRGGBB; `scale` multiplies our own size of the letters."""

    words: str = "#FFFFFF"
    spoken: str = "#FFE500"
    outline: str = "#000000"
    letters: Literal["initial", "uppercase", "lowercase"] = "initial"
    position: Literal["top", "middle", "bottom"] = "bottom"
    scale: float = 1.0


OURS = Look()
ALIGNMENTS = {"bottom": 2, "middle": 5, "top": 8}  # ASS counts like a keypad; centred


def script(
    words: Sequence[Word], start: float, end: float, size: tuple[int, int], look: Look = OURS
) -> str | None:
    """The ASS file for seconds `start` … `end` of the source; None where nothing is said."""
    spoken = [word for word in words if word.start >= start - 0.15 and word.end <= end + 0.3]
    if not spoken:
        return None
    events = [
        f"Dialogue: 0,{clock(begin)},{clock(finish)},Caption,,0,0,0,,{text}"
        for begin, finish, text in lines(spoken, start, end, size, look)
    ]
    return header(size, look) + "\n".join(events) + "\n"


def header(size: tuple[int, int], look: Look = OURS) -> str:
    """Style in pixels of the clip: large, outlined, and clear of a phone's own buttons above and below."""
    width, height = size
    letters = font_size(size, look)
    upright = 0.12 if look.position == "top" else 0.2
    from_edge = int(height * (upright if height > width else 0.08))
    return f"""[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 0
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name,Fontname,Fontsize,PrimaryColour,OutlineColour,BackColour,Bold,BorderStyle,Outline,Shadow,Alignment,MarginL,MarginR,MarginV
Style: Caption,{FONT},{letters},{ass(look.words)},{ass(look.outline)},&H80000000,-1,1,{letters * 0.09:.1f},1,{ALIGNMENTS[look.position]},{width // 14},{width // 14},{from_edge}

[Events]
Format: Layer,Start,End,Style,Name,MarginL,MarginR,MarginV,Effect,Text
"""


def font_size(size: tuple[int, int], look: Look = OURS) -> int:
    return max(6, int(min(size) * 0.085 * look.scale))


def ass(colour: str) -> str:
    """#RRGGBB as ASS writes it: the other way round."""
    return f"&H{colour[5:7]}{colour[3:5]}{colour[1:3]}".upper()


def lines(
    words: Sequence[Word], start: float, end: float, size: tuple[int, int], look: Look = OURS
) -> list[tuple[float, float, str]]:
    """(begin, end, text) of each state of the captions in seconds of the clip, none overlapping."""
    groups = grouped(words)
    shown = [(word, group) for group in groups for word in group]
    begins = [max(0.0, word.start - start) for word, _ in shown]
    found = []
    for k, (word, group) in enumerate(shown):
        following = begins[k + 1] if k + 1 < len(shown) else end - start
        inside_group = k + 1 < len(shown) and shown[k + 1][1] is group
        finish = following if inside_group else min(following, word.end - start + LINGER)
        finish = min(finish, end - start)
        if finish - begins[k] >= 0.01:
            found.append((begins[k], finish, marked(group, word, size, look)))
    return found


def grouped(words: Sequence[Word]) -> list[list[Word]]:
    """Words that are shown together: few, close in time, not across the end of a sentence."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and fits(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def fits(group: Sequence[Word], word: Word) -> bool:
    letters = len(" ".join(each.text for each in [*group, word]))
    return (
        len(group) < MOST_WORDS
        and letters <= MOST_LETTERS
        and word.start - group[-1].end <= 0.6
        and not group[-1].text.endswith((".", "?", "!"))
        and not (group[-1].text.endswith(",") and letters > MOST_LETTERS / 2)
    )


def marked(group: Sequence[Word], spoken: Word, size: tuple[int, int], look: Look) -> str:
    """The group's text with the spoken word in colour; narrowed if a word would not fit."""
    coloured, back = (f"{{\\c{ass(colour)}&}}" for colour in (look.spoken, look.words))
    shown = [harmless(cased(word.text, look)) for word in group]
    texts = [
        f"{coloured}{text}{back}" if word is spoken else text
        for word, text in zip(group, shown, strict=True)
    ]
    return narrowing(shown, size, look) + " ".join(texts)


def cased(text: str, look: Look) -> str:
    if look.letters == "uppercase":
        return text.upper()
    return text.lower() if look.letters == "lowercase" else text


def narrowing(texts: Sequence[str], size: tuple[int, int], look: Look) -> str:
    """A word can't be broken: one wider than the frame is set narrower."""
    widest = max(map(len, texts)) * font_size(size, look) * 0.6
    room = size[0] * 12 / 14
    return "" if widest <= room else rf"{{\fscx{int(100 * room / widest)}}}"


def harmless(text: str) -> str:
    """Text that can't be read as ASS override codes."""
    return text.translate(HARMLESS)


def clock(seconds: float) -> str:
    """h:mm:ss.cc"""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest / 100:05.2f}"
