"""Brings the finished clips into the thread as files, each at most once, so that they outlive Reka's links.

Each step is committed before the next: Slack's id before the completion, and a mark before the file may be seen.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from bot.jobs import Clip, ClipFile, Job
from bot.messages import NotSent, RateLimited, Refused, SignedOut, SlackError, Unavailable
from bot.reka import errors
from bot.reka.client import RekaClient
from bot.reka.download import Download
from bot.render import blocks, sentences
from bot.render.clips import MAX_CLIPS
from bot.unbroken import unbroken
from bot.uploads import Uploads, Whereabouts
from storage.files import FileStore
from storage.intent import Unanswered
from storage.jobs import Lost

MAX_OCTETS = 1024**3
"""The size of a file that Slack takes, as far as is commonly known; workspaces may allow less, and then say so."""
LANES = 2
"""Clips on their way at once."""
RETRY_SECONDS = (1.0, 5.0, 20.0, 60.0, 300.0, 900.0)
"""Pauses between the tries of a clip: long enough for a bad quarter of an hour of Slack's or the clip's host."""
LOOK_SECONDS = (1.0, 3.0, 10.0, 30.0)
"""Pauses between looks for a file that Slack has and does not show yet."""
LONGEST_RETRY_AFTER = 120.0

log = structlog.get_logger(__name__)


class Unfit(Exception):
    """A clip that will never be a file in Slack. The text is our word for why."""


@dataclass(slots=True)
class _Turn:
    """A clip that is to be brought, how far it has come, and what went wrong the last time."""

    clip: Clip
    file: ClipFile
    failure: Exception | None = None

    @property
    def fresh(self) -> bool:
        """Whether its host failed, so that Reka is to be asked for its address anew."""
        return isinstance(self.failure, errors.RekaError)

    @property
    def why(self) -> str:
        """Our word for why it is no file in the end."""
        if self.file.marked_at is not None:
            return "unsure"
        return "unavailable" if isinstance(self.failure, SlackError) else "not_available"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps clips. `now` is the wall clock in epoch ms."""

    files: FileStore
    uploads: Uploads
    reka: RekaClient
    now: Callable[[], int]
    insecure_host: str | None = None
    _lanes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LANES))

    async def keep(self, job: Job) -> bool:
        """Bring every clip of a job that is in a thread. True when there was something to do. Raises `SignedOut`, `Lost`."""
        turns = due = await self._due(job)
        for pause in RETRY_SECONDS:
            # One after the other, in their order; who fails lets the others go first.
            due = [turn for turn in due if not await self._settled(job, turn)]
            if not due:
                break
            await asyncio.sleep(max(_pause(turn.failure, pause) for turn in due))
        for turn in due:
            if not await self._settled(job, turn):
                await self._skipped(job, turn.file, turn.why)
        return bool(turns)

    async def _due(self, job: Job) -> list[_Turn]:
        known = {file.number: file for file in await self.files.of(job)}
        clips = enumerate(job.clips[:MAX_CLIPS], start=1) if job.thread_ts else ()
        turns = [_Turn(clip, known.get(number, ClipFile(number))) for number, clip in clips]
        return [turn for turn in turns if not turn.file.settled]

    async def _settled(self, job: Job, turn: _Turn) -> bool:
        """Try once; False when it is to be tried again."""
        try:
            async with self._lanes:  # free for others while this one pauses
                turn.file = await self._brought(job, turn.clip, turn.file, fresh=turn.fresh)
        except (Refused, Unfit) as error:
            turn.file = await self._skipped(job, turn.file, getattr(error, "code", str(error)))
        except (SignedOut, Lost, Unanswered):
            raise
        except (SlackError, errors.RekaError) as error:
            log.warning("clip_not_kept_yet", error=str(error), **job.log_context())
            turn.failure, turn.file = error, await self._as_stored(job, turn.file)
            return False
        # One clip's fault must not keep the others, and the job, from their end.
        except Exception as error:
            log.exception("clip_failed", **job.log_context())
            turn.failure, turn.file = error, await self._as_stored(job, turn.file)
            turn.file = await self._skipped(job, turn.file, turn.why)
        else:
            log.info("clip_kept", number=turn.file.number, **job.log_context())
        return True

    async def _brought(self, job: Job, clip: Clip, file: ClipFile, *, fresh: bool) -> ClipFile:
        if file.marked_at is not None:
            file = await self._looked_for(job, file)
        if not file.settled and file.file_id is None:
            file = await self._sent(job, clip, file, fresh=fresh)
        return file if file.settled else await unbroken(self._shared(job, clip, file))

    async def _sent(self, job: Job, clip: Clip, file: ClipFile, *, fresh: bool) -> ClipFile:
        """The octets pass through, from the clip's host to Slack."""
        url = await self._address(job, clip, file, fresh=fresh)
        async with self.reka.download(url) as download:
            length = _fitting(download)
            ticket = await self.uploads.begin(_filename(clip, file), length)
            await self.uploads.send(ticket, download.chunks, length)
        return await self.files.keep(job, replace(file, file_id=ticket.file_id))

    async def _address(self, job: Job, clip: Clip, file: ClipFile, *, fresh: bool) -> str:
        """Where the clip is; asked for anew when the address we know does not serve (any more)."""
        known = [clip.url]
        if fresh or clip.url is None:
            output = (await self.reka.get(job.reka_id or "")).output
            if len(output) >= file.number:
                now = output[file.number - 1]
                known = [now.video_url, now.signed_s3_video_url, clip.url]
        for url in known:
            if safe := blocks.safe_url(url, self.insecure_host):
                return safe
        raise Unfit("no_link")

    async def _shared(self, job: Job, clip: Clip, file: ClipFile) -> ClipFile:
        """Marked, then completed. An answer that is lost is looked into before anything else is tried."""
        file = await self.files.keep(job, replace(file, marked_at=self.now()))
        title = sentences.safe(clip.title, 150) or f"Clip {file.number}"
        try:
            await self.uploads.complete(
                file.file_id or "", title, job.channel_id, job.thread_ts or ""
            )
        except (NotSent, RateLimited):  # surely not done
            await self.files.keep(job, replace(file, marked_at=None))
            raise
        except Refused as error:
            if error.code != "file_not_found":
                raise
            await self._missed(job, file)
            raise Unavailable(error.code) from error
        return await self.files.keep(job, replace(file, shared_at=self.now()))

    async def _missed(self, job: Job, file: ClipFile) -> None:
        """Slack has nothing to complete. Unless an earlier completion has come through, the octets are sent again."""
        if await self._whereabouts(job, file) is Whereabouts.UNKNOWN:
            await self.files.keep(job, ClipFile(file.number))

    async def _looked_for(self, job: Job, file: ClipFile) -> ClipFile:
        """A file that may have been shared: is it? Where Slack cannot tell, it is never shared a second time.

        That it does not know the file is believed at the end only: the completion may still be on its way.
        """
        seen = Whereabouts.UNKNOWN
        for pause in (*LOOK_SECONDS, 0.0):
            seen = await self._whereabouts(job, file)
            if seen is Whereabouts.SHARED:
                return await self.files.keep(job, replace(file, shared_at=self.now()))
            await asyncio.sleep(pause)
        if seen is Whereabouts.UNKNOWN:
            return await self.files.keep(job, replace(file, marked_at=None))
        raise Unfit("unsure")

    async def _whereabouts(self, job: Job, file: ClipFile) -> Whereabouts:
        try:
            return await self.uploads.whereabouts(file.file_id or "", job.channel_id)
        except Refused as error:  # files:read is missing, for example
            raise Unfit("unsure") from error

    async def _skipped(self, job: Job, file: ClipFile, why: str) -> ClipFile:
        log.info("clip_skipped", number=file.number, why=why, **job.log_context())
        return await self.files.keep(job, replace(file, skipped=why))

    async def _as_stored(self, job: Job, file: ClipFile) -> ClipFile:
        stored = {each.number: each for each in await self.files.of(job)}
        return stored.get(file.number, file)


def _fitting(download: Download) -> int:
    if download.length is None:
        raise Unfit("unknown_size")
    if download.length == 0:
        raise errors.Garbled("an empty clip")
    if download.length > MAX_OCTETS:
        raise Unfit("file_upload_size_restricted")
    return download.length


def _filename(clip: Clip, file: ClipFile) -> str:
    words = "".join(char if char.isalnum() else " " for char in clip.title).split()
    return "-".join(["clip", str(file.number), *words])[:80] + ".mp4"


def _pause(error: Exception | None, pause: float) -> float:
    if isinstance(error, RateLimited):
        return min(max(pause, error.retry_after), LONGEST_RETRY_AFTER)
    return pause
