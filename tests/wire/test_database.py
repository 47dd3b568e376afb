"""The bot as it runs answers whatever the database does, at once, and keeps the rows for later."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..databases import Server, on_postgres, remote, rows
from ..standin import PATIENCE, Standin
from .helpers import Start, button, in_more, text_of, title, usage

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("PRAGMA locking_mode = EXCLUSIVE")
held.execute("BEGIN EXCLUSIVE")
held.execute("CREATE TABLE IF NOT EXISTS theirs (x)")
print("held", flush=True)
sys.stdin.readline()
held.execute("ROLLBACK")
"""


@contextlib.contextmanager
def held_by_another_program(path: Path) -> Iterator[None]:
    """Nobody else can even read the database."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate("go\n")


async def test_a_database_that_another_program_holds_at_the_start_is_used_as_soon_as_it_lets_go(
    discord: Standin, start: Start, tmp_path: Path
) -> None:
    with held_by_another_program(tmp_path / "immunobot.db"):
        bot = await start()
        await bot.said("Answers go on without it, and it is tried again")
        assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
        await bot.said("1 usage rows wait: the database refuses them")
    await bot.said("The database was opened")
    async with asyncio.timeout(PATIENCE):
        while "define" not in {row["command"] for row in usage(bot)}:
            await discord.ask("disclaimer")
    assert await bot.stop() == 0


@pytest.mark.parametrize("what", ["no room", "a file in place of its folder"])
async def test_a_place_that_takes_no_database_ends_nothing(
    discord: Standin, start: Start, tmp_path: Path, what: str
) -> None:
    (tmp_path / "file").write_text("")
    place = {"no room": "/dev/full/x.db", "a file in place of its folder": tmp_path / "file/x.db"}[what]
    bot = await start(IMMUNOBOT_DATABASE__URL=f"sqlite:///{place}")
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    await bot.said("Answers go on without it, and it is tried again")
    assert await bot.stop() == 0


async def test_no_answer_waits_for_a_database_that_is_locked(discord: Standin, start: Start) -> None:
    bot = await start(IMMUNOBOT_MODERATION__GUILD_ID="100000000000000001")
    missing = await discord.ask("define", {"term": "Zyxomab"})
    card = await discord.ask("define", {"term": "IL2"})
    with contextlib.closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert title(await discord.ask("define", {"term": "TNF"}))
        told = await discord.press(button(missing, "Tell moderators"), on=missing)
        assert "Thank you." in text_of(told)
        assert (await in_more(discord, card, "Report a mistake"))["type"] == 9
        assert (await discord.ask("suggest"))["type"] == 9
        # All that came while the first row still waited for the lock.
        assert [line for line in bot.lines if "refuses" in line] == []
        other.execute("ROLLBACK")
    assert await bot.stop() == 0


async def test_while_postgresql_is_away_answers_go_on_and_no_row_is_lost(
    discord: Standin, start: Start, own_server: Server, tmp_path: Path
) -> None:
    url = own_server.new()
    bot = await start(**on_postgres(url))
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    own_server.stop()
    for _ in range(20):
        assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    await bot.said("usage rows wait: the database refuses them")
    own_server.start()
    await bot.said("The database was opened")
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    own_server.stop()
    for _ in range(3):
        await discord.ask("define", {"term": "melanoma"})
    assert await bot.stop() == 0
    await bot.said("3 usage rows could not be saved; they lie in .*waiting until the next start")
    own_server.start()
    assert rows(remote(url, tmp_path), "SELECT COUNT(*) FROM usage WHERE entry = 'interleukin-2'") == [(22,)]
    again = await start(**on_postgres(url))
    await again.ready()
    assert await again.stop() == 0
    assert rows(remote(url, tmp_path), "SELECT COUNT(*) FROM usage WHERE entry = 'melanoma'") == [(3,)]
