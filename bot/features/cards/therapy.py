"""A therapy's card: how it works, what it is used for, how it is given, and what to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bot.features.cards.card import DETAILS, Card
from bot.features.cards.parts import benefit, first_sentence, names_of, titled
from bot.interactions.message import Field
from bot.knowledge.kinds import Therapy
from bot.language import _


class TherapyCard(Card[Therapy]):
    """A way of treating."""

    colour: ClassVar[int] = 0x2E8B6F

    def main(self) -> str:
        """Return what it is used for, else how it works."""
        used_for = titled(_("Used for"), names_of(self.entry.treats, self.snapshot))
        return used_for or self.entry.how_it_works or self.entry.more

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what it can do, how it works and is given, all that it is used for, and examples."""
        entry = self.entry
        works, given = titled(_("How it works"), entry.how_it_works), titled(_("How it is given"), entry.given)
        text = "\n\n".join(filter(None, (benefit(entry), works, given, entry.more)))
        return text, (
            Field(_("Used for"), names_of(entry.treats, self.snapshot, most=99)),
            Field(_("Examples"), names_of(entry.examples, self.snapshot, most=99)),
            *self.called(),
        )

    def details_name(self) -> str:
        """Return that it says what the treatment can do, or how it works."""
        return _("What it can do") if self.entry.can_help else _("How it works")

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions for the care team."""
        return self.entry.side_effects, self.entry.ask

    def named(self, page: str) -> tuple[str, ...]:
        """Return its examples and what it treats, on the second page."""
        return (*self.entry.examples, *self.entry.treats) if page == DETAILS else super().named(page)

    def compared(self) -> tuple[tuple[str, str | Sequence[str]], ...]:
        """Return how it works, what it is used for, how it is given, and its side effects."""
        return (
            (_("How it works"), first_sentence(self.entry.how_it_works)),
            (_("Used for"), self.entry.treats),
            (_("How it is given"), first_sentence(self.entry.given)),
            (_("Side effects"), " ".join(self.entry.side_effects[:1])),
        )
