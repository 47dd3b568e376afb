"""A therapy's card: how it works, what it is used for, how it is given, and what to ask."""

from collections.abc import Sequence
from typing import ClassVar

from bot.features.cards.card import DETAILS, Card
from bot.features.cards.parts import FEW, first_sentence, heading, names_of, sections, titled
from bot.interactions.message import Field
from bot.knowledge.kinds import Therapy
from bot.language import _


class TherapyCard(Card[Therapy]):
    """A way of treating."""

    colour: ClassVar[int] = 0x2E8B6F

    def main(self) -> str:
        """Return what it is used for, else how it works."""
        used_for = titled(_("Used for") + ":", names_of(self.entry.treats, self.snapshot, FEW), " ")
        return used_for or self.entry.how_it_works or self.entry.more

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what it can do, how it works and is given, all that it is used for, and examples."""
        entry = self.entry
        said = sections(entry, "can_help", "not_known", "is_not", "how_it_works", "given")
        text = "\n\n".join(filter(None, (said, entry.more)))
        return text, (
            Field(_("Used for"), names_of(entry.treats, self.snapshot, most=99)),
            Field(_("Examples"), names_of(entry.examples, self.snapshot, most=99)),
            *self.called(),
        )

    def details_name(self) -> str:
        """Return that it says what the treatment can do, or how it works."""
        return heading("can_help") if self.entry.can_help else heading("how_it_works")

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions for the care team."""
        return self.entry.side_effects, self.entry.ask

    def named(self, page: str) -> tuple[str, ...]:
        """Return its examples and what it treats, on the second page."""
        return (*self.entry.examples, *self.entry.treats) if page == DETAILS else super().named(page)

    def compared(self) -> tuple[tuple[str, str | Sequence[str]], ...]:
        """Return how it works, what it is used for, how it is given, and its side effects."""
        return (
            (heading("how_it_works"), first_sentence(self.entry.how_it_works)),
            (_("Used for"), self.entry.treats),
            (heading("given"), first_sentence(self.entry.given)),
            (heading("side_effects"), " ".join(self.entry.side_effects[:1])),
        )
