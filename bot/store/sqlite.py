"""The database in one SQLite file: open it, keep it open whatever happens to it, run statements, read beside them.

Whatever SQLite raises leaves here as StoreUnavailable.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sqlite3
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import aiosqlite

from bot.store.backups import back_up
from bot.store.database import LAST_MS, Ask, Database, Read
from bot.store.errors import StoreUnavailable
from bot.store.migrations import migrate, migrations
from bot.store.sqlite_file import UNSHARED, beside, code_of, delete_beside, have_file, opened, set_aside, told

log = logging.getLogger(__name__)

BUSY_MS, RETRY_MS = 3000, 20
"""How long a write waits for another process's lock, and how often it is looked again where SQLite doesn't wait."""

OLDEST = (3, 38)
"""The first SQLite that has all that is used here."""

FOUND = sqlite3.sqlite_version_info
"""The one that this Python has."""

_SMALLEST = 512
"""Bytes of a file in which SQLite sees a database at all."""

_CHECKED_EVERY = 60.0
"""Seconds between two checks of all pages, at least."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""What is said of a file that was a good database when it was opened."""

_Fault: TypeAlias = Literal["", "deleted", "replaced", "damaged"]
_Files: TypeAlias = "tuple[tuple[int, int] | None, tuple[int, int] | None]"

_ROWS = re.compile(r"ROWS\((\?\d*), ([^)]*)\)")


@cache
def _in_sqlite(query: str) -> str:
    """Return a statement as SQLite has it."""

    def rows(found: re.Match[str]) -> str:
        names = (column.split()[0] for column in found[2].split(", "))
        columns = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
        return f"(SELECT {columns} FROM json_each({found[1]}))"  # noqa: S608 (names of a statement of ours)

    return _ROWS.sub(rows, query)


class Sqlite(Database):
    """A database file. The one who opens it first makes it."""

    def __init__(self, path: Path, *, busy_ms: int | None = None, make: bool = True) -> None:
        """Say which file; `busy_ms` is how long a write waits for another process's lock. `look` opens it."""
        self.path = path
        super().__init__(path.with_suffix(".waiting"))
        self._busy_ms = BUSY_MS if busy_ms is None else busy_ms
        self._make = make
        self._connection: aiosqlite.Connection | None = None
        self._files: _Files = (None, None)
        self._next_check = 0.0

    def __str__(self) -> str:
        return str(self.path)

    @property
    def refused(self) -> StoreUnavailable | None:
        """Why it can't be opened; None where it is open."""
        return self.refusal if self._connection is None else None

    @property
    def files(self) -> tuple[Path, ...]:
        """The database and its key."""
        return self.path, self.key_file

    @property
    def key_file(self) -> Path:
        """Where the key lies that is made at the first start."""
        return self.path.with_suffix(".secret")

    async def execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. Raises StoreUnavailable."""
        if self._connection is None:
            raise StoreUnavailable(str(self.refusal), self.refusal.reason)
        with told(self.path):
            return [tuple(row) for row in await self._connection.execute_fetchall(_in_sqlite(query), values)]

    async def read(self, work: Callable[[Ask], Read]) -> Read:
        """Run work that only reads. A file that can't be written to, or is locked, may still be read."""
        return await asyncio.to_thread(self._read, work)

    def _read(self, work: Callable[[Ask], Read]) -> Read:
        with told(self.path, "read"), self._opened("ro") as connection:
            connection.execute("BEGIN")
            return work(lambda query, values=(): connection.execute(query, values).fetchall())

    async def schema(self) -> tuple[int, int]:
        """Return the version of its schema, and of what this bot has."""
        if not self.path.exists():
            return 0, len(migrations())
        return int((await self.read(lambda ask: ask("PRAGMA user_version")))[0][0]), len(migrations())

    async def cover(self) -> bool:
        """Empty the write-ahead log, and return whether nobody else was using it."""
        return await asyncio.to_thread(self._empty_log)

    def _empty_log(self) -> bool:
        with told(self.path), self._opened("rw", timeout=0) as connection:
            ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    def _opened(self, mode: str, timeout: float = 5) -> contextlib.closing[sqlite3.Connection]:
        """Open the file, which is there, once more. Raises OSError where it isn't the one that is open."""
        if self._connection is not None and _files(self.path) != self._files:
            # Its log, which lies there under the same name, would be taken for the other one's.
            raise FileNotFoundError("it was deleted or replaced")
        if mode == "ro" and self._connection is None and not beside(self.path, "-wal").exists():
            mode = UNSHARED  # else SQLite would leave a log there
        return opened(self.path, mode, timeout)

    async def look(self) -> bool:
        """Open it where it isn't open, anew where its files were deleted, replaced or damaged; return whether it was opened.

        What was in a deleted one is put back; a damaged one is set aside under another name. Raises StoreUnavailable.
        """
        try:
            if self._connection is not None:
                fault = await asyncio.to_thread(self._fault)
                if not fault:
                    return False
                await self._leave(fault)
            try:
                await self._open()
            except StoreUnavailable as error:
                if not error.damaged:
                    raise
                self._begin_anew()
                await self._open()
        except StoreUnavailable as error:
            self.refusal = error
            raise
        return True

    def _fault(self) -> _Fault:
        """Return what has happened to the files since they were opened.

        All pages are checked as often as that takes a hundredth of the time, once a minute at most.
        """
        with contextlib.suppress(OSError):
            there = _files(self.path)
            if there != self._files:
                return "deleted" if there[0] is None else "replaced"
        started = time.monotonic()
        checks = started >= self._next_check
        try:
            if self.path.stat().st_size < _SMALLEST:  # of which SQLite would make an empty database
                return "damaged"
            with self._opened("ro", timeout=0) as connection:
                query = "PRAGMA quick_check(1)" if checks else "SELECT 'ok' FROM sqlite_schema LIMIT 1"
                ((found,),) = connection.execute(query)
        except sqlite3.Error as error:
            return "damaged" if code_of(error) in _DAMAGED else ""
        except (OSError, ValueError):
            return ""
        if checks:
            self._next_check = started + max(_CHECKED_EVERY, 100 * (time.monotonic() - started))
        return "" if found == "ok" else "damaged"

    async def _leave(self, fault: _Fault) -> None:
        """Close the files to which this has happened, and keep what can be kept of them."""
        connection, self._connection = self._connection, None
        assert connection is not None
        try:
            if fault == "deleted":
                await self._put_back(connection)
            elif fault == "damaged":
                self._begin_anew()
            else:
                log.error("The database %s was replaced while the bot ran; what is there now is used.", self.path)
                if _files(self.path)[1] == self._files[1]:  # the log of the former one, which would spoil this one
                    delete_beside(self.path)
        finally:
            with contextlib.suppress(sqlite3.Error):
                await connection.close()

    async def _put_back(self, connection: aiosqlite.Connection) -> None:
        """Write a deleted database anew: all that was in it can be read as long as it is open."""
        made = beside(self.path, ".new")
        try:
            with told(self.path, "put back"):
                made.unlink(missing_ok=True)
                have_file(made, make=True)
                async with aiosqlite.connect(made) as copy:
                    await connection.backup(copy)
                delete_beside(self.path)
                made.replace(self.path)
        except StoreUnavailable as error:
            what = "The database %s was deleted while the bot ran, and what was in it is lost (%s)."
            log.error(what, self.path, error.reason)
        else:
            log.error("The database %s was deleted while the bot ran; it was put back with what was in it.", self.path)

    def _begin_anew(self) -> None:
        log.error(
            "The database %s is damaged; it was set aside as %s, and a new one is begun. A backup of it can be put in its "
            "place while the bot is stopped; delete what was set aside when it is of no use any more.",
            self.path, set_aside(self.path).name,
        )  # fmt: skip

    async def _open(self) -> None:
        if FOUND < OLDEST:
            needed = ".".join(map(str, OLDEST))
            what = f"This Python has SQLite {sqlite3.sqlite_version}, and {needed} or newer is needed; take a newer Python."
            raise StoreUnavailable(what, lasts=True)
        with told(self.path, "opened"):
            have_file(self.path, make=self._make)
            connection = await aiosqlite.connect(self.path, isolation_level=None, cached_statements=64)
        try:
            with told(self.path):
                await connection.execute(f"PRAGMA busy_timeout = {self._busy_ms:d}")
                await _use_wal(connection, self._busy_ms)
                await connection.execute("PRAGMA synchronous = NORMAL")
                await connection.execute("PRAGMA secure_delete = ON")
                await migrate(connection, self.path, back_up)
                self._files = _files(self.path)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    async def hurry(self) -> None:
        """Have what follows hardly wait for another process's lock."""
        with contextlib.suppress(StoreUnavailable):
            await self.execute(f"PRAGMA busy_timeout = {LAST_MS}")

    async def close(self) -> None:
        """Close it, after the statements that were begun."""
        self.refusal = StoreUnavailable(f"The database {self.path} is closed already.", "it is closed")
        connection, self._connection = self._connection, None
        if connection is not None:
            with told(self.path, "closed"):
                await connection.close()


async def connect(path: Path, *, busy_ms: int | None = None, make: bool = True) -> Sqlite:
    """Open the database file, making it and its folder where there is none (unless told not to), and migrate it.

    A file that is made is its owner's alone, and so are those that SQLite keeps beside it. The connection is in autocommit
    mode, write-ahead logging, synchronous NORMAL: a committed row survives the process being killed; what is deleted is
    overwritten. Raises StoreUnavailable.
    """
    database = Sqlite(path, busy_ms=busy_ms, make=make)
    await database.look()
    return database


def _files(path: Path) -> _Files:
    """Return what tells a database's file and its log from others of the same names; None for one that is gone."""
    return _identity(path), _identity(beside(path, "-wal"))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


async def _use_wal(connection: aiosqlite.Connection, busy_ms: int) -> None:
    """Switch to write-ahead logging. SQLite doesn't wait its busy_timeout for another process that is just doing so."""
    until = time.monotonic() + busy_ms / 1000
    while True:
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(RETRY_MS / 1000)
