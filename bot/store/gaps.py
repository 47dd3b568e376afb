"""Count names that are missing from the knowledge, and know them by name only once three people told of them."""

from __future__ import annotations

from typing import NamedTuple

from bot.store.usage import Store, today

PEOPLE = 3
"""So many different people make a name known; until then it is only a keyed hash."""

LETTERS = 80


class Gap(NamedTuple):
    """A name that is known to be missing."""

    people: int
    """how often it was told of"""
    name: str
    """its hash, in which all its spellings are one"""
    text: str


async def tell_missing(store: Store, name: str, text: str, user_id: int) -> bool:
    """Count that someone misses an entry, and return whether its name is known by now.

    `name` is what all spellings have in common, `text` what is kept of it (cut to 80 characters). Nobody counts twice
    until the name is known; then no hashes are left, and each telling counts, but of a name that was dismissed. Who does
    not want to be counted leaves nothing. Raises StoreUnavailable.
    """
    sealed = store.hashed("gap", name)
    known = await store.execute("SELECT 1 FROM gaps WHERE name = ?", (sealed,))
    if known:
        await store.execute("UPDATE gaps SET people = people + 1 WHERE name = ? AND NOT dismissed", (sealed,))
        return True
    await store.execute(
        "INSERT INTO gap_votes SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM opted_out WHERE person = ?) "
        "ON CONFLICT DO NOTHING",
        (sealed, store.hashed(f"gap:{sealed}", user_id), today(), store.hashed("opted out", user_id)),
    )
    ((people,),) = await store.execute("SELECT COUNT(*) FROM gap_votes WHERE name = ?", (sealed,))
    if people < PEOPLE:
        return False
    await store.execute(
        "INSERT INTO gaps (name, text, people) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (sealed, text[:LETTERS], people)
    )
    await store.execute("DELETE FROM gap_votes WHERE name = ?", (sealed,))
    return True


async def missed(store: Store, most: int) -> list[Gap]:
    """Return so many known names, the most missed first; dismissed ones are left out. Raises StoreUnavailable."""
    query = "SELECT people, name, text FROM gaps WHERE dismissed = FALSE ORDER BY people DESC, name LIMIT ?"
    return [Gap(*row) for row in await store.execute(query, (most,))]


async def dismiss(store: Store, name: str, *, dismissed: bool = True) -> str | None:
    """Dismiss a name for good, or take that back, and return its text; None where it was so already.

    Raises StoreUnavailable.
    """
    rows = await store.execute(
        "UPDATE gaps SET dismissed = ? WHERE name = ? AND dismissed <> ? RETURNING text", (dismissed, name, dismissed)
    )
    return str(rows[0][0]) if rows else None
