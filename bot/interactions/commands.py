"""Slash commands and message menus, registered where they are written; discord.py tells Discord of them.

@command(
    locale_str("define"), locale_str("What a word means"),
    Option("text", locale_str("term"), locale_str("Type three letters and pick"), complete=names),
    help=HelpLine(10, locale_str("/define interleukin"), locale_str("any word: cells, side effects, tests, treatments")),
)
async def define(request: Request, text: str) -> Answer: ...
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

import discord
from discord import app_commands
from discord.app_commands import locale_str as locale_str

from bot.interactions import routes
from bot.interactions.answer import Answer
from bot.interactions.rate_limit import RateLimit
from bot.interactions.request import Interaction, Request
from bot.interactions.routes import Who

log = logging.getLogger(__name__)

KNOWLEDGE = locale_str("knowledge")
"""The command that moderators' commands are parts of."""

Handler = Callable[..., Awaitable[Answer]]
Rows = Sequence[tuple[str, str | int]]
"""What a list shows while someone types, and what is sent when they pick it."""


Registered = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group
"""What discord.py registers."""


@dataclass(frozen=True, slots=True)
class Option:
    """What a command asks for: `parameter` is what its function calls it."""

    parameter: str
    name: locale_str
    hint: locale_str
    complete: Callable[[Request, str], Awaitable[Rows]] | None = None
    """returns what someone typing this may mean, from memory; what it raises is an empty list"""
    choices: tuple[tuple[locale_str | str, str | int], ...] = ()
    low: int | None = None
    high: int | None = None
    """bounds of a number, or of a text's letters"""


class HelpLine(NamedTuple):
    """A line of /help: where it stands (lower first), what is typed, and what for."""

    place: int
    example: locale_str
    what: locale_str


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a message's menu, as it was written."""

    name: locale_str
    description: locale_str | None
    options: tuple[Option, ...]
    function: Handler
    who: Who
    counts: bool
    help: HelpLine | None
    group: locale_str | None
    """the command that this is a subcommand of"""
    logged_as: str


_commands: list[Command] = []


def command(
    name: locale_str,
    description: locale_str,
    *options: Option,
    who: Who = Who.EVERYONE,
    counts: bool = True,
    help: HelpLine | None = None,
    group: locale_str | None = None,
    logged_as: str = "",
) -> Callable[[Handler], Handler]:
    """Register a function as a command.

    `counts` says whether it counts against the rate limit; `logged_as` is what its use is logged as, its name where empty.
    """
    return _registering(name, description, options, who, counts, help, group, logged_as)


def message_menu(name: locale_str, *, logged_as: str, help: HelpLine | None = None) -> Callable[[Handler], Handler]:
    """Register a function as an item of the menu of messages. It is given what Discord sent of the message, as JSON."""
    return _registering(name, None, (), Who.EVERYONE, True, help, None, logged_as)


def _registering(
    name: locale_str,
    description: locale_str | None,
    options: tuple[Option, ...],
    who: Who,
    counts: bool,
    help_line: HelpLine | None,
    group: locale_str | None,
    logged_as: str,
) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        as_ = logged_as or (group or name).message
        _commands.append(Command(name, description, options, function, who, counts, help_line, group, as_))
        return function

    return register


def help_lines() -> list[HelpLine]:
    """Return the lines of /help, in their order."""
    return sorted(each.help for each in _commands if each.help)


def to_discord(
    limit: RateLimit, *, moderators: bool
) -> list[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group]:
    """Return the commands as discord.py registers and calls them: those of moderators, or those of everyone."""
    groups: dict[str, app_commands.Group] = {}
    made: list[Any] = []
    for each in _commands:
        if (each.who is Who.MODERATORS) is not moderators:
            continue
        if each.description is None:
            made.append(app_commands.ContextMenu(name=each.name, callback=_menu(each, limit)))
        elif each.group is None:
            made.append(_slash(each, limit))
        else:
            if each.group.message not in groups:
                groups[each.group.message] = _group(each.group)
                made.append(groups[each.group.message])
            groups[each.group.message].add_command(_slash(each, limit))
    return made


def _group(name: locale_str) -> app_commands.Group:
    return app_commands.Group(
        name=name, description=locale_str("Keep the knowledge"),
        default_permissions=discord.Permissions(manage_guild=True), guild_only=True,
    )  # fmt: skip


def _request(interaction: Interaction, each: Command) -> Request:
    request = Request.of(interaction)
    request.command = each.logged_as
    return request


def _menu(each: Command, limit: RateLimit) -> Any:
    async def menu(interaction: Interaction, message: discord.Message) -> None:
        # discord.py's Message lacks what a forwarded message embeds: what Discord sent has it.
        request = _request(interaction, each)
        sent = request.data.get("resolved", {}).get("messages", {}).get(str(message.id), {})
        await routes.run(request, each.function, sent, limit=limit)

    return menu


def _slash(each: Command, limit: RateLimit) -> app_commands.Command[Any, ..., None]:
    """Return a command whose callback has the signature that discord.py reads the options from."""

    async def callback(interaction: Interaction, **given: Any) -> None:
        await routes.run(
            _request(interaction, each), each.function, who=each.who, limit=limit if each.counts else None, **given
        )

    hints, parameters = get_type_hints(each.function), inspect.signature(each.function).parameters
    by_name = {option.parameter: option for option in each.options}
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction)
    rest = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=parameters[name].default, annotation=_kind(option, hints[name])
        )
        for name, option in by_name.items()
    ]
    callback.__signature__ = inspect.Signature([first, *rest])  # type: ignore[attr-defined]
    made: Any = callback
    if by_name:
        made = app_commands.rename(**{name: option.name for name, option in by_name.items()})(made)
        made = app_commands.describe(**{name: option.hint for name, option in by_name.items()})(made)
    if listed := {name: option.choices for name, option in by_name.items() if option.choices}:
        made = app_commands.choices(
            **{name: [app_commands.Choice(name=n, value=v) for n, v in rows] for name, rows in listed.items()}
        )(made)
    if completed := {name: _completing(option, each) for name, option in by_name.items() if option.complete}:
        made = app_commands.autocomplete(**completed)(made)
    if each.who is not Who.EVERYONE and each.group is None:
        made = app_commands.default_permissions(manage_guild=True)(made)
    if each.who is Who.MODERATORS and each.group is None:
        made = app_commands.guild_only()(made)
    if each.who is Who.MANAGERS:
        made = app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(made)
        made = app_commands.allowed_installs(guilds=True, users=False)(made)
    assert each.description is not None
    return app_commands.Command(name=each.name, description=each.description, callback=made)


def _kind(option: Option, hint: Any) -> Any:
    """Return the type that discord.py reads an option as."""
    if option.low is None and option.high is None:
        return hint
    return app_commands.Range[hint, option.low, option.high]


def _completing(option: Option, each: Command) -> Any:
    complete = option.complete
    assert complete is not None

    async def completing(interaction: Interaction, current: str) -> list[app_commands.Choice[Any]]:
        """Return what someone typing this may mean. Never raises: a list that fails is an empty list."""
        try:
            request = _request(interaction, each)
            if each.who is Who.MODERATORS and not request.is_moderator:
                return []
            found = await complete(request, current)
            return [app_commands.Choice(name=label, value=value) for label, value in found]
        except Exception as error:
            # discord.py would log the asker's id with the error, and this text may be private: neither is kept.
            log.error("Suggestions failed (%s).", type(error).__name__)
            return []

    return completing
