"""The database as the rest of the store sees it: SQLite in one file (sqlite.py), or PostgreSQL (postgres.py).

A statement is written once, in what both understand. `?`, or `?1` where it stands twice, is a value;
`ROWS(?, name type, ...)` is the rows of a JSON array of arrays; `/*postgres ...*/` is for PostgreSQL alone.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from bot.settings import Remote
from bot.store.errors import StoreUnavailable

LAST_MS = 300
"""How long a statement may take at the end: with the wait for answers, SIGTERM has 8 s."""

Read = TypeVar("Read")


class Ask(Protocol):
    """Runs a statement that only reads."""

    def __call__(self, query: str, values: tuple[object, ...] = (), /) -> list[tuple[Any, ...]]:
        """Return the statement's rows."""


class Database(ABC):
    """A database, open as long as it can be, else refusing at once. One statement is one transaction.

    Whatever goes wrong leaves here as StoreUnavailable. As text it is where the database is, without a password.
    """

    shared: ClassVar[bool] = False
    """whether bots on several machines use it: then its history is the knowledge, and their folders are copies"""

    def __init__(self, waiting: Path) -> None:
        self.waiting = waiting
        """where rows lie that could not be saved when the bot was stopped"""
        self.refusal = StoreUnavailable(f"The database {self} is not open yet.", "it is not open yet")
        """why it can't be opened, where it isn't open"""
        self.on_change: Callable[[str], object] = lambda _table: None
        """what is done when another process has changed the history or the servers' settings, where that can be told"""

    @property
    @abstractmethod
    def refused(self) -> StoreUnavailable | None:
        """Why it can't be opened; None where it is open."""

    def left(self) -> list[Path]:
        """Return the files in which such rows may lie."""
        return [self.waiting]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that only its owner should read."""
        return ()

    @property
    def key_file(self) -> Path | None:
        """Where the key of the hashes lies that was made because none was given; None where one must be given."""
        return None

    @abstractmethod
    async def execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. Raises StoreUnavailable."""

    @abstractmethod
    async def read(self, work: Callable[[Ask], Read]) -> Read:
        """Run work that only reads, in a thread and on a connection of its own, so that no statement waits for it.

        All that it reads is of one moment. Raises StoreUnavailable.
        """

    @abstractmethod
    async def look(self) -> bool:
        """Open it where it isn't open, or isn't any more as it was, and return whether it was opened.

        Raises StoreUnavailable.
        """

    @abstractmethod
    async def schema(self) -> tuple[int, int]:
        """Return the version of its schema, 0 for none yet, and of what this bot has; changes nothing.

        Raises StoreUnavailable.
        """

    @abstractmethod
    async def cover(self) -> bool:
        """Cover what tells in which order people were written; return False where somebody's reading is in the way.

        No answer waits for it. Raises StoreUnavailable.
        """

    @contextlib.asynccontextmanager
    async def locked(self, what: str, patience: float = 30) -> AsyncIterator[None]:
        """Let one process at a time do this, of all that share the database; wait so many seconds for the others.

        Raises StoreUnavailable, also where that takes too long.
        """
        yield

    @abstractmethod
    async def hurry(self) -> None:
        """Have what follows hardly wait for others."""

    @abstractmethod
    async def close(self) -> None:
        """Close it, after the statements that were begun."""


def database_at(where: Path | Remote, *, make: bool = True) -> Database:
    """Return the database at a place; `look` opens it. `make` says whether to make a file where there is none."""
    if isinstance(where, Remote):
        from bot.store.postgres import Postgres

        return Postgres(where)
    from bot.store.sqlite import Sqlite

    return Sqlite(where, make=make)
