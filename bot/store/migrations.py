"""Bring a database's schema up to date."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import aiosqlite

from bot.store.errors import StoreUnavailable
from bot.store.sqlite_file import told

log = logging.getLogger(__name__)

SCHEMA = Path(__file__).with_name("schema") / "sqlite"
"""The migrations, numbered from 1: each is run once, in order; PRAGMA user_version says how many have been."""


async def migrate(connection: aiosqlite.Connection, path: Path, back_up: Callable[[Path, int], Path]) -> None:
    """Bring the schema up to date, in one transaction, once an older database is backed up.

    Raises StoreUnavailable, also for one that is newer; then it is as it was.
    """
    known = migrations()
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    if version == len(known):
        return  # without a lock, which another process may hold
    # Two processes may start at once: the version is read again with the write lock held.
    await connection.execute("BEGIN IMMEDIATE")
    kept: Path | None = None
    try:
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        if version > len(known):
            raise StoreUnavailable(
                f"The database {path} was written by a newer immunobot (schema {version}, this one: {len(known)}); "
                "upgrade immunobot, or name another file in database.url.",
                lasts=True,
            )
        with _staying(path) if version else nullcontext():
            if 0 < version < len(known):
                kept = await asyncio.to_thread(back_up, path, version)
            for migration in known[version:]:
                for statement in statements(migration.read_text(encoding="utf-8")):
                    await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {len(known)}")
            await connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # on a full disk SQLite has undone it already
            await connection.execute("ROLLBACK")
        if kept:
            await asyncio.to_thread(kept.unlink, missing_ok=True)
        raise
    if kept:
        log.info("The database %s was brought up to date; as it was, it is in %s.", path, kept)


@contextmanager
def _staying(path: Path) -> Iterator[None]:
    """Say of whatever keeps a database from being brought up to date that it stays as it was. Raises StoreUnavailable."""
    try:
        with told(path):
            yield
    except StoreUnavailable as error:
        what = f"The database {path} can't be brought up to date, and stays as it was: {error.reason.rstrip('.')}"
        todo = "mend that, or go back to the immunobot that it was used with"
        raise StoreUnavailable(f"{what}; {todo}.", error.reason, lasts=error.lasts or error.damaged) from error


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
