"""The bot that is stopped answers what had been asked by then, and takes nothing more."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from ..standin import USER_ID, Bot, Request, Standin, rate_limited
from .helpers import Start, title, usage


@pytest.mark.parametrize("how", ["command", "button"])
async def test_an_answer_under_way_still_arrives_when_the_bot_is_stopped(discord: Standin, start: Start, how: str) -> None:
    bot = await start()
    card = await discord.ask("define", {"term": "IL2"})
    came, stopping = asyncio.Event(), asyncio.Event()

    async def ask_again_later(_: Request) -> Any:
        came.set()
        await stopping.wait()
        return rate_limited(0)

    discord.steps.append(ask_again_later)
    if how == "command":
        asked = await discord.send_command("therapy", {"name": "car-t"})
    else:
        asked = await discord.send_press("im1:open:car-t-cell-therapy", on=card)
    await came.wait()
    bot.tell(signal.SIGTERM)
    await bot.said("Stopping")
    stopping.set()
    assert title(await discord.answer(asked)) == "CAR T-cell therapy"
    assert await bot.ended() == 0
    assert "car-t-cell-therapy" in [row["entry"] for row in usage(bot)]


async def asked_until_it_ends(discord: Standin, bot: Bot) -> None:
    """Have many people ask, one question after the other, tell the bot to stop, and ask on until it has."""

    async def ask_on(person: int) -> None:
        while True:
            asked = await discord.send_command("define", {"term": "IL2"}, user_id=USER_ID + person)
            await asyncio.wait({asked.answer}, timeout=1 / 3)

    people = [asyncio.create_task(ask_on(person)) for person in range(32)]
    await discord.until(lambda: sum(each.answered_at is not None for each in discord.asked.values()) > 100)
    bot.tell(signal.SIGTERM)
    assert await bot.ended() == 0
    for person in people:
        person.cancel()
    await asyncio.gather(*people, return_exceptions=True)


async def test_what_is_asked_meanwhile_is_answered_or_not_taken(discord: Standin, start: Start) -> None:
    bot = await start()
    await discord.ask("disclaimer")
    await asked_until_it_ends(discord, bot)
    sent = [each for each in discord.asked.values() if each.sent]
    assert len(sent) < len(discord.asked), "it was asked on"
    assert [each.id for each in sent if each.answered_at is None] == []
    assert len(usage(bot)) == len(sent)
