"""Temporal's server behind TLS, as a cluster of others or Temporal Cloud has it."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import WorkerSettings
from bot.temporal import engine, knock
from bot.workspace import CannotStart
from local.cluster.temporal import DevServer
from tests.temporal.test_work import nobody, settings

KEY = "an-api-key-of-the-tests"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of `localhost`, signed by itself: the server's, the client's, and what either trusts."""

    path: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For a server that lets only this certificate's holder in."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.path)
        context.load_cert_chain(self.path, self.key)
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_alpn_protocols(["h2"])
        return context


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    made = Certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ("-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE")
    files = ("-out", str(made.path), "-keyout", str(made.key))
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)  # noqa: S603
    monkeypatch.chdir(tmp_path)  # where .env is
    return made


@asynccontextmanager
async def behind_tls(server: DevServer, certificate: Certificate) -> AsyncIterator[WorkerSettings]:
    """What ends TLS before the server; the settings that lead there."""

    tasks: set[asyncio.Task[None]] = set()

    async def handed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(65536):
            writer.write(octets)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, on = await asyncio.open_connection("127.0.0.1", server.port)
        ways = [asyncio.create_task(handed(*way)) for way in ((reader, on), (back, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            on.transport.abort()
            writer.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(connected(reader, writer)))

    front = await asyncio.start_server(accepted, "localhost", 0, ssl=certificate.context())
    async with front:
        port = front.sockets[0].getsockname()[1]
        yield settings(reel_temporal=f"localhost:{port}")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_server_is_reached_with_a_certificate_by_temporals_own_variables(
    server: DevServer, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with behind_tls(server, certificate) as there:
        with pytest.raises(CannotStart, match=r"cannot be reached .*TEMPORAL_TLS"):
            await knock(there)
        monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(certificate.path))
        with pytest.raises(CannotStart):  # it wants the client's too
            await knock(there)
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(certificate.key))
        # As well as in the environment it may stand where the other settings are.
        (tmp_path / ".env").write_text(f"TEMPORAL_TLS_CLIENT_CERT_PATH={certificate.path}\n")
        await knock(there)


async def test_an_api_key_goes_to_the_server_over_tls_and_nowhere_else(
    server: DevServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEMPORAL_API_KEY", f" {KEY}\n")
    plain = settings(reel_temporal=server.address)
    with pytest.raises(CannotStart, match="cannot be reached") as refused:
        await knock(plain)
    assert KEY not in str(refused.value)
    monkeypatch.setenv("TEMPORAL_TLS", "false")
    made = await engine(plain, nobody)
    assert made.namespace.client.service_client.config.api_key == KEY
    assert KEY not in repr(made.namespace)


async def test_a_certificate_that_is_not_there_is_a_sentence(
    server: DevServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", "/nowhere/cert.pem")
    with pytest.raises(CannotStart, match=r"TEMPORAL_TLS and its like .*/nowhere/cert\.pem"):
        await knock(settings(reel_temporal=server.address))


async def test_nothing_is_read_from_the_file_of_temporals_command_line(
    server: DevServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text(f'[profile.default]\napi_key = "{KEY}"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    await knock(settings(reel_temporal=server.address))
