"""Medicines."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.knowledge.kinds.base import Entry, Kind, LinksTo, Searched, Translated, Treats
from bot.knowledge.kinds.values import Id, Lines, Many, Names, Paragraph, Phrase, Year


class Medicine(Entry):
    """A medicine, by its generic name."""

    kind = Kind.MEDICINE
    folder = "medicines"
    searched_as = "medicine drug treatment"

    brands: Names = ()
    biosimilars: Names = ()
    drug_class: Annotated[Phrase, Field(alias="class"), Translated(), Searched("uses")] = ""
    target: Annotated[Phrase, Translated(), Searched("uses")] = ""
    therapy: Annotated[Id, LinksTo(Kind.THERAPY)] = ""
    treats: Treats = ()
    given: Annotated[Paragraph, Translated(), Searched("text")] = ""
    first_approved: Year = ""
    look_alikes: Annotated[tuple[Id, ...], Many(10), LinksTo(Kind.MEDICINE)] = ()
    side_effects: Annotated[Lines, Translated(), Searched("effects", "side effects")] = ()

    def names(self) -> tuple[str, ...]:
        """Return the generic name, other names, brands and the brands of biosimilars."""
        return (self.name, *self.also, *self.brands, *self.biosimilars)

    def links(self) -> tuple[str, ...]:
        """Return the therapy it belongs to, then what is related."""
        return tuple(dict.fromkeys((*filter(None, (self.therapy,)), *self.related)))
