"""The database in one SQLite file: open it, bring its schema up to date, run statements, read beside them.

Nothing else knows `sqlite3`: whatever it raises leaves here as StoreUnavailable.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import aiosqlite

from bot.store.errors import StoreUnavailable, advice

SCHEMA = Path(__file__).with_name("schema") / "sqlite"
"""The migrations, numbered from 1: each is run once, in order; PRAGMA user_version says how many have been."""

RETRY_MS = 20

Read = TypeVar("Read")


class Ask(Protocol):
    """Runs a statement that only reads."""

    def __call__(self, query: str, values: tuple[object, ...] = (), /) -> list[tuple[Any, ...]]:
        """Return the statement's rows."""


class Database:
    """An open database; one statement is one transaction."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self._path = path
        self._address = path.resolve().as_uri()
        self._connection = connection
        self._is_closed = False

    async def execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. Raises StoreUnavailable."""
        if self._is_closed:
            raise StoreUnavailable(f"The database {self._path} is closed already.", "it is closed")
        with _told(self._path):
            return [tuple(row) for row in await self._connection.execute_fetchall(query, values)]

    async def read(self, work: Callable[[Ask], Read]) -> Read:
        """Run work that only reads, in a thread and on a connection of its own, so that no statement waits for it.

        All that it reads is of one moment. Raises StoreUnavailable.
        """
        return await asyncio.to_thread(self._read, work)

    def _read(self, work: Callable[[Ask], Read]) -> Read:
        with _told(self._path, "read"), self._opened("ro") as connection:
            connection.execute("BEGIN")
            return work(lambda query, values=(): connection.execute(query, values).fetchall())

    async def empty_log(self) -> bool:
        """Empty the write-ahead log, and return whether nobody else was using it. Raises StoreUnavailable.

        It waits for no lock, and no statement waits for it.
        """
        return await asyncio.to_thread(self._empty_log)

    def _empty_log(self) -> bool:
        with _told(self._path), self._opened("rw", timeout=0) as connection:
            ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    def _opened(self, mode: str, timeout: float = 5) -> contextlib.closing[sqlite3.Connection]:
        """Open the file, which is there, once more."""
        address = f"{self._address}?mode={mode}"
        return contextlib.closing(sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None))

    async def close(self) -> None:
        """Close it, after the statements that were begun."""
        self._is_closed = True
        await self._connection.close()


async def connect(path: Path, *, busy_ms: int = 5000, make: bool = True) -> Database:
    """Open the database file, making it and its folder where there is none (unless told not to), and migrate it.

    A file that is made is its owner's alone, and so are those that SQLite keeps beside it. The connection is in autocommit
    mode, write-ahead logging, synchronous NORMAL: a committed row survives the process being killed; what is deleted is
    overwritten. `busy_ms` is how long a write waits for another process's lock. Raises StoreUnavailable.
    """
    with _told(path, "opened"):
        _have_file(path, make=make)
        connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=64)
    try:
        with _told(path):
            await connection.execute(f"PRAGMA busy_timeout = {busy_ms:d}")
            await _use_wal(connection, busy_ms)
            await connection.execute("PRAGMA synchronous = NORMAL")
            await connection.execute("PRAGMA secure_delete = ON")
            await _migrate(connection, path)
    except StoreUnavailable:
        await connection.close()
        raise
    return Database(path, connection)


@contextlib.contextmanager
def _told(path: Path, done: str = "used") -> Iterator[None]:
    """Say in one plain sentence what SQLite, or the disk, says of a database. Raises StoreUnavailable."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"The database {path} can't be {done}: {advice(path, error)}", str(error)) from error


def _have_file(path: Path, *, make: bool) -> None:
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would let everyone on the machine read it
    elif not path.exists():
        raise StoreUnavailable(
            f"There is no database {path}; start this in the folder that the bot runs in, or name the file in database.url."
        )


async def _use_wal(connection: aiosqlite.Connection, busy_ms: int) -> None:
    """Switch to write-ahead logging. SQLite doesn't wait its busy_timeout for another process that is just doing so."""
    for left in range(busy_ms // RETRY_MS, -1, -1):
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if not left:
                raise
            await asyncio.sleep(RETRY_MS / 1000)


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    # Two processes may start at once: the version is read with the write lock held.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        known = migrations()
        if version > len(known):
            raise StoreUnavailable(
                f"The database {path} was written by a newer immunobot (schema {version}, this one: {len(known)}); "
                "upgrade immunobot, or name another file in database.url."
            )
        for migration in known[version:]:
            for statement in statements(migration.read_text(encoding="utf-8")):
                await connection.execute(statement)
        await connection.execute(f"PRAGMA user_version = {len(known)}")
        await connection.execute("COMMIT")
    except BaseException:
        await connection.execute("ROLLBACK")
        raise


def migrations() -> list[Path]:
    """Return the files that make the schema, in their order; the first makes version 1 of an empty database."""
    return sorted(SCHEMA.glob("[0-9]*.sql"))


def statements(script: str) -> Iterator[str]:
    """Take a script apart, to be run in one transaction: `executescript` would end the one that is open.

    A statement ends at the end of a line; a trigger with all that it does is one.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
