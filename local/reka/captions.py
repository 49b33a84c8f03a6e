"""Captions as an ASS script: a few words at a time, the spoken one marked."""

from collections.abc import Sequence

from local.reka.sentences import Word

FONT = "Roboto"
MOST_WORDS, MOST_LETTERS = 4, 22
SPOKEN, OTHERS = r"{\c&H00E5FF&}", r"{\c&HFFFFFF&}"  # BGR: amber yellow, white
LINGER = 0.25  # seconds a caption stays after its last word

# ASS has no escape for these that every version of libass honours, so they become look-alikes.
HARMLESS = str.maketrans({"{": "(", "}": ")", "\\": "/", "\n": " ", "\r": " "})


def script(words: Sequence[Word], start: float, end: float, size: tuple[int, int]) -> str | None:
    """The ASS file for seconds `start` … `end` of the source; None where nothing is said."""
    spoken = [word for word in words if word.start >= start - 0.15 and word.end <= end + 0.3]
    if not spoken:
        return None
    events = [
        f"Dialogue: 0,{clock(begin)},{clock(finish)},Caption,,0,0,0,,{text}"
        for begin, finish, text in lines(spoken, start, end, size)
    ]
    return header(size) + "\n".join(events) + "\n"


def header(size: tuple[int, int]) -> str:
    """Style in pixels of the clip: large, outlined, low, but above a phone's own buttons."""
    width, height = size
    letters = font_size(size)
    from_below = int(height * (0.2 if height > width else 0.08))
    return f"""[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 0
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name,Fontname,Fontsize,PrimaryColour,OutlineColour,BackColour,Bold,BorderStyle,Outline,Shadow,Alignment,MarginL,MarginR,MarginV
Style: Caption,{FONT},{letters},&HFFFFFF,&H000000,&H80000000,-1,1,{letters * 0.09:.1f},1,2,{width // 14},{width // 14},{from_below}

[Events]
Format: Layer,Start,End,Style,Name,MarginL,MarginR,MarginV,Effect,Text
"""


def font_size(size: tuple[int, int]) -> int:
    return max(6, int(min(size) * 0.085))


def lines(
    words: Sequence[Word], start: float, end: float, size: tuple[int, int]
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
            found.append((begins[k], finish, marked(group, word, size)))
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


def marked(group: Sequence[Word], spoken: Word, size: tuple[int, int]) -> str:
    """The group's text with the spoken word in colour; narrowed if a word would not fit."""
    texts = [
        f"{SPOKEN}{harmless(word.text)}{OTHERS}" if word is spoken else harmless(word.text)
        for word in group
    ]
    return narrowing(group, size) + " ".join(texts)


def narrowing(group: Sequence[Word], size: tuple[int, int]) -> str:
    """A word can't be broken: one wider than the frame is set narrower."""
    widest = max(len(word.text) for word in group) * font_size(size) * 0.6
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
