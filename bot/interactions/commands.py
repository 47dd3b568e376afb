"""Slash commands and message menus, registered where they are written; discord.py tells Discord of them.

@command(
    locale_str("define"), locale_str("What a word means"),
    Option("text", locale_str("term"), locale_str("Type three letters and pick"), complete=names),
    help=HelpLine(10, locale_str("a word, a medicine, an illness")),
)
async def define(request: Request, text: str) -> Answer: ...
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_type_hints

import discord
from discord import app_commands
from discord.app_commands import locale_str as locale_str

from bot.interactions import routes
from bot.interactions.answer import Answer
from bot.interactions.custom_id import MOST_TEXT, decode_text, encode_text, join
from bot.interactions.message import Message
from bot.interactions.rate_limit import RateLimit
from bot.interactions.request import Interaction, Request
from bot.interactions.routes import Who
from bot.language import _

log = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[Answer]]
Rows = Sequence[tuple[str, str | int]]
"""What a list shows while someone types, and what is sent when they pick it."""

Completer = Callable[[Request, str], Awaitable[Rows]]

Registered = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group
"""What discord.py registers."""


@dataclass(frozen=True, slots=True)
class Option:
    """What a command asks for: `parameter` is what its function calls it."""

    parameter: str
    name: locale_str
    hint: locale_str
    complete: Completer | None = None
    """returns what someone typing this may mean, from memory; what it raises is an empty list"""
    choices: tuple[tuple[locale_str | str, str | int], ...] = ()
    low: int | None = None
    high: int | None = None
    """bounds of a number, or of a text's letters"""


class HelpLine(NamedTuple):
    """A command's place in /help (lower first), and what people want of it; without that only its name stands there."""

    place: int
    what: locale_str | None = None


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
    logged_as: str
    of_knowledge: bool = False
    """whether it is a part of the command `knowledge`"""


_commands: list[Command] = []


def command(
    name: locale_str,
    description: locale_str,
    *options: Option,
    who: Who = Who.EVERYONE,
    counts: bool = True,
    help: HelpLine | None = None,
) -> Callable[[Handler], Handler]:
    """Register a function as a command; `counts` says whether it counts against the rate limit."""
    return lambda function: _registered(Command(name, description, options, function, who, counts, help, name.message))


def knowledge(
    name: locale_str, description: locale_str, *options: Option, who: Who = Who.MODERATORS
) -> Callable[[Handler], Handler]:
    """Register a function as a part of moderators' command `knowledge`, as which its use is logged."""
    return lambda function: _registered(
        Command(name, description, options, function, who, True, None, "knowledge", of_knowledge=True)
    )


def message_menu(name: locale_str, *, logged_as: str, help: HelpLine) -> Callable[[Handler], Handler]:
    """Register a function as an item of the menu of messages. It is given what Discord sent of the message, as JSON."""
    return lambda function: _registered(Command(name, None, (), function, Who.EVERYONE, True, help, logged_as))


def every() -> Sequence[Command]:
    """Return every command and menu."""
    return _commands


def _registered(made: Command) -> Handler:
    _commands.append(made)
    return made.function


def in_help(*, moderators: bool) -> Iterator[tuple[str, str]]:
    """Yield what is typed or chosen, and what for, of the commands in /help, in their order; to moderators also theirs."""
    for each in sorted((each for each in _commands if each.help), key=lambda each: each.help or HelpLine(0)):
        name = _(each.name.message)
        yield (f"/{name}" if each.description else name), (_(each.help.what.message) if each.help and each.help.what else "")
    if moderators:
        yield from (("/knowledge", ""), ("/stats", ""))


def to_discord(limit: RateLimit, *, moderators: bool) -> list[Registered]:
    """Return the commands as discord.py registers and calls them: those of moderators, or those of everyone."""
    group = app_commands.Group(
        name=locale_str("knowledge"), description=locale_str("Keep the knowledge"),
        default_permissions=discord.Permissions(manage_guild=True), guild_only=True,
    )  # fmt: skip
    made: list[Registered] = [group] if moderators else []
    for each in _commands:
        if (each.of_knowledge or each.who is Who.MODERATORS) is not moderators:
            continue
        if each.description is None:
            made.append(app_commands.ContextMenu(name=each.name, callback=_menu(each, limit)))
        elif each.of_knowledge:
            group.add_command(_slash(each, limit))
        else:
            made.append(_slash(each, limit))
    return made


def _menu(each: Command, limit: RateLimit) -> Any:
    async def menu(interaction: Interaction, message: discord.Message) -> None:
        # discord.py's Message lacks what a forwarded message embeds: what Discord sent has it.
        request = Request.of(interaction, each.logged_as)
        sent = request.data.get("resolved", {}).get("messages", {}).get(str(message.id), {})
        await routes.run(request, each.function, sent, limit=limit)

    return menu


def _slash(each: Command, limit: RateLimit) -> app_commands.Command[Any, ..., None]:
    """Return a command whose callback has the signature that discord.py reads the options from."""

    async def callback(interaction: discord.Interaction[Any], **given: Any) -> None:
        request = Request.of(interaction, each.logged_as)
        await routes.run(request, _repeatable(each), who=each.who, limit=limit if each.counts else None, **given)

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
    app_commands.rename(**{name: option.name for name, option in by_name.items()})(callback)
    app_commands.describe(**{name: option.hint for name, option in by_name.items()})(callback)
    choices = {
        name: [app_commands.Choice(name=n, value=v) for n, v in o.choices] for name, o in by_name.items() if o.choices
    }
    app_commands.choices(**choices)(callback)
    completed = {name: _completing(o.complete, each) for name, o in by_name.items() if o.complete}
    app_commands.autocomplete(**completed)(callback)
    if each.who is not Who.EVERYONE and not each.of_knowledge:
        app_commands.default_permissions(manage_guild=True)(callback)
    if each.who is Who.MODERATORS and not each.of_knowledge:
        app_commands.guild_only()(callback)
    if each.who is Who.MANAGERS:
        app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(callback)
        app_commands.allowed_installs(guilds=True, users=False)(callback)
    assert each.description is not None
    return app_commands.Command(name=each.name, description=each.description, callback=callback)


def _repeatable(each: Command) -> Handler:
    """Return a command's function, whose answers can be had in another language: its press asks the same again.

    Not where everyone may see the answer: the press would tell them what was typed.
    """

    async def function(request: Request, **given: Any) -> Answer:
        answer: Answer = await each.function(request, **given)
        if each.who is not Who.EVERYONE or not isinstance(answer.message, Message) or (answer.public and request.is_public):
            return answer
        texts = [given.get(option.parameter, "") for option in each.options]
        if any(len(text.encode()) > MOST_TEXT for text in texts):  # cut, it would ask for something else
            return answer
        with suppress(ValueError):  # two long names don't fit together
            again = join("asked", each.name.message, *map(encode_text, texts))
            answer = replace(answer, message=replace(answer.message, again=again))
        return answer

    return function


@routes.press("asked", counts=True, command="page")
async def ask_again(request: Request, name: str, first: str = "", second: str = "") -> Answer:
    """Answer a command once more, with what was filled in."""
    found = next((each for each in _commands if each.name.message == name and each.who is Who.EVERYONE), None)
    if found is None or found.description is None:
        return await routes.expired(request)
    given = {option.parameter: decode_text(text) for option, text in zip(found.options, (first, second), strict=False)}
    answer: Answer = await found.function(request, **given)
    if not isinstance(answer.message, Message):
        return answer
    again = replace(answer.message, again=str(request.data.get("custom_id")))
    return replace(answer, message=again, public=False, in_place=request.on_private_message)


def _kind(option: Option, hint: Any) -> Any:
    """Return the type that discord.py reads an option as."""
    if option.low is None and option.high is None:
        return hint
    return app_commands.Range[hint, option.low, option.high]


def _completing(complete: Completer, each: Command) -> Any:
    async def completing(interaction: Interaction, current: str) -> list[app_commands.Choice[Any]]:
        """Return what someone typing this may mean. Never raises: a list that fails is an empty list."""
        try:
            request = Request.of(interaction, each.logged_as)
            if each.who is not Who.EVERYONE and routes.refusal(request, each.who):
                return []
            found = await complete(request, current)
            return [app_commands.Choice(name=label, value=value) for label, value in found]
        except Exception as error:
            # discord.py would log the asker's id with the error, and this text may be private: neither is kept.
            log.error("Suggestions failed (%s).", type(error).__name__)
            return []

    return completing
