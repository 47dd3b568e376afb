"""The database with the key of its hashes: opened as soon as that can be, and kept open."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.settings import Remote
from bot.store.database import Ask, Database, Read, database_at
from bot.store.errors import StoreUnavailable
from bot.store.keys import check, hash_key, hashed, is_open_to_all, note

log = logging.getLogger(__name__)

Result = TypeVar("Result")

PATIENCE = 0.05
"""Seconds that an answer waits for the database."""


class Keyed:
    """A database and the key of its hashes."""

    def __init__(self, database: Database, key: bytes = b"", *, secret: str = "", note_key: bool = False) -> None:
        """Take the key of the hashes, or `secret` and `note_key` as `open` does."""
        self.database = database
        self.key, self._secret, self._note_key = key, secret, note_key
        # Until the key is there: nothing made with this one is ever written.
        self._key_meanwhile = secrets.token_bytes(32)

    @classmethod
    async def open(cls, where: Path | Remote, secret: str = "", *, note_key: bool = False) -> Self:
        """Open the database, made where there is none; where it can't be used now, `look` opens it later.

        Raises StoreUnavailable for what no waiting mends: a file that is no database, one of a newer bot, a damaged key.
        `note_key` is for the bot that runs: from then on this key is the database's, even where it was another one.
        """
        store = cls(database_at(where), secret=secret, note_key=note_key)
        try:
            await store._open()
        except StoreUnavailable as error:
            if error.lasts:
                await store.close()
                raise
            log.warning("%s Answers go on without it, and it is tried again.", error)
        else:
            for file in store.database.files:
                if is_open_to_all(file):
                    log.warning("%s can be read by everyone on this machine; run: chmod 600 %s", file, file)
        return store

    async def _open(self) -> bool:
        """Open the database where it isn't, or isn't any more as it was, and return whether it was opened."""
        try:
            self.key = hash_key(self._secret, self.database.key_file, known=self.key)
        except StoreUnavailable as error:
            self.database.refusal = error
            raise
        if not await self.database.look():
            return False
        try:
            await self.opened()
        except StoreUnavailable:
            await self.database.close()
            raise
        return True

    async def opened(self) -> None:
        """Note the key in a database that was just opened. Raises StoreUnavailable."""
        await note(self, anew=self._note_key)

    async def look(self) -> bool:
        """Open the database where it isn't open, or isn't any more as it was, and return whether it was opened.

        Never raises for what the database does.
        """
        try:
            return await self._open()
        except StoreUnavailable as error:
            log.warning("%s Answers go on without it, and it is tried again.", error)
            return False

    @classmethod
    async def open_again(cls, where: Path | Remote, secret: str) -> Self:
        """Open a database that is there, with the key that it was used with, or not at all. Raises StoreUnavailable."""
        store = await cls.open_without_key(where)
        try:
            store.key = hash_key(secret, store.database.key_file, make=False)
            await check(store)
        except StoreUnavailable:
            await store.close()
            raise
        return store

    @classmethod
    async def open_without_key(cls, where: Path | Remote) -> Self:
        """Open a database that is there for what is of no person: figures, and what is old. Raises StoreUnavailable."""
        database = database_at(where, make=False)
        await database.look()
        return cls(database, b"")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the database."""
        try:
            await self.database.close()
        except StoreUnavailable as error:
            log.warning("%s", error)

    def hashed(self, purpose: str, value: object) -> str:
        """Return a keyed hash for one purpose, as `keys.hashed` does."""
        return hashed(self.key or self._key_meanwhile, purpose, value)

    async def execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, which is one transaction, and return its rows. Raises StoreUnavailable."""
        return await self.database.execute(query, values)

    async def read(self, work: Callable[[Ask], Read]) -> Read:
        """Run work that only reads, and much, beside all else: no answer's row waits for it. Raises StoreUnavailable."""
        return await self.database.read(work)

    async def get_state(self, key: str) -> str | None:
        """Return a value kept across restarts, or None. Raises StoreUnavailable."""
        rows = await self.execute("SELECT value FROM state WHERE key = ?", (key,))
        return str(rows[0][0]) if rows and rows[0][0] else None  # empty is the same as none

    async def set_state(self, key: str, value: str) -> bool:
        """Keep a value across restarts and return whether it is another one than before; empty is the same as none.

        Raises StoreUnavailable.
        """
        rows = await self.execute(
            "INSERT INTO state SELECT ?, ? WHERE ? <> '' OR EXISTS (SELECT 1 FROM state WHERE key = ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE state.value <> excluded.value RETURNING 1",
            (key, value, value, key),
        )
        return bool(rows)

    async def soon(self, asked: Coroutine[Any, Any, Result], otherwise: Result) -> Result:
        """Return what the database says within the 50 ms that an answer waits for it; else, and where it refuses, this."""
        asking = asyncio.create_task(asked, name="ask-soon")
        # Waited for, not awaited: a statement that a lock holds up ends by itself.
        await asyncio.wait({asking}, timeout=PATIENCE)
        if not asking.done():
            asking.add_done_callback(lambda task: task.cancelled() or task.exception())
            return otherwise
        return otherwise if isinstance(asking.exception(), StoreUnavailable) else asking.result()
