"""What members send to the moderators: kept with a keyed hash of the sender, handled oldest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from weakref import WeakKeyDictionary

from bot.store.keys import LAST_BEFORE
from bot.store.usage import Store, today

Kind = Literal["report", "suggestion"]
State = Literal["open", "done", "declined"]
Taken = Literal["taken", "too many", "blocked"]
Step = Literal["at", "next", "back"]

A_DAY = 3
"""So many reports, and so many suggestions, are taken from one person a day (UTC)."""

LETTERS = 1000
SOURCE_LETTERS = 300


@dataclass(frozen=True, slots=True)
class Message:
    """One report or suggestion."""

    number: int
    kind: Kind
    entry: str
    """the id of the entry that a report is about; empty for a suggestion"""
    text: str
    source: str
    day: date
    state: State
    blocked: int
    """the number of the block that its sender is under, 0 for none"""


_COLUMNS = "messages.number, kind, entry, text, source, messages.day, state, coalesce(blocked.number, 0)"
_MESSAGES = f"SELECT {_COLUMNS} FROM messages LEFT JOIN blocked USING (sender)"  # noqa: S608 (no value in it)
_OPEN = f"{_MESSAGES} WHERE kind = ? AND state = 'open'"
_STEPS: dict[Step, str] = {
    "at": ">= ? ORDER BY messages.number",
    "next": "> ? ORDER BY messages.number",
    "back": "< ? ORDER BY messages.number DESC",
}


def _message(row: tuple[Any, ...]) -> Message:
    number, kind, entry, text, source, day, state, blocked = row
    return Message(number, kind, entry, text, source, date.fromisoformat(day), state, blocked)


_today: WeakKeyDictionary[Store, tuple[str, Counter[tuple[str, str]]]] = WeakKeyDictionary()


def _sent_today(store: Store) -> Counter[tuple[str, str]]:
    """Return how many messages of each kind each sender's hash has sent today; in memory, where deleting them leaves it."""
    day = today()
    if _today.get(store, ("",))[0] != day:
        _today[store] = (day, Counter())
    return _today[store][1]


async def may_send(store: Store, user_id: int, kind: Kind) -> Taken:
    """Say whether a message of this kind would be taken from a person now. Raises StoreUnavailable."""
    sender = store.hashed("sender", user_id)
    ((blocked, sent),) = await store.execute(
        "SELECT EXISTS (SELECT 1 FROM blocked WHERE sender = ?), "
        "(SELECT COUNT(*) FROM messages WHERE sender = ? AND day = ? AND kind = ?)",
        (sender, sender, today(), kind),
    )
    sent = max(sent, _sent_today(store)[kind, sender])
    return "blocked" if blocked else "too many" if sent >= A_DAY else "taken"


async def send(store: Store, user_id: int, kind: Kind, text: str, *, entry: str = "", source: str = "") -> tuple[Taken, int]:
    """Keep a message where it may be sent, and return whether it was, and its number. Raises StoreUnavailable."""
    sender = store.hashed("sender", user_id)
    sent = _sent_today(store)
    if sent[kind, sender] >= A_DAY:
        return "too many", 0
    kept = list[tuple[Any, ...]]()
    sent[kind, sender] += 1  # before it is: of forms sent at once each is counted
    try:
        kept = await store.execute(
            "INSERT INTO messages (kind, entry, text, source, day, sender, state) SELECT ?, ?, ?, ?, ?, ?, 'open' "
            "WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE sender = ?) "
            "AND (SELECT COUNT(*) FROM messages WHERE sender = ? AND day = ? AND kind = ?) < ? RETURNING number",
            (kind, entry, text[:LETTERS], source[:SOURCE_LETTERS], today(), sender, sender, sender, today(), kind, A_DAY),
        )
    finally:
        sent[kind, sender] -= not kept
    if kept:
        return "taken", int(kept[0][0])
    refused = await may_send(store, user_id, kind)
    return "too many" if refused == "taken" else refused, 0


async def send_as_clinician(store: Store, user_id: int, entry: str, text: str) -> int:
    """Keep what a clinician found wrong in an entry as a report, however many they send; return its number.

    Raises StoreUnavailable.
    """
    rows = await store.execute(
        "INSERT INTO messages (kind, entry, text, source, day, sender, state) "
        "VALUES ('report', ?, ?, '', ?, ?, 'open') RETURNING number",
        (entry, text[:LETTERS], today(), store.hashed("sender", user_id)),
    )
    return int(rows[0][0])


async def find(store: Store, number: int) -> Message | None:
    """Return a message, handled or not; None where it was deleted or has expired. Raises StoreUnavailable."""
    rows = await store.execute(f"{_MESSAGES} WHERE messages.number = ?", (number,))
    return _message(rows[0]) if rows else None


async def beside(store: Store, kind: Kind, number: int, step: Step) -> Message | None:
    """Return an open message: this one, or else the next; the one after it; the one before it. None where none is open.

    Beyond either end it is the one at that end. Each is one look into an index, however many are open.
    Raises StoreUnavailable.
    """
    rows = await store.execute(f"{_OPEN} AND messages.number {_STEPS[step]} LIMIT 1", (kind, number))
    if not rows:
        end = "ASC" if step == "back" else "DESC"
        rows = await store.execute(f"{_OPEN} ORDER BY messages.number {end} LIMIT 1", (kind,))
    return _message(rows[0]) if rows else None


async def place(store: Store, kind: Kind, number: int) -> tuple[int, int]:
    """Return the place of a message among the open ones, from 1 on, and how many are open. Raises StoreUnavailable."""
    ((before, all_),) = await store.execute(
        "SELECT (SELECT COUNT(*) FROM messages WHERE kind = ? AND state = 'open' AND number < ?), "
        "(SELECT COUNT(*) FROM messages WHERE kind = ? AND state = 'open')",
        (kind, number, kind),
    )
    return before + 1, all_


async def open_counts(store: Store) -> dict[str, int]:
    """Return how many messages of each kind are open. Raises StoreUnavailable."""
    rows = await store.execute("SELECT kind, COUNT(*) FROM messages WHERE state = 'open' GROUP BY kind")
    return dict(rows)


async def open_reports(store: Store, entry: str, most: int) -> list[Message]:
    """Return the oldest open reports of mistakes in an entry. Raises StoreUnavailable."""
    rows = await store.execute(f"{_OPEN} AND entry = ? ORDER BY messages.number LIMIT ?", ("report", entry, most))
    return [_message(row) for row in rows]


async def settle(store: Store, number: int, state: State) -> bool:
    """Mark an open message as handled, or a handled one as open again; False where it is no longer as it was.

    Of two who do this at once, one is told False. Raises StoreUnavailable.
    """
    was = "state <> 'open'" if state == "open" else "state = 'open'"
    query = f"UPDATE messages SET state = ? WHERE number = ? AND {was} RETURNING 1"  # noqa: S608 (one of two conditions)
    return bool(await store.execute(query, (state, number)))


async def is_recognized(store: Store, number: int) -> bool:
    """Say whether the sender of this message would be known again: the key has not changed since.

    Raises StoreUnavailable.
    """
    return number > int(await store.get_state(LAST_BEFORE) or 0)


async def block(store: Store, number: int) -> bool:
    """Take no more messages from the sender of this one; False where the message is gone. Raises StoreUnavailable."""
    await store.execute(
        "INSERT INTO blocked (sender, day) SELECT sender, ? FROM messages WHERE number = ? ON CONFLICT DO NOTHING",
        (today(), number),
    )
    return await find(store, number) is not None


async def unblock(store: Store, block_number: int) -> bool:
    """Take messages again from whoever is under this block; False where there is none. Raises StoreUnavailable."""
    return bool(await store.execute("DELETE FROM blocked WHERE number = ? RETURNING 1", (block_number,)))


async def blocks(store: Store) -> list[tuple[int, date, str]]:
    """Return the latest thousand blocks, the latest first. Raises StoreUnavailable.

    Each is its number, its day, and the sender's last message that is still kept, empty for none.
    """
    rows = await store.execute(
        "SELECT number, day, coalesce((SELECT text FROM messages WHERE messages.sender = blocked.sender "
        "ORDER BY messages.number DESC LIMIT 1), '') FROM blocked ORDER BY number DESC LIMIT 1000"
    )
    return [(number, date.fromisoformat(day), text) for number, day, text in rows]


async def own(store: Store, user_id: int) -> list[dict[str, object]]:
    """Return what a person has sent, the oldest first. Raises StoreUnavailable."""
    rows = await store.execute(
        "SELECT kind, entry, text, source, day, state FROM messages WHERE sender = ? ORDER BY number",
        (store.hashed("sender", user_id),),
    )
    return [dict(zip(("kind", "entry", "text", "source", "day", "state"), row, strict=True)) for row in rows]


async def forget(store: Store, user_id: int) -> int:
    """Delete what a person has sent and return how many messages that were; a block stays. Raises StoreUnavailable."""
    sender = store.hashed("sender", user_id)
    return len(await store.execute("DELETE FROM messages WHERE sender = ? RETURNING 1", (sender,)))


async def is_blocked(store: Store, user_id: int) -> bool:
    """Say whether a person's messages are not taken any more. Raises StoreUnavailable."""
    return bool(await store.execute("SELECT 1 FROM blocked WHERE sender = ?", (store.hashed("sender", user_id),)))
