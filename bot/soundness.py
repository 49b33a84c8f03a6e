"""Whether the database can be used: it is there, sound, and of a schema that this Reel knows."""

import os
from pathlib import Path

from bot.finding import Finding, Level
from bot.postgres_url import PostgresUrl
from storage.database import Address, DatabaseError
from storage.look import file, is_driven, seen
from storage.migrations import newest
from storage.sqlite import damage, schema


async def database(address: Address) -> Finding:
    """Can be opened, is sound, and of a schema that this Reel knows; a running Reel on it is fine."""
    try:
        if isinstance(address, PostgresUrl):
            return await _server(address)
        return await _file(address)
    except DatabaseError as error:
        return Finding("database", Level.FAULT, str(error), "See what the sentence says.")


async def _server(url: PostgresUrl) -> Finding:
    async with seen(url) as (_, version):
        known = newest()
    if version > known:
        return _newer(url, version, known)
    found = (
        f"{url} answers, {_schema(version, known)}" if version else f"{url} answers, and is empty"
    )
    return Finding("database", Level.OK, found)


async def _file(path: Path) -> Finding:
    if not path.exists():  # noqa: ASYNC240  one stat
        return _absent(path)
    async with file(path) as opened:
        version, known = await schema(opened), newest()
        fault = await damage(opened)
    if fault is not None:
        mend = "Stop Reel, then restore a backup, or move the file away to start afresh."
        return Finding("database", Level.FAULT, f"{path} is damaged: {fault}", mend)
    if version > known:
        return _newer(path, version, known)
    if not os.access(path, os.W_OK):
        mend = "Give the file to the user that runs Reel, and run this as that user."
        return Finding("database", Level.FAULT, f"{path} cannot be written", mend)
    return Finding("database", Level.OK, f"{path} is sound, {_state_of(path, version, known)}")


def _newer(address: Address, version: int, known: int) -> Finding:
    found = f"{address} was written by a newer Reel (schema {version}; this one knows {known})"
    mend = "Start that version, or set REEL_DATABASE to another path."
    return Finding("database", Level.FAULT, found, mend)


def _state_of(path: Path, version: int, known: int) -> str:
    schema_is = _schema(version, known)
    return f"{schema_is}; a running Reel holds it" if is_driven(path) else schema_is


def _schema(version: int, known: int) -> str:
    later = f" (brought to {known} at the next start)" if version < known else ""
    return f"schema {version}{later}"


def _absent(path: Path) -> Finding:
    folder = path.resolve().parent
    if os.access(folder, os.W_OK | os.X_OK):
        return Finding("database", Level.OK, f"{path} is made at the first start")
    mend = "Make the folder, writable for the user that runs Reel, or set REEL_DATABASE to another path."
    return Finding("database", Level.FAULT, f"{path} cannot be made in {folder}", mend)
