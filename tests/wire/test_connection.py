"""The bot as it runs comes back after a cut connection, and ends with one sentence where it can't."""

from __future__ import annotations

import re

import pytest

from ..standin import Standin
from .helpers import Start, not_logged, title


async def test_a_cut_connection_is_resumed_and_what_was_asked_meanwhile_is_answered(discord: Standin, start: Start) -> None:
    await start()
    await discord.ask("disclaimer")
    discord.cut()
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (1, 1)


async def test_a_session_that_is_gone_is_begun_anew(discord: Standin, start: Start) -> None:
    await start()
    await discord.ask("disclaimer")
    await discord.invalidate()
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (2, 0)


async def test_a_refused_token_ends_the_bot_with_one_sentence(discord: Standin, start: Start) -> None:
    wrong = "MTIz.wrong.butStillASecret"
    bot = await start(IMMUNOBOT_DISCORD__TOKEN=wrong)
    assert await bot.ended() == 77
    (line,) = bot.lines
    assert re.fullmatch(r"immunobot: Discord refused the token\. .+\.", line)
    assert wrong not in line


@pytest.mark.parametrize("code", [4004, 4014])
async def test_a_bot_refused_by_the_gateway_ends_with_one_sentence(discord: Standin, start: Start, code: int) -> None:
    discord.close_identify_with = code
    bot = await start()
    assert await bot.ended() == 77
    (line,) = not_logged(bot)
    assert re.fullmatch(r"immunobot: Discord refused the .+\.", line)


async def test_a_bot_without_starts_left_does_not_insist(discord: Standin, start: Start) -> None:
    discord.starts_left = 0
    bot = await start()
    assert await bot.ended() == 69
    (line,) = not_logged(bot)
    assert re.fullmatch(r"immunobot: Discord allows 0 more connections today and 1 are needed\. .*4:00:00.*\.", line)
    assert discord.frames_of(2) == []


async def test_a_bot_that_does_not_reach_discord_says_so(discord: Standin, start: Start, unused_tcp_port: int) -> None:
    bot = await start(IMMUNOBOT_DISCORD__API_BASE=f"http://127.0.0.1:{unused_tcp_port}/api/v10")
    assert await bot.ended() == 69
    (line,) = bot.lines
    assert line.startswith("immunobot: Discord can't be reached")


async def test_the_bot_can_be_stopped_while_the_gateway_is_down(discord: Standin, start: Start) -> None:
    discord.gateway_down = 502
    bot = await start()
    await bot.said("Failed to connect")
    assert await bot.stop() == 0
