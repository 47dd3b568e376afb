"""Commands, presses and forms, registered where they are written.

    @command(locale_str("suggest"), locale_str("Tell the moderators what is missing"))
    async def suggest(request: Request) -> Answer: ...

    @press("open", counts=True)
    async def open_entry(request: Request, entry_id: str) -> Answer: ...

    Button("Melanoma", open_entry.id("melanoma"))

A press's arguments after the request stand in its id, read and written as its signature says. Whatever is no id of a press
that exists here is answered as expired.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Any, Concatenate, Generic, Literal, NewType, ParamSpec, get_args, get_origin, get_type_hints

import discord

from bot.interactions import custom_id
from bot.interactions.answer import Answer, Told, give, say
from bot.interactions.errors import failed
from bot.interactions.rate_limit import RateLimit, too_many
from bot.interactions.request import Interaction, Request, State
from bot.language import _, chosen, speak

P = ParamSpec("P")
Handler = Callable[Concatenate[Request, P], Awaitable[Answer]]

Text = NewType("Text", str)
"""An argument of a press that is any text: it is cut to what an id can carry."""


class Who(Enum):
    """Who may use something; asked anew at every command, press and form."""

    EVERYONE = auto()
    MANAGERS = auto()
    """those who manage the server it is used in"""
    MODERATORS = auto()
    """those who keep the knowledge, in their own server"""
    CLINICIANS = auto()
    """those who may sign it, in that server"""


@dataclass
class Route(Generic[P]):
    """A function that answers presses or forms of one action."""

    action: str
    function: Handler[P]
    who: Who
    counts: bool | Callable[..., bool]
    command: str

    def __post_init__(self) -> None:
        """Read from the function's signature how its arguments stand in an id."""
        hints, (_request, *rest) = get_type_hints(self.function), inspect.signature(self.function).parameters.values()
        self._parameters = [(hints[parameter.name], parameter.default) for parameter in rest]

    def id(self, *arguments: P.args, **named: P.kwargs) -> str:
        """Return the id of a button, a select or a form that is answered with these arguments."""
        bound = inspect.signature(self.function).bind(None, *arguments, **named)
        bound.apply_defaults()
        parts = [
            custom_id.encode_text(value) if kind is Text else str(value)
            for value, (kind, _) in zip(bound.args[1:], self._parameters, strict=True)
        ]
        return custom_id.join(self.action, *parts)

    def read(self, parts: list[str]) -> list[Any]:
        """Return the arguments that an id says. Raises ValueError where it says none that fit."""
        if len(parts) > len(self._parameters):
            raise ValueError("too many arguments")
        parts = parts + [""] * (len(self._parameters) - len(parts))
        return [_value(part, kind, default) for part, (kind, default) in zip(parts, self._parameters, strict=True)]


def _value(part: str, kind: Any, default: Any) -> Any:
    if not part and default is not inspect.Parameter.empty:
        return default
    if kind is Text:
        return custom_id.decode_text(part)
    if get_origin(kind) is Literal and part not in get_args(kind):
        raise ValueError(f"not one of {get_args(kind)}")
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(part)
    return _number(part) if kind is int else part


def _number(part: str) -> int:
    """Return a number of an id. Raises ValueError for none, and for one that no database holds."""
    if not part.isdecimal() or len(part) > _DIGITS:
        raise ValueError("no number")
    return int(part)


_DIGITS = 18
"""Digits that fit into SQLite's and PostgreSQL's numbers of 64 bits."""

_presses: dict[str, Route[Any]] = {}
_forms: dict[str, Route[Any]] = {}


def presses() -> Mapping[str, Route[Any]]:
    """Return what answers presses, by action."""
    return _presses


def forms() -> Mapping[str, Route[Any]]:
    """Return what answers forms, by action."""
    return _forms


def press(
    action: str, *, who: Who = Who.EVERYONE, counts: bool | Callable[..., bool] = False, command: str = ""
) -> Callable[[Handler[P]], Route[P]]:
    """Register a function as the answer to presses of buttons and selects of an action.

    `counts` says whether a press counts against the rate limit, or which do, by the request and the arguments; `command` is
    what its use is logged as, the action where it is empty.
    """
    return _registering(_presses, action, who, counts, command)


def form(action: str, *, who: Who = Who.EVERYONE, command: str = "") -> Callable[[Handler[P]], Route[P]]:
    """Register a function as the answer to a form that was sent. Forms are never held up: what was typed would be lost."""
    return _registering(_forms, action, who, False, command)


def _registering(
    routes: dict[str, Route[Any]], action: str, who: Who, counts: bool | Callable[..., bool], command: str
) -> Callable[[Handler[P]], Route[P]]:
    def register(function: Handler[P]) -> Route[P]:
        if action in routes:
            raise ValueError(f"{action} is answered by {routes[action].function.__qualname__} already")
        made = Route(action, function, who, counts, command or action)
        routes[action] = made
        return made

    return register


async def answer_press_or_form(interaction: Interaction, limit: RateLimit) -> None:
    """Answer a press of a button or a select, or a form; one that is unknown here has expired."""
    request = Request.of(interaction, "press")
    is_form = interaction.type is discord.InteractionType.modal_submit
    pressed = str(request.data.get("custom_id", ""))
    if code := custom_id.language_of(pressed):
        speak(chosen(code))
    action, parts = custom_id.split(pressed) or ("", [])
    route = (_forms if is_form else _presses).get(action)
    try:
        arguments = route.read(parts) if route else []
    except ValueError:
        route = None
    if route is None:
        await run(request, expired)
        return
    request.command = route.command
    counts = route.counts(request, *arguments) if callable(route.counts) else route.counts
    await run(request, route.function, *arguments, who=route.who, limit=limit if counts else None)


async def expired(request: Request) -> Answer:
    """Answer a press that is no longer known."""
    return say(_("This button has expired. Ask again with a command; `/help` shows them."), "nothing")


async def run(
    request: Request,
    function: Callable[..., Awaitable[Answer]],
    *arguments: Any,
    who: Who = Who.EVERYONE,
    limit: RateLimit | None = None,
    **named: Any,
) -> None:
    """Let a function answer a request: for whom it is there, within the rate limit, with every error told."""
    try:
        if refused := refusal(request, who):
            answer = say(refused, "nothing")
        elif limit is not None and (wait := too_many(request, limit)):
            request.logged = True  # who has to wait had nothing that could be counted
            answer = say(wait, "nothing")
        else:
            try:
                answer = await function(request, *arguments, **named)
                if request.state is State.DEFERRED_IN_PLACE:  # what goes wrong is told below, where the buttons stay
                    answer = replace(answer, in_place=True)
            except Told as told:
                answer = told.answer
        await give(request, answer)
    except Exception as error:
        await failed(request, error)


def refusal(request: Request, who: Who) -> str:
    """Return why something isn't the asker's to use; empty where it is."""
    if who is Who.MODERATORS and not request.is_moderator:
        return _("Only the moderators of this bot can do that, in their own server.")
    if who is Who.CLINICIANS and not request.is_clinician:
        return _("Only those with a clinicians' role can do that, in the moderators' server.")
    if who is Who.MANAGERS and request.interaction.guild_id is None:
        return _("There is nothing to set here: settings belong to a server. Use `/settings` in a server that you manage.")
    if who is Who.MANAGERS and not request.interaction.permissions.manage_guild:
        return _("Only those who may manage this server can see and change its settings.")
    return ""
