"""Log what was asked, without who; count who was there, without what."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Literal

from bot.store.database import Database
from bot.store.errors import StoreUnavailable
from bot.store.keyed import PATIENCE, Keyed

log = logging.getLogger(__name__)

Outcome = Literal["served", "offered", "asked which", "nothing", "failed"]
Place = Literal["server", "direct message", "user install"]

MOST_WAITING = 10_000
"""Rows kept in memory while the database refuses them; the oldest beyond that are counted as lost."""

FEWEST = 10
"""People who are written down at once, and kept of one day, at least: of fewer it could be guessed who asked what."""

RECENT = 500
"""Questions whose numbers are kept in memory, because Discord may send one twice."""

FORGOTTEN = "people forgotten"
"""In the table `state`: a random mark, another one after each deletion, by which other processes learn of it."""

BATCH = 500
"""Rows written at once: while the database refuses them, each answer tries so many anew, and waits for no more."""

OF_LATE = 90
"""Days whose questions settle which of two entries comes first."""

# One statement is one transaction, and one visit to the database's thread, for all the rows of a batch. A trigger keeps the
# counts by day in the same transaction; a row that is ignored, because it is there already, counts nothing.
_COLUMNS = ("at", "number", "command", "entry", "outcome", "latency_ms", "place", "language")
_ROWS = (
    "ROWS(?, at bigint, number bigint, command text, entry text, outcome text, latency_ms float8, place text, language text)"
)
_INSERT = (
    f"INSERT INTO usage ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)} FROM {_ROWS} AS came "  # noqa: S608 (names)
    "WHERE TRUE ON CONFLICT DO NOTHING"
)
# Of the people of a day (?1, ?2) whoever is new and not opted out, in the order of their hashes; if these are enough (?3)
# and nobody was deleted meanwhile (?4, ?5).
_INSERT_PEOPLE = """
WITH came (person) AS (
  SELECT person FROM ROWS(?2, person text, opted text) AS those
  WHERE opted NOT IN (SELECT person FROM opted_out)
  EXCEPT SELECT person FROM people WHERE day = ?1
)
INSERT INTO people SELECT ?1, person FROM came
WHERE (SELECT COUNT(*) FROM came) >= ?3
  AND coalesce((SELECT value FROM state WHERE key = ?4 /*postgres FOR SHARE*/), '') = ?5
ORDER BY person RETURNING 1
"""
# A person (?1) on every day, and on days of which too few (?2) would be left everybody.
_FORGET = """
DELETE FROM people WHERE person = ?1 OR day IN (
  SELECT day FROM people AS theirs
  WHERE person = ?1 AND (SELECT COUNT(*) FROM people WHERE day = theirs.day) <= ?2
) RETURNING person
"""


@dataclass(frozen=True, slots=True)
class Use:
    """One answer: what was asked and how it went. Holds no user and no text that anyone typed."""

    interaction_id: int
    """Discord's number of the question; in memory alone"""
    at: int
    """seconds since 1970, UTC"""
    command: str
    entry: str | None
    outcome: Outcome
    latency_ms: float
    place: Place
    language: str
    number: int = field(default_factory=lambda: secrets.randbits(63))
    """what its row is told apart by: random, so that it tells nothing"""


_row = attrgetter(*_COLUMNS)


def today() -> str:
    """Return the day as the database writes it, in UTC."""
    return datetime.now(UTC).date().isoformat()


class Store(Keyed):
    """The database, with what waits for it.

    One task at a time writes, on demand, all rows that wait, in as few transactions as it can.
    People wait in memory, apart from the rows: what is in the log or in a copy of the database must not tell who asked what.
    """

    def __init__(self, database: Database, key: bytes = b"", *, secret: str = "", note_key: bool = False) -> None:
        """Take the database, and its key or how to come by it, as `open` does."""
        super().__init__(database, key, secret=secret, note_key=note_key)
        self._refused = ""
        self._waiting: list[Use] = []
        self._recent: deque[int] = deque(maxlen=RECENT)
        self._there: dict[str, set[int]] = {}
        self._forgotten: str | None = None
        self._log_to_cut = True
        self._writing: asyncio.Task[None] | None = None
        self.last: Use | None = None
        """the latest answer, whether committed yet or not"""
        self.on_use: Callable[[Use], object] | None = None
        """what else is done with each answer, such as counting it for the operator"""
        self.late = 0
        """answers that went out before their row was committed"""
        self.lost = 0
        """rows given up because the database kept refusing them"""

    @property
    def trouble(self) -> str:
        """What keeps the database from being used, in its own few words; empty where it can be."""
        refused = self.database.refused
        return refused.reason if refused else self._refused

    async def opened(self) -> None:
        """Learn what else is kept in a database that was just opened. Raises StoreUnavailable."""
        await super().opened()
        self._forgotten = await self.get_state(FORGOTTEN)
        for left in self.database.left():
            try:
                rows = json.loads(left.read_bytes())
                self._waiting = [Use(0, **dict(zip(_COLUMNS, row, strict=True))) for row in rows] + self._waiting
                left.unlink()
            except FileNotFoundError:
                pass
            except (OSError, ValueError, TypeError) as error:
                log.warning("The rows in %s could not be read (%s).", left, type(error).__name__)

    @property
    def waiting(self) -> int:
        """How many rows wait to be written."""
        return len(self._waiting)

    async def record(self, use: Use, user_id: int | None) -> bool:
        """Log an answer, remember its asker for `count_people`, and return whether the row is committed.

        Waits at most 50 ms; after that the row follows on its own, and is tried again with the next one where the
        database refuses it. Never raises for what the database does.
        """
        if use.interaction_id in self._recent:
            return True
        self._recent.append(use.interaction_id)
        self.last = use
        if self.on_use:
            self.on_use(use)
        self._waiting.append(use)
        if user_id is not None:
            self._there.setdefault(today(), set()).add(user_id)
        writing = self._write_soon()
        await asyncio.wait({writing}, timeout=PATIENCE)
        committed = writing.done() and not any(waiting is use for waiting in reversed(self._waiting))
        self.late += not committed
        return committed

    async def retry(self) -> None:
        """Try again to write rows that the database refused; does nothing where none wait."""
        if self._waiting:
            # Waited for, not awaited: who cancels this must not cancel a write.
            await asyncio.wait({self._write_soon()})

    def _write_soon(self) -> asyncio.Task[None]:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="usage-writer")
        return self._writing

    async def _write_all(self) -> None:
        """Write until nothing waits, or the database refuses."""
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await self.execute(_INSERT, (json.dumps([_row(use) for use in batch]),))
                self._refused = ""
            except StoreUnavailable as error:
                self._refused = error.reason
                self._waiting = batch + self._waiting
                if (over := len(self._waiting) - MOST_WAITING) > 0:
                    self.lost += over
                    del self._waiting[:over]
                log.warning(
                    "%d usage rows wait: the database refuses them (%s). Answers go on.", len(self._waiting), error.reason
                )
                return

    async def count_people(self) -> None:
        """Write down who was there, at least ten people at once; fewer wait on, and go with their day.

        Call it seldom, and not because somebody came: the longer people wait, the less tells which rows are theirs.
        Never raises for what the database does.
        """
        try:
            forgotten = await self.get_state(FORGOTTEN)
            if forgotten != self._forgotten:  # by another process; whom is not written down, so all who wait go
                self._there, self._forgotten = {}, forgotten
            for day, people in tuple(self._there.items()):
                await self._count(day, people)
        except StoreUnavailable as error:
            log.warning("Who was there could not be counted (%s); it is tried again.", error.reason)
        for day in self._there.keys() - {today()}:
            del self._there[day]

    async def _count(self, day: str, people: set[int]) -> None:
        """Write down these people and let go of them, if enough of them are new."""
        taken = set(people)
        hashes = await asyncio.to_thread(
            lambda: {number: (self.hashed("person", number), self.hashed("opted out", number)) for number in taken}
        )
        there = [hashes[number] for number in taken & people]  # without whoever was forgotten meanwhile
        values = (day, json.dumps(there), FEWEST, FORGOTTEN, self._forgotten or "")
        if await self.execute(_INSERT_PEOPLE, values):
            people -= taken
            self._log_to_cut = True

    async def cut_log(self) -> None:
        """Empty the write-ahead log after people were written or deleted: it tells the order of all that was done.

        Where somebody else is using it, the next call tries again. No answer waits for this.
        """
        if not self._log_to_cut or self.database.refused:
            return
        self._log_to_cut = False
        try:
            self._log_to_cut |= not await self.database.cover()
        except StoreUnavailable as error:
            self._log_to_cut = True
            log.warning("The database's log could not be emptied (%s); it is tried again.", error.reason)

    async def asked(self) -> dict[str, int]:
        """Return how often each entry was shown of late; nothing where the database refuses: it only settles ties."""
        try:
            return dict(
                await self.execute(
                    "SELECT entry, SUM(answers) FROM entries_by_day WHERE day > ? GROUP BY entry",
                    ((datetime.now(UTC) - timedelta(days=OF_LATE)).date().isoformat(),),
                )
            )
        except StoreUnavailable as error:
            log.warning("How often entries were asked for could not be read (%s).", error.reason)
            return {}

    async def forget(self, user_id: int) -> int:
        """Let go of a person, in memory and in the database, and return on how many days they were counted.

        A day on which fewer than ten are left keeps nobody. Raises StoreUnavailable.
        """
        for people in self._there.values():
            people.discard(user_id)
        person, mark = self.hashed("person", user_id), secrets.token_hex(8)
        await self.set_state(FORGOTTEN, mark)
        self._forgotten = mark
        gone = await self.execute(_FORGET, (person, FEWEST))
        self._log_to_cut = True
        return gone.count((person,))

    async def close(self) -> None:
        """Write what still waits, and close. What the database refuses to the last is counted and said."""
        await self.database.hurry()
        if self._writing is not None and not self._writing.done():
            await self._writing
        await self._write_all()
        if self._there and not self._waiting:
            await self.count_people()
        if self.late:
            log.warning("%d answers went out before their row was committed.", self.late)
        if self._waiting:
            await asyncio.to_thread(self._leave_waiting)
        await super().close()

    def _leave_waiting(self) -> None:
        count, left = len(self._waiting), self.database.waiting
        try:
            with open(left, "w", opener=lambda path, how: os.open(path, how, 0o600)) as file:
                json.dump([_row(use) for use in self._waiting], file)
            log.warning("%d usage rows could not be saved; they lie in %s until the next start.", count, left)
        except OSError:
            self.lost += count
            log.error("%d usage rows could not be saved.", count)
