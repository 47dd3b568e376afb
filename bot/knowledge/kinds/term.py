"""Terms: everything that is no symptom, therapy, medicine or condition."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from bot.knowledge.kinds.base import Kind, Searched
from bot.knowledge.kinds.calls import Calling
from bot.language import to_translate


class Topic(StrEnum):
    """What a term is about, as its file says it, and what that is called in the interface."""

    called: str

    def __new__(cls, key: str, called: str) -> Self:
        """Make a text with a second one."""
        topic = str.__new__(cls, key)
        topic._value_, topic.called = key, called
        return topic

    CELLS = "cells", to_translate("Cells")
    MOLECULES = "molecules", to_translate("Molecules")
    PROCESSES = "processes", to_translate("How the body works")
    SIDE_EFFECTS = "side-effects", to_translate("Side effects")
    TESTS = "tests", to_translate("Tests")
    MEDICINE_GROUPS = "medicine-groups", to_translate("Groups of medicines")
    VACCINES = "vaccines", to_translate("Vaccines")
    CARE = "care", to_translate("Care")


class Term(Calling):
    """A cell, molecule, process, side effect, test, group of medicines, or a word of care."""

    kind = Kind.TERM
    folder = "terms"

    topic: Annotated[Topic, Field(strict=False), Searched("uses")]
    """what it is about"""
