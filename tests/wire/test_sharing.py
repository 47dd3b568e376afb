"""What is shared is seen by everyone; where Discord or a server allows none of that, it isn't offered, or is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from ..standin import Bot, Json, Request, Standin, error
from ..standin.payloads import json_response, message_data, snowflake
from .helpers import BOTH_MODES, MORE, Start, button, components, in_more, text_of

pytestmark = BOTH_MODES

SEND, MANAGE_GUILD, SEND_IN_THREADS, USE_EXTERNAL_APPS = 1 << 11, 1 << 5, 1 << 38, 1 << 50


@pytest_asyncio.fixture
async def bot(start: Start, folder: Path) -> AsyncIterator[Bot]:
    yield await start(folder)


async def offered(discord: Standin, **who: Any) -> bool:
    more = await discord.press(button(shown := await card(discord, **who), MORE), on=shown, **who)
    return any(item.get("label") == "Share here" for item in components(more))


async def card(discord: Standin, **who: Any) -> Json:
    return await discord.ask("define", {"term": "T cell"}, **who)


async def shared(discord: Standin) -> Json:
    """Press Share twice, and return what the asker reads in the end."""
    asks = await in_more(discord, await card(discord), "Share here")
    await discord.press(button(asks, "Share it"), on=asks)
    (edited,) = await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original"))
    return {"data": edited}


async def visible(discord: Standin) -> None:
    await discord.press("im1:set:visible:yes", on=await discord.ask("settings", moderator=True), moderator=True)
    # The settings themselves, then those that were changed.
    await discord.until(lambda: len(discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original")) == 2)


@pytest.mark.parametrize(
    ("place", "may_not", "is_offered"),
    [
        ("server", 0, True),
        ("server", SEND, False),
        ("server", SEND_IN_THREADS, True),
        ("thread", SEND, True),
        ("thread", SEND_IN_THREADS, False),
        ("user install", 0, True),
        ("user install", USE_EXTERNAL_APPS, False),
    ],
)
async def test_share_is_offered_where_the_asker_may_show_everyone_something(
    discord: Standin, bot: Bot, place: Any, may_not: int, is_offered: bool
) -> None:
    assert await offered(discord, place=place, may_not=may_not) is is_offered


async def test_neither_is_an_answer_public_where_the_asker_may_not_write(discord: Standin, bot: Bot) -> None:
    await visible(discord)
    for place, may_not, is_public in (("thread", SEND, True), ("thread", SEND_IN_THREADS, False), ("server", SEND, False)):
        answer = await card(discord, place=place, may_not=may_not)
        assert bool(answer["data"]["flags"] & 64) is not is_public


@pytest.mark.parametrize("code", [200000, 200001, 240000])
async def test_rules_that_block_a_card_are_said_in_words(discord: Standin, bot: Bot, code: int) -> None:
    async def blocked(came: Request) -> web.Response:
        return error(400, code, "Message was blocked by automatic moderation")

    discord.instead["POST /webhooks/"] = blocked
    assert "It could not be shared: the rules of this server" in text_of(await shared(discord))
    assert "Incident" not in "\n".join(bot.lines)


async def test_a_card_that_discord_shows_to_the_asker_alone_is_said_to_be_so(discord: Standin, bot: Bot) -> None:
    async def alone(came: Request) -> web.Response:
        return json_response(message_data(snowflake(), came.body, 1) | {"flags": 64})

    discord.instead["POST /webhooks/"] = alone
    assert "Discord shows it to you alone" in text_of(await shared(discord))


async def test_a_public_answer_that_rules_block_goes_to_the_asker_alone(discord: Standin, bot: Bot) -> None:
    await visible(discord)

    async def blocked(came: Request) -> web.Response:
        return error(400, 200000, "Message was blocked by automatic moderation")

    discord.steps.append(blocked)
    answer = await card(discord)
    assert "A white blood cell." in text_of(answer)
    assert answer["data"]["flags"] & 64


@pytest.mark.parametrize(("status", "code"), [(403, 50007), (400, 40003), (400, 50278), (403, 50278)])
async def test_who_takes_no_direct_messages_is_told_so(discord: Standin, bot: Bot, status: int, code: int) -> None:
    async def refused(came: Request) -> web.Response:
        return error(status, code, "no")

    discord.instead["POST /users/@me/channels"] = refused
    await in_more(discord, await card(discord), "Keep a copy")
    (edited,) = await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original"))
    assert "Discord does not let me write to you." in text_of({"data": edited})
    assert "Incident" not in "\n".join(bot.lines)
