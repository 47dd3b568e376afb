"""Log what was asked, without who; count who was there, without what."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import sqlite3
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

import aiosqlite

from bot.store.database import StoreError, closed_if_unusable, connect, hash_key

log = logging.getLogger(__name__)

Outcome = Literal["served", "offered", "asked which", "nothing", "failed"]
Place = Literal["server", "direct message", "user install"]

PATIENCE = 0.05
"""Seconds that an answer waits for its row to be committed."""

MOST_WAITING = 10_000
"""Rows kept in memory while the database refuses them; the oldest beyond that are counted as lost."""

KEY, KEY_CHANGED = "key", "key changed"
"""In the table `state`: what the key is known by, and the last day on which it was found to be another one."""

LAST_BEFORE = "last message before the key"
"""In the table `state`: the number of the last message whose sender's hash was made with an older key."""

BATCH = 500
"""Rows written at once: while the database refuses them, each answer tries so many anew, and waits for no more."""

OF_LATE = 90
"""Days whose questions settle which of two entries comes first."""

# One statement is one transaction, and one visit to the database's thread, for all the rows of a batch. A trigger keeps the
# counts by day in the same transaction; a row that is ignored, because it is there already, counts nothing.
_COLUMNS = ", ".join(f"json_extract(value, '$[{column}]')" for column in range(8))
_INSERT = f"INSERT OR IGNORE INTO usage SELECT {_COLUMNS} FROM json_each(?)"  # noqa: S608 (only the numbers above)
_INSERT_PEOPLE = """
INSERT OR IGNORE INTO people SELECT ?, json_extract(value, '$[0]') FROM json_each(?)
WHERE json_extract(value, '$[1]') NOT IN (SELECT person FROM opted_out)
"""


@dataclass(frozen=True, slots=True)
class Use:
    """One answer: what was asked and how it went. Holds no user and no text that anyone typed."""

    interaction_id: int
    at: int
    """seconds since 1970, UTC"""
    command: str
    entry: str | None
    outcome: Outcome
    latency_ms: float
    place: Place
    language: str


_row = attrgetter(*(spec.name for spec in fields(Use)))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


class Store:
    """The open database. One task at a time writes, on demand, all that waits, in as few transactions as it can."""

    def __init__(self, connection: aiosqlite.Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key
        self._waiting: list[tuple[Use, tuple[str, str] | None]] = []
        self._seen: tuple[str, set[str]] = ("", set())
        self._writing: asyncio.Task[None] | None = None
        self.last: Use | None = None
        """the latest answer, whether committed yet or not"""
        self.late = 0
        """answers that went out before their row was committed"""
        self.lost = 0
        """rows given up because the database kept refusing them"""

    @classmethod
    async def open(cls, path: Path, secret: str = "", *, note_key: bool = False) -> Store:
        """Open the database, made where there is none. Raises StoreError.

        `note_key` is for the bot that runs: from then on this key is the database's, even where it was another one.
        """
        key = hash_key(secret, path)
        store = cls(await connect(path), key)
        await store._note_key(anew=note_key)
        return store

    @classmethod
    async def open_again(cls, path: Path, secret: str) -> Store:
        """Open a database that is there, with the key that it was used with, or not at all. Raises StoreError."""
        connection = await connect(path, make=False)
        async with closed_if_unusable(connection, path):
            store = cls(connection, hash_key(secret, path, make=False))
            if await store.get_state(KEY) not in (None, store._mark()):
                raise StoreError(
                    f"This key of the hashes is not the one that the database {path} was last used with, so nobody can be "
                    "found; set privacy.secret as it is where the bot runs."
                )
        return store

    def _mark(self) -> str:
        """Return what the key is known again by: a hash of its own."""
        return self.hashed("key", "mark")

    async def _note_key(self, *, anew: bool) -> None:
        """Note the first key; `anew` also another one than at the last start, and say so, once."""
        mark = self._mark()
        try:
            former = await self.get_state(KEY)
            if former == mark or not (anew or former is None):
                return
            if former is not None:
                log.warning(
                    "The key of the hashes (privacy.secret) has changed: what was kept under the older one can no longer be "
                    "matched, so it can't be shown or deleted on request, and expires; who did not want to be counted is "
                    "counted again, and servers' settings are the default ones. The older key would bring all that back."
                )
                await self.set_state(KEY_CHANGED, _today())
                rows = await self.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'")
                await self.set_state(LAST_BEFORE, str(rows[0][0] if rows else 0))
            await self.set_state(KEY, mark)
        except sqlite3.Error as error:
            log.warning("Whether the key of the hashes has changed could not be checked (%s).", error)

    def hashed(self, purpose: str, value: object) -> str:
        """Return a keyed hash (HMAC-SHA-256, its first 16 bytes) for one purpose; those of two purposes can't be joined."""
        return hmac.digest(self._key, f"{purpose}:{value}".encode(), "sha256").hex()[:32]

    async def record(self, use: Use, user_id: int | None) -> bool:
        """Log an answer and count its asker for the day; return whether both are committed.

        Waits at most 50 ms; after that the row follows on its own, and is tried again with the next one where the
        database refuses it. Never raises for what the database does.
        """
        self.last = use
        self._waiting.append((use, self._uncounted(user_id)))
        writing = self._write_soon()
        await asyncio.wait({writing}, timeout=PATIENCE)
        committed = writing.done() and not any(waiting is use for waiting, _ in reversed(self._waiting))
        self.late += not committed
        return committed

    async def retry(self) -> None:
        """Try again to write rows that the database refused; does nothing where none wait."""
        if self._waiting:
            # Waited for, not awaited: who cancels this must not cancel a write.
            await asyncio.wait({self._write_soon()})

    def _uncounted(self, user_id: int | None) -> tuple[str, str] | None:
        """Return the hashes that count a person and say whether they opted out; None for one who is counted today."""
        if user_id is None:
            return None
        person = self.hashed("person", user_id)
        return None if person in self._seen[1] and self._seen[0] == _today() else (person, self.hashed("opted out", user_id))

    def _write_soon(self) -> asyncio.Task[None]:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="usage-writer")
        return self._writing

    async def _write_all(self) -> None:
        """Write until nothing waits, or the database refuses."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await self._write(batch)
            except (sqlite3.Error, ValueError) as error:
                self._waiting = batch + self._waiting
                if (over := len(self._waiting) - MOST_WAITING) > 0:
                    self.lost += over
                    del self._waiting[:over]
                log.warning("%d usage rows wait: the database refuses them (%s). Answers go on.", len(self._waiting), error)
                return

    async def _write(self, batch: list[tuple[Use, tuple[str, str] | None]]) -> None:
        """Commit uses, then the people not yet counted today."""
        await self._connection.execute_fetchall(_INSERT, (json.dumps([_row(use) for use, _ in batch]),))
        day = _today()
        if self._seen[0] != day:
            self._seen = (day, set())
        if people := {person for _, person in batch if person is not None}:
            await self._connection.execute_fetchall(_INSERT_PEOPLE, (day, json.dumps(sorted(people))))
            self._seen[1].update(person for person, _ in people)

    async def execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, which is one transaction, and return its rows. Raises sqlite3.Error."""
        return [tuple(row) for row in await self._connection.execute_fetchall(query, values)]

    async def get_state(self, key: str) -> str | None:
        """Return a value kept across restarts, or None. Raises sqlite3.Error."""
        rows = await self.execute("SELECT value FROM state WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    async def set_state(self, key: str, value: str) -> None:
        """Keep a value across restarts. Raises sqlite3.Error."""
        await self.execute(
            "INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    async def asked(self) -> dict[str, int]:
        """Return how often each entry was shown of late; nothing where the database refuses: it only settles ties."""
        try:
            return dict(
                await self.execute(
                    "SELECT entry, SUM(answers) FROM entries_by_day WHERE day > date('now', ?) GROUP BY entry",
                    (f"-{OF_LATE} days",),
                )
            )
        except sqlite3.Error as error:
            log.warning("How often entries were asked for could not be read (%s).", error)
            return {}

    async def change_state(self, key: str, value: str) -> bool:
        """Keep a value and return whether it is another one than before; empty is the same as none. Raises sqlite3.Error."""
        rows = await self.execute(
            "INSERT INTO state SELECT ?, ? WHERE ? <> '' OR EXISTS (SELECT 1 FROM state WHERE key = ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value RETURNING 1",
            (key, value, value, key),
        )
        return bool(rows)

    async def forget(self, user_id: int) -> None:
        """Let go of a person in memory: rows of theirs that wait are written without them, and they can be counted anew.

        No row is being written when this returns: what is deleted next stays deleted.
        """
        while self._writing is not None and not self._writing.done():
            await asyncio.wait({self._writing})
        person = self.hashed("person", user_id)
        self._waiting = [(use, None if who and who[0] == person else who) for use, who in self._waiting]
        self._seen = ("", set())

    async def close(self) -> None:
        """Write what still waits, and close. What the database refuses to the last is counted and said."""
        if self._writing is not None and not self._writing.done():
            await self._writing
        await self._write_all()
        if self.late:
            log.warning("%d answers went out before their row was committed.", self.late)
        if self._waiting:
            self.lost += len(self._waiting)
            log.error("%d usage rows could not be saved.", len(self._waiting))
        await self._connection.close()
