"""Terms: everything that is no symptom, therapy, medicine or condition."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.knowledge.kinds.base import Entry, Kind, Searched, Translated
from bot.knowledge.kinds.calls import Calling
from bot.knowledge.kinds.symptom import Symptom
from bot.knowledge.kinds.values import Many, Name, wrong_at


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
    URGENT = "urgent"


class Term(Calling):
    """A cell, molecule, process, side effect, test, group of medicines ..., or something urgent."""

    kind = Kind.TERM
    folder = "terms"

    topic: Annotated[Topic, Field(strict=False), Searched("uses")]
    words: Annotated[tuple[Name, ...], Many(60), Translated(follows=False), Searched("names")] = ()
    """what people type when something urgent happens"""

    @model_validator(mode="after")
    def _urgent(self) -> Self:
        """Refuse an urgent term without help or without words, and words on a term that isn't urgent."""
        has = {"call_now": self.call_now or self.calls.urgencies(), "words": self.words}
        if self.topic is Topic.URGENT and not all(has.values()):
            raise wrong_at("not urgent", {key: {} for key, given in has.items() if not given})
        if self.topic is not Topic.URGENT and self.words:
            raise wrong_at("only urgent", {"words": {}})
        return self


def is_urgent(entry: Entry) -> bool:
    """Say whether an entry is about danger: its words are heard, and it leads with whom to call."""
    if isinstance(entry, Symptom):
        return entry.is_heard()
    return isinstance(entry, Term) and entry.topic is Topic.URGENT


def may_be_urgent(entries: Mapping[str, Entry], entry_id: str) -> bool:
    """Say whether an id is that of an entry about danger, or of one that is not there any more."""
    return entry_id not in entries or is_urgent(entries[entry_id])
