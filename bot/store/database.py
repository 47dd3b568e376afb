"""Open the database, bring its schema up to date, and hold the key of the hashes."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
from pathlib import Path

import aiosqlite

RETRY_MS = 20

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    # 1: what was asked, without who; who was there, without what. `people` has no rowid and is kept in the order of its
    # key, so nothing tells in which order people came.
    (
        """
        CREATE TABLE usage (
          interaction_id INTEGER PRIMARY KEY,
          at INTEGER NOT NULL,
          command TEXT NOT NULL,
          entry TEXT,
          outcome TEXT NOT NULL CHECK (outcome IN ('served', 'offered', 'asked which', 'nothing', 'failed')),
          latency_ms REAL NOT NULL,
          place TEXT NOT NULL CHECK (place IN ('server', 'direct message', 'user install')),
          language TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX usage_at ON usage (at)",
        "CREATE TABLE people (day TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (day, person)) STRICT, WITHOUT ROWID",
        "CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    # 2: names that nobody has an entry for. Until three people told of one there are only hashes of it and of them (keyed
    # by the name, so that they can't be joined with `people`); then the name as text and a count, and no hashes.
    (
        "CREATE TABLE gap_votes (name TEXT NOT NULL, person TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (name, person)) "
        "STRICT, WITHOUT ROWID",
        "CREATE TABLE gaps (name TEXT PRIMARY KEY, text TEXT NOT NULL, people INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    ),
    # 3: rows go after a time, and leave counts by day; who does not want to be counted is a hash of its own.
    (
        """
        CREATE TABLE usage_days (
          day TEXT NOT NULL,
          command TEXT NOT NULL,
          entry TEXT NOT NULL,
          outcome TEXT NOT NULL,
          place TEXT NOT NULL,
          language TEXT NOT NULL,
          answers INTEGER NOT NULL,
          PRIMARY KEY (day, command, entry, outcome, place, language)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TRIGGER usage_counted AFTER DELETE ON usage BEGIN
          INSERT INTO usage_days
          VALUES (date(old.at, 'unixepoch'), old.command, coalesce(old.entry, ''), old.outcome, old.place, old.language, 1)
          ON CONFLICT DO UPDATE SET answers = answers + 1;
        END
        """,
        "CREATE TABLE opted_out (person TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    ),
)
"""Each is run once, in order, in one transaction with the others; PRAGMA user_version says how many have been."""


class StoreError(Exception):
    """The database can't be used; the text is one plain sentence."""


async def connect(path: Path, *, busy_ms: int = 5000) -> aiosqlite.Connection:
    """Open the database file, making it and its folder where there is none, and run the migrations it lacks.

    The connection is in autocommit mode, write-ahead logging, synchronous NORMAL: a committed row survives the process
    being killed. `busy_ms` is how long a write waits for another process's lock. Raises StoreError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=64)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The database {path} can't be opened: {_reason(path, error)}") from None
    try:
        await connection.execute(f"PRAGMA busy_timeout = {busy_ms:d}")
        await _use_wal(connection, busy_ms)
        await connection.execute("PRAGMA synchronous = NORMAL")
        await _migrate(connection, path)
    except sqlite3.Error as error:
        await connection.close()
        raise StoreError(f"The database {path} can't be used: {_reason(path, error)}") from None
    except StoreError:
        await connection.close()
        raise
    return connection


async def _use_wal(connection: aiosqlite.Connection, busy_ms: int) -> None:
    """Switch to write-ahead logging. SQLite doesn't wait its busy_timeout for another process that is just doing so."""
    for left in range(busy_ms // RETRY_MS, -1, -1):
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if not left:
                raise
            await asyncio.sleep(RETRY_MS / 1000)


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    # Two processes may start at once: the version is read with the write lock held.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise StoreError(
                f"The database {path} was written by a newer immunobot (schema {version}, this one: {len(MIGRATIONS)}); "
                "upgrade immunobot, or name another file in database.url."
            )
        for statement in (statement for migration in MIGRATIONS[version:] for statement in migration):
            await connection.execute(statement)
        await connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        await connection.execute("COMMIT")
    except BaseException:
        await connection.execute("ROLLBACK")
        raise


def _reason(path: Path, error: Exception) -> str:
    """Say in plain words why a database does not open."""
    if isinstance(error, PermissionError) or "readonly" in str(error) or not os.access(path.parent, os.W_OK):
        return (
            f"user {os.getuid() if hasattr(os, 'getuid') else '?'} may not write to {path.parent}; "
            "give the folder to that user, or name another one in database.url."
        )
    if "not a database" in str(error):
        return "it is no SQLite database; move the file away, or name another one in database.url."
    return f"{error}; check the folder, or name another file in database.url."


def hash_key(given: str, database: Path) -> bytes:
    """Return the key of the hashes: the one given, else one made at first start beside the database, mode 0600.

    Raises StoreError.
    """
    if given:
        return given.encode()
    path = database.with_suffix(".secret")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_text(encoding="ascii").strip()
        else:
            key = secrets.token_hex(32)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(key + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"The key {path} can't be read or made: {_reason(path, error)}") from None
    if len(key) < 32:
        raise StoreError(f"The key {path} is damaged; put a backup of it there, or delete it to have a new one made.")
    return key.encode()
