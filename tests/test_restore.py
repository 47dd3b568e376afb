"""A backup is put in place whole or not at all; what members chose since then holds, and what was there before is kept."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.features.desk.versions import history_of
from bot.language import language
from bot.publishing.backup import restore
from bot.publishing.folders import Folders
from bot.publishing.recover import recover
from bot.store import backups, history, privacy, queues
from bot.store.usage import Store

from .conftest import SHIPPED, spoken_in
from .publishing.helpers import T_CELL, TNF, WHO, desk_on, die_at_every_step, said, say, text_in
from .test_backup import CAPSYS, damage, files_in
from .test_privacy import OF_PEOPLE
from .test_store import rows, there

DATABASE, CHANGES = Path("data/immunobot.db"), Path("data/knowledge")


def do(work: Callable[[Store], Coroutine[Any, Any, None]], path: Path = DATABASE) -> None:
    """Do something as the bot does, which is then stopped."""

    async def run() -> None:
        async with await Store.open(path, note_key=True) as store:
            await work(store)

    asyncio.run(run())


def changes(short: str, file: str = T_CELL) -> None:
    """Publish a change of an entry."""

    async def work(store: Store) -> None:
        await say(desk_on(Path("knowledge"), CHANGES, store), short, file)

    do(work)


async def use_it(store: Store) -> None:
    """Have people ask, send messages and opt out."""
    await there(store, 42, 43)
    assert await queues.send(store, 42, "report", "of 42") == ("taken", 1)
    assert await queues.send(store, 43, "report", "of 43") == ("taken", 2)


@pytest.fixture
def place(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPSYS) -> Path:
    """Where the bot ran until it was stopped, with a backup and its key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMMUNOBOT_PRIVACY__SECRET", raising=False)
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__PATH", "knowledge")
    do(use_it)
    changes("Before the backup.")
    assert main(["backup", "a.zip", "--key-to", "key"]) == 0
    capsys.readouterr()
    return tmp_path


def restored(capsys: CAPSYS, *more: str, status: int = 0, file: str = "a.zip") -> tuple[str, str]:
    assert main(["restore", file, *more]) == status
    return capsys.readouterr()


def state(path: Path = DATABASE) -> list[list[tuple[object, ...]]]:
    tables = ("usage", "people", "messages", "opted_out")
    return [rows(path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables[:3]] + [
        rows(path, "SELECT * FROM opted_out")
    ]


def shown(file: str = T_CELL) -> str:
    return (CHANGES / file).read_text() if (CHANGES / file).exists() else ""


def test_on_another_machine_all_is_as_it_was(place: Path, capsys: CAPSYS) -> None:
    before = state()
    shutil.rmtree("data")
    out, err = restored(capsys, "--key-from", "key")
    assert "The database data/immunobot.db is as it was at 20" in out
    assert "Who deleted their data or opted out after 20" in err
    assert err.count("\n") == 1
    assert state() == before
    assert "short: Before the backup." in shown()
    assert Path("data/immunobot.secret").read_bytes() == Path("key").read_bytes()
    assert files_in(Path("data")) == ["immunobot.db", "immunobot.secret"]
    assert oct(DATABASE.stat().st_mode)[-3:] == "600"

    async def work(store: Store) -> None:
        assert (await privacy.export(store, 42))["messages_to_moderators"], "the key finds them"
        assert [version.action for version in await history.versions(store, T_CELL)] == ["publish"]

    do(work)


def test_without_its_key_or_with_another_one_it_is_said_what_to_do(place: Path, capsys: CAPSYS) -> None:
    shutil.rmtree("data")
    assert "The key is not here" in restored(capsys)[1]
    Path("data/immunobot.secret").write_text("x" * 64)
    assert "The key here is another one than the backup's" in restored(capsys, "--force")[1]
    Path("wrong").write_text("y" * 64)
    assert "wrong is not the key of this backup" in restored(capsys, "--force", "--key-from", "wrong", status=73)[1]
    err = restored(capsys, "--force", "--key-from", "key")[1]
    assert "The key here is another one than the backup's" in err, "which is never written over"
    assert Path("data/immunobot.secret").read_text() == "x" * 64
    assert "The key nowhere can't be read" in restored(capsys, "--force", "--key-from", "nowhere", status=73)[1]


def test_nothing_is_written_over_without_force(place: Path, capsys: CAPSYS) -> None:
    changes("After the backup.")
    before = state()
    assert "There is a database data/immunobot.db already; stop the bot, and give --force" in restored(capsys, status=1)[1]
    DATABASE.unlink()
    assert "There are changed entries in data/knowledge already" in restored(capsys, status=1)[1]
    assert "short: After the backup." in shown()
    assert before != []


async def test_while_the_bot_runs_nothing_is_restored(place: Path) -> None:
    async with await Store.open(DATABASE) as store:
        with pytest.raises(backups.BackupError, match=r"has the database data/immunobot\.db open; stop it first"):
            await restore(backups.read(Path("a.zip")), DATABASE, None, force=True)
        await there(store, 44)
    assert files_in(Path("data")) == ["immunobot.db", "immunobot.secret"]


def test_what_members_chose_since_then_is_done_again(place: Path, capsys: CAPSYS) -> None:
    async def choose(store: Store) -> None:
        await privacy.delete(store, 42)
        await privacy.opt(store, 43, out=True)
        await privacy.delete(store, WHO)
        assert await queues.send(store, 45, "report", "later") == ("taken", 3)

    do(choose)
    out, err = restored(capsys, "--force")
    assert "What members chose since was done again: 4 rows deleted, 1 people no longer counted." in out
    assert err == ""

    async def look(store: Store) -> None:
        for person in (42, 43):
            assert (await privacy.export(store, person))["days_counted"] == []
        assert await privacy.opted_out(store, 43)
        assert [each["text"] for each in await queues.own(store, 43)] == ["of 43"], "what they sent on purpose stays"
        assert await queues.own(store, 42) == []
        assert rows(DATABASE, "SELECT DISTINCT who FROM history WHERE action = 'publish'") == [("",)]
        _, number = await queues.send(store, 46, "report", "new")
        assert number > 3, "no button on an older message reaches this one"

    do(look)


def test_whatever_belongs_to_people_is_heeded_but_for_a_block() -> None:
    assert OF_PEOPLE - {"blocked"} <= backups._FOLLOW.keys()


def test_in_another_database_it_is_known_alone_who_opted_out(place: Path, capsys: CAPSYS) -> None:
    DATABASE.unlink()

    async def choose(store: Store) -> None:
        await privacy.opt(store, 42, out=True)

    do(choose)
    assert (
        "may be in it again: the database of since is not here, is damaged or another one" in restored(capsys, "--force")[1]
    )
    assert len(rows(DATABASE, "SELECT * FROM opted_out")) == 1
    assert len(rows(DATABASE, "SELECT * FROM messages")) == 2, "and nothing is taken for deleted"


def test_changed_entries_are_as_they_were_and_the_history_says_so(place: Path, capsys: CAPSYS) -> None:
    changes("After the backup.")
    changes("After the backup.", TNF)
    out, _ = restored(capsys, "--force")
    assert "; 2 changed files were put back." in out
    assert "short: Before the backup." in shown()
    assert shown(TNF) == "", "it stands as it came with the bot"

    async def look(store: Store) -> None:
        assert await history.unfinished(store) == []
        last, first = await history.versions(store, T_CELL)
        assert (last.action, last.number, first.number) == ("restore", 3, 1), "no number is given twice"
        assert "After the backup." in (last.before or "")
        for code, words in (("en", "put back from a backup"), ("es", "repuesta desde una copia de seguridad")):
            assert words in str(spoken_in(language(code), history_of, T_CELL, [last]))
        desk = desk_on(Path("knowledge"), CHANGES, store)
        await desk.undo(last, who=WHO)
        assert "After the backup." in text_in(desk), "a moderator takes it back"

    do(look)


def test_a_backup_of_before_anything_was_changed_takes_the_changes_away(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPSYS
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__PATH", "knowledge")
    do(use_it)
    assert main(["backup", "a.zip"]) == 0
    changes("After the backup.")
    restored(capsys, "--force")
    assert shown() == ""


def test_where_the_folder_was_lost_when_it_was_backed_up_its_history_has_the_files(place: Path, capsys: CAPSYS) -> None:
    shutil.rmtree(CHANGES)
    assert main(["backup", "b.zip"]) == 0
    restored(capsys, "--force", file="b.zip")
    assert "short: Before the backup." in shown()


def test_what_was_withdrawn_since_then_stays_down(place: Path, capsys: CAPSYS) -> None:
    async def withdraw(store: Store) -> None:
        await desk_on(Path("knowledge"), CHANGES, store).withdraw(T_CELL, who=WHO, why="wrong")

    do(withdraw)
    assert f"{T_CELL} was withdrawn since, and stays so." in restored(capsys, "--force")[1]
    assert "withdrawn: 20" in shown()


def test_what_was_there_before_can_be_restored_again(place: Path, capsys: CAPSYS) -> None:
    async def more(store: Store) -> None:
        await there(store, 44)
        assert await queues.send(store, 44, "report", "of 44") == ("taken", 3)

    do(more)
    changes("After the backup.")
    before = state()
    out, _ = restored(capsys, "--force")
    (former,) = Path("data/backups").iterdir()
    assert f"What was there before is in {former}" in out
    assert len(state()[2]) == 2

    async def choose(store: Store) -> None:
        await privacy.opt(store, 44, out=True)

    do(choose)
    _, err = restored(capsys, "--force", file=str(former))
    assert (state()[:3], "short: After the backup." in shown()) == (before[:3], True), "what came between was not deleted"
    assert len(state()[3]) == 1
    assert "or was itself restored meanwhile" in err
    for _ in range(2):  # the older one is what both became of
        assert "What members chose since was done again" in restored(capsys, "--force")[0]


@pytest.mark.parametrize("spoil", [damage, lambda place: DATABASE.write_bytes(b"no database" * 99)])
def test_a_damaged_database_is_set_aside(place: Path, capsys: CAPSYS, spoil: Callable[[Path], object]) -> None:
    before = state()
    spoil(place)
    damaged = DATABASE.read_bytes()
    out, err = restored(capsys, "--force")
    (aside,) = Path("data").glob("*.damaged-*")
    assert f"What was there before is in {aside}" in out
    assert aside.read_bytes() == damaged
    assert state() == before
    assert "may be in it again: the database of since is not here, is damaged" in err


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def changed_inside(data: bytes) -> bytes:
    at = data.index(b"immunobot.db") + 1500
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("spoil", [cut_off, changed_inside, lambda _: b"", lambda _: b"hello", lambda data: data[:-1]])
def test_a_backup_that_is_not_whole_changes_nothing(place: Path, capsys: CAPSYS, spoil: Callable[[bytes], bytes]) -> None:
    Path("b.zip").write_bytes(spoil(Path("a.zip").read_bytes()))
    before = state()
    for more in (["--check"], ["--force"]):
        text = restored(capsys, *more, status=1, file="b.zip")[1]
        assert text == "immunobot: b.zip is no backup of immunobot, or damaged, or was cut off; take another one.\n"
    assert state() == before
    assert restored(capsys, "--check")[0].startswith("a.zip is whole: ")
    assert "The backup c.zip can't be read (No such file" in restored(capsys, status=1, file="c.zip")[1]


def test_a_backup_of_a_newer_bot_is_refused(place: Path, capsys: CAPSYS, monkeypatch: pytest.MonkeyPatch) -> None:
    known = len(backups.migrations())
    monkeypatch.setattr(backups, "migrations", lambda: [None] * (known - 1))
    text = restored(capsys, "--force", status=1)[1]
    assert f"was made by a newer immunobot (0.1.0, schema {known}, this one: {known - 1}); upgrade immunobot first" in text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_root_leaves_no_files_that_the_bot_could_not_write(place: Path, capsys: CAPSYS) -> None:
    os.chown(DATABASE, 10001, 10001)
    for command in (["restore", "a.zip", "--force"], ["backup", "b.zip"]):
        assert main(command) == 2
        assert "Run this as the user that the bot runs as: sudo -u '#10001' immunobot" in capsys.readouterr().err


def test_where_there_is_no_room_nothing_is_changed(place: Path) -> None:
    changes("After the backup.")
    before = state()
    script = "import resource, sys; from bot.cli import main; resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999)); "
    done = subprocess.run([sys.executable, "-c", f"{script} sys.exit(main(['restore', 'a.zip', '--force']))"], check=False,
                          env={**os.environ, "PYTHONPATH": str(SHIPPED.parent)}, capture_output=True, text=True)  # fmt: skip
    assert done.returncode in (1, 73)
    assert (done.stderr.count("\n"), done.stderr[:15]) == (1, "immunobot: The ")
    assert (state(), "short: After the backup." in shown()) == (before, True)


def restored_again_and_again(base: str) -> None:
    """In a process of its own: restore until it comes through, each time killed one step later."""

    def copied(at: int) -> Path:
        shutil.copytree("data", Path(base) / str(at) / "data")
        return Path(base) / str(at)

    async def work(copy: Path) -> None:
        folders = Folders(Path("knowledge"), copy / CHANGES)
        await restore(backups.read(Path("a.zip")), copy / DATABASE, folders, force=True)

    die_at_every_step(copied, work, lambda copy, path: copy in path.parents)


def test_one_that_is_killed_at_any_step_is_done_whole_at_the_next_start_or_not_at_all(place: Path) -> None:
    changes("After the backup.")
    changes("After the backup.", TNF)
    new = state()
    script = "from tests.test_restore import restored_again_and_again; restored_again_and_again('killed')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(SHIPPED.parent)})  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = set()
    for at in range(int(done.stdout) + 1):
        copy = place / "killed" / str(at)

        async def start(store: Store, copy: Path = copy) -> None:
            await recover(Folders(Path("knowledge"), copy / CHANGES), store)
            assert await history.unfinished(store) == []

        do(start, copy / DATABASE)
        files = [(copy / CHANGES / file).read_text() if (copy / CHANGES / file).exists() else "" for file in (T_CELL, TNF)]
        is_back = ["Before the backup." in files[0], files[1] == ""]
        assert is_back in ([True, True], [False, False]), at
        restored_ones = rows(copy / DATABASE, "SELECT COUNT(*) FROM history WHERE action = 'restore'")
        assert restored_ones == [(2 * is_back[0],)], at
        assert state(copy / DATABASE) == new, "the rows are the same in both"
        seen.add(is_back[0])
    assert seen == {True, False}
    assert int(done.stdout) > 20


def test_an_older_change_of_a_file_that_is_no_text_does_not_stand_in_the_way(place: Path, capsys: CAPSYS) -> None:
    path = CHANGES / T_CELL
    path.write_bytes(said(path.read_text(), "Geändert.").encode("latin-1"))
    restored(capsys, "--force")
    assert "short: Before the backup." in shown()


def test_a_table_that_an_older_database_lacks_does_not_stand_in_the_way(place: Path, capsys: CAPSYS) -> None:
    with closing(sqlite3.connect(DATABASE)) as connection:
        connection.execute("DROP TABLE proposals")
    assert "What members chose since was done again" in restored(capsys, "--force")[0]


def test_where_the_folder_of_changes_is_off_it_is_said(place: Path, capsys: CAPSYS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__CHANGES", "none")
    assert "Its changed files are put nowhere, as `knowledge.changes` is none" in restored(capsys, "--force")[1]
