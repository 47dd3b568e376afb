"""What is kept is kept for good, and never says who asked what."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.store import usage
from bot.store.database import database_at
from bot.store.errors import StoreUnavailable
from bot.store.keys import hash_key
from bot.store.migrations import migrations
from bot.store.usage import Store, Use

from .conftest import SHIPPED
from .databases import KEY, Where, locked, opened_impatiently, rows


def use(number: int, **changes: object) -> Use:
    values = {"interaction_id": number, "at": 1_790_000_000 + number, "command": "define", "entry": "t-cell",
              "outcome": "served", "latency_ms": 1.5, "place": "server", "language": "en"}  # fmt: skip
    return Use(**(values | changes))  # type: ignore[arg-type]


OTHERS = range(900_000_000, 900_000_010)
"""Ten people: so many are counted at once, at least."""

_numbers = itertools.count(10_000)


async def there(store: Store, *people: int) -> None:
    """Have these people, and ten others, ask something and be counted."""
    for person in (*people, *OTHERS):
        await store.record(use(next(_numbers)), person)
    await store.count_people()


async def written(store: Store) -> None:
    """Wait until the database has taken or refused what came last."""
    assert store._writing is not None
    await asyncio.wait({store._writing})


VERSION = len(migrations())
"""Of the schema, as it is now."""


def made_by(path: Path, version: int) -> sqlite3.Connection:
    """Make an empty database as an older bot left it, whose schema was this version."""
    connection = sqlite3.connect(path, isolation_level=None)
    for migration in migrations()[:version]:
        connection.executescript(migration.read_text(encoding="utf-8"))
    connection.execute(f"PRAGMA user_version = {version}")
    return connection


async def test_a_row_is_committed_when_record_says_so(where: Where) -> None:
    store = await Store.open(where, KEY)
    assert await store.record(use(1), 42)
    columns = "at, command, entry, outcome, latency_ms, place, language"
    assert rows(where, f"SELECT {columns} FROM usage") == [
        (1_790_000_001, "define", "t-cell", "served", 1.5, "server", "en")
    ]
    assert await store.record(use(1), 42)  # Discord may send an interaction twice
    await asyncio.gather(*(store.record(use(i, outcome="nothing", entry=None), i) for i in range(2, 200)))
    await store.close()
    assert rows(where, "SELECT COUNT(*), COUNT(entry) FROM usage") == [(199, 1)]


async def test_the_hash_depends_on_the_key_and_is_no_plain_hash(tmp_path: Path) -> None:
    one, other = await Store.open(tmp_path / "1.db"), await Store.open(tmp_path / "2.db")
    assert one.hashed("person", 42) != other.hashed("person", 42)
    assert one.hashed("person", 42) != one.hashed("shared", 42)
    await one.close()
    await other.close()


async def test_an_answer_waits_for_a_locked_database_no_longer_than_it_should(where: Where) -> None:
    store = await Store.open(where, KEY)
    with locked(where):
        assert not await store.record(use(1), 42), "the answer goes anyway"
        assert store._writing is not None
        assert not store._writing.done(), "while the row is still waiting for the lock"
        assert store.late == 1
    await store.close()
    assert rows(where, "SELECT at FROM usage") == [(1_790_000_001,)], "and the row follows"


async def test_rows_that_the_database_refuses_wait_and_are_tried_again(
    where: Where, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(await opened_impatiently(where), KEY.encode())
    with locked(where):
        assert not await store.record(use(1), 42)
        await written(store)
        assert "1 usage rows wait: the database refuses them" in caplog.text
    assert await store.record(use(2), 42)
    await store.close()
    assert rows(where, "SELECT COUNT(*) FROM usage") == [(2,)]


async def test_a_retry_that_is_cancelled_loses_nothing(where: Where) -> None:
    store = Store(await opened_impatiently(where), KEY.encode())
    with locked(where):
        await store.record(use(1), 42)
        retry = asyncio.create_task(store.retry())
        await asyncio.sleep(0)
        retry.cancel()
        await asyncio.gather(retry, return_exceptions=True)
    await store.close()
    assert (rows(where, "SELECT COUNT(*) FROM usage"), store.lost) == ([(1,)], 0)


async def test_rows_beyond_memory_are_counted_as_lost(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MOST_WAITING", 3)
    store = Store(await opened_impatiently(where), KEY.encode())
    with locked(where):
        for number in range(5):
            await store.record(use(number), None)
            await written(store)
        assert store.lost == 2
        store.database.waiting.mkdir()
        await store.close()
        assert store.lost == 5, "those that could not be saved to the last are counted too"


async def test_rows_that_could_not_be_saved_to_the_last_are_saved_after_the_next_start(
    where: Where, caplog: pytest.LogCaptureFixture
) -> None:
    store = await Store.open(where, KEY)
    left = store.database.waiting
    with locked(where):
        await store.record(use(1), 42)
        await store.record(use(2), 42)
        await store.close()
    assert (store.lost, left.stat().st_mode & 0o777) == (0, 0o600)
    assert "2 usage rows could not be saved; they lie in" in caplog.text
    async with await Store.open(where, KEY) as store:
        await store.retry()
        assert rows(where, "SELECT at FROM usage") == [(1_790_000_001,), (1_790_000_002,)]
    assert not left.exists()


@pytest.mark.parametrize("text", ["", "{", "[[1]]", "[1]", "1"])
async def test_what_is_no_such_rows_is_left_alone_and_said(
    where: Where, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    database_at(where).waiting.write_text(text)
    async with await Store.open(where, KEY) as store:
        assert await store.record(use(1), 42)
    assert "could not be read" in caplog.text


async def test_while_the_database_refuses_an_answer_tries_a_few_of_the_rows_that_wait(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(await opened_impatiently(where), KEY.encode())
    execute, tried = store.execute, list[list[int]]()

    async def noted(query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        tried.append([at for at, *_ in json.loads(values[0])])
        return await execute(query, values)

    monkeypatch.setattr(store, "execute", noted)
    store._waiting = [use(number, at=number) for number in range(usage.MOST_WAITING - 1)]
    with locked(where):
        assert not await store.record(use(usage.MOST_WAITING - 1, at=usage.MOST_WAITING - 1), None)
        await written(store)
        assert tried == [list(range(500))], "not all of them anew, which would hold up every answer"
    tried.clear()
    await store.retry()
    assert [number for batch in tried for number in batch] == list(range(usage.MOST_WAITING)), "then all, in their order"
    assert max(len(batch) for batch in tried) == 500
    assert (store._waiting, store.lost) == ([], 0)
    await store.close()
    assert rows(where, "SELECT COUNT(*) FROM usage") == [(usage.MOST_WAITING,)]


async def test_the_schema_is_made_once_and_a_newer_one_is_refused(where: Where) -> None:
    await (await Store.open(where, KEY)).close()
    store = await Store.open(where, KEY)
    await store.set_state("k", "1")
    await store.set_state("k", "2")
    assert await store.get_state("k") == "2"
    await store.close()
    rows(where, "PRAGMA user_version = 99" if isinstance(where, Path) else "UPDATE schema_version SET version = 99")
    with pytest.raises(StoreUnavailable, match=r"was written by a newer immunobot \(schema 99"):
        await Store.open(where, KEY)


async def test_two_starts_at_once_migrate_once(where: Where) -> None:
    stores = await asyncio.gather(*(Store.open(where, KEY) for _ in range(4)))
    assert [str(store.database.refused) for store in stores if store.database.refused] == []
    for store in stores:
        await store.close()
    assert rows(where, "SELECT value FROM state WHERE key = 'database'") != []


@pytest.mark.parametrize("version", range(VERSION))
async def test_a_database_of_every_older_version_becomes_what_a_new_one_is(version: int, tmp_path: Path) -> None:
    older, new = tmp_path / "older.db", tmp_path / "new.db"
    made_by(older, version).close()
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
    for path in (older, new):
        await (await Store.open(path)).close()
    assert rows(older, schema) == rows(new, schema)
    assert rows(older, "PRAGMA user_version") == [(VERSION,)]


def test_the_schema_is_numbered_without_a_gap_and_packed_with_the_bot() -> None:
    assert [int(migration.name[:4]) for migration in migrations()] == list(range(1, VERSION + 1))
    packed = tomllib.loads((SHIPPED.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["bot"]
    found = {file for pattern in packed for file in (SHIPPED.parent / "bot").glob(pattern)}
    assert set(migrations()) <= found


async def test_a_closed_store_is_unavailable_as_a_broken_one_is(where: Where, caplog: pytest.LogCaptureFixture) -> None:
    store = await Store.open(where, KEY)
    await store.close()
    with pytest.raises(StoreUnavailable, match="is closed"):
        await store.get_state("k")
    assert not await store.record(use(1), 42)
    assert "1 usage rows wait: the database refuses them (it is closed)" in caplog.text


async def test_reading_sees_one_moment_and_can_not_write(where: Where) -> None:
    store = await Store.open(where, KEY)
    read, written, seen = threading.Event(), threading.Event(), list[Any]()

    def work(ask: Any) -> None:
        seen.extend(ask("SELECT COUNT(*) FROM usage"))
        read.set()
        assert written.wait(10)
        seen.extend(ask("SELECT COUNT(*) FROM usage"))
        ask("DELETE FROM usage")

    reading = asyncio.create_task(store.read(work))
    await asyncio.to_thread(read.wait, 10)
    assert await store.record(use(1), None), "no row waits for it"
    written.set()
    with pytest.raises(StoreUnavailable, match="can't be read: "):
        await reading
    assert seen == [(0,), (0,)]
    await store.close()


@pytest.mark.parametrize(("content", "sentence"), [(b"no database" * 100, "is no SQLite database; move the file away")])
async def test_a_file_that_is_no_database_has_its_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "immunobot.db"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=sentence):
        await Store.open(path)


async def test_the_database_is_made_for_its_owner_alone_and_one_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x/immunobot.db"
    store = await Store.open(path)
    await store.record(use(1), 42)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("immunobot.db", "immunobot.db-wal", "immunobot.db-shm", "immunobot.secret"), 0o600)
    await store.close()
    path.chmod(0o640)
    await (await Store.open(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


FIRST_STARTS = """
import sys
from pathlib import Path
from bot.store.keys import hash_key
print("ready", flush=True)
sys.stdin.readline()
for number in range(500):
    print(hash_key("", Path(sys.argv[1], str(number), "immunobot.secret")).decode())
"""


def test_processes_that_start_at_once_for_the_first_time_have_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FIRST_STARTS, str(tmp_path)]
    starting = [
        subprocess.Popen(command, cwd=SHIPPED.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True) for _ in range(4)
    ]  # fmt: skip
    for process in starting:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.communicate() for process in starting]
    assert [err for _, err in ended if err] == []
    found = {out for out, _ in ended}
    assert len(found) == 1
    keys = found.pop().split()
    assert len(set(keys)) == len(keys) == 500
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in kept} == {"immunobot.secret"}, "nothing half made is left"
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


def test_a_place_that_can_not_take_a_key_whole_has_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # as file systems without hard links do

    monkeypatch.setattr("os.link", refuse)
    with pytest.raises(StoreUnavailable, match=r"Operation not permitted\); set privacy\.secret to a long random text"):
        hash_key("", tmp_path / "immunobot.secret")
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.secret"
    key = hash_key("", path)
    assert hash_key("", path) == key
    assert stat.S_IMODE((tmp_path / "immunobot.secret").stat().st_mode) == 0o600
    assert hash_key("given", path) == b"given"
    (tmp_path / "immunobot.secret").write_text("")
    with pytest.raises(StoreUnavailable, match="is damaged; put a backup of it there"):
        hash_key("", path)
