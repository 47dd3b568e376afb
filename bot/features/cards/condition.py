"""A condition's card: what the illness is, what immunotherapy can do, and what is used for it."""

from __future__ import annotations

from typing import ClassVar

from bot.features.cards.card import Card
from bot.features.cards.parts import names_of
from bot.interactions.message import Field
from bot.knowledge.kinds import Condition, Kind

SOME = 6
"""Treatments of a kind on the first page."""


class ConditionCard(Card[Condition]):
    """A disease; what is used for it comes from the medicines' and therapies' links."""

    colour: ClassVar[int] = 0xB5762A

    def fields(self) -> tuple[Field, ...]:
        """Return what immunotherapy can do, some treatments, and other names."""
        can_do = Field(self.lang.gettext("What immunotherapy can do"), self.entry.immunotherapy)
        return can_do, *self._treatments(SOME), *self.called()

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return all treatments, where there are more than on the first page."""
        return "", self._treatments(99) if len(self._treated_with()) > SOME else ()

    def details_name(self) -> str:
        """Return that there are more treatments."""
        return self.lang.gettext("More treatments")

    def _treated_with(self) -> tuple[str, ...]:
        return self.snapshot.treatments.get(self.entry.id, ())

    def _treatments(self, most: int) -> tuple[Field, ...]:
        """Return the medicines and the therapies that are used for it."""
        _ = self.lang.gettext
        of_kind = {kind: [i for i in self._treated_with() if self.snapshot.entries[i].kind is kind] for kind in Kind}
        return (
            Field(_("Medicines explained here"), names_of(of_kind[Kind.MEDICINE], self.snapshot, self.lang, most)),
            Field(_("Therapies explained here"), names_of(of_kind[Kind.THERAPY], self.snapshot, self.lang, most)),
        )

    def to_pick(self, page: str) -> tuple[tuple[str, ...], str]:
        """Return its treatments."""
        return self._treated_with(), self.lang.gettext("Open a treatment ({n})")

    def compared(self) -> tuple[tuple[str, str], ...]:
        """Return what immunotherapy can do."""
        return ((self.lang.gettext("what immunotherapy can do"), self.entry.immunotherapy),)
