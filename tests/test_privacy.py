"""What belongs to a member is shown to them, deleted when they say so, and goes by itself after a time."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.language import language
from bot.service.tryout import Stage
from bot.store import history, privacy, proposals, queues
from bot.store.database import connect
from bot.store.gaps import tell_missing
from bot.store.history import Version
from bot.store.usage import Store

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
    assert rows(path, "SELECT SUM(answers) FROM answers_by_day") == [(31,)], "counts without people stay"
    assert rows(path, "SELECT entry, SUM(answers) FROM entries_by_day GROUP BY 1") == [("t-cell", 31)]
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
    assert await privacy.export(store, 42) == {
        "days_counted": [],
        "missing_names_told": 0,
        "messages_to_moderators": [],
        "messages_no_longer_taken": False,
        "changes_under_your_number": 0,
        "proposals_not_yet_published": 0,
        "opted_out": False,
    }
    assert len(rows(path, "SELECT * FROM people")) == 1, "others stay"
    assert len(rows(path, "SELECT * FROM usage")) == 2, "what was asked is nobody's"
    await store.record(use(3), 42)
    assert len(rows(path, "SELECT * FROM people")) == 2, "who comes again is counted again"
    await store.close()


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Table -> its rows, for all the tables there are."""
    tables = rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {str(name): rows(path, f"SELECT * FROM {name}") for (name,) in tables}


OF_PEOPLE = {"people", "gap_votes", "messages", "history", "proposals", "opted_out", "blocked"}
OF_NOBODY = {"usage", "state", "gaps", "answers_by_day", "entries_by_day", "times_by_day", "servers"}


async def belongings(store: Store, user_id: int) -> None:
    """Leave a row of this person in every table that can have one."""
    number = user_id % 100
    await store.record(use(number), user_id)
    await tell_missing(store, "zyxomab", "Zyxomab", user_id)
    await queues.send(store, user_id, "report", "A mistake.", entry="t-cell")
    change = Version("terms/t-cell.yaml", number, 1_790_000_000, str(user_id), "publish", "why", "old", "new", True, True)
    await history.begin(store, [change])
    await proposals.keep(store, user_id, {"files": {}})


async def test_every_table_is_shown_and_emptied_of_a_person_and_of_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
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
        "proposals_not_yet_published": 1,
        "opted_out": False,
    }
    assert privacy.rows_of(exported) == 5
    assert await privacy.delete(store, 4242424242) == 5
    assert privacy.rows_of(await privacy.export(store, 4242424242)) == 0
    after = everything(path)
    for table in OF_PEOPLE - {"history", "opted_out", "blocked"}:
        assert len(after[table]) == len(before[table]) - 1 == 1, table
    assert [who for _, _, _, who, *_ in after["history"]] == ["", "7171717171"], "the change stays, the number goes"
    assert "4242424242" not in str(after)
    for table in OF_NOBODY | {"opted_out", "blocked"}:
        assert after[table] == before[table], table
    await store.close()


async def test_what_was_proposed_expires_after_a_day(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    newer, older = [await proposals.keep(store, 42, {}) for _ in range(2)]
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


async def test_deleting_while_a_row_of_that_person_is_being_written_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await store.record(use(1), 42)
    assert store._writing is not None
    assert not store._writing.done(), "the row waits for the lock"
    deleting = asyncio.create_task(privacy.delete(store, 42))
    await store.record(use(2), 42)
    lock.execute("COMMIT")
    lock.close()
    await deleting
    await store.retry()
    assert rows(path, "SELECT interaction_id FROM usage") == [(1,), (2,)]
    assert rows(path, "SELECT * FROM people") == []
    await store.close()


async def test_a_row_that_comes_in_just_when_one_was_written_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    write, late = store._write, [use(2)]

    async def then_another(batch: Any) -> None:
        await write(batch)
        if late:
            row = (late.pop(), store._uncounted(42))
            asyncio.get_running_loop().call_soon(lambda: (store._waiting.append(row), store._write_soon()))

    monkeypatch.setattr(store, "_write", then_another)
    recording = asyncio.create_task(store.record(use(1), 7))
    await asyncio.sleep(0)
    await privacy._delete_counted(store, 42)  # what `delete` ends with: it begins while the first row is being written
    await recording
    await store.retry()
    assert rows(path, "SELECT interaction_id FROM usage") == [(1,), (2,)]
    assert [row for row in rows(path, "SELECT person FROM people") if row == (store.hashed("person", 42),)] == []
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
    with sqlite3.connect(path) as connection:
        kept = dict(connection.execute("SELECT key, value FROM state"))
        assert "another key" not in str(kept)
        connection.execute("UPDATE state SET value = date('now', '-91 days') WHERE key = 'key changed'")
    assert await opened("another key") == (None, []), "by then, all of before has expired"


async def test_only_a_bot_that_runs_notes_another_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "immunobot.db"
    await (await Store.open(path, "one key of the hashes")).close()
    noted = rows(path, "SELECT * FROM state")
    assert [key for key, _ in noted] == ["key"], "the first is noted by whoever comes first"
    await (await Store.open(path, "another key")).close()
    assert rows(path, "SELECT * FROM state") == noted
    assert caplog.text == ""


async def test_a_key_that_cant_be_checked_does_not_keep_the_bot_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(Store, "set_state", refuse)
    store = await Store.open(tmp_path / "immunobot.db")
    assert "could not be checked (database is locked)" in caplog.text
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


async def test_what_came_in_meanwhile_is_said(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = privacy.delete

    async def too_early(store: Store, user_id: int) -> int:
        gone = await delete(store, user_id)
        await tell_missing(store, "zyxomab", "Zyxomab", user_id)
        return gone

    monkeypatch.setattr(privacy, "delete", too_early)
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
    assert f"The key of the scrambled codes changed on {language('en-US').day(today)}." in said


async def test_after_another_key_deleting_does_not_say_that_nothing_is_left(world: Stage) -> None:
    today = datetime.now(UTC).date()
    await world.env.bot.deps.store.set_state("key changed", today.isoformat())
    result = await world.member.slash(world.channel, "privacy")
    question = await press(world, result.response, "Delete my data")
    await press(world, question.response, "Delete it")
    assert question.response.content == (
        f"Deleted: 1 row. The key of the scrambled codes changed on {language('en-US').day(today)}: what is older can't be "
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
    assert people(world) == 0
    again = await world.member.slash(world.channel, "privacy")
    assert "Count me again" in buttons_of(again.response)
    await press(world, again.response, "Count me again")
    assert people(world) == 1


CAPSYS = pytest.CaptureFixture[str]


def leave_something(path: Path, secret: str = "", *, run: bool = False) -> None:
    """Leave a row of one person, as the bot does with this key."""

    async def work() -> None:
        store = await Store.open(path, secret, note_key=run)
        await store.record(use(1), 42)
        await store.close()

    asyncio.run(work())


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command line looks for the database, which is not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMMUNOBOT_PRIVACY__SECRET", raising=False)
    return tmp_path / "data/immunobot.db"


def test_the_operator_can_do_the_same_from_the_command_line(database: Path, capsys: CAPSYS) -> None:
    leave_something(database)
    assert main(["privacy", "purge"]) == 0
    assert "0 rows older than 90 days were deleted." in capsys.readouterr().out
    assert main(["privacy", "export", "--user-id", "42"]) == 0
    assert len(json.loads(capsys.readouterr().out)["days_counted"]) == 1
    assert main(["privacy", "delete", "--user-id", "42"]) == 0
    assert capsys.readouterr() == ("1 rows were deleted.\n", "")
    assert rows(database, "SELECT * FROM people") == []
    assert main(["privacy", "delete"]) == 2
    assert "needs --user-id" in capsys.readouterr().err


OF_ONE = (["privacy", "export", "--user-id", "42"], ["privacy", "delete", "--user-id", "42"])


@pytest.mark.parametrize("command", [*OF_ONE, ["privacy", "purge"]])
def test_where_no_database_is_none_is_made(command: list[str], database: Path, tmp_path: Path, capsys: CAPSYS) -> None:
    assert main(command) == 73
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("immunobot: There is no database ")
    assert "start this in the folder that the bot runs in" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", OF_ONE)
def test_a_missing_key_is_not_made_anew(command: list[str], database: Path, capsys: CAPSYS) -> None:
    leave_something(database, "the key of the bot that runs")
    before = everything(database)
    assert main(command) == 73
    out, err = capsys.readouterr()
    assert out == ""
    assert "immunobot.secret is not there, and without it nobody can be found; put a backup of it there, or set" in err
    assert [file.name for file in database.parent.iterdir() if file.suffix == ".secret"] == []
    assert everything(database) == before


@pytest.mark.parametrize("command", OF_ONE)
@pytest.mark.parametrize("given", [True, False], ids=["set", "in its file"])
def test_another_key_is_refused_and_changes_nothing(
    command: list[str], given: bool, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPSYS
) -> None:
    leave_something(database, "the key of the bot that runs", run=True)
    if given:
        monkeypatch.setenv("IMMUNOBOT_PRIVACY__SECRET", "a key that was mistyped by the operator")
    else:
        database.with_suffix(".secret").write_text("0" * 64)
    before = everything(database)
    assert main(command) == 73
    out, err = capsys.readouterr()
    assert out == ""
    assert "is not the one that the database" in err
    assert everything(database) == before
    assert main(["privacy", "purge"]) == 0, "what is old needs no key"
    assert everything(database) == before
    monkeypatch.setenv("IMMUNOBOT_PRIVACY__SECRET", "the key of the bot that runs")
    assert main(["privacy", "delete", "--user-id", "42"]) == 0
    assert rows(database, "SELECT * FROM people") == []


@pytest.mark.parametrize("command", OF_ONE)
def test_the_operator_is_told_that_the_key_changed(
    command: list[str], database: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPSYS
) -> None:
    leave_something(database, "the older key of the hashes, long", run=True)
    leave_something(database, "the newer key of the hashes, long", run=True)
    monkeypatch.setenv("IMMUNOBOT_PRIVACY__SECRET", "the newer key of the hashes, long")
    assert main(command) == 0
    today = datetime.now(UTC).date()
    assert capsys.readouterr().err == (
        f"immunobot: The key of the hashes changed on {today}: what is older can't be found any more, and expires.\n"
    )


@pytest.mark.parametrize("command", OF_ONE)
def test_a_database_that_can_not_be_read_has_its_sentence(command: list[str], database: Path, capsys: CAPSYS) -> None:
    leave_something(database)
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE gap_votes")
    assert main(command) == 73
    assert "can't be used: no such table: gap_votes; " in capsys.readouterr().err


def test_figures_need_no_key_and_make_none(database: Path, capsys: CAPSYS) -> None:
    leave_something(database, "the key of the bot that runs", run=True)
    before = everything(database)
    assert main(["stats"]) == 0
    assert everything(database) == before
    assert not database.with_suffix(".secret").exists()
