"""Moderators alone change the knowledge; a draft is published by whoever made it."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest
import simcord

from bot.interactions.custom_id import join
from bot.service.tryout import Stage

from ..conftest import buttons_of
from .helpers import another, changed, edit, form, posted, press, publish, reads, run, send, written


def lose_role(desk: Stage) -> None:
    """Take the moderator's roles away."""
    backend, guild = desk.env.backend, desk.env.guild.id
    for role in list(backend.get_member(guild, desk.moderator.id).role_ids):
        backend.remove_member_role(guild, desk.moderator.id, role)


REFUSED = "Only the moderators of this bot can do that, in their own server."


async def test_a_member_has_no_such_command_and_no_such_press(desk: Stage) -> None:
    with pytest.raises(simcord.SetupError, match="not visible"):
        await desk.member.slash(desk.channel, "knowledge status")
    message = await posted(desk, join("modback", "terms_t-cell", "0"), join("modpublish", "x"))
    for label in ("modback", "modpublish"):
        answer = await desk.member.click(message, label=label)
        assert answer.ephemeral
        assert answer.response.content == REFUSED
    assert written(desk) == {}


async def test_a_role_makes_a_moderator_by_its_number_alone(desk: Stage) -> None:
    role = desk.env.guild.create_role("Nurses")
    nurse = desk.env.guild.add_member(desk.env.create_user("nurse"), roles=[role])
    command = next(c for c in await desk.env.bot.tree.fetch_commands(guild=desk.env.guild) if c.name == "knowledge")
    desk.env.guild.set_command_permissions(command, {role: True})
    assert (await run(desk, "status", who=nurse)).content == REFUSED, "to see a command is not to be a moderator"
    deps = desk.env.bot.deps
    deps.config = replace(deps.config, moderation=replace(deps.config.moderation, role_ids=(role.id,)))
    assert "5 terms" in reads(await run(desk, "status", who=nurse))
    review = await edit(desk, "t-cell", who=nurse, short="A cell.")
    assert "Published" in (await publish(desk, review, who=nurse)).response.content


async def test_managers_of_another_server_are_no_moderators(desk: Stage) -> None:
    other = desk.env.create_guild("Elsewhere")
    channel = other.create_text_channel("general")
    role = other.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    manager = other.add_member(desk.env.create_user("manager"), roles=[role])
    with pytest.raises(simcord.SetupError):
        await manager.slash(channel, "knowledge status")
    message = await posted(desk, join("modshow", "terms_t-cell"), channel=channel)
    assert (await manager.click(message, label="modshow")).response.content == REFUSED


async def test_who_lost_the_role_since_can_neither_press_nor_send_a_form(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    asked, begun = await press(desk, review, "Publish"), await form(desk, "til")
    lose_role(desk)
    assert (await send(desk, asked, why="mine", checked="yes")).response.content == REFUSED
    assert (await send(desk, begun, short="Mine.")).response.content == REFUSED
    assert (await press(desk, review, "Publish")).response.content == REFUSED
    assert written(desk) == {}


async def test_a_proposal_is_published_by_whoever_made_it_alone(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    proposal = buttons_of(review)["Publish"].split(":")[2]
    second = another(desk, "Moderators")
    message = await posted(desk, *(join(action, proposal) for action in ("modpublish", "modagain", "modfile", "moddrop")))
    for label in ("modpublish", "modagain", "modfile", "moddrop"):
        answer = await second.click(message, label=label)
        told = answer.followups[-1] if answer.followups else answer.response
        assert told.content.startswith("That proposal is not yours"), label
    assert "Published" in (await publish(desk, review)).response.content


async def test_nothing_is_suggested_to_who_is_no_moderator(desk: Stage) -> None:
    names = [c["name"] for c in await desk.moderator.autocomplete(desk.channel, "knowledge edit", "entry", "t ce")]
    assert names == ["T cell (terms/t-cell)", "Interleukin-2 (terms/interleukin-2)"]
    await changed(desk)
    lose_role(desk)
    role = desk.env.guild.create_role("Anyone")
    command = next(c for c in await desk.env.bot.tree.fetch_commands(guild=desk.env.guild) if c.name == "knowledge")
    desk.env.guild.set_command_permissions(command, {role: True})
    anyone = desk.env.guild.add_member(desk.env.create_user("anyone"), roles=[role])
    assert await anyone.autocomplete(desk.channel, "knowledge edit", "entry", "t ce") == []
    assert await anyone.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="t-cell") == []
