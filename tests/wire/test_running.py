"""The bot as it runs takes changed files, a locked database, a kill and a late answer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.knowledge.library import Snapshot
from bot.store.usage import PATIENCE as ROW_PATIENCE

from ..conftest import SHIPPED
from ..standin import PATIENCE, USER_ID, Request, Standin, error
from .helpers import Start, text_of, title, usage


async def test_each_start_says_that_members_are_answered(start: Start) -> None:
    for _ in range(2):
        bot = await start()
        await bot.said(r"Connected to Discord as immunobot: members are answered\.")
        assert await bot.stop() == 0


async def test_a_broken_file_leaves_the_last_good_knowledge_up(discord: Standin, start: Start, tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, knowledge)
    bot = await start(knowledge)
    before = await discord.ask("define", {"term": "IL2"})
    file = knowledge / "terms" / "interleukin-2.yaml"
    good = file.read_text(encoding="utf-8")
    broken = [*good.splitlines(), "colour: green"]
    file.write_text("\n".join(broken), encoding="utf-8")
    bot.tell(signal.SIGHUP)
    line = await bot.said(r"colour")
    assert line.startswith(f"{file.as_posix()}:{len(broken)}: ")
    assert await discord.ask("define", {"term": "IL2"}) == before

    file.write_text(re.sub(r"(?m)^short: .*$", "short: A new sentence.", good), encoding="utf-8")
    bot.tell(signal.SIGHUP)
    await bot.said("The knowledge was reloaded")
    assert "A new sentence." in text_of(await discord.ask("define", {"term": "IL2"}))


async def test_a_saved_file_is_live_without_a_word(discord: Standin, start: Start, tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, knowledge)
    bot = await start(knowledge)
    await discord.ask("define", {"term": "IL2"})
    file = knowledge / "terms" / "interleukin-2.yaml"
    text = re.sub(r"(?m)^short: .*$", "short: Saved just now.", file.read_text(encoding="utf-8"))
    file.with_suffix(".yaml~").write_text("what an editor leaves for a moment", encoding="utf-8")

    async def save() -> None:
        # The watcher may begin a moment after the bot answers: saved again and again, it needs no guess at that moment.
        while True:
            file.write_text(text, encoding="utf-8")
            await asyncio.sleep(0.2)

    saving = asyncio.create_task(save())
    await bot.said("The knowledge was reloaded")
    saving.cancel()
    assert "Saved just now." in text_of(await discord.ask("define", {"term": "IL2"}))


async def test_answers_arrive_while_the_database_is_locked_and_their_rows_follow(discord: Standin, start: Start) -> None:
    bot = await start()
    await discord.ask("disclaimer")
    with contextlib.closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        first = await discord.send_command("therapy", {"name": "car-t"})
        assert title(await discord.answer(first)) == "CAR T-cell therapy"
        assert [line for line in bot.lines if "refuses" in line] == []
        await bot.said("the database refuses them")
        second = await discord.send_command("medicine", {"name": "Keytruda"})
        assert title(await discord.answer(second)) == "Pembrolizumab (Keytruda)"
        assert other.execute("SELECT command FROM usage").fetchall() == [("disclaimer",)]
        other.execute("ROLLBACK")
    async with asyncio.timeout(PATIENCE):
        while not {"therapy", "medicine"} <= {row["command"] for row in usage(bot)}:
            await discord.ask("disclaimer")


async def test_killed_under_load_no_row_of_an_answer_is_missing(
    discord: Standin, start: Start, shipped: Snapshot, record_property: Callable[[str, object], None]
) -> None:
    """A row is committed before its answer goes out, unless that takes longer than an answer waits for it."""
    # Each asks something that nobody else asks, so that its row is known without a number.
    questions = itertools.product(shipped.entries, (("server", "server"), ("dm", "direct message")), ("en-US", "es-ES"))
    of: dict[int, tuple[str, str, str]] = {}

    def more_than(count: int) -> bool:
        return sum(asked.answered_at is not None for asked in discord.asked.values()) > count

    answered: dict[int, bool] = {}
    for _ in range(3):
        bot = await start()

        async def ask_on_and_on(asker: int) -> None:
            for entry, (place, kept), locale in questions:
                asked = await discord.send_command(
                    "define", {"term": f"#{entry}"}, user_id=USER_ID + asker, place=place, locale=locale
                )
                of[asked.id] = (entry, kept, locale[:2])
                await discord.answer(asked)
            raise AssertionError("there is nothing left to ask")

        askers = [asyncio.create_task(ask_on_and_on(asker)) for asker in range(16)]
        await discord.until(partial(more_than, len(answered) + 400))
        bot.tell(signal.SIGKILL)
        answered = {
            asked.id: asked.answered_at - asked.sent_at < ROW_PATIENCE
            for asked in discord.asked.values()
            if asked.answered_at is not None
        }
        for asker in askers:
            asker.cancel()
        await asyncio.gather(*askers, return_exceptions=True)
        await bot.ended()
    rows = {(row["entry"], row["place"], row["language"]) for row in usage(bot)}
    missing = [number for number in answered if of[number] not in rows]
    record_property("answered", len(answered))
    record_property("answered after 50 ms, row not committed", sum(not answered[number] for number in missing))
    assert [number for number in missing if answered[number]] == []
    assert len(missing) < len(answered)


async def test_an_answer_that_comes_too_late_is_dropped_quietly(discord: Standin, start: Start) -> None:
    bot = await start()

    async def too_late(_: Request) -> Any:
        return error(404, 10062, "Unknown interaction")

    discord.steps.extend([too_late, too_late])
    await discord.send_command("define", {"term": "IL2"})
    await discord.until(lambda: len(discord.steps) == 1)
    await discord.send_typing("define", "term", "zqxj")
    await discord.until(lambda: not discord.steps)
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    assert await bot.stop() == 0
    assert [line for line in bot.lines if "Traceback" in line or "zqxj" in line or str(USER_ID) in line] == []
