"""The operator shows, deletes and purges on the command line what members can in Discord."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.store.usage import Store

from .test_privacy import everything
from .test_store import rows, there

CAPSYS = pytest.CaptureFixture[str]


def leave_something(path: Path, secret: str = "", *, run: bool = False) -> None:
    """Leave a row of one person, as the bot does with this key."""

    async def work() -> None:
        store = await Store.open(path, secret, note_key=run)
        await there(store, 42)
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
    assert rows(database, "SELECT COUNT(*) FROM people") == [(10,)]
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
    assert rows(database, "SELECT COUNT(*) FROM people") == [(10,)]


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
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TABLE gap_votes")
    assert main(command) == 73
    assert "can't be used: no such table: gap_votes; " in capsys.readouterr().err


def test_figures_need_no_key_and_make_none(database: Path, capsys: CAPSYS) -> None:
    leave_something(database, "the key of the bot that runs", run=True)
    before = everything(database)
    assert main(["stats"]) == 0
    assert everything(database) == before
    assert not database.with_suffix(".secret").exists()
