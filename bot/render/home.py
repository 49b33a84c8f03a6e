"""The Home tab: the slots, your jobs, those of the channels you are in, who may spend, and how it works. Pure."""

from collections.abc import Collection, Mapping, Sequence

from bot.jobs import Job
from bot.preset import Preset
from bot.render import answers, blocks, buttons, rules, sentences
from bot.render.blocks import Block
from bot.rules import Rules
from bot.slots import Standing, minute

MAX_NAMED = 20
"""A section has room for 3,000 characters."""


def home(
    mine: Sequence[Job],
    around: Sequence[Job],
    standing: Standing,
    *,
    presets: Mapping[str, Preset],
    spenders: Collection[str] | None,
    set_rules: Rules,
    may_rule: bool,
    workspace_url: str,
    freeing: str | None = None,
) -> Block:
    """What one person sees. `around`: jobs of channels that this person is in; `presets`: theirs, by
    channel; `spenders` None: anybody may spend; `may_rule`: this person runs Reel; `freeing`: when the occupied slots
    free, in a line (mrkdwn).
    """
    return {
        "type": "home",
        "blocks": [
            _header("Short clips from long videos"),
            blocks.mrkdwn_section(_WAY_IN),
            buttons.open_form(""),
            _header("Slots"),
            blocks.mrkdwn_section(f"{slots_left(standing)} {_who(spenders)}"),
            *([blocks.context(freeing)] if freeing else []),
            *_rules(set_rules, may_rule=may_rule),
            *_listed("Yours", mine, "You have asked for nothing yet.", workspace_url),
            *_listed("In your channels", around, "Nothing from others here yet.", workspace_url),
            *_presets(presets),
            _header("How it works"),
            blocks.mrkdwn_section(sentences.HELP),
        ],
    }


_WAY_IN = (
    "Type `/reel` and a video link in a channel, or pick *Make a reel* in the menu of a message that carries one. "
    "A card in the thread shows how it goes; minutes later the clips are there."
)


def slots_left(standing: Standing) -> str:
    """What is left of the slots, in a sentence (mrkdwn of our own)."""
    if standing.limit is None or standing.left is None:
        return "Clips are not limited here."
    text = f"*{standing.left} of {standing.limit}* slots are left; each request uses one."
    if standing.others:
        text += f" Reka counts more than I do: {sentences.others(standing.others)}."
    if standing.left == 0 and standing.frees_at is not None:
        text += f" The next frees {blocks.moment(minute(standing.frees_at))}; until then requests wait in line."
    return text


def _rules(set_rules: Rules, *, may_rule: bool) -> list[Block]:
    said = rules.in_force(set_rules)
    if said and set_rules.set_by:
        said += f" Set by <@{set_rules.set_by}>, {blocks.moment(set_rules.set_at)}."
    shown = [blocks.mrkdwn_section(said)] if said else []
    return [*shown, buttons.rules(halted=set_rules.halt is not None)] if may_rule else shown


def _who(spenders: Collection[str] | None) -> str:
    if spenders is None:
        return "Everybody here may spend them."
    return f"They are spent by {rules.named(spenders)}."


def _listed(title: str, jobs: Sequence[Job], nothing: str, workspace_url: str) -> list[Block]:
    if not jobs:
        return [_header(title), blocks.context(nothing)]
    return [_header(title), blocks.rich_text(*answers.listed(jobs, workspace_url))]


def _presets(presets: Mapping[str, Preset]) -> list[Block]:
    hint = "`/reel preset` in a channel sets what its reels are like when nobody says otherwise."
    lines = [
        [blocks.channel(name), blocks.text(f"  {', '.join(sentences.kept(preset.options()))}")]
        for name, preset in list(presets.items())[:MAX_NAMED]
    ]
    shown = [blocks.rich_text(*lines)] if lines else []
    return [_header("Presets"), *shown, blocks.context(hint)]


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}
