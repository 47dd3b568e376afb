"""A SQLite file, whoever else has it open: copied, looked through, set aside; and in plain words what SQLite says of it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.store.errors import StoreUnavailable, advice

UNSHARED = "ro&immutable=1"
"""How a file is opened that nobody writes to: SQLite makes no log beside it."""

_LASTING = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB}
"""What no waiting mends: tables that aren't ours, a file that is no database."""


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error; 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextlib.contextmanager
def told(path: Path, done: str = "used") -> Iterator[None]:
    """Say in one plain sentence what SQLite, or the disk, says of a database. Raises StoreUnavailable."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        code = code_of(error) if isinstance(error, sqlite3.Error) else -1
        text = f"The database {path} can't be {done}: {advice(path, error)}"
        lasts, damaged = code in _LASTING, code == sqlite3.SQLITE_CORRUPT
        raise StoreUnavailable(text, str(error), lasts=lasts, damaged=damaged) from error


def have_file(path: Path, *, make: bool) -> None:
    """Make a file, its owner's alone, where there is none; unless told not to, which is a StoreUnavailable then."""
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would let everyone on the machine read it
    elif not path.exists():
        raise StoreUnavailable(
            f"There is no database {path}; start this in the folder that the bot runs in, or name the file in database.url."
        )


def opened(path: Path, mode: str = "ro", timeout: float = 5) -> contextlib.closing[sqlite3.Connection]:
    """Open a file that is there, in autocommit mode; as SQLite raises."""
    address = f"{path.resolve().as_uri()}?mode={mode}"
    if mode == "ro" and not os.access(path.parent, os.W_OK) and not beside(path, "-wal").exists():
        address += "&immutable=1"  # SQLite could not make the log that it wants even to read
    return contextlib.closing(sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None))


def copy(path: Path, target: Path) -> None:
    """Copy a database as it is at this moment, while others go on writing, and look the copy through.

    The target is there already, and empty. Raises StoreUnavailable.
    """
    with told(path, f"copied to {target.parent}"), opened(path) as source, opened(target, "rw") as made:
        made.execute("PRAGMA journal_mode = OFF")
        source.backup(made)  # all at once: piece by piece would begin anew at each write of others
    look_through(target, path)


def look_through(path: Path, of: Path) -> None:
    """Look through all of a copy `of` a database. Raises StoreUnavailable where it is damaged."""
    with told(of, "read"), opened(path, UNSHARED) as connection:
        ((found,),) = connection.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise StoreUnavailable(f"The database {of} is damaged: {found}", found, damaged=True)


def is_ours_alone(path: Path) -> bool:
    """Say whether nobody has a database open; its log is then part of it. Raises StoreUnavailable for a damaged one."""
    try:
        with told(path), opened(path, "rw", timeout=0) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except StoreUnavailable as error:
        if "is locked" in error.reason:
            return False
        raise
    return True


def set_aside(path: Path) -> Path:
    """Give a damaged database another name, whole: whoever can may save what is in it. Raises StoreUnavailable."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    with told(path, "set aside"):
        for end in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                beside(path, end).rename(beside(aside, end))
    return aside


def beside(path: Path, end: str) -> Path:
    """Return the place of what lies beside a file, under its name and this end."""
    return path.with_name(path.name + end)


def delete_beside(path: Path) -> None:
    """Delete what SQLite keeps beside a database that is no longer there."""
    for end in ("-wal", "-shm"):
        beside(path, end).unlink(missing_ok=True)


def put_in_place(path: Path, database: Path) -> None:
    """Let one take the place of another, which nobody has open. Raises StoreUnavailable."""
    with told(database, "replaced"):
        delete_beside(database)
        path.replace(database)
