"""Therapies."""

from typing import Annotated

from bot.knowledge.kinds.base import Kind, LinksTo, Searched, Translated
from bot.knowledge.kinds.treatment import Treatment
from bot.knowledge.kinds.values import Id, Many, Paragraph


class Therapy(Treatment):
    """A way of treating."""

    kind = Kind.THERAPY
    folder = "therapies"
    disclaimer = "therapy"
    searched_as = "treatment therapy"
    linked = ("related", "examples")

    how_it_works: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """how it works"""
    examples: Annotated[tuple[Id, ...], Many(10), LinksTo(Kind.MEDICINE, Kind.THERAPY)] = ()
    """medicines or therapies of this kind"""
