"""A list page by page, with Back and Next below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bot.interactions.answer import Answer
from bot.interactions.message import Button
from bot.interactions.request import Request
from bot.language import _

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list."""

    shown: Sequence[T]
    number: int
    """from 0 on"""
    pages: int

    @classmethod
    def of(cls, found: Sequence[T], number: int, rows: int) -> Page[T]:
        """Return the page of this number, or the nearest one that there is."""
        pages = max(-(-len(found) // rows), 1)
        number = min(max(number, 0), pages - 1)
        return cls(found[number * rows : (number + 1) * rows], number, pages)

    def turn(self, id_of: Callable[[int], str]) -> tuple[Button, ...]:
        """Return Back and Next, whose ids say a page; nothing for a single page."""
        any_before, any_after = self.number > 0, self.number < self.pages - 1
        return turn(id_of(max(self.number - 1, 0)), id_of(self.number + 1), any_before, any_after)


def turn(back: str, on: str, any_before: bool, any_after: bool) -> tuple[Button, ...]:
    """Return Back and Next, which have these ids; nothing for a single page."""
    if not any_before and not any_after:
        return ()
    return Button(_("Back"), back, disabled=not any_before), Button(_("Next"), on, disabled=not any_after)


def as_list(request: Request, answer: Answer) -> Answer:
    """Return an answer in place of the list that was pressed; never in place of help, or of a message with its own text."""
    pressed_on = request.interaction.pressed
    is_list = not pressed_on.get("content") and len(pressed_on.get("embeds", ())) == 1
    return replace(answer, in_place=is_list and request.on_private_message, public=False)
