"""Nobody can join who and what: people are counted in crowds, apart in time from what was asked."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.service import gateway
from bot.settings import Config
from bot.store import privacy, usage
from bot.store.usage import Store

from .attack import copied, joined, steps
from .databases import KEY, Where, locked, opened_impatiently, rows
from .test_store import OTHERS, made_by, there, use

ASKED_BY = [100_000_000_000_000_000 + number * 7_919 for number in range(40)]
"""Forty people, each of whom asks for an entry of their own."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data/immunobot.db"


def counted(where: Where) -> int:
    ((people,),) = rows(where, "SELECT COUNT(*) FROM people")
    return int(str(people))


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


# --- from copies of the folder ---


@pytest.mark.parametrize("counted_after", [[39], [12, 25, 39], [9, 10, 14, 28, 39]])
async def test_copies_of_the_folder_made_while_forty_people_ask_join_nobody_to_a_question(
    counted_after: list[int],
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: pytest.FixtureRequest,
) -> None:
    async def leave_the_log() -> None:
        """Let another process hold the log open, so that all of it stays to be read."""

    store = await Store.open(path, "k" * 32)
    monkeypatch.setattr(store, "cut_log", leave_the_log)
    truth, copies = {}, []
    for number, person in enumerate(ASKED_BY):
        await store.record(use(number, entry=f"entry-{number}"), person)
        truth[store.hashed("person", person)] = f"entry-{number}"
        if number in counted_after:
            copies.append(copied(path.parent, tmp_path / f"before {number}"))
            await store.count_people()
            copies.append(copied(path.parent, tmp_path / f"after {number}"))
    for some in (copies, copies[-1:]):
        found = steps(some)
        people = [len(step.people) for step in found]
        record_property("joined", joined(found, truth))
        assert sum(people) >= 30, "so many are counted"
        assert min(people) >= 10, "a crowd at once"
        assert [len(step.rows) for step in found] == people, "each could have asked any question of the crowd"
        assert joined(found, truth) <= 6, "of forty, and it was forty: no better than guessing"
    await store.close()


async def test_a_row_has_no_number_of_discords_and_lies_in_no_order(path: Path) -> None:
    store = await Store.open(path)
    questions = [1_200_000_000_000_000_000 + number * 4_194_304 for number in range(40)]
    for number in questions:
        await store.record(use(number, at=1_790_000_000, entry=str(number)), None)
    kept = [str(entry) for (entry,) in rows(path, "SELECT entry FROM usage")]
    assert sorted(kept) == [str(number) for number in questions]
    assert kept != sorted(kept) != kept[::-1], "rows of one second lie as chance has it"
    numbers = [int(str(number)) for (number,) in rows(path, "SELECT number FROM usage")]
    assert set(numbers).isdisjoint(questions)
    await store.close()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    assert [number for number in questions if number.to_bytes(8, "big") in content] == []


async def test_a_question_that_is_sent_twice_is_one_row_and_so_is_one_that_is_written_twice(where: Where) -> None:
    store = await Store.open(where, KEY)
    row = use(1)
    await store.record(row, None)
    await store.record(use(1), None)
    store._waiting.append(row)  # as after an error of which nobody knows whether the row was committed before it
    await store.retry()
    assert rows(where, "SELECT (SELECT COUNT(*) FROM usage), (SELECT SUM(answers) FROM answers_by_day)") == [(1, 1)]
    await store.close()


# --- in crowds ---


async def test_people_are_kept_without_order_or_name(path: Path) -> None:
    store = await Store.open(path)
    await there(store, 42, 7, 42, 99)
    found = [str(person) for (person,) in rows(path, "SELECT person FROM people")]
    assert len(found) == 13, "each once"
    assert found == sorted(found), "in the order of the hashes"
    assert [row[1] for row in rows(path, "PRAGMA table_info(people)")] == ["day", "person"]
    with pytest.raises(sqlite3.OperationalError):
        rows(path, "SELECT rowid FROM people")
    await store.close()


async def test_fewer_than_ten_wait_and_go_when_the_bot_stops(where: Where) -> None:
    store = await Store.open(where, KEY)
    for number in range(9):
        await store.record(use(number), number)
    await store.count_people()
    assert counted(where) == 0
    await store.close()
    assert counted(where) == 0
    store = await Store.open(where, KEY)
    for number in range(10):
        await store.record(use(number), number)
    assert counted(where) == 0, "nobody is counted with their answer"
    await store.close()
    assert counted(where) == 10, "what makes a crowd is written when the bot stops"


async def test_a_day_that_is_over_keeps_its_crowds_and_nobody_else(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await Store.open(where, KEY)
    for day, people in (("2026-11-21", range(9)), ("2026-11-22", range(12)), ("2026-11-23", range(1))):
        monkeypatch.setattr(usage, "today", lambda day=day: day)
        for person in people:
            await store.record(use(person, interaction_id=hash((day, person))), person)
    await store.count_people()
    assert rows(where, "SELECT day, COUNT(*) FROM people GROUP BY 1") == [("2026-11-22", 12)]
    assert list(store._there) == ["2026-11-23"], "nobody of a day that is over is kept in memory"
    await store.close()


async def test_who_comes_again_is_counted_once_and_makes_no_crowd(where: Where) -> None:
    store = await Store.open(where, KEY)
    await there(store)
    await store.close()
    store = await Store.open(where, KEY)  # it doesn't know any more who was there
    await there(store, 42)
    assert counted(where) == 10, "one new person would stand alone among what is new"
    await there(store, *range(9))
    assert counted(where) == 20
    await store.close()


async def test_who_opted_out_makes_no_crowd(where: Where) -> None:
    store = await Store.open(where, KEY)
    await privacy.opt(store, 42, out=True)
    for number, person in enumerate((42, *OTHERS[:9])):
        await store.record(use(number), person)
    await store.count_people()
    assert counted(where) == 0
    await store.record(use(99), OTHERS[9])
    await store.count_people()
    assert counted(where) == 10
    assert store.hashed("person", 42) not in str(rows(where, "SELECT * FROM people"))
    await store.close()


async def test_who_is_deleted_while_they_wait_is_not_counted(where: Where) -> None:
    store = await Store.open(where, KEY)
    for number, person in enumerate((42, *OTHERS)):
        await store.record(use(number), person)
    assert await privacy.delete(store, 42) == 0, "nothing is written of them yet"
    await store.count_people()
    assert counted(where) == 10
    assert await privacy.export(store, 42) == await privacy.export(store, 43)
    await store.close()


async def test_who_is_deleted_while_people_are_being_counted_stays_deleted(where: Where) -> None:
    store = await Store.open(where, KEY)
    for number, person in enumerate((42, *OTHERS)):
        await store.record(use(number), person)
    with locked(where):
        counting = asyncio.create_task(store.count_people())
        await asyncio.sleep(0)
        deleting = asyncio.create_task(privacy.delete(store, 42))
        await asyncio.sleep(0)
    await asyncio.gather(counting, deleting)
    await store.count_people()
    assert counted(where) == 10
    assert (await privacy.export(store, 42))["days_counted"] == []
    await store.close()


async def test_who_is_deleted_while_the_hashes_are_made_is_not_counted(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, loop, here = await Store.open(where, KEY), asyncio.get_running_loop(), threading.get_ident()
    hashed, deleting = store.hashed, [42]

    def deleted_meanwhile(purpose: str, value: object) -> str:
        if threading.get_ident() != here and deleting:
            asyncio.run_coroutine_threadsafe(privacy.delete(store, deleting.pop()), loop).result()
        return hashed(purpose, value)

    for number, person in enumerate((42, *OTHERS)):
        await store.record(use(number), person)
    monkeypatch.setattr(store, "hashed", deleted_meanwhile)
    await store.count_people()
    assert (counted(where), deleting) == (10, [])
    assert (await privacy.export(store, 42))["days_counted"] == []
    await store.close()


async def test_who_is_deleted_by_another_process_while_they_wait_is_not_counted(where: Where) -> None:
    store, other = await Store.open(where, KEY), await Store.open(where, KEY)
    for number, person in enumerate((42, *OTHERS)):
        await store.record(use(number), person)
    await privacy.delete(other, 42)
    await store.count_people()
    assert counted(where) == 0, "which of those who wait it was is not written down: all go"
    await there(store)
    assert counted(where) == 10
    await store.close()
    await other.close()


async def test_a_day_that_a_deletion_leaves_with_fewer_than_ten_keeps_nobody(where: Where) -> None:
    store = await Store.open(where, KEY)
    await there(store)
    await store.execute(
        "INSERT INTO people SELECT '2026-11-22', person FROM ROWS(?, person text) AS ten", (str([[n] for n in range(10)]),)
    )
    assert await privacy.delete(store, OTHERS[0]) == 1, "what is deleted of others is not theirs"
    assert rows(where, "SELECT day, COUNT(*) FROM people GROUP BY 1") == [("2026-11-22", 10)], "other days stay"
    await store.close()


async def test_people_whom_the_database_refuses_wait(where: Where, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(await opened_impatiently(where), b"k" * 32)
    for number, person in enumerate(OTHERS):
        await store.record(use(number), person)
    with locked(where):
        await store.count_people()
    assert "could not be counted (" in caplog.text
    assert counted(where) == 0
    await store.count_people()
    assert counted(where) == 10
    await store.close()


# --- the log ---


async def test_the_log_is_emptied_after_people_were_written_or_deleted(path: Path) -> None:
    store = await Store.open(path)
    await store.cut_log()
    assert log_of(path).stat().st_size == 0, "what an earlier version left goes at once"
    await there(store, 42)
    assert log_of(path).stat().st_size > 0
    await store.cut_log()
    assert log_of(path).stat().st_size == 0
    await privacy.delete(store, 42)
    await store.cut_log()
    assert log_of(path).stat().st_size == 0
    await store.record(use(1), None)
    await store.cut_log()
    assert log_of(path).stat().st_size > 0, "rows alone need none of it"
    await store.close()


async def test_a_log_that_somebody_reads_is_emptied_later_and_holds_up_no_answer(path: Path) -> None:
    store = await Store.open(path)
    await there(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM usage").fetchall()
        await store.record(use(1), None)
        await store.cut_log()
        assert log_of(path).stat().st_size > 0
        assert await store.record(use(2), None)
        reader.execute("COMMIT")
    await store.cut_log()
    assert log_of(path).stat().st_size == 0
    await store.close()


def logged_in(store: Store, ahead: float = 0) -> Any:
    """The client that keeps a database up, once Discord's clock is known."""
    client = SimpleNamespace(
        deps=SimpleNamespace(store=store, config=Config()), logged_in=asyncio.Event(), intake=SimpleNamespace(ahead=ahead)
    )
    client.logged_in.set()
    return client


async def test_the_bot_that_runs_counts_people_an_hour_later_and_empties_the_log(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, minutes = await Store.open(path), list[tuple[int, int]]()

    async def minute_over(_: float) -> None:
        minutes.append((counted(path), log_of(path).stat().st_size))
        if len(minutes) == 1:
            for number, person in enumerate(OTHERS):
                await store.record(use(number), person)
        if len(minutes) == 62:
            raise asyncio.CancelledError

    monkeypatch.setattr(gateway, "asyncio", SimpleNamespace(sleep=minute_over))
    with pytest.raises(asyncio.CancelledError):
        await gateway._keep_up(logged_in(store), 90)
    assert [people for people, _ in minutes] == [0] * 60 + [10] * 2
    assert minutes[-1] == (10, 0)
    await store.close()


@pytest.mark.parametrize("ahead", [0, 100_000])
async def test_nothing_is_deleted_by_a_clock_that_is_ahead_of_discords(
    where: Where, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ahead: float
) -> None:
    async def ended(_: float) -> None:
        raise asyncio.CancelledError

    store = await Store.open(where, KEY)
    await store.record(use(1, at=1), None)
    monkeypatch.setattr(gateway, "asyncio", SimpleNamespace(sleep=ended))
    with pytest.raises(asyncio.CancelledError):
        await gateway._keep_up(logged_in(store, ahead), 90)
    assert len(rows(where, "SELECT at FROM usage")) == bool(ahead)
    assert ("this machine's clock is ahead of Discord's; set it" in caplog.text) == bool(ahead)
    await store.close()


# --- a database of an earlier version ---


async def test_an_older_database_loses_discords_numbers_its_order_and_its_days_of_few(path: Path) -> None:
    chance = random.Random(7)
    questions = [1_200_000_000_000_000_000 + chance.randrange(10**15) for _ in range(200)]
    hashes = [chance.randbytes(16).hex() for _ in range(29)]
    connection = made_by(path, 7)
    for number, question in enumerate(questions):
        values = (question, 1_790_000_000 + number // 50, "define", "t-cell", "served", 1.5, "server", "en")
        connection.execute("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    for number, person in enumerate(hashes):
        connection.execute("INSERT INTO people VALUES (?, ?)", (f"2026-11-{20 + number // 10}", person))
    before = connection.execute("SELECT * FROM answers_by_day").fetchall()
    connection.close()
    store = await Store.open(path)
    await store.cut_log()
    assert rows(path, "SELECT COUNT(*), COUNT(DISTINCT number), MIN(at), MAX(at) FROM usage") == [
        (200, 200, 1_790_000_000, 1_790_000_003)
    ]
    assert rows(path, "SELECT * FROM answers_by_day") == before, "nothing is counted again"
    assert rows(path, "SELECT day, COUNT(*) FROM people GROUP BY 1") == [("2026-11-20", 10), ("2026-11-21", 10)]
    await store.record(use(1), None)
    assert rows(path, "SELECT SUM(answers) FROM answers_by_day") == [(201,)]
    await store.cut_log()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    assert [number for number in questions if number.to_bytes(8, "big") in content] == []
    places = [content.find(person.encode()) for person in sorted(hashes[:10])]
    assert places == sorted(places, reverse=True), "nor do their places tell in which order they came"
    await store.close()
