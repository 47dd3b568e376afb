"""An older database is backed up, then brought up to date whole or not at all; whatever fails, no row is lost."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import main
from bot.store import backups, migrations
from bot.store.errors import StoreUnavailable
from bot.store.usage import Store

from .conftest import SHIPPED
from .test_backup import files_in
from .test_store import VERSION, made_by, rows

OLD = 6
"""The schema of the older database; all that were made since are run on it."""

ROWS = """
INSERT INTO usage SELECT value, 1790000000 + value, 'define', 't-cell', 'served', 1.5, 'server', 'en' FROM generate_series;
INSERT INTO people SELECT '2026-11-' || (10 + value % 3), hex(randomblob(16)) FROM generate_series;
INSERT INTO gap_votes VALUES ('n', 'p', '2026-11-30');
INSERT INTO gaps VALUES ('n', 'A name', 3, 0);
INSERT INTO opted_out VALUES ('somebody');
INSERT INTO history VALUES ('terms/t-cell.yaml', 1, 1, '42', 'publish', 'why', 'old', 'new', 1, 1);
INSERT INTO proposals VALUES ('id', 'p', 1, '{}');
INSERT INTO messages (kind, entry, text, source, day, sender, state) VALUES ('report', 't', 'x', '', '2026-11-30', 's', 'open');
INSERT INTO blocked (sender, day) VALUES ('s', '2026-11-30');
INSERT INTO servers VALUES ('s', 1, 1, 'es');
INSERT INTO state VALUES ('key', 'its mark');
"""
KEPT = ("usage", "people", "gap_votes", "gaps", "opted_out", "history", "proposals", "messages", "blocked", "servers")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as an older bot left it, with rows in every table."""
    path = tmp_path / "data/immunobot.db"
    path.parent.mkdir()
    with closing(made_by(path, OLD)) as older:
        older.execute(
            "CREATE TEMP TABLE generate_series AS WITH n AS (SELECT 1 AS value UNION SELECT value + 1 FROM n LIMIT 300) SELECT * FROM n"
        )
        older.executescript(ROWS)
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone())]


def counts(path: Path) -> list[object]:
    return [rows(path, f"SELECT COUNT(*) FROM {table}") for table in KEPT]


ALL = sum(len([*migrations.statements(file.read_text())]) for file in migrations.migrations()[OLD:])
real = migrations.statements


def faulty(at: int, fault: Callable[[], str]) -> Callable[[str], Iterator[str]]:
    """The statements, with something else in place of the one of this number."""
    number = 0

    def statements(script: str) -> Iterator[str]:
        nonlocal number
        for statement in real(script):
            number += 1
            yield fault() if number == at + 1 else statement

    return statements


Fault = Callable[[pytest.MonkeyPatch, Path], object]


def refused(at: int) -> Fault:
    return lambda patch, _: patch.setattr(migrations, "statements", faulty(at, lambda: "SELECT refused()"))


def full(at: int) -> Fault:
    """No page can be added from then on: SQLite itself undoes all when one is needed."""
    return lambda patch, _: patch.setattr(migrations, "statements", faulty(at, lambda: "PRAGMA max_page_count = 1"))


def no_room(patch: pytest.MonkeyPatch, _: Path) -> None:
    usage = namedtuple("usage", "total used free")
    patch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10_000_000))


def no_folder(_: pytest.MonkeyPatch, path: Path) -> None:
    (path.parent / "backups").write_text("a file in its place")


def no_whole_backup(patch: pytest.MonkeyPatch, _: Path) -> None:
    def read(file: Path) -> None:
        raise backups.BackupError(f"{file} is no backup of immunobot, or damaged, or was cut off; take another one.")

    patch.setattr(backups, "read", read)


def no_copy(patch: pytest.MonkeyPatch, _: Path) -> None:
    def copy(*_: Path) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    patch.setattr(backups, "copy", copy)


FAULTS = [
    *(pytest.param(refused(at), id=f"refused at {at}") for at in sorted({*range(0, ALL, max(1, ALL // 12)), ALL - 1})),
    *(pytest.param(full(at), id=f"full at {at}") for at in (0, 3, 7)),
    no_room,
    no_folder,
    no_whole_backup,
    no_copy,
]


def test_there_are_twenty_of_them() -> None:
    assert len(FAULTS) + len(KILLED) >= 20


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_fails_the_older_database_stays_and_it_is_said(
    path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, there = dump(path), counts(path)
    with monkeypatch.context() as patch:
        fault(patch, path)
        with pytest.raises(StoreUnavailable) as told:
            await open_once(path)
    assert str(told.value).startswith(f"The database {path} can't be brought up to date, and stays as it was: ")
    assert str(told.value).endswith("; mend that, or go back to the immunobot that it was used with.")
    assert dump(path) == before
    folder = path.parent / "backups"
    assert not folder.is_dir() or files_in(folder) == [], "no backup is needed of what is still there"
    if folder.is_file():
        folder.unlink()
    await open_once(path)
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]
    assert counts(path) == there


async def open_once(path: Path) -> None:
    await (await Store.open_without_key(path)).close()


async def test_what_it_was_is_in_a_backup_from_which_an_older_bot_can_go_on(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    before = dump(path)
    await open_once(path)
    (kept,) = (path.parent / "backups").iterdir()
    assert f"The database {path} was brought up to date; as it was, it is in {kept}." in caplog.text
    backup = backups.read(kept)
    assert (backup.schema, backup.key, backup.changes) == (OLD, "its mark", False)
    backup.unpack(path.parent / "older.db")
    assert dump(path.parent / "older.db") == before
    await open_once(path)
    assert [*(path.parent / "backups").iterdir()] == [kept], "once"


async def test_a_new_database_needs_none(tmp_path: Path) -> None:
    await (await Store.open(tmp_path / "new.db")).close()
    assert not (tmp_path / "backups").exists()


async def test_it_says_how_much_room_is_needed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_room(monkeypatch, path)
    with pytest.raises(
        StoreUnavailable, match=r"1[01] MB of room are needed on its disk, and 10 MB are free; mend that, or"
    ):
        await open_once(path)


KILLED = [0, ALL // 2, ALL - 1]

DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.store import migrations
from bot.store.usage import Store
from tests.test_upgrade import faulty
migrations.statements = faulty({at}, lambda: os.kill(os.getpid(), signal.SIGKILL))
asyncio.run(Store.open_without_key(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("at", KILLED)
async def test_one_that_is_killed_loses_no_row_and_leaves_one_backup_however_often(path: Path, at: int) -> None:
    before, there = dump(path), counts(path)
    die = [sys.executable, "-c", DIE.format(at=at), str(path)]
    for _ in range(2):
        done = await asyncio.to_thread(subprocess.run, die, cwd=SHIPPED.parent, check=False)
        assert done.returncode == -signal.SIGKILL
        assert dump(path) == before
        assert files_in(path.parent / "backups") == [f"immunobot-schema-{OLD}.zip"]
    await open_once(path)
    assert counts(path) == there
    assert files_in(path.parent / "backups") == [f"immunobot-schema-{OLD}.zip"]


async def test_an_older_bot_gets_back_the_database_that_it_knows(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, known = counts(path), migrations.migrations()
    await open_once(path)
    monkeypatch.chdir(path.parent.parent)
    monkeypatch.setattr(migrations, "migrations", lambda: known[:OLD])
    monkeypatch.setattr(backups, "migrations", lambda: known[:OLD])
    with pytest.raises(StoreUnavailable, match="was written by a newer immunobot"):
        await open_once(path)
    command = ["restore", f"data/backups/immunobot-schema-{OLD}.zip", "--force"]
    assert await asyncio.to_thread(main, command) == 0
    assert f"data/backups/immunobot-schema-{OLD}.zip" not in capsys.readouterr().out
    await open_once(path)
    assert (rows(path, "PRAGMA user_version"), counts(path)) == ([(OLD,)], before)
