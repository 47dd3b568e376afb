"""What belongs to a person: shown, deleted, no longer kept; and what expires."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bot.store.usage import Store

BATCH = 500
"""Rows deleted in one statement: small enough that no answer waits for it."""


async def export(store: Store, user_id: int) -> dict[str, object]:
    """Return all that belongs to a person: the days they were counted on, and whether they opted out.

    What they asked is not theirs to find: it is stored without them. Raises sqlite3.Error.
    """
    days = await store.execute("SELECT day FROM people WHERE person = ? ORDER BY day", (store.hashed("person", user_id),))
    return {
        "days_counted": [day for (day,) in days],
        "missing_names_told": len(await _votes(store, user_id)),
        "opted_out": await opted_out(store, user_id),
    }


async def delete(store: Store, user_id: int) -> int:
    """Delete all that belongs to a person, and return how many rows that were; an opt-out stays. Raises sqlite3.Error."""
    await store.forget(user_id)
    person = store.hashed("person", user_id)
    days = await store.execute("DELETE FROM people WHERE person = ? RETURNING day", (person,))
    votes = await _votes(store, user_id)
    for name, vote in votes:
        await store.execute("DELETE FROM gap_votes WHERE name = ? AND person = ?", (name, vote))
    return len(days) + len(votes)


async def _votes(store: Store, user_id: int) -> list[tuple[str, str]]:
    """Return the (name, person) hashes of a person's votes; they can only be found name by name."""
    rows = await store.execute("SELECT name, person FROM gap_votes")
    return [(name, person) for name, person in rows if person == store.hashed(f"gap:{name}", user_id)]


async def opted_out(store: Store, user_id: int) -> bool:
    """Say whether a person does not want to be counted. Raises sqlite3.Error."""
    return bool(await store.execute("SELECT 1 FROM opted_out WHERE person = ?", (store.hashed("opted out", user_id),)))


async def opt(store: Store, user_id: int, *, out: bool) -> None:
    """Count a person no longer, or again; out also deletes what there is. Raises sqlite3.Error."""
    person = store.hashed("opted out", user_id)
    if out:
        await store.execute("INSERT OR IGNORE INTO opted_out VALUES (?)", (person,))
        await delete(store, user_id)
    else:
        await store.execute("DELETE FROM opted_out WHERE person = ?", (person,))
        await store.forget(user_id)


async def expire(store: Store, days: int) -> int:
    """Delete the rows older than so many days, in small batches, and return how many; counts by day stay.

    Raises sqlite3.Error.
    """
    before = int(time.time()) - days * 86_400
    gone = 0
    while True:
        rows = await store.execute(
            "DELETE FROM usage WHERE interaction_id IN (SELECT interaction_id FROM usage WHERE at < ? LIMIT ?) RETURNING 1",
            (before, BATCH),
        )
        gone += len(rows)
        if len(rows) < BATCH:
            break
        await asyncio.sleep(0)
    day = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
    for table in ("people", "gap_votes"):
        gone += len(await store.execute(f"DELETE FROM {table} WHERE day < ? RETURNING 1", (day,)))  # noqa: S608
    return gone
