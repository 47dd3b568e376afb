"""Medicines."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.knowledge.kinds.base import Kind, LinksTo, Part, Searched, Shown, Translated
from bot.knowledge.kinds.treatment import Treatment
from bot.knowledge.kinds.values import Id, Many, Names, Paragraph, Phrase, Sentence, Year, wrong
from bot.language import to_translate


class Boxed(Part):
    """A danger of the US boxed warning, and the signs that tell of it; or why nobody feels it."""

    danger: Annotated[Phrase, Translated()]
    """the danger, as severe as the label says"""
    signs: Annotated[tuple[Id, ...], Many(10), LinksTo(Kind.SYMPTOM)] = ()
    """the signs that tell of it"""
    no_sign: Annotated[Sentence, Translated()] = ""
    """why nobody feels it, where there is no sign"""

    @model_validator(mode="after")
    def _either(self) -> Self:
        """Refuse a danger without a sign that doesn't say why, and one with signs that says there is none."""
        if bool(self.signs) == bool(self.no_sign):
            raise wrong("boxed", danger=self.danger)
        return self


class Medicine(Treatment):
    """A medicine, by its generic name."""

    kind = Kind.MEDICINE
    folder = "medicines"
    disclaimer = "medicine"
    searched_as = "medicine drug treatment"
    named = ("name", "also", "brands", "biosimilars")
    linked = ("therapy", "related")

    brands: Names = ()
    """bare brand names; each finds the entry"""
    biosimilars: Names = ()
    """bare brand names of very similar versions; each finds the entry"""
    drug_class: Annotated[Phrase, Field(alias="class"), Translated(), Searched("uses")] = ""
    """what kind of medicine it is"""
    target: Annotated[Phrase, Translated(), Searched("uses")] = ""
    """what it acts on"""
    therapy: Annotated[Id, LinksTo(Kind.THERAPY)] = ""
    """the therapy it belongs to"""
    at_home: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """how it is kept, and whom to ask after a missed dose or visit; never an amount"""
    first_approved: Annotated[Year, Shown(to_translate("First approved in the US"))] = ""
    """the year of the first approval in the US"""
    look_alikes: Annotated[tuple[Id, ...], Many(10), LinksTo(Kind.MEDICINE)] = ()
    """medicines with a similar name; on both"""
    boxed: Annotated[tuple[Boxed, ...], Many(10), LinksTo(Kind.SYMPTOM), Translated(), Searched("effects")] = ()
    """the dangers of the US boxed warning, as the label has them; the label is among the sources"""
