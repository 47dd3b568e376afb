"""What belongs to a person: shown, deleted, no longer kept; and what expires."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bot.store import drafts, queues
from bot.store.keys import KEY_CHANGED
from bot.store.usage import Store

BATCH = 500
"""Rows deleted in one statement: small enough that no answer waits for it."""


async def export(store: Store, user_id: int) -> dict[str, object]:
    """Return all that belongs to a person: the days they were counted on, what they sent, and what they said or were told.

    What they asked is not theirs to find: it is stored without them. Raises StoreUnavailable.
    """
    days = await store.execute("SELECT day FROM people WHERE person = ? ORDER BY day", (store.hashed("person", user_id),))
    ((changes, proposed),) = await store.execute(
        "SELECT (SELECT COUNT(*) FROM history WHERE who = ?1), "
        "(SELECT COUNT(*) FROM proposals WHERE person = ?2) + (SELECT COUNT(*) FROM waiting WHERE who = ?1)",
        _as_moderator(store, user_id),
    )
    return {
        "days_counted": [day for (day,) in days],
        "missing_names_told": len(await _votes(store, user_id)),
        "messages_to_moderators": await queues.own(store, user_id),
        "messages_no_longer_taken": await queues.is_blocked(store, user_id),
        "changes_under_your_number": changes,
        "proposals_not_yet_published": proposed,
        "opted_out": await opted_out(store, user_id),
    }


def rows_of(exported: dict[str, object]) -> int:
    """Return how many rows an export tells of; what it says with yes or no, an opt-out and a block, stays on purpose."""
    counts = (len(value) if isinstance(value, list) else value for value in exported.values())
    return sum(count for count in counts if isinstance(count, int) and not isinstance(count, bool))


def _as_moderator(store: Store, user_id: int) -> tuple[str, str]:
    """Return what a moderator's changes and proposals bear: their number, because they stand by a change; a hash."""
    return str(user_id), store.hashed("moderator", user_id)


async def key_changed(store: Store, days: int) -> str | None:
    """Return the day on which the key changed, as long as rows of before may be there; else None.

    Raises StoreUnavailable.
    """
    day = await store.get_state(KEY_CHANGED)
    return day if day is not None and day >= _day_before(days) else None


async def delete(store: Store, user_id: int) -> int:
    """Delete all that belongs to a person, and return how many rows that were; an opt-out and a block stay.

    A moderator's changes stay, without their number: they are the history of what the bot said. Raises StoreUnavailable.
    """
    number, sealed = _as_moderator(store, user_id)
    changes = await store.execute("UPDATE history SET who = '' WHERE who = ? RETURNING 1", (number,))
    proposed = await store.execute("DELETE FROM proposals WHERE person = ? RETURNING 1", (sealed,))
    # Without its number it isn't known any more who must not agree to it.
    proposed += await store.execute("DELETE FROM waiting WHERE who = ? RETURNING 1", (number,))
    sent = await queues.forget(store, user_id)
    return len(changes) + len(proposed) + sent + await _delete_counted(store, user_id)


async def _delete_counted(store: Store, user_id: int) -> int:
    days = await store.forget(user_id)
    votes = await _votes(store, user_id)
    for name, vote in votes:
        await store.execute("DELETE FROM gap_votes WHERE name = ? AND person = ?", (name, vote))
    return days + len(votes)


async def _votes(store: Store, user_id: int) -> list[tuple[str, str]]:
    """Return the (name, person) hashes of a person's votes; they can only be found name by name."""
    rows = await store.execute("SELECT name, person FROM gap_votes")
    # A hash for each vote of everybody: off the loop, where there may be many.
    return await asyncio.to_thread(
        lambda: [(name, person) for name, person in rows if person == store.hashed(f"gap:{name}", user_id)]
    )


async def opted_out(store: Store, user_id: int) -> bool:
    """Say whether a person does not want to be counted. Raises StoreUnavailable."""
    return bool(await store.execute("SELECT 1 FROM opted_out WHERE person = ?", (store.hashed("opted out", user_id),)))


async def opt(store: Store, user_id: int, *, out: bool) -> None:
    """Count a person no longer, or again; out also deletes what counted them, but nothing that they sent on purpose.

    Raises StoreUnavailable.
    """
    person = store.hashed("opted out", user_id)
    if out:
        await store.execute("INSERT INTO opted_out VALUES (?) ON CONFLICT DO NOTHING", (person,))
        await _delete_counted(store, user_id)
    else:
        await store.execute("DELETE FROM opted_out WHERE person = ?", (person,))


async def expire(store: Store, days: int) -> int:
    """Delete the rows older than so many days, in small batches, and return how many; counts by day stay.

    Raises StoreUnavailable.
    """
    now, day = int(time.time()), _day_before(days)
    gone = await _expire_in_batches(store, "usage", "(at, number)", "at", now - days * 86_400)
    gone += await _expire_in_batches(store, "proposals", "id", "at", now - drafts.LASTS)
    gone += await _expire_in_batches(store, "messages", "number", "day", day)
    gone += await _expire_in_batches(store, "people", "(day, person)", "day", day)
    gone += await _expire_in_batches(store, "gap_votes", "(name, person)", "day", day)
    return gone


def _day_before(days: int) -> str:
    """Return the first day whose rows are kept."""
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


async def _expire_in_batches(store: Store, table: str, key: str, column: str, before: int | str) -> int:
    gone, query = 0, f"SELECT {key.strip('()')} FROM {table} WHERE {column} < ? LIMIT ?"  # noqa: S608 (names of this file)
    while True:
        rows = await store.execute(f"DELETE FROM {table} WHERE {key} IN ({query}) RETURNING 1", (before, BATCH))  # noqa: S608
        gone += len(rows)
        if len(rows) < BATCH:
            return gone
        await asyncio.sleep(0)
