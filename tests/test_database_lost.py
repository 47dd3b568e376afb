"""Whatever happens to the database's file, answers go on; it is said, and rows are kept as soon as that can be again."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.service import gateway
from bot.service.live import Live
from bot.service.tryout import Stage
from bot.store import history, sqlite
from bot.store.errors import StoreUnavailable, advice
from bot.store.history import Version
from bot.store.sqlite import Sqlite
from bot.store.usage import Store

from .conftest import text_of
from .desk.helpers import reads, run
from .test_store import rows, use


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "immunobot.db"


@pytest_asyncio.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A database that is in use."""
    async with await Store.open(path) as store:
        assert await store.record(use(1), None)
        yield store


def all_rows(path: Path) -> int:
    ((count,),) = rows(path, "SELECT COUNT(*) FROM usage")
    assert isinstance(count, int)
    return count


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the database as another program may: nobody else can even read."""
    path.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE IF NOT EXISTS theirs (x)")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def a_file_in_place_of_the_folder(path: Path) -> Iterator[None]:
    path.parent.write_text("")
    yield
    path.parent.unlink()


@contextlib.contextmanager
def a_link_to_nowhere(path: Path) -> Iterator[None]:
    """As of a disk that is not mounted yet."""
    disk = path.parent.with_name("disk")
    path.parent.symlink_to(disk)
    yield
    disk.mkdir()


Fault = Callable[[Path], contextlib.AbstractContextManager[None]]


@pytest.mark.parametrize("fault", [locked, a_file_in_place_of_the_folder, a_link_to_nowhere])
async def test_a_database_that_cant_be_used_at_the_start_is_opened_later_and_has_all_rows(
    path: Path, fault: Fault, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 100)
    with fault(path):
        store = await Store.open(path)
        assert "Answers go on without it, and it is tried again." in caplog.text
        assert store.trouble
        assert not await store.record(use(1), 42)
        assert not await store.look()
        with pytest.raises(StoreUnavailable):
            await store.get_state("k")
    assert await store.look()
    await store.retry()
    assert (all_rows(path), store.trouble, store.waiting) == (1, "", 0)
    assert await store.record(use(2), 42)
    await store.close()


async def test_a_database_that_may_only_be_read_still_says_what_was_withdrawn(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history.begin(store, [Version("terms/a.yaml", 1, 1, "", "withdraw", "", None, "withdrawn: x", True, True)])
    await store.close()
    real = os.open

    def refuse(file: Path, *args: int) -> int:  # as a file system that is mounted read-only does, for root too
        if Path(file).parent == path.parent:
            raise PermissionError(30, "Read-only file system", str(file))
        return real(file, *args)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "access", lambda *_: False)
    async with await Store.open(path) as again:
        assert "Read-only file system" in again.trouble
        assert await history.standing(again) == {"terms/a.yaml": b"withdrawn: x"}


async def test_a_file_that_is_deleted_is_put_back_with_all_that_was_in_it(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in path.parent.iterdir():
        file.unlink()
    assert await store.record(use(2), None), "nobody has noticed yet"
    assert await store.look()
    assert "was deleted while the bot ran; it was put back with what was in it" in caplog.text
    assert await store.record(use(3), None)
    assert all_rows(path) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert sorted(file.suffix for file in path.parent.iterdir()) == [".db", ".db-shm", ".db-wal", ".secret"]


async def test_so_is_one_whose_folder_is_deleted_and_the_key_is_the_same(store: Store, path: Path) -> None:
    key = path.with_suffix(".secret").read_bytes()
    shutil.rmtree(path.parent)
    assert await store.look()
    assert (all_rows(path), path.with_suffix(".secret").read_bytes()) == (1, key)


@pytest.mark.parametrize("with_log", [False, True], ids=["alone", "with its log"])
async def test_a_file_that_is_replaced_is_used_from_then_on(
    store: Store, path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, with_log: bool
) -> None:
    other = tmp_path / "backup.db"
    async with await Store.open(other) as backup:
        for number in range(10, 15):
            await backup.record(use(number), None)
        if with_log:
            for end in ("-wal", "-shm"):
                shutil.copy(f"{other}{end}", f"{path}.copy{end}")
    if with_log:
        for end in ("-wal", "-shm"):
            Path(f"{path}.copy{end}").replace(f"{path}{end}")
    other.rename(path)
    with pytest.raises(StoreUnavailable, match="it was deleted or replaced"):
        await store.read(lambda ask: ask("SELECT 1"))
    assert await store.look()
    assert "was replaced while the bot ran" in caplog.text
    assert await store.record(use(2), None)
    assert all_rows(path) == 6
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * path.stat().st_size)


def a_page_overwritten(path: Path) -> None:
    ((page,),) = rows(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'history'")
    assert isinstance(page, int)
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


DAMAGE = [emptied, cut, overwritten, a_page_overwritten]


def scribble(fault: Callable[[Path], None], path: Path) -> None:
    """Damage a file, by another process: closing it in this one would end the locks of SQLite here."""
    pid = os.fork()
    if not pid:
        fault(path)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize("fault", DAMAGE)
async def test_a_file_that_is_damaged_while_the_bot_runs_is_set_aside_whole(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture, fault: Callable[[Path], None]
) -> None:
    await store.database.cover()
    scribble(fault, path)
    assert await store.look()
    assert "is damaged; it was set aside as immunobot.db.damaged-" in caplog.text
    assert len(list(path.parent.glob("immunobot.db.damaged-*"))) == 3, "with its log"
    assert await store.record(use(2), None)
    assert all_rows(path) >= 1
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert not await store.look(), "it is done once"


async def test_a_good_file_is_left_alone(store: Store, path: Path) -> None:
    for number in range(2, 5):
        assert not await store.look()
        assert await store.record(use(number), None)
    assert all_rows(path) == 4


async def test_a_damaged_file_is_set_aside_at_the_start_too(store: Store, path: Path) -> None:
    await store.close()
    cut(path)
    async with await Store.open(path) as again:
        assert await again.record(use(2), None)
        assert list(path.parent.glob("immunobot.db.damaged-*"))


@pytest.mark.parametrize("mode", [0o644, 0o604])
async def test_a_database_and_a_key_that_everyone_may_read_are_said_at_the_start(
    store: Store, path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    await store.close()
    for file in (path, path.with_suffix(".secret")):
        file.chmod(mode)
    await (await Store.open(path)).close()
    assert f"{path} can be read by everyone on this machine; run: chmod 600 {path}" in caplog.text
    assert f"{path.with_suffix('.secret')} can be read by everyone" in caplog.text


async def test_an_sqlite_that_is_too_old_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "FOUND", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    with pytest.raises(StoreUnavailable, match=r"has SQLite 3\.34\.1, and 3\.38 or newer is needed; take a newer Python"):
        await Store.open(path)


async def test_what_is_asked_in_an_answer_is_waited_for_no_longer_than_an_answer_waits(store: Store, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writing = asyncio.create_task(store.set_state("k", "1"))  # which reading would have to wait for
        await asyncio.sleep(0)
        assert await store.soon(store.get_state("k"), "unknown") == "unknown"
        assert not writing.done()
        other.execute("ROLLBACK")
    await writing
    assert await store.soon(store.get_state("k"), "unknown") == "1"


async def test_a_database_with_a_statement_under_way_is_closed_after_it(path: Path) -> None:
    database = Sqlite(path)
    assert await database.look()
    asked = asyncio.create_task(database.execute("SELECT 1"))
    await asyncio.sleep(0)
    await database.close()
    assert await asked == [(1,)]
    with pytest.raises(StoreUnavailable, match="is closed"):
        await database.execute("SELECT 1")


# The bot ------------------------------------------------------------------------------------------------------------------------


async def test_status_says_what_is_wrong_and_how_many_rows_wait(desk: Stage) -> None:
    assert "The database" not in reads(await run(desk, "status"))
    store = desk.env.bot.deps.store
    await store.execute("PRAGMA busy_timeout = 0")
    with contextlib.closing(sqlite3.connect(desk.env.bot.deps.config.database_path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "A white blood cell." in text_of(await desk.member.slash(desk.channel, "define", term="T cell"))
        said = reads(await run(desk, "status"))
        assert "It can't be used now (database is locked). Answers go on without it, and it is tried again." in said
        assert "Rows that wait: 1; lost: 0." in said
        other.execute("ROLLBACK")
    await store.retry()
    assert "The database" not in reads(await run(desk, "status"))


async def test_what_is_kept_in_a_database_is_read_anew_when_it_is_there(
    desk: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is put in the place of the database: its settings hold, and what it says is withdrawn is down."""
    client, path = desk.env.bot, desk.env.bot.deps.config.database_path()
    await run(desk, "withdraw", entry="t-cell", why="x")
    await client.deps.servers.change(desk.env.guild.id, "language", "es")
    await client.deps.store.database.cover()
    backup = tmp_path / "backup.db"
    shutil.copy(path, backup)
    await run(desk, "rollback", entry="t-cell", version=0)
    await client.deps.servers.change(desk.env.guild.id, "language", "")
    backup.replace(path)
    reloaded = asyncio.Event()
    live = Live(client)
    monkeypatch.setattr(live, "reload_soon", reloaded.set)
    keeping = asyncio.create_task(gateway.keep_open(client, live))
    await reloaded.wait()
    keeping.cancel()
    assert client.deps.servers.of(desk.env.guild.id).language == "es"
    assert (await history.heads(client.deps.store))["terms/t-cell.yaml"].action == "withdraw"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), "it is damaged (database disk image is malformed); `immunobot "
         "restore` brings a backup back, or move the file away to begin anew."),
        (OSError(errno.EROFS, "Read-only file system"), "{folder} is on a disk that is mounted read-only; mount it so that it can "
         "be written to."),
    ],
)  # fmt: skip
def test_what_to_do_is_said_of_a_damaged_file_and_of_a_disk_that_is_only_read(
    tmp_path: Path, error: Exception, said: str
) -> None:
    assert advice(tmp_path / "immunobot.db", error) == said.format(folder=tmp_path)
