"""Therapies."""

from __future__ import annotations

from typing import Annotated

from bot.knowledge.kinds.base import Kind, LinksTo, Searched, Translated, Treats
from bot.knowledge.kinds.calls import Calling
from bot.knowledge.kinds.values import Id, Lines, Many, Paragraph


class Therapy(Calling):
    """A way of treating."""

    kind = Kind.THERAPY
    folder = "therapies"
    disclaimer = "therapy"
    searched_as = "treatment therapy"

    how_it_works: Annotated[Paragraph, Translated(), Searched("text")] = ""
    given: Annotated[Paragraph, Translated(), Searched("text")] = ""
    treats: Treats = ()
    examples: Annotated[tuple[Id, ...], Many(10), LinksTo(Kind.MEDICINE, Kind.THERAPY)] = ()
    side_effects: Annotated[Lines, Translated(), Searched("effects", "side effects")] = ()
    ask: Annotated[Lines, Translated()] = ()

    def links(self) -> tuple[str, ...]:
        """Return what is related, then the examples."""
        return tuple(dict.fromkeys((*self.related, *self.examples)))
