"""Terms: everything that is no symptom, therapy, medicine or condition."""

from typing import Annotated

from pydantic import Field

from bot.knowledge.kinds.base import Kind, Searched
from bot.knowledge.kinds.calls import Calling
from bot.knowledge.kinds.values import Called
from bot.language import to_translate


class Topic(Called):
    """What a term is about."""

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
