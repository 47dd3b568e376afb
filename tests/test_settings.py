"""Those who manage a server choose how answers are given in it; help in danger and one's own things stay private."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord.interactions

from bot.features.about.server_settings import described as settings
from bot.interactions.limits import clamp
from bot.language import language
from bot.service.tryout import GUILD, Stage
from bot.store import servers
from bot.store.servers import DEFAULT, Server, Servers
from bot.store.usage import Store

from .conftest import ANSWERED, MORE, buttons_of, read_next, spoken_in, text_of, turn
from .test_replies import check_limits
from .test_store import rows

Payload = dict[str, Any]


def sent_as(monkeypatch: pytest.MonkeyPatch, change: Callable[[Payload], object]) -> None:
    """Change every interaction on its way to the bot: what SimCord has only one of (a language), or would not send."""
    original = simcord.interactions.base_payload

    def changed(*args: Any, **kwargs: Any) -> tuple[Any, Payload]:
        record, payload = original(*args, **kwargs)
        change(payload)
        return record, payload

    monkeypatch.setattr(simcord.interactions, "base_payload", changed)


async def shown(world: Stage) -> Any:
    """The settings, as a moderator has them."""
    result = await world.moderator.slash(world.channel, "settings")
    assert result.ephemeral
    return result


async def choose(world: Stage, *labels: str) -> Any:
    """Press these buttons of the settings, one after the other."""
    result = await shown(world)
    for label in labels:
        await world.moderator.click(result.response, label=label)
    return result


async def test_the_settings_are_shown_and_a_press_changes_them_at_once(world: Stage) -> None:
    result = await shown(world)
    assert "Only the asker sees an answer." in text_of(result)
    assert "Members may share a card" in text_of(result)
    assert "Each member reads their own Discord language" in text_of(result)
    for label, text in (
        ("Everyone in the channel", "Everyone in the channel sees the entries"),
        ("Sharing off", "Nobody can share a card."),
        ("English", "Every answer in this server is in English."),
        ("Español", "Todas las respuestas en este servidor son en español."),
    ):
        await world.moderator.click(result.response, label=label)
        assert text in text_of(result), "the page itself changes"
    again = text_of(await shown(world))
    assert "Nadie puede compartir" in again
    assert "Todas las personas del canal ven" in again


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_every_state_is_within_discords_limits_and_marks_what_holds(locale: str) -> None:
    for server in (DEFAULT, Server(True, False, "en"), Server(True, True, "es")):
        reply = clamp(spoken_in(language(locale), settings, server))
        check_limits(reply)
        *choices, (_panel,) = reply.rows
        for row in choices:
            assert sum(item.disabled for item in row) == 1, "what holds can't be pressed"


async def test_only_who_manages_the_server_has_them_asked_at_every_press(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(simcord.SetupError, match="not visible"):
        await world.member.slash(world.channel, "settings")
    result = await shown(world)

    def demote(payload: Payload) -> None:
        payload["member"]["permissions"] = str(discord.Permissions(send_messages=True).value)

    sent_as(monkeypatch, demote)
    for label in ("Sharing off", "Post a panel with Ask here"):
        refused = await world.moderator.click(result.response, label=label)
        assert refused.ephemeral
        assert "Only those who may manage this server" in refused.response.content
    assert world.channel.last_message is None
    refused = await world.moderator.slash(world.channel, "settings")
    assert "Only those who may manage this server" in refused.response.content
    assert world.env.bot.deps.servers.of(GUILD) == DEFAULT


async def test_there_is_nothing_to_set_in_direct_messages(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def outside(payload: Payload) -> None:
        payload["user"] = payload.pop("member")["user"]
        del payload["guild_id"]
        payload["context"] = 1

    sent_as(monkeypatch, outside)
    result = await world.moderator.slash(world.channel, "settings")
    assert result.response.content.startswith("There is nothing to set here")


async def test_a_press_from_another_version_says_that_it_has_expired(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    result = await shown(world)
    for custom_id in ("im1:set:colour:red", "im1:set:visible:perhaps", "im1:set"):
        sent_as(monkeypatch, lambda payload, custom_id=custom_id: payload["data"].update(custom_id=custom_id))
        pressed = await world.moderator.click(result.response, label="Sharing off")
        assert "has expired" in pressed.response.content
        monkeypatch.undo()


async def test_where_answers_are_visible_entries_are_and_whoever_asked_can_remove_them(world: Stage) -> None:
    await choose(world, "Everyone in the channel")
    for command, options in (
        ("define", {"term": "T cell"}),
        ("medicine", {"name": "Keytruda"}),
        ("compare", {"first": "Keytruda", "second": "Nemluvio"}),
        ("browse", {}),
        ("disclaimer", {}),
        ("about", {}),
        ("help", {}),
    ):
        result = await world.member.slash(world.channel, command, **options)
        assert not result.ephemeral, command
        labels = buttons_of(result.response)
        assert "Remove" in labels, command
        assert not {"Share here", "Keep a copy"} & labels.keys(), command
        assert not any(each in text_of(result) for each in ("Only you see the answer", "Only you see my answers")), command
    refused = await world.env.guild.add_member(world.env.create_user("third")).click(result.response, label="Remove")
    assert refused.ephemeral
    assert "Only the person who shared this" in refused.response.content
    await world.member.click(result.response, label="Remove")
    assert result.response is None or result.response.id not in [m.id for m in world.channel.history()]


async def test_a_press_on_what_everyone_sees_answers_whoever_pressed_alone(world: Stage) -> None:
    await choose(world, "Everyone in the channel")
    card = await world.member.slash(world.channel, "medicine", name="Keytruda")
    before = text_of(card)
    for person in (world.member, world.moderator):
        turned = await turn(person, card.response, "help")
        assert turned.ephemeral
        assert text_of(card) == before, "what others read does not change under their eyes"
        opened = await read_next(person, card.response, "til-therapy")
        assert opened.ephemeral


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("define", {"term": "chest pain"}),
        ("define", {"term": "my chest hurts since Keytruda"}),
        ("compare", {"first": "Keytruda", "second": "chest pain"}),
        ("search", {"words": "chest pain"}),
        ("search", {"words": "melanoma"}),
        ("define", {"term": "TIL"}),
        ("define", {"term": "Keytrudo"}),
        ("define", {"term": "zyxomab"}),
        ("compare", {"first": "Keytruda", "second": "zyxomab"}),
        ("privacy", {}),
    ],
)
async def test_danger_ones_own_words_and_ones_own_data_stay_private(
    world: Stage, command: str, options: dict[str, str]
) -> None:
    await choose(world, "Everyone in the channel")
    assert (await world.member.slash(world.channel, command, **options)).ephemeral


async def test_errors_and_moderators_commands_stay_private(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await choose(world, "Everyone in the channel")
    assert (await world.moderator.slash(world.channel, "knowledge status")).ephemeral
    monkeypatch.setattr("bot.knowledge.index.Index.exact", None)
    broken = await world.member.slash(world.channel, "define", term="T cell")
    assert "Something went wrong" in broken.response.content
    assert broken.ephemeral


async def test_another_server_and_a_bot_that_a_member_brought_along_are_not_concerned(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose(world, "Everyone in the channel")
    sent_as(monkeypatch, lambda payload: payload.update(authorizing_integration_owners={"1": str(world.member.id)}))
    assert (await world.member.slash(world.channel, "define", term="T cell")).ephemeral
    monkeypatch.undo()
    assert world.env.bot.deps.servers.of(GUILD + 1) == DEFAULT
    assert world.env.bot.deps.servers.of(None) == DEFAULT


async def test_where_sharing_is_off_no_card_has_it_and_older_buttons_say_why(world: Stage) -> None:
    older = await world.member.slash(world.channel, "define", term="T cell")
    offered = await world.member.click(older.response, label=MORE)
    question = await world.member.click(offered.response, label="Share here")
    await choose(world, "Sharing off")
    newer = await world.member.slash(world.channel, "define", term="T cell")
    assert list(buttons_of((await world.member.click(newer.response, label=MORE)).response)) == [
        "Keep a copy",
        "Report a mistake",
        *ANSWERED,
    ]
    for message, label in ((offered.response, "Share here"), (question.response, "Share it")):
        refused = await world.member.click(message, label=label)
        assert refused.response.content == "Those who manage this server have turned sharing off."
    assert [m for m in world.channel.history() if m.author.bot] == []


async def test_a_server_speaks_one_language_or_each_member_their_own(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoken() -> str:
        with closing(sqlite3.connect(world.env.bot.deps.config.database_path())) as connection, connection:
            ((language,),) = connection.execute("SELECT language FROM usage WHERE command = 'define'")
            return str(language)

    await choose(world, "Español")
    card = await world.member.slash(world.channel, "define", term="T cell")
    assert card.response.embeds[0].title == "Linfocito T"
    assert "Más …" in buttons_of(card.response)
    assert spoken() == "es"
    sent_as(monkeypatch, lambda payload: payload.update(locale="es-ES"))
    await choose(world, "English")
    card = await world.member.slash(world.channel, "define", term="T cell")
    assert card.response.embeds[0].title == "T cell"
    await choose(world, "Each member's own")
    card = await world.member.slash(world.channel, "define", term="T cell")
    assert card.response.embeds[0].title == "Linfocito T"


async def test_a_locked_database_changes_nothing_and_says_so(world: Stage) -> None:
    result = await choose(world, "Sharing off")
    deps = world.env.bot.deps
    await deps.store.execute("PRAGMA busy_timeout = 0")
    lock = sqlite3.connect(deps.config.database_path(), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    refused = await world.moderator.click(result.response, label="Español")
    assert refused.followups[-1].content == "I can't reach that right now. Please try again in a minute."
    assert "Nobody can share a card." in text_of(await shown(world)), "what was known still stands"
    card = await world.member.slash(world.channel, "define", term="T cell")
    assert "Share here" not in buttons_of((await world.member.click(card.response, label=MORE)).response)
    lock.execute("COMMIT")
    lock.close()


async def test_they_outlive_a_restart_and_no_server_can_be_read_from_the_database(world: Stage) -> None:
    await choose(world, "Everyone in the channel", "Español")
    config = world.env.bot.deps.config
    store = await Store.open(config.database_path())
    again = Servers(store)
    await again.refresh()
    assert again.of(GUILD) == Server(visible=True, language="es")
    await store.close()
    assert len(kept := rows(config.database_path(), "SELECT * FROM servers")) == 1
    assert str(GUILD) not in str(kept)


async def test_nothing_is_kept_of_a_server_where_all_is_as_at_the_beginning(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "immunobot.db")
    known = Servers(store)
    assert await known.change(1, "sharing", False) == Server(sharing=False)
    assert await known.change(1, "language", "es") == Server(sharing=False, language="es")
    assert await known.change(1, "language", "") == Server(sharing=False)
    assert await known.change(1, "sharing", True) == DEFAULT
    assert rows(tmp_path / "immunobot.db", "SELECT * FROM servers") == []
    await store.close()


async def test_what_another_process_changed_is_seen_without_any_answer_waiting_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = [await Store.open(tmp_path / "immunobot.db") for _ in range(2)]
    known, elsewhere = Servers(here), Servers(there)
    await known.refresh()
    await elsewhere.change(1, "visible", True)
    assert known.of(1) == DEFAULT
    assert known._reading is None, "within the minute nothing is read"
    monkeypatch.setattr(servers, "FRESH", -1.0)
    assert known.of(1) == DEFAULT, "this answer does not wait"
    assert known._reading is not None
    await known._reading
    assert known.of(1) == Server(visible=True)
    for store in (here, there):
        await store.close()


async def test_two_managers_at_once_lose_neither_change(tmp_path: Path) -> None:
    here, there = [await Store.open(tmp_path / "immunobot.db") for _ in range(2)]
    known, elsewhere = Servers(here), Servers(there)
    await asyncio.gather(known.change(1, "visible", True), elsewhere.change(1, "sharing", False), known.refresh())
    await known.refresh()
    assert known.of(1) == Server(visible=True, sharing=False)
    for store in (here, there):
        await store.close()


async def test_settings_that_cant_be_read_are_the_private_ones_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = await Store.open(tmp_path / "immunobot.db")
    known = Servers(store)
    await store.execute("DROP TABLE servers")
    with caplog.at_level(logging.WARNING):
        assert known.of(1) == DEFAULT
        assert known._reading is not None
        await known._reading
        assert known.of(1) == DEFAULT
    assert [record.message for record in caplog.records] == [
        "The servers' settings could not be read (no such table: servers); those of before stand."
    ], "once, not at every answer"
    await store.close()


async def test_the_command_is_the_managers_and_for_servers_alone(world: Stage) -> None:
    tree = world.env.bot.tree
    sent = tree.get_command("settings").to_dict(tree)
    assert sent["default_member_permissions"] == discord.Permissions(manage_guild=True).value
    assert (sent["contexts"], sent["integration_types"]) == ([0], [0])
