"""However much is asked at once, what can be answered in time is, and the rest costs nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.service import intake

from ..standin import USER_ID, Request, Standin
from .helpers import Start, not_logged, title


async def ask_many(discord: Standin, count: int) -> list[Any]:
    return [await discord.send_command("define", {"term": "IL2"}, user_id=USER_ID + 1 + n) for n in range(count)]


async def test_no_more_than_so_many_are_answered_at_once(discord: Standin, start: Start) -> None:
    await start()
    await discord.ask("disclaimer")
    under_way = most = 0
    go_on = asyncio.Event()

    async def held(_: Request) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == intake.AT_ONCE:
            asyncio.get_running_loop().call_soon(go_on.set)
        await go_on.wait()
        under_way -= 1

    many = 2 * intake.AT_ONCE
    discord.steps.extend([held] * many)
    asked = await ask_many(discord, many)
    assert {title(await discord.answer(each)) for each in asked} == {"Interleukin-2"}
    assert most == intake.AT_ONCE


async def test_two_thousand_at_once_are_answered_or_left_out_with_one_line(
    discord: Standin, start: Start, record_property: Any
) -> None:
    discord.pace = 0
    bot = await start()
    await discord.ask("disclaimer")
    asked = await ask_many(discord, 2000)
    last = await discord.send_command("define", {"term": "IL2"}, user_id=USER_ID)
    while not last.answer.done():  # left out with the rest of the burst, it is asked again, as people do
        await asyncio.wait({last.answer}, timeout=3)
        if not last.answer.done():
            last = await discord.send_command("define", {"term": "IL2"}, user_id=USER_ID)
    in_time = sum(each.answered_at is not None and each.answered_at - each.sent_at < 3 for each in asked)
    record_property("of 2000 at once, answered in time", in_time)
    assert in_time > intake.AT_ONCE
    assert len(not_logged(bot)) <= 1
    assert await bot.stop() == 0
