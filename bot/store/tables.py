"""The tables, in either database."""

from __future__ import annotations

from bot.store.database import Ask, Database

KEYS = {
    "usage": "at, number",
    "people": "day, person",
    "opted_out": "person",
    "gap_votes": "name, person",
    "gaps": "name",
    "answers_by_day": "day, command, outcome, place, language",
    "entries_by_day": "day, entry",
    "times_by_day": "day, ms",
    "said_by_day": "day, entry, said",
    "history": "file, number",
    "proposals": "id",
    "waiting": "id",
    "messages": "number",
    "blocked": "number",
    "servers": "server",
    "state": "key",
}
"""Every table, with its key, in whose order its rows are written."""


async def counts(database: Database) -> dict[str, int]:
    """Return how many rows each table has. Raises StoreUnavailable."""
    return await database.read(lambda ask: {table: count_of(ask, table) for table in KEYS})


def count_of(ask: Ask, table: str) -> int:
    """Return how many rows a table has; what was noted of a move is none that was moved."""
    query = f"SELECT COUNT(*) FROM {table}" + " WHERE key <> 'moved'" * (table == "state")  # noqa: S608 (names of this file)
    return int(ask(query)[0][0])
