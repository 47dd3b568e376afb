"""Open the database, bring its schema up to date, and hold the key of the hashes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sqlite3
import tempfile
from collections.abc import AsyncIterator
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
    # 4: every version of every knowledge file, whole; and what a moderator has proposed but not yet published. `who` is a
    # moderator's number at Discord, empty for an editor's change: who changes a medical text stands by it.
    (
        """
        CREATE TABLE history (
          file TEXT NOT NULL,
          number INTEGER NOT NULL,
          at INTEGER NOT NULL,
          who TEXT NOT NULL,
          action TEXT NOT NULL,
          why TEXT NOT NULL,
          before TEXT,
          after TEXT,
          changed INTEGER NOT NULL,
          done INTEGER NOT NULL,
          PRIMARY KEY (file, number)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX history_at ON history (at)",
        "CREATE TABLE proposals (id TEXT PRIMARY KEY, person TEXT NOT NULL, at INTEGER NOT NULL, content TEXT NOT NULL) "
        "STRICT, WITHOUT ROWID",
    ),
    # 5: what members send to the moderators, with a keyed hash of the sender; senders who were blocked; missing names that
    # were dismissed. Numbers are never used twice: a press on an old message must not reach another one.
    (
        """
        CREATE TABLE messages (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          kind TEXT NOT NULL CHECK (kind IN ('report', 'suggestion')),
          entry TEXT NOT NULL,
          text TEXT NOT NULL,
          source TEXT NOT NULL,
          day TEXT NOT NULL,
          sender TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('open', 'done', 'declined'))
        ) STRICT
        """,
        "CREATE INDEX messages_open ON messages (kind, state, number)",
        "CREATE INDEX messages_sender ON messages (sender, day)",
        "CREATE TABLE blocked (number INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL UNIQUE, day TEXT NOT NULL) "
        "STRICT",
        "ALTER TABLE gaps ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX gaps_missed ON gaps (dismissed, people DESC, name)",
    ),
    # 6: a server's settings, under a keyed hash of its number: which servers use the bot is not written down.
    (
        "CREATE TABLE servers (server TEXT PRIMARY KEY, visible INTEGER NOT NULL, sharing INTEGER NOT NULL, "
        "language TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    # 7: counts by day, kept by a trigger in the transaction of each answer's row, so that figures read a few thousand rows
    # however many answers there were, and that rows which expire change nothing. Entries and times are counted apart from
    # the rest, so that a single answer can't be put together again. Times are kept to two significant digits.
    (
        """
        CREATE TABLE answers_by_day (
          day TEXT NOT NULL,
          command TEXT NOT NULL,
          outcome TEXT NOT NULL,
          place TEXT NOT NULL,
          language TEXT NOT NULL,
          answers INTEGER NOT NULL,
          PRIMARY KEY (day, command, outcome, place, language)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE entries_by_day (day TEXT NOT NULL, entry TEXT NOT NULL, answers INTEGER NOT NULL, "
        "PRIMARY KEY (day, entry)) STRICT, WITHOUT ROWID",
        "CREATE TABLE times_by_day (day TEXT NOT NULL, ms REAL NOT NULL, answers INTEGER NOT NULL, "
        "PRIMARY KEY (day, ms)) STRICT, WITHOUT ROWID",
        """
        INSERT INTO answers_by_day
        SELECT day, command, outcome, place, language, SUM(answers) FROM (
          SELECT date(at, 'unixepoch') AS day, command, outcome, place, language, 1 AS answers FROM usage
          UNION ALL SELECT day, command, outcome, place, language, answers FROM usage_days
        ) GROUP BY 1, 2, 3, 4, 5
        """,
        """
        INSERT INTO entries_by_day
        SELECT day, entry, SUM(answers) FROM (
          SELECT date(at, 'unixepoch') AS day, entry, 1 AS answers FROM usage
          WHERE entry IS NOT NULL AND outcome = 'served'
          UNION ALL SELECT day, entry, answers FROM usage_days WHERE entry <> '' AND outcome = 'served'
        ) GROUP BY 1, 2
        """,
        """
        INSERT INTO times_by_day
        SELECT date(at, 'unixepoch'), CAST(printf('%.1e', latency_ms) AS REAL), COUNT(*) FROM usage GROUP BY 1, 2
        """,
        "DROP TRIGGER usage_counted",
        "DROP TABLE usage_days",
        """
        CREATE TRIGGER usage_counted AFTER INSERT ON usage BEGIN
          INSERT INTO answers_by_day
          VALUES (date(new.at, 'unixepoch'), new.command, new.outcome, new.place, new.language, 1)
          ON CONFLICT DO UPDATE SET answers = answers + 1;
          INSERT INTO entries_by_day SELECT date(new.at, 'unixepoch'), new.entry, 1
          WHERE new.entry IS NOT NULL AND new.outcome = 'served'
          ON CONFLICT DO UPDATE SET answers = answers + 1;
          INSERT INTO times_by_day VALUES (date(new.at, 'unixepoch'), CAST(printf('%.1e', new.latency_ms) AS REAL), 1)
          ON CONFLICT DO UPDATE SET answers = answers + 1;
        END
        """,
    ),
    # 8: nobody can join who and what. A row has a random number in place of Discord's, and lies by its time and that; days
    # of fewer than ten people keep none. Both tables are written anew, because pages tell in which order rows came.
    (
        """
        CREATE TABLE usage_anew (
          at INTEGER NOT NULL,
          number INTEGER NOT NULL,
          command TEXT NOT NULL,
          entry TEXT,
          outcome TEXT NOT NULL CHECK (outcome IN ('served', 'offered', 'asked which', 'nothing', 'failed')),
          latency_ms REAL NOT NULL,
          place TEXT NOT NULL CHECK (place IN ('server', 'direct message', 'user install')),
          language TEXT NOT NULL,
          PRIMARY KEY (at, number)
        ) STRICT, WITHOUT ROWID
        """,
        "INSERT INTO usage_anew SELECT at, random(), command, entry, outcome, latency_ms, place, language FROM usage "
        "ORDER BY 1, 2",
        "DROP TABLE usage",
        "ALTER TABLE usage_anew RENAME TO usage",
        """
        CREATE TRIGGER usage_counted AFTER INSERT ON usage BEGIN
          INSERT INTO answers_by_day
          VALUES (date(new.at, 'unixepoch'), new.command, new.outcome, new.place, new.language, 1)
          ON CONFLICT DO UPDATE SET answers = answers + 1;
          INSERT INTO entries_by_day SELECT date(new.at, 'unixepoch'), new.entry, 1
          WHERE new.entry IS NOT NULL AND new.outcome = 'served'
          ON CONFLICT DO UPDATE SET answers = answers + 1;
          INSERT INTO times_by_day VALUES (date(new.at, 'unixepoch'), CAST(printf('%.1e', new.latency_ms) AS REAL), 1)
          ON CONFLICT DO UPDATE SET answers = answers + 1;
        END
        """,
        "CREATE TABLE people_anew (day TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (day, person)) "
        "STRICT, WITHOUT ROWID",
        "INSERT INTO people_anew SELECT day, person FROM people "
        "WHERE day IN (SELECT day FROM people GROUP BY day HAVING COUNT(*) >= 10) ORDER BY 1, 2",
        "DROP TABLE people",
        "ALTER TABLE people_anew RENAME TO people",
    ),
)
"""Each is run once, in order, in one transaction with the others; PRAGMA user_version says how many have been."""


class StoreError(Exception):
    """The database can't be used; the text is one plain sentence."""


async def connect(path: Path, *, busy_ms: int = 5000, make: bool = True) -> aiosqlite.Connection:
    """Open the database file, making it and its folder where there is none (unless told not to), and migrate it.

    A file that is made is its owner's alone, and so are those that SQLite keeps beside it. The connection is in autocommit
    mode, write-ahead logging, synchronous NORMAL: a committed row survives the process being killed; what is deleted is
    overwritten. `busy_ms` is how long a write waits for another process's lock. Raises StoreError.
    """
    try:
        _have_file(path, make=make)
        connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=64)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The database {path} can't be opened: {_reason(path, error)}") from None
    async with closed_if_unusable(connection, path):
        await connection.execute(f"PRAGMA busy_timeout = {busy_ms:d}")
        await _use_wal(connection, busy_ms)
        await connection.execute("PRAGMA synchronous = NORMAL")
        await connection.execute("PRAGMA secure_delete = ON")
        await _migrate(connection, path)
    return connection


@contextlib.asynccontextmanager
async def closed_if_unusable(connection: aiosqlite.Connection, path: Path) -> AsyncIterator[None]:
    """Close a connection that turns out not to be usable, and say why. Raises StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        await connection.close()
        raise unusable(path, error) from None
    except StoreError:
        await connection.close()
        raise


def cut_log(path: Path) -> bool:
    """Empty the write-ahead log, and return whether nobody else was using it. Raises sqlite3.Error.

    This blocks, on a connection of its own, for as long as the disk takes; it waits for no lock.
    """
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0)) as connection:
        ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return not busy


def unusable(path: Path, error: sqlite3.Error) -> StoreError:
    """Return in one plain sentence what SQLite says of a database."""
    return StoreError(f"The database {path} can't be used: {_reason(path, error)}")


def _have_file(path: Path, *, make: bool) -> None:
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would let everyone on the machine read it
    elif not path.exists():
        raise StoreError(
            f"There is no database {path}; start this in the folder that the bot runs in, or name the file in database.url."
        )


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


def hash_key(given: str, database: Path, *, make: bool = True) -> bytes:
    """Return the key of the hashes: the one given, else one made at first start (unless told not to) beside the database.

    Its file is its owner's alone. Raises StoreError.
    """
    if given:
        return given.encode()
    path = database.with_suffix(".secret")
    try:
        if make and not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise StoreError(
            f"The key {path} is not there, and without it nobody can be found; put a backup of it there, or set "
            "privacy.secret as it is where the bot runs."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"The key {path} can't be read or made: {_reason(path, error)}") from None
    if len(key) < 32:
        raise StoreError(f"The key {path} is damaged; put a backup of it there, or delete it to have a new one made.")
    return key.encode()


def _make_key(path: Path) -> None:
    """Put a new key there, whole at once: of processes that start together, all read the one that was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())  # a key that a power cut empties would be damaged for good
        os.link(made, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(
            f"The key {path} can't be made there ({error.strerror}); set privacy.secret to a long random text."
        ) from None
    finally:
        Path(made).unlink()
