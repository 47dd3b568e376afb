"""Terms: everything that is no symptom, therapy, medicine or condition."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.knowledge.kinds.base import Kind, Searched
from bot.knowledge.kinds.calls import Calling


class Topic(StrEnum):
    """What a term is about."""

    CELLS = "cells"
    MOLECULES = "molecules"
    PROCESSES = "processes"
    SIDE_EFFECTS = "side-effects"
    TESTS = "tests"
    MEDICINE_GROUPS = "medicine-groups"
    VACCINES = "vaccines"
    CARE = "care"


class Term(Calling):
    """A cell, molecule, process, side effect, test, group of medicines, or a word of care."""

    kind = Kind.TERM
    folder = "terms"

    topic: Annotated[Topic, Field(strict=False), Searched("uses")]
