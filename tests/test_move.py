"""`immunobot db` says what is kept, and moves a SQLite file into PostgreSQL, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Remote
from bot.store import gaps, privacy, queues, statistics
from bot.store.servers import Servers
from bot.store.tables import KEYS
from bot.store.usage import Store

from .conftest import SHIPPED
from .databases import KEY, PASSWORD, locked, on_postgres, rows
from .test_privacy import belongings
from .test_store import there, use

pytestmark = pytest.mark.only("postgres")


def db(where: Remote, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SHIPPED.parent)}
    settings |= on_postgres(where.url.get_secret_value()) | environment
    command = [sys.executable, "-m", "bot", "db", *arguments]
    done = subprocess.run(command, cwd=where.path.parent, env=settings, capture_output=True, text=True, check=False)
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A SQLite file that has rows in every table."""
    path = tmp_path / "former.db"
    async with await Store.open(path, KEY) as store:
        await there(store, 42)
        await belongings(store, 42)
        await queues.block(store, 1)
        for person in range(3):
            await gaps.tell_missing(store, "known", "Known", person)
        await privacy.opt(store, 7, out=True)
        await Servers(store).change(5, "visible", True)
        await statistics.say_whether(store, "t-cell", "yes")
    return path


async def test_all_is_moved_counted_and_found_again_and_can_be_moved_once_more(where: Remote, file: Path) -> None:
    tables = {str(name) for (name,) in rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables - {"sqlite_sequence"} == KEYS.keys()
    before = {table: rows(file, f"SELECT COUNT(*) FROM {table}") for table in KEYS}
    assert [table for table, found in before.items() if found == [(0,)]] == []
    for _ in range(2):
        moved = db(where, "move", "--from", str(file))
        assert moved.returncode == 0, moved.stderr
        assert "rows of 16 tables are in postgresql://127.0.0.1" in moved.stdout
        assert "usage: 11 of 11" in moved.stderr
    before["state"] = rows(file, "SELECT COUNT(*) + 1 FROM state")
    assert {table: rows(where, f"SELECT COUNT(*) FROM {table}") for table in KEYS} == before
    assert rows(where, "SELECT SUM(answers) FROM answers_by_day") == [(11,)], "nothing is counted again"
    async with await Store.open(file, KEY) as former, await Store.open(where, KEY) as store:
        assert await privacy.export(store, 42) == await privacy.export(former, 42)
        assert await queues.is_blocked(store, 42)
        assert (await queues.send(store, 8, "report", "Wrong."))[1] == 2, "no number is given again"
        assert await store.record(use(1), None)
    assert rows(where, "SELECT SUM(answers) FROM answers_by_day") == [(12,)], "what comes is counted"
    again = db(where, "move", "--from", str(file))
    assert (again.returncode, "has been used already" in again.stderr) == (73, True)
    status = db(where, "status")
    assert "schema 1 of 1" in status.stdout
    assert " 12  usage" in status.stdout


async def test_what_keeps_it_from_being_moved_is_a_sentence_and_changes_nothing(where: Remote, file: Path) -> None:
    assert "was brought from schema 0 to 1" in db(where, "migrate").stdout
    assert "was up to date already" in db(where, "migrate").stdout
    other = db(where, "move", "--from", str(file), IMMUNOBOT_PRIVACY__SECRET="another key of the hashes")
    assert "privacy.secret is not the key that" in other.stderr
    with locked(file):
        assert "has the database" in db(where, "move", "--from", str(file)).stderr
    assert "There is no database" in db(where, "move", "--from", "nowhere.db").stderr
    assert "Name the SQLite file after --from" in db(where, "move").stderr
    assert rows(where, "SELECT COUNT(*) FROM usage") == [(0,)]
