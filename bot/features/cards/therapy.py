"""A therapy's card: how it works, what it is used for, how it is given, and what to ask."""

from __future__ import annotations

from typing import ClassVar

from bot.features.cards.card import DETAILS, Card
from bot.features.cards.parts import benefit, names_of, titled
from bot.interactions.message import Field
from bot.knowledge.kinds import Therapy


class TherapyCard(Card[Therapy]):
    """A way of treating."""

    colour: ClassVar[int] = 0x2E8B6F

    def after(self) -> str:
        """Return how it works, else more."""
        return titled(self.lang.gettext("How it works"), self.entry.how_it_works) or self.entry.more

    def fields(self) -> tuple[Field, ...]:
        """Return what it is used for, examples, and how the name is said."""
        _ = self.lang.gettext
        return (
            Field(_("Used for"), names_of(self.entry.treats, self.snapshot, self.lang)),
            Field(_("Examples"), names_of(self.entry.examples, self.snapshot, self.lang)),
            Field(_("How to say it"), self.entry.say),
        )

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what it can do, how it is given, and all that it is used for."""
        _ = self.lang.gettext
        given, more = titled(_("How it is given"), self.entry.given), self.entry.more
        text = "\n\n".join(filter(None, (benefit(self.entry, self.lang), given, more)))
        used_for = names_of(self.entry.treats, self.snapshot, self.lang, most=99)
        return text, (Field(_("Used for"), used_for), Field(_("Also called"), ", ".join(self.entry.also)))

    def details_name(self) -> str:
        """Return that it says what the treatment can do, or how it is given."""
        _ = self.lang.gettext
        return _("What it can do") if self.entry.can_help else _("How it is given")

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions for the care team."""
        return self.entry.side_effects, self.entry.ask

    def to_pick(self, page: str) -> tuple[tuple[str, ...], str]:
        """Return what it treats and its examples, on the second page."""
        if page != DETAILS:
            return super().to_pick(page)
        return (*self.entry.treats, *self.entry.examples), self.lang.gettext("Open one of these ({n})")

    def compared(self) -> tuple[tuple[str, str], ...]:
        """Return how it works, what it is used for, and how it is given."""
        _ = self.lang.gettext
        return (
            (_("how it works"), self.entry.how_it_works),
            (_("used for"), names_of(self.entry.treats, self.snapshot, self.lang)),
            (_("how it is given"), self.entry.given),
        )
