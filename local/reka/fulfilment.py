"""A request as an order to the pipeline, and what of the request this service cannot fulfil."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.reka.captions import FONT, OURS, Look
from local.reka.order import Order

# The nearest thing this service makes, for what only Reka's own makes.
_TEMPLATES = {"trailer": "compilation", "voiceover": "moments", "caption_only": "moments"}
_ASPECTS = {"9:16-split": "9:16"}
# Reka's own size of the letters, when none is asked for: it stands for ours.
_USUAL_SIZE = 120


def order_for(
    request: dict[str, Any], sources: Sequence[Path], directory: Path, count: int
) -> Order:
    """The order for `python -m local.reka.pipeline`; the clips go into `directory`."""
    generation, rendering = request["generation_config"], request["rendering_config"]
    template, aspect = generation["template"], rendering["aspect_ratio"]
    return Order(
        sources=[source.resolve() for source in sources],
        directory=directory.resolve(),
        prompt=request["prompt"],
        template=_TEMPLATES.get(template, template),
        num_generations=count,
        min_duration_seconds=generation["min_duration_seconds"],
        max_duration_seconds=generation["max_duration_seconds"],
        source_start_time=generation["source_start_time"],
        source_end_time=generation["source_end_time"],
        subtitles=rendering["subtitles"],
        look=look_for(rendering["caption_style"] or {}),
        aspect_ratio=_ASPECTS.get(aspect, aspect),
        resolution=rendering["resolution"],
        threads=os.cpu_count() or 1,
    )


def look_for(style: dict[str, Any]) -> Look:
    """What of a `caption_style` can be had here; what it leaves out is as usual."""
    size = style.get("desired_font_size")
    return Look(
        words=style.get("text_color") or OURS.words,
        spoken=style.get("highlight_color") or OURS.spoken,
        outline=style.get("stroke_color") or OURS.outline,
        letters=style.get("text_transform") or OURS.letters,
        position=style.get("position") or OURS.position,
        scale=size / _USUAL_SIZE if size else OURS.scale,
    )


def notes_on(request: dict[str, Any]) -> list[str]:
    """A sentence for each wish that is valid at Reka but not fulfilled here."""
    generation, rendering = request["generation_config"], request["rendering_config"]
    template, aspect = generation["template"], rendering["aspect_ratio"]
    font = rendering["subtitles"] and (rendering["caption_style"] or {}).get("font_family")
    notes = {
        f"Template {template} was cut as {_TEMPLATES.get(template)}.": template in _TEMPLATES,
        f"Aspect ratio {aspect} was made as {_ASPECTS.get(aspect)}.": aspect in _ASPECTS,
        "Layout fit is not supported: the picture was cropped.": rendering["layout"] == "fit",
        f"Captions are set in {FONT}: {font} is not installed here.": font,
        "There is no watermark to show.": rendering["show_watermark"],
        "Subtitles are not translated.": generation["translated_subtitles_target_language"],
    }
    return [note for note, applies in notes.items() if applies]
