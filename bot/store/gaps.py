"""Count names that are missing from the knowledge, and know them by name only once three people told of them."""

from __future__ import annotations

from bot.store.usage import Store

PEOPLE = 3
"""So many different people make a name known; until then it is only a keyed hash."""

LETTERS = 80


async def tell_missing(store: Store, name: str, text: str, user_id: int) -> bool:
    """Count that someone misses an entry, and return whether its name is known by now.

    `name` is what all spellings have in common, `text` what would be shown (cut to 80 characters). Nobody counts twice
    until the name is known; then no hashes are left, and each telling counts. Raises sqlite3.Error.
    """
    sealed = store.hashed("gap", name)
    known = await store.execute("SELECT 1 FROM gaps WHERE name = ?", (sealed,))
    if known:
        await store.execute("UPDATE gaps SET people = people + 1 WHERE name = ?", (sealed,))
        return True
    await store.execute(
        "INSERT OR IGNORE INTO gap_votes VALUES (?, ?, date())", (sealed, store.hashed(f"gap:{sealed}", user_id))
    )
    ((people,),) = await store.execute("SELECT COUNT(*) FROM gap_votes WHERE name = ?", (sealed,))
    if people < PEOPLE:
        return False
    await store.execute("INSERT OR IGNORE INTO gaps VALUES (?, ?, ?)", (sealed, text[:LETTERS], people))
    await store.execute("DELETE FROM gap_votes WHERE name = ?", (sealed,))
    return True
