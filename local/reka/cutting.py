"""The maker that really cuts: download, then the pipeline as a child process, then the files.

The pipeline runs in a process of its own, so that a crash in a native library is only the end of
one generation. It speaks JSON lines, described in `pipeline.py`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from local.reka.children import Child, child
from local.reka.durations import effective_seconds
from local.reka.ffmpeg import FfmpegMissing
from local.reka.fulfilment import notes_on, order_for
from local.reka.generations import Clip, Generation, automatic_count
from local.reka.order import Order
from local.reka.outcomes import EnterStage, GenerationFailed, Made
from local.reka.sources import Downloads

log = structlog.get_logger()

CRASHED = "The video could not be cut: the clip pipeline stopped unexpectedly. Please try again."


class PipelineClip(BaseModel):
    """One clip as the pipeline reports it; times are seconds of source number `source`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str = Field(pattern=r"^[\w-]+\.mp4$")
    title: str
    caption: str
    hashtags: list[str] = Field(default_factory=list)
    ai_score: int = Field(default=60, ge=0, le=100)
    start: float
    end: float
    source: int = 0


_CLIPS = TypeAdapter(list[PipelineClip])


@dataclass(slots=True)
class _Report:
    """What the pipeline has said so far."""

    measurements: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    clips: list[PipelineClip] | None = None


@dataclass(frozen=True, slots=True)
class Cutter:
    """Works in `work/<id>`, which is swept before and after; finished clips go to `files/<id>`."""

    work: Path
    files: Path
    downloads: Downloads
    pipeline: tuple[str, ...]
    seconds: float

    async def make(self, generation: Generation, enter: EnterStage) -> Made:
        """Download, cut, hand over; raises GenerationFailed with a sentence."""
        async with self._folder(generation.id) as folder:
            await enter("downloading")
            sources = await self._download(generation, folder)
            count = await _count(generation, sources, folder)
            order = order_for(generation.request, sources, folder / "out", count)
            report = _Report(notes=notes_on(generation.request))
            await self._cut(order, folder, enter, report)
            return await asyncio.to_thread(self._hand_over, generation.id, folder, report)

    @asynccontextmanager
    async def _folder(self, generation_id: str) -> AsyncIterator[Path]:
        folder = self.work / generation_id
        await asyncio.to_thread(_sweep, folder, self.files / generation_id)
        (folder / "out").mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _download(self, generation: Generation, folder: Path) -> list[Path]:
        return [
            await self.downloads.fetch(link, folder / f"source{number}")
            for number, link in enumerate(generation.request["video_urls"])
        ]

    async def _cut(self, order: Order, folder: Path, enter: EnterStage, report: _Report) -> None:
        path = folder / "order.json"
        path.write_text(order.model_dump_json(), encoding="utf-8")
        async with child([*self.pipeline, str(path)], folder / "errors.log") as pipeline:
            try:
                async with asyncio.timeout(self.seconds):
                    await _listen(pipeline, order.num_generations, enter, report)
                    code = await pipeline.exit_code()
            except TimeoutError as error:
                raise GenerationFailed(
                    f"The clips were not ready within {self.seconds / 60:.0f} minutes,"
                    " so the work was stopped. Try a shorter part of the video."
                ) from error
            if code or report.clips is None:
                log.error("pipeline_crashed", code=code, last_words=pipeline.last_words())
                raise GenerationFailed(CRASHED)

    def _hand_over(self, generation_id: str, folder: Path, report: _Report) -> Made:
        clips = report.clips or []
        for clip in clips:
            if not (folder / "out" / clip.file).is_file():
                log.error("clip_missing", generation=generation_id, file=clip.file)
                raise GenerationFailed(CRASHED)
        self.files.mkdir(parents=True, exist_ok=True)
        (folder / "out").rename(self.files / generation_id)
        return Made(
            tuple(_clip(clip) for clip in clips),
            {
                "measurements": report.measurements,
                "notes": report.notes,
                "clips": [clip.model_dump() for clip in clips],
            },
        )


async def _count(generation: Generation, sources: list[Path], folder: Path) -> int:
    config = generation.request["generation_config"]
    if asked := config["num_generations"]:
        return int(asked)
    try:
        return automatic_count(await effective_seconds(sources, config, folder))
    except FfmpegMissing as missing:
        raise GenerationFailed(str(missing)) from missing


async def _listen(pipeline: Child, count: int, enter: EnterStage, report: _Report) -> None:
    try:
        async for line in pipeline.lines():
            await _take(line, count, enter, report)
    except ValueError as error:  # asyncio: a line beyond the limit
        log.error("pipeline_line_too_long", error=str(error))  # noqa: TRY400 - no trace wanted
        raise GenerationFailed(CRASHED) from error


async def _take(line: bytes, count: int, enter: EnterStage, report: _Report) -> None:
    try:
        said = json.loads(line)
    except json.JSONDecodeError:
        log.warning("pipeline_chatter", line=line[:200].decode(errors="replace"))
        return
    match said:
        case {"stage": "indexing" | "preprocessing" | "processing" as stage}:
            await enter(stage, count)
        case {"measured": measured}:
            report.measurements.append(measured)
        case {"note": str(note)}:
            report.notes.append(note)
        case {"error": str(sentence)}:
            raise GenerationFailed(sentence)
        case {"output": output}:
            report.clips = _clips(output)


def _clips(output: object) -> list[PipelineClip]:
    try:
        return _CLIPS.validate_python(output)
    except ValidationError as error:
        log.error("pipeline_output_invalid", error=str(error))  # noqa: TRY400 - no trace wanted
        raise GenerationFailed(CRASHED) from error


def _clip(clip: PipelineClip) -> Clip:
    return Clip(clip.file, clip.title, clip.caption, tuple(clip.hashtags), clip.ai_score)


def _sweep(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
