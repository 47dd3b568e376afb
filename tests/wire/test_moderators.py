"""Moderators' commands as they go over the wire: where they are registered, who may use them, what is sent."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from ..conftest import SHIPPED
from ..standin import CHANNEL_ID, GUILD_ID, PATIENCE, Standin
from .helpers import BOTH_MODES, Start, text_of

pytestmark = BOTH_MODES

ROLE = 120000000000000055
OTHER_ROLE = 120000000000000056
SETTINGS = {
    "IMMUNOBOT_MODERATION__GUILD_ID": str(GUILD_ID),
    "IMMUNOBOT_MODERATION__ROLE_IDS": str(ROLE),
    "IMMUNOBOT_MODERATION__CHANNEL_ID": str(CHANNEL_ID + 10),
}


def posted(discord: Standin) -> list[Any]:
    return discord.bodies("POST", rf"/channels/{CHANNEL_ID + 10}/messages")


async def test_they_are_registered_in_one_server_alone_and_leave_it_when_another_is_chosen(
    discord: Standin,
    start: Start,
) -> None:
    bot = await start(**SETTINGS)
    await bot.ready()
    assert "knowledge" not in {command["name"] for command in discord.commands}
    assert {command["name"] for command in discord.guild_commands[GUILD_ID]} == {"knowledge", "stats"}
    (sent,) = discord.bodies("PUT", rf"/applications/\d+/guilds/{GUILD_ID}/commands")
    assert {command["default_member_permissions"] for command in sent} == {1 << 5}
    assert await bot.stop() == 0

    again = await start(**SETTINGS)
    await again.ready()
    assert len(discord.bodies("PUT", r"/applications/\d+/guilds/\d+/commands")) == 1, "nothing changed, nothing is sent"
    assert await again.stop() == 0

    moved = await start(**SETTINGS | {"IMMUNOBOT_MODERATION__GUILD_ID": str(GUILD_ID + 100)})
    await moved.ready()
    assert discord.guild_commands[GUILD_ID] == []
    assert len(discord.guild_commands[GUILD_ID + 100]) == 2


async def test_a_role_is_enough_and_no_other_role_is(discord: Standin, start: Start) -> None:
    await (await start(**SETTINGS)).ready()
    refused = await discord.use_in_group("knowledge history", {}, roles=(OTHER_ROLE,))
    assert text_of(refused) == "Only the moderators of this bot can do that, in their own server."
    assert (await discord.use_in_group("knowledge history", {}, roles=(ROLE,)))["type"] == 5
    assert (await discord.use_in_group("knowledge history", {}, moderator=True))["type"] == 5
    elsewhere = await discord.use_in_group("knowledge history", {}, moderator=True, place="user install")
    assert text_of(elsewhere) == text_of(refused)


async def test_an_entry_is_changed_in_a_form_and_told_in_the_channel(
    discord: Standin,
    start: Start,
    tmp_path: Path,
) -> None:
    bot = await start(**SETTINGS | {"IMMUNOBOT_KNOWLEDGE__CHANGES": str(tmp_path / "changes")})
    await bot.ready()
    who = {"moderator": True, "locale": "es-ES"}
    asked = await discord.use_in_group("knowledge edit", {"entry": "interleukin-2"}, **who)
    items = [item for row in asked["data"]["components"] for item in row["components"] if item["type"] == 3]
    fields = next(item for item in items if "short" in [option["value"] for option in item["options"]])
    form = await discord.press(fields["custom_id"], asked, values=["short"], **who)
    assert form["type"] == 9
    await discord.submit(form, {"short": "A messenger of the body that makes T cells grow."}, **who)
    shown = await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/.*"))
    publish = next(
        item["custom_id"] for row in shown[-1]["components"] for item in row["components"] if "publish" in item["custom_id"]
    )
    why = await discord.press(publish, shown[-1], **who)
    assert why["type"] == 9
    assert why["data"]["title"] == "Publicar"
    refused = await discord.submit(why, {"why": "x", "checked": "yes"}, user_id=1, moderator=True)
    assert refused["type"] == 6, "someone else's proposal is looked for, not found, and that is told below"
    await discord.submit(why, {"why": "plainer", "checked": "yes"}, **who)
    await discord.until(lambda: posted(discord))
    assert "A messenger of the body" in text_of(await discord.ask("define", {"term": "interleukin-2"}))
    (notice,) = posted(discord)
    assert re.search(r"`terms/interleukin-2\.yaml`: published by <@\d+>\. Why: plainer", notice["content"])
    text = (tmp_path / "changes/terms/interleukin-2.yaml").read_text()
    shipped = (SHIPPED / "terms/interleukin-2.yaml").read_text().splitlines()
    changed = [line for line in text.splitlines() if line not in shipped]
    assert [line.partition(":")[0] for line in changed if not line.startswith("checked")] == ["short", "based_on"]
    assert json.dumps(notice), "a notice without files the wire can carry"


async def test_a_writable_folder_that_is_made_later_is_live_and_told(
    discord: Standin,
    start: Start,
    tmp_path: Path,
) -> None:
    changes = tmp_path / "changes"
    bot = await start(**SETTINGS | {"IMMUNOBOT_KNOWLEDGE__CHANGES": str(changes)})
    await bot.ready()
    (changes / "terms").mkdir(parents=True)
    text = (SHIPPED / "terms/interleukin-2.yaml").read_text()
    (changes / "terms/interleukin-2.yaml").write_text(re.sub(r"(?m)^short: .*$", "short: Changed by hand.", text))
    await discord.until(lambda: posted(discord))
    assert "changed in an editor" in posted(discord)[0]["content"]
    async with asyncio.timeout(PATIENCE):  # the start may tell of it before the folder is read again
        while "Changed by hand." not in text_of(await discord.ask("define", {"term": "IL2"})):
            pass
