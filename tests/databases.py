"""A PostgreSQL server for the tests, and reading what is kept in either database."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from pydantic import SecretStr

from bot.settings import Remote
from bot.store.database import Database, database_at
from bot.store.postgres import Postgres
from bot.store.sqlite import Sqlite

Where: TypeAlias = Path | Remote

PASSWORD = "tzqwxk-of-the-tests"
KEY = "k" * 32
_numbers = itertools.count(1)


def binaries() -> Path | None:
    """Where PostgreSQL's programs are: Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "nowhere")]
    return found[-1].parent if found[-1].exists() else None


class Server:
    """A PostgreSQL server of its own, on a free port of this machine."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="immunobot-pg-"))
        # It refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def make(self) -> None:
        """Make it and start it."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if self._user:
            for path in (self.folder, password):
                os.chown(path, pwd.getpwnam(self._user).pw_uid, -1)
        how = (
            "-A",
            "scram-sha-256",
            "-U",
            "immunobot",
            f"--pwfile={password}",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        subprocess.run(
            [self._programs / "initdb", "-D", self.folder / "data", *how],
            user=self._user, cwd="/", check=True, capture_output=True,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off",
                    "max_connections": 100}  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [self._programs / "postgres", "-D", self.folder / "data", *options]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(command, user=self._user, cwd="/", stdout=log, stderr=log)
        log.close()
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()

    def _answers(self) -> bool:
        with contextlib.suppress(Exception):
            asked(self.url("postgres"), "SELECT 1")
            return True
        return False

    def url(self, name: str) -> str:
        return f"postgresql://immunobot:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def new(self) -> str:
        """Make an empty database and return its address."""
        name = f"test_{next(_numbers)}"
        asked(self.url("postgres"), f"CREATE DATABASE {name}")
        return self.url(name)

    def stop(self) -> None:
        """Stop it at once, as when the machine is turned off."""
        if self._process is not None:
            self._process.send_signal(3)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def content(self, url: str) -> bytes:
        """All that is in the files of a database."""
        asked(url, "CHECKPOINT")
        ((number,),) = asked(url, "SELECT oid FROM pg_database WHERE datname = current_database()")
        return b"".join(path.read_bytes() for path in sorted((self.folder / f"data/base/{number}").iterdir()))


def on_postgres(url: str) -> dict[str, str]:
    """Return the settings of a bot on this database."""
    return {"IMMUNOBOT_DATABASE__URL": url, "IMMUNOBOT_PRIVACY__SECRET": KEY}


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    """Run a statement, from a thread of its own: a test's loop may be running."""
    found: list[Any] = []

    async def ask() -> None:
        connection = await asyncpg.connect(url)
        try:
            found.extend(tuple(row) for row in await connection.fetch(query))
        finally:
            await connection.close()

    def work() -> None:
        try:
            asyncio.run(ask())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if found and isinstance(found[-1], Exception):
        raise found[-1]
    return found


def rows(where: Where, query: str) -> list[tuple[Any, ...]]:
    """Return what is kept, or change it, beside the bot."""
    if isinstance(where, Remote):
        return asked(where.url.get_secret_value(), query)
    with contextlib.closing(sqlite3.connect(where)) as connection, connection:
        return connection.execute(query).fetchall()


@contextlib.contextmanager
def locked(where: Where, *tables: str) -> Iterator[None]:
    """Hold the database, or all of these tables of it, as another process that writes does."""
    if isinstance(where, Path):
        with contextlib.closing(sqlite3.connect(where, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            yield
            lock.execute("COMMIT")
        return
    ready, done = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(where.url.get_secret_value())
        async with connection.transaction():
            await connection.execute(
                f"LOCK TABLE {', '.join(tables or ('usage', 'people', 'state'))} IN ACCESS EXCLUSIVE MODE"
            )
            ready.set()
            await asyncio.to_thread(done.wait)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def opened_impatiently(where: Where) -> Database:
    """Open a database that gives up at once where somebody else holds it."""
    database = Sqlite(where, busy_ms=0) if isinstance(where, Path) else database_at(where)
    await database.look()
    if isinstance(database, Postgres):
        database._patience = 0.2
    return database


def remote(url: str, folder: Path) -> Remote:
    return Remote(SecretStr(url), folder / "immunobot.db")
