"""A backup: one zip file with the database as it was at one moment, the changed entries, and the checksums of all that."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot import __version__
from bot.errors import PlainError
from bot.store.errors import StoreUnavailable
from bot.store.keys import KEY
from bot.store.migrations import migrations
from bot.store.sqlite_file import UNSHARED, beside, copy, have_file, look_through, opened, told

DATABASE, CHANGES, CONTENTS = "immunobot.db", "knowledge/", "backup.json"
"""What is in a backup: the database, a folder of changed entries, what it is a backup of."""

HALF = ".half-"
"""In the names of what lies beside a backup while it is made."""

LEFT = 3600
"""Seconds without a change after which they are of a backup that was cut off."""

_NAME, _UPGRADE = "immunobot-%Y-%m-%d-%H%M%S-%f.zip", "immunobot-schema-"

MB = 1_000_000
SPARE = 10 * MB
"""Room that is left over when a database is brought up to date, at least."""

FASTEST = 1
"""How hard zlib tries: the rest takes three times as long and saves a tenth."""

_NOT_WHOLE = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)
"""What reading a file raises that isn't what was written."""


class BackupError(StoreUnavailable):
    """A backup can't be made or used; nothing was changed."""

    status = PlainError.status


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself."""

    file: Path
    immunobot: str
    """the version that made it"""
    made: str
    """when, to the microsecond"""
    schema: int
    key: str
    """what the key of the hashes is known by; empty where there was none"""
    changes: bool
    """whether the folder of changed entries is part of it"""
    left_out: list[str]
    """changed files that are no text"""
    sha256: dict[str, str]
    """name in the zip -> checksum"""

    @property
    def when(self) -> str:
        """When it was made, for people."""
        return f"{self.made[:19]} UTC"

    def texts(self) -> dict[str, str]:
        """Return the changed entries, by file."""
        with zipfile.ZipFile(self.file) as packed:
            names = [name for name in self.sha256 if name.startswith(CHANGES)]
            return {name.removeprefix(CHANGES): packed.read(name).decode() for name in names}

    def __str__(self) -> str:
        """Return what it holds, and the checksum of the whole file."""
        with self.file.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        files = f"{len(self.sha256) - 1} changed files"
        return f"{self.file} is whole: the database as it was at {self.when}, and {files}.\nSHA-256 {sha256}"

    def refuse_newer(self) -> None:
        """Raise BackupError where it was made by a newer bot than this one."""
        if self.schema > (known := len(migrations())):
            what = f"was made by a newer immunobot ({self.immunobot}, schema {self.schema}, this one: {known})"
            raise BackupError(f"The backup {self.file} {what}; upgrade immunobot first.")

    def unpack(self, target: Path) -> None:
        """Write the database to a file that is its owner's alone, and look it through. Raises StoreUnavailable."""
        have_file(target, make=True)
        with told(target, "written"), target.open("wb") as out, zipfile.ZipFile(self.file) as packed:
            shutil.copyfileobj(packed.open(DATABASE), out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        look_through(target, self.file)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Raise BackupError for what the disk says of a place for a backup."""
    try:
        yield
    except OSError as error:
        what = f"The backup {target} can't be written ({error.strerror}); make room there, or name another place."
        raise BackupError(what) from None


def new_file(database: Path, now: datetime | None = None) -> Path:
    """Return where the bot puts a backup that it makes by itself: a folder beside the database, which is made."""
    folder = database.parent / "backups"
    with writing(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{now or datetime.now(UTC):{_NAME}}"


def own_files(database: Path) -> list[tuple[datetime, Path]]:
    """Return the backups that the bot made by itself, the oldest first, each with when that was."""
    found = list[tuple[datetime, Path]]()
    for path in (database.parent / "backups").glob("*.zip"):
        if path.name.startswith(_UPGRADE):
            found.append((datetime.fromtimestamp(path.stat().st_mtime, UTC), path))
        with suppress(ValueError):  # somebody else's
            found.append((datetime.strptime(path.name, _NAME).replace(tzinfo=UTC), path))
    return sorted(found)


def delete(path: Path) -> None:
    """Delete a file that is of no more use, if that can be."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write(database: Path, texts: Mapping[str, str] | None, target: Path, left_out: Sequence[str] = ()) -> Backup:
    """Write a database, as it is now, and changed entries into a backup that is there whole or not at all.

    Raises BackupError and StoreUnavailable.
    """
    half, copied = beside(target, f"{HALF}written"), beside(target, f"{HALF}copied")
    with writing(target):
        if target.exists():
            raise BackupError(f"{target} is there already, and no backup is written over anything; name another file.")
        for left in target.parent.glob(f"*{HALF}*"):
            if time.time() - left.stat().st_mtime > LEFT:
                left.unlink()
        os.close(os.open(copied, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    try:
        copy(database, copied)
        with told(database, "read"), opened(copied, UNSHARED) as connection, copied.open("rb") as file:
            ((schema,),) = connection.execute("PRAGMA user_version")
            key = "".join(mark for (mark,) in connection.execute("SELECT value FROM state WHERE key = ?", (KEY,)))
            sums = {DATABASE: hashlib.file_digest(file, "sha256").hexdigest()}
        sums |= {CHANGES + name: hashlib.sha256(text.encode()).hexdigest() for name, text in (texts or {}).items()}
        backup = Backup(
            target, __version__, datetime.now(UTC).isoformat(" "), schema, key, texts is not None, list(left_out), sums
        )
        with writing(target), os.fdopen(os.open(half, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST) as packed:
                packed.write(copied, DATABASE)
                for name, text in (texts or {}).items():
                    packed.writestr(CHANGES + name, text.encode())
                packed.writestr(CONTENTS, json.dumps({**asdict(backup), "file": ""}, indent=2))
            out.flush()
            os.fsync(out.fileno())
        read(half)
        half.replace(target)
    finally:
        delete(copied)
        delete(half)
    return backup


def back_up(database: Path, schema: int) -> Path:
    """Back up a database before its schema changes from this one, where there is room for that and for the change.

    There is one for each schema: where a process is killed again and again, they don't fill the disk. Raises
    StoreUnavailable.
    """
    files = [path for path in (database, beside(database, "-wal")) if path.exists()]
    needed, free = 3 * sum(path.stat().st_size for path in files) + SPARE, shutil.disk_usage(database.parent).free
    if free < needed:
        raise BackupError("", f"{needed // MB} MB of room are needed on its disk, and {free // MB} MB are free")
    delete(target := new_file(database).with_name(f"{_UPGRADE}{schema}.zip"))
    return write(database, None, target).file


def read(file: Path) -> Backup:
    """Read a backup, and compare all that is in it with its checksums. Raises BackupError."""
    try:
        with zipfile.ZipFile(file) as packed:
            backup = replace(Backup(**json.loads(packed.read(CONTENTS))), file=file)
            for name, wanted in {DATABASE: "", **backup.sha256}.items():
                with packed.open(name) as part:
                    if hashlib.file_digest(part, "sha256").hexdigest() != wanted:  # type: ignore[arg-type]
                        raise ValueError(name)
    except OSError as error:
        raise BackupError(f"The backup {file} can't be read ({error.strerror}); check its name and permissions.") from None
    except _NOT_WHOLE:
        raise BackupError(f"{file} is no backup of immunobot, or damaged, or was cut off; take another one.") from None
    return backup


_SAME = "SELECT COUNT(*) FROM main.state JOIN newer.state USING (key, value) WHERE key = ?"
# By table: what is not in the newer one any more, of days of which all was in it; whose changes no longer bear their number.
_FOLLOW = {
    "people": "DELETE FROM main.people WHERE day < :day AND (day, person) NOT IN (SELECT day, person FROM newer.people)",
    "gap_votes": "DELETE FROM main.gap_votes "
    "WHERE day < :day AND (name, person) NOT IN (SELECT name, person FROM newer.gap_votes)",
    "proposals": "DELETE FROM main.proposals "
    "WHERE date(at, 'unixepoch') < :day AND id NOT IN (SELECT id FROM newer.proposals)",
    "waiting": "DELETE FROM main.waiting WHERE date(at, 'unixepoch') < :day AND id NOT IN (SELECT id FROM newer.waiting)",
    "messages": "DELETE FROM main.messages WHERE day < :day AND number NOT IN (SELECT number FROM newer.messages)",
    "history": "UPDATE main.history SET who = '' "
    "WHERE who <> '' AND (file, number) IN (SELECT file, number FROM newer.history WHERE who = '')",
    "opted_out": "INSERT OR IGNORE INTO main.opted_out SELECT * FROM newer.opted_out",
}
_BOTH = "SELECT name FROM main.sqlite_master JOIN newer.sqlite_master USING (type, name) WHERE type = 'table'"
# No number is given again, however many were since: a press on an old message must not reach another one.
_SKIP = (
    "INSERT INTO main.sqlite_sequence SELECT * FROM (VALUES ('messages', 0), ('blocked', 0)) "
    "WHERE column1 NOT IN (SELECT name FROM main.sqlite_sequence)",
    "UPDATE main.sqlite_sequence SET seq = seq + 1000000",
)


def heed(restored: Path, made: str, newer: Path | None) -> tuple[str, dict[str, int]]:
    """Delete from a restored database what was deleted since in the newer one, and let who opted out there stay out.

    Return in words what that was, empty where not all can be known: there is none, or another database, or it has another
    key, or was itself restored from an older backup meanwhile, so that what came between never was in it; and the number of
    each file's latest version in the newer one. Raises StoreUnavailable.
    """
    with told(newer or restored, "read"), opened(restored, "rw") as connection:
        connection.execute("PRAGMA secure_delete = ON")
        if newer:
            connection.execute("ATTACH ? AS newer", (str(newer),))
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SKIP:
            connection.execute(statement)
        restores = [*_restores(connection, "main"), (made, datetime.now(UTC).isoformat(" "))]
        connection.execute("INSERT OR REPLACE INTO main.state VALUES ('restored', ?)", (json.dumps(restores),))
        heeded, versions = "", dict[str, int]()
        if newer:
            between = [since[:10] for since, at in _restores(connection, "newer") if since < made <= at]
            same_key, same = (connection.execute(_SAME, (name,)).fetchone()[0] for name in (KEY, "database"))
            day = {"day": min([*between, "9999"])}
            done = dict.fromkeys(_FOLLOW, 0)
            for (table,) in connection.execute(_BOTH).fetchall():  # an older one may lack some
                if table == "opted_out" or (same and table in _FOLLOW):
                    done[table] = connection.execute(_FOLLOW[table], day).rowcount
            out = done.pop("opted_out")
            versions = dict(connection.execute("SELECT file, MAX(number) FROM newer.history GROUP BY file"))
            if same and same_key and not between:
                heeded = f"{sum(done.values())} rows deleted, {out} people no longer counted"
        connection.execute("COMMIT")
    return heeded, versions


def _restores(connection: sqlite3.Connection, which: str) -> list[tuple[str, str]]:
    """Return from which backups, by when they were made, a database was restored, and when."""
    rows = connection.execute(f"SELECT value FROM {which}.state WHERE key = 'restored'").fetchall()  # noqa: S608 (ours)
    return [(since, at) for (value,) in rows for since, at in json.loads(value)]
