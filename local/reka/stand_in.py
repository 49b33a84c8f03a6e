"""The maker of `--fast`: every stage, no video work, one ready clip under several titles.

Three links, known by the last part of their path, show what else a client has to cope with:
`fail.mp4` ends as failed, with an error message full of markup; `null-url.mp4` completes with
`video_url: null` on the first clip; `empty.mp4` completes without any clip.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from local.reka.generations import Clip, Generation, automatic_count
from local.reka.outcomes import EnterStage, GenerationFailed, Made

READY_CLIP = Path(__file__).parent / "assets" / "ready.mp4"
HOSTILE = (
    'The source said <b>403</b> & "quota" > 0: <!channel> <@U000000001> *bold* `code`'
    " <https://example.com/?a=1&b=2|click here>"
)


@dataclass(frozen=True, slots=True)
class StandIn:
    """Stays `stage_seconds` in each stage and serves the clips from `files`."""

    files: Path
    stage_seconds: float

    async def make(self, generation: Generation, enter: EnterStage) -> Made:
        """Go through the stages; raises GenerationFailed for the link that asks for it."""
        asked = generation.request["generation_config"]["num_generations"]
        count = asked or automatic_count(0)
        await asyncio.sleep(self.stage_seconds)
        for stage in ("downloading", "indexing", "preprocessing", "processing"):
            await enter(stage, None if stage == "downloading" else count)
            await asyncio.sleep(self.stage_seconds)
        wishes = {_last_part(link) for link in generation.request["video_urls"]}
        if "fail.mp4" in wishes:
            raise GenerationFailed(HOSTILE)
        if "empty.mp4" in wishes:
            return Made(())
        clips = tuple(
            _clip(generation.request["prompt"], number, signed_only="null-url.mp4" in wishes)
            for number in range(1, count + 1)
        )
        await asyncio.to_thread(self._lay_out, generation.id, clips)
        return Made(clips)

    def _lay_out(self, generation_id: str, clips: tuple[Clip, ...]) -> None:
        folder = self.files / generation_id
        folder.mkdir(parents=True, exist_ok=True)
        for clip in clips:
            shutil.copyfile(READY_CLIP, folder / clip.file)


def _last_part(link: str) -> str:
    return PurePosixPath(urlsplit(link).path).name


def _clip(prompt: str, number: int, *, signed_only: bool) -> Clip:
    words = sorted(set(re.findall(r"\w{5,}", prompt.lower())), key=len, reverse=True)
    return Clip(
        file=f"clip{number}.mp4",
        title=f"{prompt[:60]} ({number})",
        caption=f"A stand-in clip for: {prompt}",
        hashtags=tuple(f"#{word}" for word in words[:4]) or ("#clip",),
        ai_score=max(0, 95 - 7 * number),
        signed_only=signed_only and number == 1,
    )
