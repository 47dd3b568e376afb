"""The bot as it runs answers commands, keystrokes and presses, in the language and place of who asks."""

from __future__ import annotations

import re

import pytest

from bot.knowledge.library import Snapshot
from bot.language import language

from ..standin import USER_ID, Standin
from .helpers import ANSWERS, BOTH_MODES, MORE, Start, button, components, in_more, text_of, title, usage

pytestmark = BOTH_MODES


async def test_the_environment_alone_is_enough_and_no_message_is_read(discord: Standin, start: Start) -> None:
    await start()
    assert title(await discord.ask("define", {"term": "interleukin"})) == "Interleukin"
    assert [identify["intents"] for identify in discord.frames_of(2)] == ([] if discord.endpoint else [0])


async def test_commands_are_registered_once_with_their_spanish_names(discord: Standin, start: Start) -> None:
    bot = await start()
    await discord.ask("disclaimer")
    (commands,) = discord.bodies("PUT", r"/applications/\d+/commands")
    assert {"define", "therapy", "medicine", "condition", "disclaimer"} <= {command["name"] for command in commands}
    for part in [*commands, *(option for command in commands for option in command.get("options", ()))]:
        for key in ("name", "description") if "description" in part else ("name",):
            spanish = part[f"{key}_localizations"]
            assert spanish["es-ES"] == spanish["es-419"] != part[key]
    assert await bot.stop() == 0

    await start()
    await discord.ask("disclaimer")
    assert len(discord.bodies("PUT", r"/applications/\d+/commands")) == 1


async def test_a_member_is_answered_alone_with_sources_and_a_disclaimer(
    discord: Standin, start: Start, shipped: Snapshot
) -> None:
    await start()
    for command, options, name, disclaimer in ANSWERS:
        body = await discord.ask(command, options)
        assert (body["type"], body["data"]["flags"], title(body)) == (4, 64, name)
        (embed,) = body["data"]["embeds"]
        assert re.search(r"\*\*Sources:\*\* \[[^\]]+\]\(https?://", embed["description"])
        assert re.match(r"[A-Z].* · Checked ", embed["footer"]["text"])
        assert shipped.disclaimer(disclaimer) in embed["footer"]["text"]
        assert body["data"]["allowed_mentions"]["parse"] == []
    body = await discord.ask("disclaimer")
    assert body["data"]["flags"] == 64
    for disclaimer in ("general", "therapy", "medicine", "condition", "urgent"):
        assert shipped.disclaimer(disclaimer) in text_of(body)


@pytest.mark.parametrize("locale", ["es-ES", "es-419"])
async def test_the_bot_speaks_the_members_language(discord: Standin, start: Start, shipped: Snapshot, locale: str) -> None:
    bot = await start()
    spanish = language("es").catalogue.gettext
    english = ("Sources", "● Overview (page 1 of 4)", "Used for", MORE)
    for command, options, _, disclaimer in ANSWERS:
        body = await discord.ask(command, options, locale=locale)
        shown = text_of(body).splitlines() + [item.get("label", "") for item in components(body)]
        assert f"**{spanish('Sources')}:**" in text_of(body)
        assert [text for text in english if text in shown] == []
        assert shipped.disclaimer(disclaimer, "es") in text_of(body)
        assert shipped.disclaimer(disclaimer, "es") != shipped.disclaimer(disclaimer)
    assert {row["language"] for row in usage(bot)} == {"es"}


async def test_a_language_that_is_not_spoken_is_answered_in_english(discord: Standin, start: Start) -> None:
    await start()
    here, there = [await discord.ask("define", {"term": "interleukin"}, locale=locale) for locale in ("en-US", "ja")]
    assert here == there


@pytest.mark.parametrize(
    ("place", "logged"),
    [("server", "server"), ("dm", "direct message"), ("user install", "user install"), ("group", "user install")],
)
async def test_the_bot_answers_wherever_it_is_asked(discord: Standin, start: Start, place: str, logged: str) -> None:
    bot = await start()
    asked = await discord.send_command("define", {"term": "IL2"}, place=place)
    body = await discord.answer(asked)
    assert (title(body), body["data"]["flags"]) == ("Interleukin-2", 64)
    (row,) = usage(bot)
    assert (row["command"], row["entry"], row["outcome"], row["place"]) == ("define", "interleukin-2", "served", logged)
    more = await discord.press(button(body, MORE), on=body, place=place)
    assert ("Share here" in [item.get("label") for item in components(more)]) == (place in ("server", "user install"))


async def test_names_are_offered_on_each_keystroke(discord: Standin, start: Start) -> None:
    await start()
    for text in ("i", "in", "int", "inter", "interleukin-2"):
        names = [choice["name"] for choice in await discord.autocomplete("define", "term", text)]
        assert any(name.startswith("Inter") for name in names)
    for command, option in (("define", "term"), ("therapy", "name"), ("medicine", "name"), ("condition", "name")):
        assert len(await discord.autocomplete(command, option, "")) == 25
    assert await discord.autocomplete("define", "term", "qqqqqq") == []


async def test_what_is_picked_from_the_list_is_served(discord: Standin, start: Start) -> None:
    bot = await start()
    for number, choice in enumerate(await discord.autocomplete("medicine", "name", "pem"), 1):
        await discord.ask("medicine", {"name": choice["value"]})
        assert [row["outcome"] for row in usage(bot)] == ["served"] * number


async def test_danger_in_a_forwarded_message_leads_with_help(discord: Standin, start: Start) -> None:
    await (await start()).ready()
    forwarded = {
        "type": 0,
        "content": "",
        "embeds": [{"type": "rich", "fields": [{"name": "How?", "value": "I can't breathe"}]}],
    }
    forwarded |= {"attachments": [], "timestamp": "2026-11-01T00:00:00+00:00", "edited_timestamp": None, "flags": 0}
    body = await discord.use_on_message("Explain terms", "", more={"message_snapshots": [{"message": forwarded}]})
    assert body["data"]["embeds"][0]["title"] == "Trouble breathing"


async def test_a_shared_card_can_be_removed_by_whoever_shared_it_and_by_moderators(discord: Standin, start: Start) -> None:
    await start()
    card = await discord.ask("define", {"term": "IL2"})
    question = await in_more(discord, card, "Share here")
    await discord.press(button(question, "Share it"), on=question)
    (shared,) = await discord.until(lambda: discord.bodies("POST", r"/webhooks/\d+/[^/]+"))
    assert not (shared.get("flags") or 0) & 64
    remove = button({"data": shared}, "Remove")
    refusal = await discord.press(remove, on=shared, user_id=USER_ID + 1)
    assert (refusal["type"], refusal["data"]["flags"]) == (4, 64)
    assert [r for r in discord.requests if r.method == "DELETE"] == []
    await discord.press(remove, on=shared)
    await discord.until(lambda: len([r for r in discord.requests if r.method == "DELETE"]) == 1)
    await discord.press(remove, on=shared, user_id=USER_ID + 1, moderator=True)
    await discord.until(lambda: len([r for r in discord.requests if r.method == "DELETE"]) == 2)


async def test_a_copy_is_kept_by_direct_message(discord: Standin, start: Start) -> None:
    await start()
    card = await discord.ask("define", {"term": "IL2"})
    await in_more(discord, card, "Keep a copy")
    (told,) = await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original"))
    (copy,) = discord.bodies("POST", r"/channels/\d+/messages")
    assert copy["embeds"][0]["title"] == "Interleukin-2"
    assert discord.bodies("POST", "/users/@me/channels") == [{"recipient_id": USER_ID}]
    assert "direct messages" in told["content"]
