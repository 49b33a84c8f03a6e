"""The numbered migrations: SQLite's beside this file, PostgreSQL's in a folder; the same number is the same schema."""

from collections.abc import Iterator
from pathlib import Path

SQLITE = Path(__file__).parent
POSTGRES = SQLITE / "postgres"


def newest() -> int:
    """The number of the newest schema."""
    return max(map(_number, _files(SQLITE)))


def scripts(folder: Path, *, after: int) -> Iterator[tuple[int, str]]:
    """(number, statements) of each migration that a database of schema `after` lacks, in order."""
    for file in _files(folder):
        if (number := _number(file)) > after:
            yield number, file.read_text()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.sql"))


def _number(file: Path) -> int:
    return int(file.name.partition("_")[0])
