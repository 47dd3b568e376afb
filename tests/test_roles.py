"""Who may do what: every command, press and form is tried as everyone, with ids that nobody was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

import discord
import pytest
import simcord

from bot.interactions import commands, routes
from bot.interactions.custom_id import encode_text, join
from bot.interactions.routes import Route, Text, Who
from bot.service.tryout import Stage

from .desk.helpers import posted, written

REFUSED = {
    Who.MODERATORS: "Only the moderators of this bot can do that, in their own server.",
    Who.CLINICIANS: "Only those with a clinicians' role can do that, in the moderators' server.",
    Who.MANAGERS: "Only those who may manage this server can see and change its settings.",
}
MAY = {
    "member": {Who.EVERYONE},
    "clinician": {Who.EVERYONE, Who.CLINICIANS},
    "manager elsewhere": {Who.EVERYONE, Who.MANAGERS},
    "moderator by role": {Who.EVERYONE, Who.MODERATORS},
    "moderator": {Who.EVERYONE, Who.MODERATORS, Who.MANAGERS},
}


def people(desk: Stage) -> dict[str, tuple[Any, Any]]:
    """Each role: who has it, and the channel where they are."""
    guild, deps = desk.env.guild, desk.env.bot.deps
    clinicians, keepers = guild.create_role("Clinicians"), guild.create_role("Keepers")
    moderation = replace(deps.config.moderation, clinician_role_ids=(clinicians.id,), role_ids=(keepers.id,))
    deps.config = replace(deps.config, moderation=moderation)
    other = desk.env.create_guild("Elsewhere")
    managers = other.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return {
        "member": (desk.member, desk.channel),
        "clinician": (guild.add_member(desk.env.create_user("clinician"), roles=[clinicians]), desk.channel),
        "manager elsewhere": (
            other.add_member(desk.env.create_user("manager"), roles=[managers]),
            other.create_text_channel("general"),
        ),
        "moderator by role": (guild.add_member(desk.env.create_user("keeper"), roles=[keepers]), desk.channel),
        "moderator": (desk.moderator, desk.channel),
    }


def forged(route: Route[Any]) -> str:
    """An id that nobody was given: of a file that is there, and nonsense."""
    return join(route.action, *_arguments(route))


def _arguments(route: Route[Any]) -> Iterator[str]:
    for n, (kind, _default) in enumerate(route._parameters):
        if get_origin(kind) is Literal:
            yield str(get_args(kind)[0])
        elif isinstance(kind, type) and issubclass(kind, StrEnum):
            yield str(next(iter(kind)))
        elif kind is int:
            yield "1"
        else:
            yield encode_text("x") if kind is Text else ("terms_t-cell" if n == 0 else "x")


def told(answer: Any) -> str:
    messages = [*([answer.response] if answer.response else []), *answer.followups]
    return "\n".join(message.content or "" for message in messages)


def check(role: str, who: Who, name: str, said: str) -> None:
    if who in MAY[role]:
        assert said not in REFUSED.values(), (role, name)
        assert "Something went wrong" not in said, (role, name)
    else:
        assert said == REFUSED[who], (role, name)


@pytest.mark.parametrize("role", MAY)
async def test_every_press_is_refused_to_whom_it_isnt_for_whatever_its_id_says(desk: Stage, role: str) -> None:
    person, channel = people(desk)[role]
    for name, route in sorted(routes.presses().items()):
        if route.who is not Who.EVERYONE:
            answer = await person.click(await posted(desk, forged(route), channel=channel), label=name)
            check(role, route.who, name, told(answer))
    assert not written(desk) or Who.MODERATORS in MAY[role]


@pytest.mark.parametrize("role", MAY)
async def test_every_form_is_refused_to_whom_it_isnt_for_whatever_its_id_says(desk: Stage, role: str) -> None:
    person, channel = people(desk)[role]
    for name, route in sorted(routes.forms().items()):
        if route.who is not Who.EVERYONE:
            shown = await person.slash(channel, "suggest")
            shown._interaction.modal["custom_id"] = forged(route)
            answer = await person.submit_modal(shown, {"text": "Mine."})
            check(role, route.who, name, told(answer))
    assert not written(desk) or Who.MODERATORS in MAY[role]


@pytest.mark.parametrize("role", [role for role in MAY if role != "manager elsewhere"])
async def test_every_command_is_refused_to_whom_it_isnt_for_also_where_it_is_shown_to_them(desk: Stage, role: str) -> None:
    person, channel = people(desk)[role]
    guild = desk.env.guild
    shown_to = dict.fromkeys((guild.roles["Clinicians"], guild.roles["Keepers"], guild.default_role), True)
    for found in await desk.env.bot.tree.fetch_commands(guild=guild):
        guild.set_command_permissions(found, shown_to)
    for each in commands.every():
        needed = [o.parameter for o in each.options]
        if each.who in (Who.MODERATORS, Who.CLINICIANS) and each.description is not None:
            name = f"knowledge {each.name.message}" if each.of_knowledge else each.name.message
            if "file" in needed or (name == "stats" and each.who in MAY[role]):
                continue  # one needs a file, and one draws a picture for long
            options = {o.name.message: o.choices[0][1] if o.choices else (1 if o.low is not None and o.high is None else "x")
                       for o in each.options if o.parameter in ("entry", "kind", "name", "number", "why")}  # fmt: skip
            check(role, each.who, name, told(await person.slash(channel, name, **options)))


async def test_a_server_elsewhere_has_no_moderators_commands(desk: Stage) -> None:
    person, channel = people(desk)["manager elsewhere"]
    for each in commands.every():
        if each.of_knowledge:
            with pytest.raises(simcord.SetupError):
                await person.slash(channel, f"knowledge {each.name.message}")
