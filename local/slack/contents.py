"""The octets of the files: one folder, a file each, streamed in and never whole in memory."""

import asyncio
import secrets
from collections.abc import AsyncIterable
from pathlib import Path

CHUNK = 256 * 1024


class WrongSize(Exception):
    """Too many octets came, or too few; the text says so."""


class Contents:
    """Where the octets of a workspace's files lie.

    An upload is written beside its place and takes it when it is whole, so a broken one leaves
    nothing behind, not even after a kill.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        for left_over in directory.glob("*.part"):
            left_over.unlink()

    def path(self, file_id: str) -> Path:
        """Where the octets of a file are, once they are there."""
        return self._directory / file_id

    async def receive(
        self, file_id: str, chunks: AsyncIterable[bytes], limit: int, *, exactly: bool = False
    ) -> int:
        """Store what comes, `limit` octets at most, or `exactly` as many; returns the number.

        Raises WrongSize.
        """
        part = self._directory / f"{file_id}.{secrets.token_hex(4)}.part"
        try:
            size = await _written(part, chunks, limit)
            if exactly and size != limit:
                raise WrongSize(f"{size} of {limit} octets came")
            part.replace(self.path(file_id))
        finally:
            part.unlink(missing_ok=True)
        return size

    def drop(self, file_id: str) -> None:
        """Forget the octets of a file."""
        self.path(file_id).unlink(missing_ok=True)


async def _written(part: Path, chunks: AsyncIterable[bytes], limit: int) -> int:
    size = 0
    with part.open("wb") as octets:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise WrongSize(f"more than {limit} octets came")
            await asyncio.to_thread(octets.write, chunk)
    return size
