"""An answer, and the one place that logs it and then sends it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import discord

from bot.interactions import wire
from bot.interactions.custom_id import join
from bot.interactions.forms import Form
from bot.interactions.message import EPHEMERAL, Button, Message, Style
from bot.interactions.request import Request, State
from bot.language import _, spoken
from bot.store.usage import Outcome, Use


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feature says to a request."""

    message: Message | Form | None
    """None says nothing more: what was pressed stays as it is"""
    outcome: Outcome = "served"
    entry: str | None = None
    public: bool = False
    """Whether everyone may see it, where the server's managers want that: it comes from the knowledge alone, repeats
    nothing that anyone typed, and answers no words of danger and no press (what others see stays as it is)."""
    in_place: bool = False
    """whether it takes the place of the pressed message; so does what answers a request that was deferred in place"""
    below: tuple[Message, ...] = ()
    """messages that follow it, for the asker alone"""
    deletes: bool = False
    """whether the pressed message is taken away"""
    counted: bool = True
    """whether the asker counts as somebody who was there"""
    after: Callable[[], Awaitable[None]] | None = None
    """what is done once the answer is out"""


class Told(Exception):  # noqa: N818 (it is no error of ours, but one that the asker is told)
    """Something went wrong that the asker is told in plain words; holds the answer that tells it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def say(text: str, outcome: Outcome = "served") -> Answer:
    """Return a sentence as an answer."""
    return Answer(Message(text), outcome)


async def defer(request: Request, *, in_place: bool = False) -> None:
    """Promise an answer, for which Discord then waits 15 minutes: of its own, or in place of the pressed message."""
    kind = wire.DEFER_IN_PLACE if in_place else wire.DEFER
    await wire.call_back(request.interaction, kind, None if in_place else {"flags": EPHEMERAL})
    request.state = State.DEFERRED_IN_PLACE if in_place else State.DEFERRED


async def log_use(request: Request, answer: Answer) -> None:
    """Log an answer without its asker, and count the asker without the answer; waits at most 50 ms.

    Of one request only the first answer is logged: what goes wrong after it is the log's alone.
    """
    if request.logged:
        return
    request.logged = True
    asked = request.interaction
    use = Use(
        interaction_id=asked.id,
        at=int(asked.created_at.timestamp()),
        command=request.command,
        entry=answer.entry,
        outcome=answer.outcome,
        latency_ms=round((time.perf_counter() - request.started) * 1000, 3),
        place=request.place,
        language=spoken().code,
    )
    await request.store.record(use, request.user_id if answer.counted else None)


async def give(request: Request, answer: Answer) -> None:
    """Log the use, then send the answer, to the asker alone unless it may be seen by everyone."""
    is_public = answer.public and request.is_public and request.state is State.NEW
    await log_use(request, answer)
    if is_public and isinstance(answer.message, Message):
        message = removable(answer.message, owner_token(request))
        try:
            await _send(request, replace(answer, message=message), private=False)
        except discord.HTTPException as error:
            if not wire.is_blocked(error):
                raise
            is_public = False
    if not is_public:
        await _send(request, answer, private=True)
    for each in answer.below:
        await wire.follow_up(request.interaction, each, private=True)
    if answer.after is not None:
        await answer.after()


async def _send(request: Request, answer: Answer, *, private: bool) -> None:
    asked, message, state = request.interaction, answer.message, request.state
    if answer.deletes or message is None:
        if state is State.NEW:
            await wire.call_back(asked, wire.DEFER_IN_PLACE)
        if answer.deletes:
            await wire.delete_original(asked)
    elif isinstance(message, Form):
        await wire.call_back(asked, wire.FORM, message.to_json())
    elif state is State.NEW:
        kind = wire.IN_PLACE if answer.in_place else wire.MESSAGE
        private = private and (kind == wire.MESSAGE or request.on_private_message)
        await wire.answer(asked, kind, message, private=private)
    elif state is State.DEFERRED or (state is State.DEFERRED_IN_PLACE and answer.in_place):
        if not await wire.edit_original(asked, message):  # the pressed message is gone by now
            await wire.follow_up(asked, message, private=True)
    else:
        await wire.follow_up(asked, message, private=private)
    request.state = State.ANSWERED


def owner_token(request: Request) -> str:
    """Return what stands for the asker on a message that everyone sees, so that they alone can remove it."""
    return request.store.hashed("shared", request.user_id)[:16]


def removable(message: Message, token: str) -> Message:
    """Return a message as everyone sees it: with Remove, for whoever it belongs to."""
    remove = Button(_("Remove"), join("remove", token), Style.DANGER)
    return replace(message, rows=(*message.rows, (remove,)))
