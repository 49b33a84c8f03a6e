"""The schema of a PostgreSQL database: its number, and how it comes to the newest one."""

from bot.postgres_url import PostgresUrl
from storage import migrations
from storage.database import Database, DatabaseError
from storage.postgres_connection import ALONE, Connection


async def schema(database: Database) -> int:
    """The schema of the database; 0 where Reel has never been started on it."""
    [row] = await database.read("SELECT to_regclass('schema_version') IS NOT NULL AS begun")
    if not row["begun"]:
        return 0
    [row] = await database.read("SELECT version FROM schema_version")
    return int(row["version"])


async def check(connection: Connection, url: PostgresUrl) -> None:
    """Raises `DatabaseError` where not every character can be kept."""
    cursor = await connection.execute("SHOW server_encoding")
    row = await cursor.fetchone()
    if row is not None and row["server_encoding"] not in {"UTF8", "SQL_ASCII"}:
        raise DatabaseError(
            f"The database {url} cannot hold every character ({row['server_encoding']}). "
            "Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


async def migrate(connection: Connection, url: PostgresUrl) -> None:
    """Apply what is not applied yet, all of it or nothing; of several processes that start at once, one does."""
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({ALONE})")
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT)")
        cursor = await connection.execute("SELECT version FROM schema_version")
        row = await cursor.fetchone()
        version, known = (row["version"] if row else 0), migrations.newest()
        if version > known:
            raise DatabaseError(
                f"The database {url} was written by a newer Reel (schema {version}; this one knows {known}). "
                "Start that version, or set REEL_DATABASE to another one."
            )
        if row is None:
            await connection.execute("INSERT INTO schema_version VALUES (0)")
        for number, script in migrations.scripts(migrations.POSTGRES, after=version):
            await connection.execute(script.encode())
            await connection.execute("UPDATE schema_version SET version = %s", (number,))
