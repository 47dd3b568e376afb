"""A condition's card: what the illness is, what immunotherapy can do, and what is used for it."""

from collections.abc import Sequence
from typing import ClassVar

from bot.features.cards.card import Card
from bot.features.cards.parts import heading, names_of, sections, titled
from bot.interactions.message import Field
from bot.knowledge.kinds import Condition, Kind
from bot.language import _


class ConditionCard(Card[Condition]):
    """A disease; what is used for it comes from the medicines' and therapies' links."""

    colour: ClassVar[int] = 0xB5762A

    def main(self) -> str:
        """Return when such an illness is an emergency, and what immunotherapy can do."""
        can_do = titled(heading("immunotherapy") + ":", self.entry.immunotherapy, " ")
        return "\n\n".join(filter(None, (self.about_calling(about=True), can_do)))

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what else there is to say, how it shows, is found and is treated, with all that is explained here."""
        said = sections(self.entry, "shows", "found_by", "who_treats", "also_used")
        text = "\n\n".join(filter(None, (self.about_calling(about=False), said)))
        return text, (*self._treatments(), *self.called())

    def details_name(self) -> str:
        """Return that it says how the illness shows and is treated, or what is used for it."""
        return _("Signs, tests, treatments") if self.entry.shows or self.entry.found_by else _("Treatments")

    def _treated_with(self) -> tuple[str, ...]:
        return self.snapshot.treatments.get(self.entry.id, ())

    def _treatments(self) -> tuple[Field, ...]:
        """Return the medicines and the therapies that are used for it."""
        of_kind = {kind: [i for i in self._treated_with() if self.snapshot.entries[i].kind is kind] for kind in Kind}
        return (
            Field(_("Medicines explained here"), names_of(of_kind[Kind.MEDICINE], self.snapshot, most=99)),
            Field(_("Therapies explained here"), names_of(of_kind[Kind.THERAPY], self.snapshot, most=99)),
        )

    def named(self, page: str) -> tuple[str, ...]:
        """Return its treatments, the ones that most entries lead to first."""
        return super().named(page) or self._treated_with()

    def compared(self) -> tuple[tuple[str, str | Sequence[str]], ...]:
        """Return what immunotherapy can do, and the treatments."""
        return (heading("immunotherapy"), self.entry.immunotherapy), (_("Treatments"), self._treated_with())
