"""Reference: a minimal Bolt app, which makes one durable insert and acks."""

import asyncio
import os

import aiosqlite
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

TABLE = (
    "CREATE TABLE asks (trigger_id TEXT PRIMARY KEY, user_id TEXT, channel_id TEXT, text TEXT) "
    "STRICT"
)


async def main() -> None:
    """Serve until killed."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, process_before_response=True)
    async with aiosqlite.connect(os.environ["REEL_DATABASE"], isolation_level=None) as database:
        await database.execute_fetchall("PRAGMA journal_mode = WAL")
        await database.execute_fetchall("PRAGMA synchronous = FULL")
        await database.execute_fetchall(TABLE)

        @app.command("/reel")
        async def reel(ack: AsyncAck, command: dict[str, str]) -> None:
            names = ("trigger_id", "user_id", "channel_id", "text")
            await database.execute_fetchall(
                "INSERT INTO asks VALUES (?, ?, ?, ?)", [command[name] for name in names]
            )
            await ack(f"On it: {command['text']}")

        socket = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
        await socket.start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
