"""A title, a caption and hashtags from what is said: simple means, no invented words."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.reka.sentences import Sentence

ASSETS = Path(__file__).parent / "assets"
LONGEST_TITLE = 70
LONGEST_CAPTION = 200
FEWEST_TAGS, MOST_TAGS = 3, 5
SPEECHLESS = ("Highlight", "", ("#highlight", "#video", "#moments"))

# Words that name nothing: they never make a hashtag and count little in a title.
COMMON = frozenset((ASSETS / "common_words.txt").read_text(encoding="utf-8").split())
OPENERS = re.compile(
    r"^(?:(?:and|so|but|now|well|okay|ok|because|then|or|also|um|uh|let us start with|let's start with)\b[,\s]*)+",
    re.I,
)
OF_DOING = frozenset(
    {"of", "with", "on", "for", "from", "in", "by", "about"}
)  # "for coming" names nothing
NAMING = OF_DOING | frozenset(
    {
        "a",
        "an",
        "the",
        "my",
        "our",
        "your",
        "his",
        "her",
        "their",
        "its",
        "this",
        "that",
        "these",
        "those",
        "every",
        "each",
        "another",
        "no",
        "any",
        "some",
        "whole",
        "last",
        "first",
        "next",
        "only",
        "own",
        "new",
        "old",
        "single",
    }
)


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    caption: str
    hashtags: tuple[str, ...]


def wording(
    said: Sequence[Sentence],
    everything: Sequence[Sentence],
    before: Sequence[Sentence] = (),
    liking: Sequence[float] | None = None,
) -> Wording:
    """The words for a moment in which `said` is heard, of a video in which `everything` is.

    `before` are the sentences that led to it: they lend a hashtag where the moment names too
    little. `liking`, a number for each sentence said, tells how near it is to what was asked for.
    """
    if not said:
        return Wording(*SPEECHLESS)
    rarity = rarities(everything)
    texts = [sentence.text for sentence in said]
    extra = liking or [0.0] * len(texts)
    best = max(
        zip(texts, extra, strict=True), key=lambda each: title_worth(each[0], rarity) + 8 * each[1]
    )[0]
    tags = hashtags(texts, [sentence.text for sentence in before], rarity)
    return Wording(title(best), shortened(" ".join(texts), LONGEST_CAPTION), tags)


def title_worth(text: str, rarity: dict[str, float]) -> float:
    """Telling words, the length of a headline, a question or an exclamation."""
    words = plain_words(text)
    telling = sum(rarity.get(word, 0.0) for word in set(words)) / math.sqrt(len(words) + 1)
    headline = title(text)
    broken_off = headline.endswith("…")
    return telling + bool(re.search(r"[?!]$", text)) - broken_off - abs(len(headline) - 45) / 20


def title(sentence: str) -> str:
    """The sentence as a headline: no lead-in, one clause if it is long, no trailing comma."""
    headline = OPENERS.sub("", sentence).strip() or sentence
    if len(headline) > LONGEST_TITLE:
        headline = longest_clauses(headline)
    headline = shortened(headline, LONGEST_TITLE).rstrip(" ,;:–-.")
    return capitalised(headline)


def longest_clauses(sentence: str) -> str:
    """As many of the leading clauses as fit a title; else the longest one that fits."""
    clauses = re.split(r"(?<=[,;:])\s+|\s+(?=(?:and|but|because|so|which|who)\b)", sentence)
    leading = clauses[0]
    for clause in clauses[1:]:
        if len(f"{leading} {clause}") > LONGEST_TITLE:
            break
        leading = f"{leading} {clause}"
    if 25 <= len(leading) <= LONGEST_TITLE:
        return leading
    fitting = [OPENERS.sub("", each) for each in clauses if len(each) <= LONGEST_TITLE]
    return max(fitting, key=len, default=sentence)


def shortened(text: str, most: int) -> str:
    """At most `most` characters, cut between words."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-.") + "…"


def hashtags(
    texts: Sequence[str], before: Sequence[str], rarity: dict[str, float]
) -> tuple[str, ...]:
    """Three to five of the rarer things named, compounds first: #ExpiredCertificate."""
    tags = distinct(named(texts, rarity))[:MOST_TAGS]
    if len(tags) < FEWEST_TAGS:
        tags = distinct([*tags, *named(before, rarity)])[:FEWEST_TAGS]
    if len(tags) < FEWEST_TAGS:
        tags = distinct([*tags, *telling(texts, rarity)])[:FEWEST_TAGS]
    return tuple(f"#{tag}" for tag in tags)


def named(texts: Sequence[str], rarity: dict[str, float]) -> list[str]:
    """The things named in these texts, the most telling first, in CamelCase."""
    weights: dict[str, float] = defaultdict(float)
    for phrase in (phrase for text in texts for phrase in noun_phrases(text)):
        telling_most = max(rarity.get(word.lower(), 0.0) for word in phrase)
        weights["".join(map(capitalised, phrase))] += telling_most * (1.3 if len(phrase) > 1 else 1)
    return sorted(weights, key=lambda name: -weights[name])


def telling(texts: Sequence[str], rarity: dict[str, float]) -> list[str]:
    """Single telling words, likelier nouns first."""
    words = {word for text in texts for word in plain_words(text) if is_telling(word)}
    ordered = sorted(words, key=lambda word: (-rarity.get(word, 0.0) * nounlike(word), word))
    return [capitalised(word) for word in ordered]


def distinct(names: Sequence[str]) -> list[str]:
    """Without names that are part of an earlier one, or contain it."""
    kept: list[str] = []
    for name in names:
        small = name.lower()
        if not any(small in other.lower() or other.lower() in small for other in kept):
            kept.append(name)
    return kept


def noun_phrases(text: str) -> list[list[str]]:
    """Up to two telling words behind a word like "the" or "our"; and names in mid-sentence."""
    found: list[list[str]] = []
    for clause in re.split(r"[,.;:?!]+\s*", text):
        words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", clause)
        found += [phrase for k in range(1, len(words)) if (phrase := phrase_at(words, k))]
    return found


def phrase_at(words: Sequence[str], k: int) -> list[str]:
    """The phrase that begins at word `k`; empty where none does."""
    before = words[k - 1].lower()
    if before not in NAMING and not words[k][:1].isupper():
        return []
    run: list[str] = []
    for word in words[k:]:
        if not is_telling(word.lower()) or (looks_like_verb(word) and (run or before in OF_DOING)):
            break
        run.append(re.sub(r"[^\w]", "", word))
    return run[-2:]


def looks_like_verb(word: str) -> bool:
    return word.islower() and word.endswith(("ed", "ing"))


def is_telling(word: str) -> bool:
    return len(word) > 3 and word not in COMMON and not word.isdigit() and "'" not in word


def capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]


def nounlike(word: str) -> float:
    return 0.3 if word.endswith(("ly", "ed", "ing", "ous", "ful", "ible", "able")) else 1.0


def plain_words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.lower())


def rarities(everything: Iterable[Sentence]) -> dict[str, float]:
    """How telling each word is: rarer in this video and longer is more; common ones nothing."""
    texts = [set(plain_words(sentence.text)) for sentence in everything]
    counts = Counter(word for text in texts for word in text)
    return {
        word: math.log(1 + len(texts) / count) * min(1.0, len(word) / 7)
        for word, count in counts.items()
        if is_telling(word)
    }
