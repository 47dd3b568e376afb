"""The bot runs on a machine that isn't as it should be: nothing to print to, a clock that is wrong, files that are taken away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from ..standin import Bot, Standin, clock
from .helpers import Start, text_of, usage

T_CELL = ("define", {"term": "T cell"})

RUN = "import os, sys; {}; os.execv(sys.executable, [sys.executable, '-P', '-m', 'bot', 'run'])"


@pytest.mark.parametrize("closed", ["2", "1, 2", "0, 1, 2"])
async def test_the_bot_runs_without_anything_to_print_to(
    discord: Standin, start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    monkeypatch.setattr(Bot, "run", ("-c", RUN.format(f"[os.close(each) for each in ({closed},)]")))
    bot = await start(folder)
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
    open_files = {str(Path(f"/proc/{bot.pid}/fd/{number}").readlink()) for number in closed.split(", ")}
    assert open_files == {"/dev/null"}, "nothing of ours has a number that others print to"
    assert await bot.stop() == 0


async def test_a_working_folder_that_is_gone_is_said(start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bot, "run", ("-c", RUN.format("os.mkdir('gone'); os.chdir('gone'); os.rmdir(os.getcwd())")))
    bot = await start(folder)
    assert await bot.ended() == 2
    assert bot.lines == [
        "immunobot: The folder that this was started in is gone, and paths begin there; change into one that is there."
    ]


async def test_a_working_folder_that_vanishes_later_ends_nothing(
    discord: Standin, start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bot, "run", ("-c", RUN.format("os.mkdir('work'); os.chdir('work')")))
    bot = await start(folder)
    await discord.ask(*T_CELL)
    (folder.parent / "work").rmdir()
    path = folder / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("A white blood cell.", "A cell of the defense."))
    async with asyncio.timeout(20):
        while "A cell of the defense." not in text_of(await discord.ask(*T_CELL)):
            bot.tell(signal.SIGHUP)
    assert await bot.stop() == 0


@pytest.mark.skipif(not clock.can_be_wrong(), reason="there is no C compiler")
@pytest.mark.parametrize("days", [-30, -20_000, 7_300])
async def test_a_clock_that_is_wrong_stops_no_answer(
    discord: Standin, start: Start, folder: Path, tmp_path: Path, days: int
) -> None:
    bot = await start(folder, **clock.wrong_by(days * 24 * 3600, tmp_path))
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
    assert await bot.stop() == 0
    assert [row["entry"] for row in usage(bot)] == ["t-cell"]


@pytest.mark.skipif(not clock.can_be_wrong(), reason="there is no C compiler")
async def test_a_clock_that_is_years_ahead_has_nothing_deleted(
    discord: Standin, start: Start, folder: Path, tmp_path: Path, unused_tcp_port: int
) -> None:
    bot = await start(folder)
    await discord.ask(*T_CELL)
    assert await bot.stop() == 0
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"  # no certificate is valid then
    ahead = clock.wrong_by(7300 * 24 * 3600, tmp_path)
    bot = await start(folder, **ahead, IMMUNOBOT_DISCORD__API_BASE=nowhere)
    assert await bot.ended() == 69
    assert len(usage(bot)) == 1


@pytest.mark.parametrize("which", ["", "-shm", "-wal"])
async def test_a_file_of_the_database_that_may_not_be_written_to_any_more_costs_nothing(
    discord: Standin, start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    as_anyone = "import ctypes; [ctypes.CDLL(None).prctl(24, capability) for capability in (1, 2)]"  # root may all else
    monkeypatch.setattr(Bot, "run", ("-c", RUN.format(as_anyone)))
    bot = await start(folder)
    await discord.ask(*T_CELL)
    Path(f"{bot.database}{which}").chmod(0o400)
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
    assert await bot.stop() == 0
    assert len(usage(bot)) == 2


async def test_a_bot_that_was_ended_because_its_database_was_cut_off_beneath_it_loses_no_row(
    discord: Standin, start: Start, folder: Path
) -> None:
    bot = await start(folder)
    for _ in range(3):
        await discord.ask(*T_CELL)
    os.truncate(f"{bot.database}-shm", 0)  # SQLite has it in its memory, and the system ends whoever looks there
    await discord.send_command(*T_CELL)
    assert await bot.ended() == -signal.SIGBUS
    again = await start(folder)
    await discord.ask(*T_CELL)
    assert await again.stop() == 0
    assert len(usage(again)) >= 4


async def test_a_bot_that_is_stopped_while_its_database_is_locked_ends_in_time_and_loses_no_row(
    discord: Standin, start: Start, folder: Path
) -> None:
    bot = await start(folder)
    await discord.ask(*T_CELL)
    with contextlib.closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
        began = time.perf_counter()
        assert await bot.stop() == 0
        assert time.perf_counter() - began < 8
    assert len(usage(bot)) == 1
    again = await start(folder)
    await again.ready()
    assert await again.stop() == 0
    assert len(usage(again)) == 4
