"""Bring a database's schema up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

from bot.store.errors import StoreUnavailable

SCHEMA = Path(__file__).with_name("schema") / "sqlite"
"""The migrations, numbered from 1: each is run once, in order; PRAGMA user_version says how many have been."""


async def migrate(connection: aiosqlite.Connection, path: Path) -> None:
    """Bring the schema up to date. Raises StoreUnavailable for one that is newer, and as SQLite does."""
    known = migrations()
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    if version == len(known):
        return  # without a lock, which another process may hold
    # Two processes may start at once: the version is read again with the write lock held.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        if version > len(known):
            raise StoreUnavailable(
                f"The database {path} was written by a newer immunobot (schema {version}, this one: {len(known)}); "
                "upgrade immunobot, or name another file in database.url.",
                lasts=True,
            )
        for migration in known[version:]:
            for statement in statements(migration.read_text(encoding="utf-8")):
                await connection.execute(statement)
        await connection.execute(f"PRAGMA user_version = {len(known)}")
        await connection.execute("COMMIT")
    except BaseException:
        await connection.execute("ROLLBACK")
        raise


def migrations() -> list[Path]:
    """Return the files that make the schema, in their order; the first makes version 1 of an empty database."""
    return sorted(SCHEMA.glob("[0-9]*.sql"))


def statements(script: str) -> Iterator[str]:
    """Take a script apart, to be run in one transaction: `executescript` would end the one that is open.

    A statement ends at the end of a line; a trigger with all that it does is one.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
