"""What is read of an interaction at once is what discord.py would have read, and the rest is there once it is asked for."""

from __future__ import annotations

import copy
from typing import Any, get_args

import discord
import pytest
from discord.interactions import Interaction as Original

from bot.interactions.interaction import Interaction
from bot.service.client import Client
from bot.service.tryout import Stage

from ..standin import APPLICATION_ID, USER_ID, Json
from ..standin.payloads import Place, bot_user, message_data, place_data, snowflake

PLACES: tuple[Place, ...] = get_args(Place)


def sent(place: Place, **more: Any) -> Json:
    """What Discord sends of a command there."""
    where = place_data(place, USER_ID, str(1 << 5 | 1 << 11))
    if "member" in where:
        where["member"]["roles"] = ["7", "8"]
    return {
        "id": str(snowflake()), "application_id": str(APPLICATION_ID), "type": 2, "token": "token", "version": 1,
        "data": {"id": "1", "name": "define", "type": 1, "options": []}, "locale": "es-ES", "app_permissions": "0",
        "entitlements": [], "attachment_size_limit": 1, **where, **more,
    }  # fmt: skip


@pytest.fixture
def client(world: Stage) -> Client:
    return world.env.bot


def read(kind: type[Original[Any]], data: Json, client: Client) -> Any:
    return kind(data=copy.deepcopy(data), state=client._connection)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", PLACES)
async def test_what_is_read_at_once_is_as_discord_py_reads_it(client: Client, place: Place) -> None:
    data = sent(place)
    ours, theirs = read(Interaction, data, client), read(Original, data, client)
    for name in ("id", "application_id", "type", "token", "data", "locale", "guild_id", "permissions", "created_at"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.context.to_array() == theirs.context.to_array()
    assert ours.asker == theirs.user.id
    assert ours.roles == set(getattr(theirs.user, "_roles", ()))
    assert ours.in_thread == isinstance(theirs.channel, discord.Thread)
    assert ours.is_guild_integration() == theirs.is_guild_integration()
    assert ours.is_user_integration() == theirs.is_user_integration()
    with pytest.raises(AttributeError):
        object.__getattribute__(ours, "channel")  # nothing of that was built


@pytest.mark.parametrize("place", PLACES)
async def test_all_else_is_there_once_it_is_asked_for(client: Client, place: Place) -> None:
    message = message_data(snowflake(), {"content": "pressed", "flags": 64}, 1)
    data = sent(place, message=message)
    ours, theirs = read(Interaction, data, client), read(Original, data, client)
    assert (ours.pressed["content"], ours.pressed["flags"]) == (theirs.message.content, theirs.message.flags.value)
    assert ours.user == theirs.user
    assert type(ours.channel) is type(theirs.channel)
    for name in Original.__slots__:
        if not name.startswith("_cs_"):
            assert type(getattr(ours, name)) is type(getattr(theirs, name)), name


async def test_what_is_given_with_a_command_knows_its_server(client: Client) -> None:
    data = sent("server")
    assert read(Interaction, data, client).guild is None
    data["data"]["resolved"] = {"users": {"5": bot_user()}}
    assert read(Interaction, data, client).guild.id == int(data["guild_id"])


async def test_every_interaction_comes_this_way(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[Any] = []
    monkeypatch.setattr(client, "take", came.append)
    client._connection.parsers["INTERACTION_CREATE"](sent("server"))
    assert [type(each) for each in came] == [Interaction]
