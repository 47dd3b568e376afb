"""What belongs to a member is shown to them, deleted when they say so, and goes by itself after a time."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.store import privacy
from bot.store.database import connect
from bot.store.gaps import tell_missing
from bot.store.usage import Store
from bot.tryout import Stage

from .conftest import buttons_of, text_of
from .test_store import rows, use

DAY = 86_400


async def test_what_is_old_goes_in_small_batches_and_leaves_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "BATCH", 7)
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    now = int(time.time())
    for number in range(30):
        await store.record(use(number, at=now - 100 * DAY), None)
    await store.record(use(99, at=now), 42)
    await store.execute("INSERT INTO people VALUES ('2020-01-01', 'someone')")
    await store.execute("INSERT INTO gap_votes VALUES ('name', 'someone', '2020-01-01')")
    assert await privacy.expire(store, 90) == 32
    counts = await store.counts()
    assert counts["answers"] == 31, "counts without people stay"
    assert counts["by_entry"] == {"t-cell": 31}
    assert rows(path, "SELECT interaction_id FROM usage") == [(99,)]
    assert [day for day, _ in rows(path, "SELECT * FROM people")] != ["2020-01-01"]
    assert await privacy.expire(store, 90) == 0
    await store.close()


async def test_a_person_is_exported_deleted_and_gone_from_every_table(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    await store.record(use(1), 42)
    await store.record(use(2), 7)
    await tell_missing(store, "zyxomab", "Zyxomab", 42)
    exported = await privacy.export(store, 42)
    assert len(exported["days_counted"]) == 1  # type: ignore[arg-type]
    assert exported["missing_names_told"] == 1
    assert await privacy.delete(store, 42) == 2
    assert await privacy.export(store, 42) == {"days_counted": [], "missing_names_told": 0, "opted_out": False}
    assert len(rows(path, "SELECT * FROM people")) == 1, "others stay"
    assert len(rows(path, "SELECT * FROM usage")) == 2, "what was asked is nobody's"
    await store.record(use(3), 42)
    assert len(rows(path, "SELECT * FROM people")) == 2, "who comes again is counted again"
    await store.close()


async def test_who_opts_out_leaves_no_hash_behind_until_they_opt_in(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    await store.record(use(1), 42)
    await privacy.opt(store, 42, out=True)
    await store.record(use(2), 42)
    assert rows(path, "SELECT * FROM people") == []
    await store.close()
    store = await Store.open(path)
    await store.record(use(3), 42)
    assert rows(path, "SELECT * FROM people") == [], "a restart does not forget it"
    await privacy.opt(store, 42, out=False)
    await store.record(use(4), 42)
    assert len(rows(path, "SELECT * FROM people")) == 1
    assert len(rows(path, "SELECT * FROM usage")) == 4
    await store.close()


async def test_a_row_that_still_waits_is_written_without_whoever_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = Store(await connect(path, busy_ms=0), b"k" * 32)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await store.record(use(1), 42)
    lock.execute("COMMIT")
    lock.close()
    await privacy.delete(store, 42)
    await store.retry()
    assert rows(path, "SELECT interaction_id FROM usage") == [(1,)]
    assert rows(path, "SELECT * FROM people") == []
    await store.close()


async def press(world: Stage, message: Any, label: str) -> Any:
    return await world.member.click(message, label=label)


def people(world: Stage) -> int:
    with sqlite3.connect(world.env.bot.deps.config.database_path()) as connection:
        return len(connection.execute("SELECT * FROM people").fetchall())


async def test_privacy_says_what_is_kept_and_gives_it_as_a_file(world: Stage) -> None:
    result = await world.member.slash(world.channel, "privacy")
    assert result.ephemeral
    assert "deleted after 90 days" in text_of(result)
    shown = await press(world, result.response, "Show my data")
    assert shown.ephemeral
    file = shown.response.attachments[0]
    assert json.loads(await file.read())["opted_out"] is False


async def test_deleting_asks_once_and_then_nothing_is_left(world: Stage) -> None:
    result = await world.member.slash(world.channel, "privacy")
    question = await press(world, result.response, "Delete my data")
    assert "can't be brought back" in question.response.content
    await press(world, question.response, "Keep it")
    assert people(world) == 1
    question = await press(world, result.response, "Delete my data")
    await press(world, question.response, "Delete it")
    assert people(world) == 0


async def test_a_database_that_refuses_is_said_and_takes_no_longer(world: Stage) -> None:
    result = await world.member.slash(world.channel, "privacy")
    await world.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    lock = sqlite3.connect(world.env.bot.deps.config.database_path(), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    refused = await press(world, result.response, "Don't count me")
    assert refused.followups[-1].content == "I can't reach that right now. Please try again in a minute."
    lock.execute("COMMIT")
    lock.close()


async def test_opting_out_and_in_takes_effect_at_once(world: Stage) -> None:
    result = await world.member.slash(world.channel, "privacy")
    await press(world, result.response, "Don't count me")
    await world.member.slash(world.channel, "define", term="T cell")
    assert people(world) == 0
    again = await world.member.slash(world.channel, "privacy")
    assert "Count me again" in buttons_of(again.response)
    await press(world, again.response, "Count me again")
    assert people(world) == 1


def test_the_operator_can_do_the_same_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["privacy", "purge"]) == 0
    assert "0 rows older than 90 days were deleted." in capsys.readouterr().out
    assert main(["privacy", "export", "--user-id", "42"]) == 0
    assert json.loads(capsys.readouterr().out)["days_counted"] == []
    assert main(["privacy", "delete", "--user-id", "42"]) == 0
    assert capsys.readouterr().out == "0 rows were deleted.\n"
    assert main(["privacy", "delete"]) == 2
    assert "needs --user-id" in capsys.readouterr().err
