"""A backup is whole or not there, whatever happens while it is made; and never holds the key."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.publishing import folders as folders_
from bot.publishing.backup import make
from bot.publishing.folders import Folders
from bot.store import backups
from bot.store.usage import Store

from .conftest import SHIPPED
from .test_privacy_operator import leave_something
from .test_store import rows, use

CAPSYS = pytest.CaptureFixture[str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the bot runs: a database with rows of people, and a changed entry."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMMUNOBOT_PRIVACY__SECRET", raising=False)
    leave_something(tmp_path / "data/immunobot.db", run=True)
    changed = tmp_path / "data/knowledge/terms/t-cell.yaml"
    changed.parent.mkdir(parents=True)
    changed.write_text("name: T cell\nshort: Mine.\n", encoding="utf-8")
    return tmp_path


def unpacked(backup: Path, to: Path) -> Path:
    with zipfile.ZipFile(backup) as packed:
        packed.extractall(to)
    return to


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_backup_holds_the_database_and_the_changed_entries_with_their_checksums_and_not_the_key(
    place: Path, capsys: CAPSYS
) -> None:
    assert main(["backup", "a.zip"]) == 0
    said, warned = capsys.readouterr()
    assert "a.zip is whole: the database as it was at 20" in said
    assert " UTC, and 1 changed files.\n" in said
    assert f"SHA-256 {hashlib.sha256((place / 'a.zip').read_bytes()).hexdigest()}\n" in said
    assert warned == ""
    assert stat.S_IMODE((place / "a.zip").stat().st_mode) == 0o600
    there = unpacked(place / "a.zip", place / "there")
    assert (there / "knowledge/terms/t-cell.yaml").read_text() == "name: T cell\nshort: Mine.\n"
    everything = "SELECT * FROM people ORDER BY 1, 2"
    assert rows(there / "immunobot.db", everything) == rows(place / "data/immunobot.db", everything) != []
    told = json.loads((there / "backup.json").read_text())
    files = [path for path in there.rglob("*") if path.is_file() and path.name not in ("backup.json",)]
    assert {path.relative_to(there).as_posix() for path in files} >= told["sha256"].keys()
    key = (place / "data/immunobot.secret").read_bytes().strip()
    assert all(key not in path.read_bytes() for path in there.rglob("*") if path.is_file())
    assert files_in(place) == ["a.zip"], "nothing else is left"


async def test_while_the_bot_writes_a_backup_is_of_one_moment(place: Path) -> None:
    async with await Store.open(place / "data/immunobot.db") as store:
        for number in range(1, 400):
            await store.record(use(number), None)

        async def ask() -> None:
            for number in range(400, 4000):
                await store.record(use(number), None)

        asking = asyncio.create_task(ask())
        for number in range(3):
            await make(store.database.path, None, place / f"{number}.zip")
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    for number in range(3):
        copy = unpacked(place / f"{number}.zip", place / str(number)) / "immunobot.db"
        assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
        ((answers, latest),) = rows(copy, "SELECT COUNT(*), MAX(at) FROM usage WHERE at < 1790010000")
        assert isinstance(latest, int)
        assert answers == latest - 1_790_000_000, "no row before the moment is missing, none after it is there"


async def test_nothing_is_published_while_it_is_copied(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = Folders(SHIPPED, place / "data/knowledge")
    monkeypatch.setattr(folders_, "PATIENCE", 0)
    async with folders.locked():
        with pytest.raises(backups.BackupError, match=r"another change is being made.*; mend that, and try again"):
            await make(place / "data/immunobot.db", folders, place / "a.zip")
    assert files_in(place) == []
    await make(place / "data/immunobot.db", folders, place / "a.zip")


def test_a_changed_file_of_another_encoding_is_part_of_it_and_one_that_is_no_text_is_named(
    place: Path, capsys: CAPSYS
) -> None:
    (place / "data/knowledge/terms/tnf.yaml").write_bytes("name: TNF\nshort: É.\n".encode("latin-1"))
    (place / "data/knowledge/terms/il-2.yaml").write_bytes(b"\xff\0" * 9)
    assert main(["backup", "a.zip"]) == 0
    assert "immunobot: terms/il-2.yaml is no text, so it is not in the backup" in capsys.readouterr().err
    there = unpacked(place / "a.zip", place / "there") / "knowledge/terms"
    assert files_in(there) == ["t-cell.yaml", "tnf.yaml"]
    assert (there / "tnf.yaml").read_text(encoding="utf-8") == "name: TNF\nshort: É.\n"


def damage(place: Path) -> None:
    path = place / "data/immunobot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "argument", "status", "sentence"),
    [
        (
            lambda place: (place / "a.zip").write_text("mine"),
            "a.zip",
            1,
            "a.zip is there already, and no backup is written over",
        ),
        (lambda place: None, "nowhere/a.zip", 1, "nowhere/a.zip can't be written (No such file or directory); make room"),
        (
            lambda place: (place / "data/immunobot.db").unlink(),
            "a.zip",
            73,
            "There is no database data/immunobot.db; start this",
        ),
        (lambda place: (place / "data/immunobot.db").write_bytes(b"x" * 999), "a.zip", 73, "it is no SQLite database"),
        (damage, "a.zip", 73, "The database data/immunobot.db is damaged: "),
    ],
)
def test_what_can_not_be_backed_up_is_said_in_a_sentence_and_leaves_nothing(
    place: Path, capsys: CAPSYS, spoil: Callable[[Path], object], argument: str, status: int, sentence: str
) -> None:
    spoil(place)
    before = {path: path.read_bytes() for path in place.iterdir() if path.is_file()}
    assert main(["backup", argument]) == status
    assert sentence in capsys.readouterr().err
    assert {path: path.read_bytes() for path in place.iterdir() if path.is_file()} == before


WITH = """
import os, resource, signal, sys
from bot.cli import main
from bot.store import backups
{first}
sys.exit(main(["backup", "a.zip"]))
"""


def backed_up_in_a_process(place: Path, first: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITH.format(first=first)], cwd=place, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(SHIPPED.parent)})  # fmt: skip


@pytest.mark.parametrize("most", [0, 1000, 5000, 50_000])
def test_where_there_is_no_room_for_it_nothing_is_left(place: Path, most: int) -> None:
    done = backed_up_in_a_process(place, f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))")
    assert done.returncode in (1, 73)
    assert done.stderr.startswith("immunobot: The ")
    assert done.stderr.count("\n") == 1
    assert files_in(place) == []


@pytest.mark.parametrize("step", ["os.fsync", "backups.read", "backups.hashlib.file_digest"])
def test_one_that_is_killed_leaves_nothing_under_its_name_and_the_next_one_tidies_up(place: Path, step: str) -> None:
    done = backed_up_in_a_process(place, f"{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)")
    assert done.returncode == -signal.SIGKILL
    left = files_in(place)
    assert left
    assert all(backups.HALF in name for name in left)
    assert main(["backup", "b.zip"]) == 0
    assert files_in(place) == [*left, "b.zip"], "another one may be writing them just now"
    for name in left:
        os.utime(place / name, (0, 0))
    assert main(["backup", "c.zip"]) == 0
    assert files_in(place) == ["b.zip", "c.zip"]


def test_the_key_goes_into_a_file_of_its_own_with_a_warning(place: Path, capsys: CAPSYS) -> None:
    assert main(["backup", "a.zip", "--key-to", "key"]) == 0
    assert "Keep it apart from backups, as in a password manager: with both, it can be found out" in capsys.readouterr().err
    assert (place / "key").read_bytes() == (place / "data/immunobot.secret").read_bytes()
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600
    assert main(["backup", "b.zip", "--key-to", "key"]) == 2
    assert "key is there already, and no key is written over anything" in capsys.readouterr().err
    assert not (place / "b.zip").exists()


def test_another_key_than_the_database_has_is_not_written(
    place: Path, capsys: CAPSYS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMMUNOBOT_PRIVACY__SECRET", "of another machine")
    assert main(["backup", "a.zip", "--key-to", "key"]) == 1
    assert "it is not the one that the database was last used with; set privacy.secret" in capsys.readouterr().err
    assert files_in(place) == ["a.zip"]


ABOUT: dict[str, Any] = {
    "file": "",
    "immunobot": "0.1.0",
    "made": "",
    "schema": 1,
    "key": "",
    "changes": False,
    "left_out": [],
}


@pytest.mark.parametrize("about", [None, [], {}, ABOUT, {**ABOUT, "sha256": []}, {**ABOUT, "sha256": {}}])
def test_a_zip_of_something_else_is_no_backup(place: Path, capsys: CAPSYS, about: Any) -> None:
    with zipfile.ZipFile("b.zip", "w") as packed:
        packed.writestr("immunobot.db", b"")
        if about is not None:
            packed.writestr("backup.json", json.dumps(about))
    assert main(["restore", "b.zip", "--force"]) == 1
    assert "b.zip is no backup of immunobot" in capsys.readouterr().err
