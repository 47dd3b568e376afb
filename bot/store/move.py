"""Move all that a SQLite file holds into PostgreSQL, in one transaction, and compare."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from bot.store.database import Ask, Database
from bot.store.errors import StoreUnavailable
from bot.store.keys import KEY, mark
from bot.store.postgres import Postgres
from bot.store.tables import KEYS, count_of, counts

YES_OR_NO = {
    "gaps": ("dismissed",),
    "history": ("changed", "done"),
    "waiting": ("checked",),
    "servers": ("visible", "sharing"),
}
MOVED = "moved"
"""In the table `state`: how many rows each table had when they were moved."""

BATCH = 5000

Told = Callable[[str, int, int], None]
"""Hears of a table how many of its rows are moved, and how many there are."""


async def move(source: Database, target: Postgres, key: bytes, told: Told) -> dict[str, int]:
    """Copy everything, in place of what was moved there before, and return how many rows each table has.

    Raises StoreUnavailable, and changes nothing then: also where the target was used since, where the key is another one
    than the source's, and where the counts differ in the end.
    """
    former = await target.execute("SELECT value FROM state WHERE key = ?", (MOVED,))
    now = await counts(target)
    if now != (json.loads(former[0][0]) if former else dict.fromkeys(KEYS, 0) | {"state": now["state"]}):
        what = f"The database {target} has been used already, and nothing is written over that"
        raise StoreUnavailable(f"{what}; name an empty one in database.url.")
    known = await source.execute("SELECT value FROM state WHERE key = ?", (KEY,))
    if known and known[0][0] != mark(key):
        raise StoreUnavailable(
            f"privacy.secret is not the key that {source} was used with, so nobody could be found any more; set it to what "
            f"stands in {source.key_file}, or to what it was."
        )
    loop = asyncio.get_running_loop()
    async with target.alone() as connection:

        def wait(asked: Coroutine[Any, Any, Any]) -> Any:
            return asyncio.run_coroutine_threadsafe(asked, loop).result()

        def copy(ask: Ask) -> dict[str, int]:
            for table in KEYS:
                _copy(ask, table, lambda *given, **named: wait(connection.copy_records_to_table(*given, **named)), told)
            for table, last in ask("SELECT name, seq FROM sqlite_sequence"):
                wait(connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'number'), {last:d})"))
            return {table: count_of(ask, table) for table in KEYS}

        with target.told("written"):
            async with connection.transaction():
                await connection.execute(f"TRUNCATE {', '.join(KEYS)}")
                await connection.execute("ALTER TABLE usage DISABLE TRIGGER USER")  # the counts by day are moved, too
                wanted = await source.read(copy)
                await connection.execute("ALTER TABLE usage ENABLE TRIGGER USER")
                for table, count in wanted.items():
                    made = await connection.fetchval(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 (names of this file)
                    if made != count:
                        what = f"Of {count} rows of {table} {made} arrived in {target}"
                        raise StoreUnavailable(f"{what}; nothing was changed there. Report this as a mistake.")
                await connection.execute("INSERT INTO state VALUES ($1, $2)", MOVED, json.dumps(wanted))
    return wanted


def _copy(ask: Ask, table: str, write: Callable[..., object], told: Told) -> None:
    """Copy a table, some rows at a time, in the order of its key."""
    columns = [name for _, name, *_ in ask(f"PRAGMA table_info({table})")]
    names, key = ", ".join(columns), KEYS[table]
    places = [columns.index(each) for each in key.split(", ")]
    count, done, last = count_of(ask, table), 0, tuple[object, ...]()
    while done < count:
        where = f"WHERE ({key}) > ({', '.join('?' * len(last))})" * bool(last)
        rows = ask(f"SELECT {names} FROM {table} {where} ORDER BY {key} LIMIT {BATCH}", last)  # noqa: S608 (names of a schema)
        last = tuple(rows[-1][place] for place in places)
        rows = [row for row in rows if (table, row[0]) != ("state", MOVED)]
        write(table, records=[_typed(table, columns, row) for row in rows], columns=columns)
        done += len(rows)
        told(table, done, count)


def _typed(table: str, columns: list[str], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row as PostgreSQL has it, which tells yes and no from numbers."""
    kept = YES_OR_NO.get(table, ())
    return tuple(
        bool(value) if name in kept and value is not None else value for name, value in zip(columns, row, strict=True)
    )
