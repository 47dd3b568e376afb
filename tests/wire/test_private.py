"""Nobody can find out from what the bot kept or printed who asked what."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from bot.settings import Remote

from ..databases import rows
from ..standin import NICK, TOKEN, USER_ID, USER_NAME, Bot, Request, Standin, rate_limited
from .helpers import BOTH_MODES, Start, in_more, usage, use_everything


@BOTH_MODES
async def test_nobody_can_find_out_later_who_asked_or_what_they_typed(
    discord: Standin, start: Start, request: pytest.FixtureRequest
) -> None:
    bot = await start()
    await use_everything(discord)
    await use_everything(discord, place="dm")
    for number in range(1, 10):
        await discord.ask("disclaimer", user_id=USER_ID + number)
    answered = [asked for asked in discord.asked.values() if asked.kind == 2]
    assert await bot.stop() == 0
    assert len(usage(bot)) >= len(answered)

    kept = (
        b"".join(file.read_bytes() for file in sorted(bot.folder.rglob("*")) if file.is_file())
        + "\n".join(bot.lines).encode()
    )
    if isinstance(bot.database, Remote):
        kept += request.getfixturevalue("server").content(bot.database.url.get_secret_value())
    private = [str(USER_ID), f"{USER_ID:x}", USER_NAME, NICK, "Zoë van der Meer", "zqxjkw", "my own words", "breathe", TOKEN]
    found = [text for text in private if text.casefold().encode() in kept.lower()]
    found += ["the user's id as a number"] if USER_ID.to_bytes(8, "big") in kept else []
    assert found == []
    assert rows(bot.database, "SELECT COUNT(*) FROM people") == [(10,)]
    assert found + [str(asked.id) for asked in answered if asked.id.to_bytes(8, "big") in kept] == []


async def test_another_key_is_noted_by_the_bot_that_runs_and_not_by_sync(
    discord: Standin, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def noted_after(command: str, secret: str) -> dict[str, str]:
        with monkeypatch.context() as patched:
            patched.setattr(Bot, "run", ("-m", "bot", command))
            bot = await start(IMMUNOBOT_PRIVACY__SECRET=secret)
        if command == "run":
            await bot.ready()
            await bot.stop()
        assert await bot.ended() == 0
        return dict(rows(bot.database, "SELECT key, value FROM state WHERE key LIKE 'key%'"))

    first = await noted_after("run", "one key of the hashes")
    assert first.keys() == {"key"}
    assert await noted_after("sync", "another key of the hashes") == first
    then = await noted_after("run", "another key of the hashes")
    assert then.keys() == {"key", "key changed"}
    assert then["key"] != first["key"]


@BOTH_MODES
async def test_a_copy_that_has_to_wait_leaves_no_direct_message_channel_in_the_log(
    discord: Standin, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, limits = discord._answer_rest, [rate_limited(0)]

    async def once_too_many(came: Request, request: web.Request) -> web.Response:
        if re.fullmatch(r"/channels/\d+/messages", came.path) and limits:
            return limits.pop()
        return await answer(came, request)

    monkeypatch.setattr(discord, "_answer_rest", once_too_many)
    bot = await start()
    card = await discord.ask("define", {"term": "IL2"})
    await in_more(discord, card, "Keep a copy")
    await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original"))
    assert len(discord.bodies("POST", r"/channels/\d+/messages")) == 2
    assert await bot.stop() == 0
    channel = str(USER_ID + 1)
    assert [r.path for r in discord.requests if channel in r.path], "what the stand-in calls the channel of the two"
    assert [line for line in bot.lines if channel in line] == []
