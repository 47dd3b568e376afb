"""What belongs to a member is shown to them, deleted when they say so, and goes by itself after a time."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.language import long_day
from bot.service.tryout import Stage
from bot.store import drafts, history, privacy, queues, waiting
from bot.store.gaps import tell_missing
from bot.store.history import Version
from bot.store.usage import Store

from .conftest import buttons_of, text_of
from .test_store import VERSION, made_by, rows, there, use

DAY = 86_400


async def test_what_is_old_goes_in_small_batches_and_leaves_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "BATCH", 7)
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    now = int(time.time())
    for number in range(30):
        await store.record(use(number, at=now - 100 * DAY), None)
    await store.record(use(99, at=now), None)
    await there(store)
    await store.execute("INSERT INTO people VALUES ('2020-01-01', 'someone')")
    await store.execute("INSERT INTO gap_votes VALUES ('name', 'someone', '2020-01-01')")
    assert await privacy.expire(store, 90) == 32
    assert rows(path, "SELECT SUM(answers) FROM answers_by_day") == [(41,)], "counts without people stay"
    assert rows(path, "SELECT entry, SUM(answers) FROM entries_by_day GROUP BY 1") == [("t-cell", 41)]
    assert rows(path, "SELECT COUNT(*), MAX(at) FROM usage") == [(11, now)]
    assert rows(path, "SELECT COUNT(*) FROM people WHERE day = '2020-01-01'") == [(0,)]
    assert await privacy.expire(store, 90) == 0
    await store.close()


async def test_a_person_is_exported_deleted_and_gone_from_every_table(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    await there(store, 42)
    await tell_missing(store, "zyxomab", "Zyxomab", 42)
    exported = await privacy.export(store, 42)
    assert len(exported["days_counted"]) == 1  # type: ignore[arg-type]
    assert exported["missing_names_told"] == 1
    assert await privacy.delete(store, 42) == 2
    assert await privacy.export(store, 42) == {
        "days_counted": [],
        "missing_names_told": 0,
        "messages_to_moderators": [],
        "messages_no_longer_taken": False,
        "changes_under_your_number": 0,
        "proposals_not_yet_published": 0,
        "opted_out": False,
    }
    assert len(rows(path, "SELECT * FROM people")) == 10, "others stay"
    assert len(rows(path, "SELECT * FROM usage")) == 11, "what was asked is nobody's"
    await there(store, 42, *range(9))
    assert (await privacy.export(store, 42))["days_counted"] != [], "who comes again is counted again"
    await store.close()


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Table -> its rows, for all the tables there are."""
    tables = rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {str(name): rows(path, f"SELECT * FROM {name}") for (name,) in tables}


OF_PEOPLE = {"people", "gap_votes", "messages", "history", "proposals", "waiting", "opted_out", "blocked"}
OF_NOBODY = {"usage", "state", "gaps", "answers_by_day", "entries_by_day", "times_by_day", "said_by_day", "servers"}


async def belongings(store: Store, user_id: int) -> None:
    """Leave a row of this person in every table that can have one."""
    number = user_id % 100
    await tell_missing(store, "zyxomab", "Zyxomab", user_id)
    await queues.send(store, user_id, "report", "A mistake.", entry="t-cell")
    change = Version("terms/t-cell.yaml", number, 1_790_000_000, str(user_id), "publish", "why", "old", "new", True, True)
    await history.begin(store, [change])
    await drafts.keep(store, user_id, {"files": {}})
    await waiting.keep(store, user_id, "why", "publish", None, {f"terms/{number}.yaml": ("old", "new")})


async def test_every_table_is_shown_and_emptied_of_a_person_and_of_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    await there(store, 4242424242, 7171717171)
    for user_id in (4242424242, 7171717171):
        await belongings(store, user_id)
        await privacy.opt(store, user_id + 1, out=True)
    before = everything(path)
    assert before.keys() == OF_PEOPLE | OF_NOBODY, "a table that is new belongs to people or to nobody: see privacy.py"
    exported = await privacy.export(store, 4242424242)
    assert {key: value for key, value in exported.items() if isinstance(value, int)} == {
        "missing_names_told": 1,
        "messages_no_longer_taken": False,
        "changes_under_your_number": 1,
        "proposals_not_yet_published": 2,
        "opted_out": False,
    }
    assert privacy.rows_of(exported) == 6
    assert await privacy.delete(store, 4242424242) == 6
    assert privacy.rows_of(await privacy.export(store, 4242424242)) == 0
    after = everything(path)
    for table in OF_PEOPLE - {"people", "history", "opted_out", "blocked"}:
        assert len(after[table]) == len(before[table]) - 1 == 1, table
    assert (len(before["people"]), len(after["people"])) == (12, 11)
    assert [who for _, _, _, who, *_ in after["history"]] == ["", "7171717171"], "the change stays, the number goes"
    assert "4242424242" not in str(after)
    for table in (OF_NOBODY - {"state"}) | {"opted_out", "blocked"}:
        assert after[table] == before[table], table
    await store.close()


async def test_what_was_proposed_expires_after_a_day(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    newer, older = [await drafts.keep(store, 42, {}) for _ in range(2)]
    await store.execute("UPDATE proposals SET at = unixepoch() - 86401 WHERE id = ?", (older,))
    assert await privacy.expire(store, 90) == 1
    assert rows(path, "SELECT id FROM proposals") == [(newer,)]
    await store.close()


async def test_what_was_deleted_is_overwritten_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    for number in range(50):
        await store.execute("INSERT INTO gaps (name, text, people) VALUES (?, 'A text to be found.', 3)", (str(number),))
    await store.execute("DELETE FROM gaps")
    await store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"A text to be found." not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    await store.close()


@pytest.mark.parametrize("table", ["people", "gap_votes"])
async def test_days_go_in_small_batches_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setattr(privacy, "BATCH", 7)
    store = await Store.open(tmp_path / "immunobot.db")
    values = "'2020-01-01', value" if table == "people" else "value, 'someone', '2020-01-01'"
    await store.execute(f"INSERT INTO {table} SELECT {values} FROM json_each(?)", (json.dumps([str(n) for n in range(30)]),))
    at_once, execute = [], store.execute

    async def counted(query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        found = await execute(query, values)
        at_once.append(len(found))
        return found

    monkeypatch.setattr(store, "execute", counted)
    assert await privacy.expire(store, 90) == 30
    assert max(at_once) == 7
    assert await execute(f"SELECT * FROM {table}") == []
    await store.close()


async def test_another_key_is_said_once_and_shown_while_older_rows_may_be_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "immunobot.db"

    async def opened(secret: str) -> tuple[str | None, list[str]]:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            store = await Store.open(path, secret, note_key=True)
            day = await privacy.key_changed(store, 90)
            await store.record(use(len(secret)), 42)
            await store.close()
        return day, [record.message for record in caplog.records]

    assert await opened("one key of the hashes") == (None, [])
    assert await opened("one key of the hashes") == (None, [])
    day, (said,) = await opened("another key")
    assert day == datetime.now(UTC).date().isoformat()
    assert "can no longer be matched" in said
    assert "key" not in said.replace("The key of the hashes", "").replace("The older key", ""), "no key in the log"
    assert await opened("another key") == (day, []), "said once"
    with closing(sqlite3.connect(path)) as connection, connection:
        kept = dict(connection.execute("SELECT key, value FROM state"))
        assert "another key" not in str(kept)
        connection.execute("UPDATE state SET value = date('now', '-91 days') WHERE key = 'key changed'")
    assert await opened("another key") == (None, []), "by then, all of before has expired"


async def test_only_a_bot_that_runs_notes_another_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "immunobot.db"
    await (await Store.open(path, "one key of the hashes")).close()
    noted = rows(path, "SELECT * FROM state")
    assert [key for key, _ in noted] == ["database", "key"], "the first is noted by whoever comes first"
    await (await Store.open(path, "another key")).close()
    assert rows(path, "SELECT * FROM state") == noted
    assert caplog.text == ""


async def test_a_key_that_cant_be_checked_does_not_keep_the_bot_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(made_by(tmp_path / "immunobot.db", VERSION)) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON state BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    store = await Store.open(tmp_path / "immunobot.db")
    assert "could not be checked (the disk is full)" in caplog.text
    await store.close()


async def test_who_opts_out_leaves_no_hash_behind_until_they_opt_in(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    await there(store, 42)
    await privacy.opt(store, 42, out=True)
    await there(store, 42, *range(10))
    assert len(rows(path, "SELECT * FROM people")) == 20
    await store.close()
    store = await Store.open(path)
    await there(store, 42, *range(100, 110))
    assert len(rows(path, "SELECT * FROM people")) == 30, "a restart does not forget it"
    await privacy.opt(store, 42, out=False)
    await there(store, 42, *range(200, 210))
    assert len(rows(path, "SELECT * FROM people")) == 41
    assert len((await privacy.export(store, 42))["days_counted"]) == 1  # type: ignore[arg-type]
    await store.close()


async def press(world: Stage, message: Any, label: str) -> Any:
    return await world.member.click(message, label=label)


def people(world: Stage) -> int:
    with closing(sqlite3.connect(world.env.bot.deps.config.database_path())) as connection, connection:
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
    await there(world.env.bot.deps.store)
    assert people(world) == 11
    question = await press(world, result.response, "Delete my data")
    await press(world, question.response, "Delete it")
    assert question.response.content == "Deleted: 1 row. Nothing that belongs to you is left."
    await there(world.env.bot.deps.store, *range(10))
    assert people(world) == 20, "nor does the press count them anew"


async def test_what_came_in_meanwhile_is_said(world: Stage) -> None:
    store = world.env.bot.deps.store
    await tell_missing(store, "zyxomab", "Zyxomab", world.member.id)
    await store.execute(
        "CREATE TRIGGER meanwhile AFTER DELETE ON gap_votes BEGIN "
        "INSERT INTO gap_votes VALUES (OLD.name, OLD.person, OLD.day); END"
    )
    result = await world.member.slash(world.channel, "privacy")
    question = await press(world, result.response, "Delete my data")
    await press(world, question.response, "Delete it")
    assert question.response.content == (
        "Deleted: 1 row. Something of yours came in meanwhile; press “Delete my data” once more."
    )


async def test_privacy_names_the_operators_policy_and_says_when_the_key_changed(world: Stage) -> None:
    deps = world.env.bot.deps
    operator = replace(deps.config.operator, privacy_url="https://example.org/privacy")
    deps.config = replace(deps.config, operator=operator)
    said = text_of(await world.member.slash(world.channel, "privacy"))
    assert "[Privacy policy](https://example.org/privacy)" in said
    assert "“Delete my data” takes it off" in said
    assert "The key of the scrambled codes" not in said
    today = datetime.now(UTC).date()
    await deps.store.set_state("key changed", today.isoformat())
    said = text_of(await world.member.slash(world.channel, "privacy"))
    assert f"The key of the scrambled codes changed on {long_day(today)}." in said


async def test_after_another_key_deleting_does_not_say_that_nothing_is_left(world: Stage) -> None:
    today = datetime.now(UTC).date()
    await world.env.bot.deps.store.set_state("key changed", today.isoformat())
    result = await world.member.slash(world.channel, "privacy")
    question = await press(world, result.response, "Delete my data")
    await press(world, question.response, "Delete it")
    assert question.response.content == (
        f"Deleted: 0 rows. The key of the scrambled codes changed on {long_day(today)}: what is older can't be "
        "found any more, and goes by itself."
    )


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
    await there(world.env.bot.deps.store)
    assert people(world) == 10
    again = await world.member.slash(world.channel, "privacy")
    assert "Count me again" in buttons_of(again.response)
    await press(world, again.response, "Count me again")
    await there(world.env.bot.deps.store, *range(9))
    assert people(world) == 20
