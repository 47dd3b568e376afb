"""A condition's card: what the illness is, what immunotherapy can do, and what is used for it."""

from __future__ import annotations

from typing import ClassVar

from bot.features.cards.card import Card
from bot.features.cards.parts import names_of, titled
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
        """Return how it shows, is found and is treated, and all treatments where there are more than on the first page."""
        _ = self.lang.gettext
        text = "\n\n".join(
            filter(
                None,
                (
                    titled(_("How it shows"), self.entry.shows),
                    titled(_("How it is found"), self.entry.found_by),
                    titled(_("Who treats it"), self.entry.who_treats),
                    titled(_("What else is used"), self.entry.also_used),
                ),
            )
        )
        return text, self._treatments(99) if len(self._treated_with()) > SOME else ()

    def details_name(self) -> str:
        """Return that it says how the illness shows and is treated, or that there are more treatments."""
        _ = self.lang.gettext
        return _("Signs, tests, doctors") if self.entry.shows or self.entry.found_by else _("More treatments")

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
