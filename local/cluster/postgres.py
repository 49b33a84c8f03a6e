"""A private PostgreSQL of Debian's binaries, in a folder of its own, on loopback, with a password made up for it."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.ports import free_port

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "postgres"
"""Who owns the server where root starts it: PostgreSQL refuses to run as root. Debian's package makes this user."""
PATIENCE_SECONDS = 60.0
TRY_AGAIN_SECONDS = 5.0
"""After a kill PostgreSQL refuses to start while a process of the old server is still at its last statement."""
_ROLE = "reel"


class NoPostgres(Exception):
    """There is no PostgreSQL here, or it does not start. The message says what to do."""


class _Ended(NoPostgres):
    """It came to an end instead of answering."""


def binaries() -> Path:
    """The folder of the server's programs, of the newest version that is installed. Raises `NoPostgres`."""
    for initdb in sorted(DEBIAN.glob("*/bin/initdb"), key=_version, reverse=True):
        return initdb.parent
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    raise NoPostgres("There is no PostgreSQL; on Debian: apt-get install postgresql")


def _version(initdb: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in initdb.parts[-3].split(".") if part.isdecimal())


class Postgres:
    """One server. `durable` False: a crash of the machine may lose what was committed, a crash of the server does not."""

    def __init__(self, *, durable: bool = True) -> None:
        self._bin = binaries()
        self._owner = OWNER if os.geteuid() == 0 else None
        self._durable = durable
        self._password = secrets.token_urlsafe(12)
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def url(self, database: str = _ROLE) -> str:
        """For `REEL_DATABASE`."""
        return f"postgresql://{_ROLE}:{self._password}@127.0.0.1:{self.port}/{database}"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._home / "log"

    @property
    def pid(self) -> int | None:
        """Of the server's first process; None when it does not run."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process else None

    def start(self) -> None:
        """Make the server's folder and the database `reel` the first time; start it, and return when it answers."""
        first = self._folder is None
        if first:
            self._make()
        self._run()
        if first:
            self._tool("createdb", "-T", "template0", "-E", "UTF8", _ROLE)

    def _run(self) -> None:
        until = time.monotonic() + TRY_AGAIN_SECONDS
        while True:
            try:
                return self._run_once()
            except _Ended:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _run_once(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._home / "data", *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._owner,
                cwd="/",
                start_new_session=True,  # Ctrl-C is not for it
            )
        self._wait()

    def stop(self) -> None:
        """Stop in order: who is connected is cut off, what is committed is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End its first process as a crash would; the others end when they see it, at the latest after a statement."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stop in order and start again, on the same port."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop, and delete everything."""
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder)
            self._folder = None

    def createdb(self, name: str, template: str = "template0") -> str:
        """Make another database, as a copy of one; its URL."""
        self._tool("createdb", "-T", template, name)
        return self.url(name)

    @property
    def _home(self) -> Path:
        if self._folder is None:
            raise NoPostgres("The server was never started.")
        return self._folder

    def _make(self) -> None:
        # Not in a folder of the caller's: below root's own ones the owner of the server would see nothing.
        folder = self._folder = Path(tempfile.mkdtemp(prefix="reel-postgres-"))
        password = folder / "password"
        password.write_text(self._password)
        if self._owner is not None:
            _known(self._owner)
            for path in (folder, password):
                shutil.chown(path, self._owner)
        made = subprocess.run(
            [
                *(self._bin / "initdb", "-D", folder / "data", "-U", _ROLE, "-E", "UTF8"),
                *("--locale=C", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            user=self._owner,
            cwd="/",
            check=False,
        )
        if made.returncode:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()}")
        password.unlink()

    def _options(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "300",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                raise _Ended(f"PostgreSQL ended at once: {self.log.read_text()[-500:]}")
            if self._tried("pg_isready", "-q") == 0:
                return
            time.sleep(0.05)
        raise NoPostgres(f"PostgreSQL does not answer: {self.log.read_text()[-500:]}")

    def _tool(self, name: str, *arguments: str) -> None:
        if self._tried(name, *arguments):
            raise NoPostgres(f"{name} {' '.join(arguments)} failed.")

    def _tried(self, name: str, *arguments: str) -> int:
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _ROLE]
        return subprocess.run(
            [self._bin / name, *where, *arguments],
            env={**os.environ, "PGPASSWORD": self._password},
            stdout=subprocess.DEVNULL,
            check=False,
        ).returncode

    def _end(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running(*, durable: bool = True) -> Iterator[Postgres]:
    """A server for the block; afterwards nothing is left of it. Raises `NoPostgres`."""
    server = Postgres(durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        server.remove()


def _known(owner: str) -> None:
    try:
        pwd.getpwnam(owner)
    except KeyError:
        raise NoPostgres(
            f"PostgreSQL does not run as root, and there is no user {owner} to run it as."
        ) from None
