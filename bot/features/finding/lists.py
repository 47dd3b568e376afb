"""A page of a list, which takes the place of the page before."""

from __future__ import annotations

from dataclasses import replace

from bot.interactions.answer import Answer
from bot.interactions.request import Request


def as_list(request: Request, answer: Answer) -> Answer:
    """Return an answer in place of the list that was pressed; never in place of help, or of a message with its own text."""
    pressed_on = request.interaction.message
    is_list = pressed_on is not None and not pressed_on.content and len(pressed_on.embeds) == 1
    return replace(answer, in_place=is_list and request.on_private_message, public=False)
