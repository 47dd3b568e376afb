"""Terms: everything that is no therapy, medicine or condition."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.knowledge.kinds.base import Entry, Kind, Searched, Translated
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


class Term(Entry):
    """A cell, molecule, process, side effect, test, group of medicines ..., or something urgent."""

    kind = Kind.TERM
    folder = "terms"

    topic: Annotated[Topic, Field(strict=False), Searched("uses")]
    words: Annotated[tuple[Name, ...], Many(60), Translated(follows=False), Searched("names")] = ()
    """what people type when something urgent happens"""

    @model_validator(mode="after")
    def _urgent(self) -> Self:
        """Refuse an urgent term without help or without words, and words on a term that isn't urgent."""
        if self.topic is Topic.URGENT and not (self.call_now and self.words):
            raise wrong_at("not urgent", {key: {} for key in ("call_now", "words") if not getattr(self, key)})
        if self.topic is not Topic.URGENT and self.words:
            raise wrong_at("only urgent", {"words": {}})
        return self


def is_urgent(entry: Entry) -> bool:
    """Say whether an entry is about danger."""
    return isinstance(entry, Term) and entry.topic is Topic.URGENT


def may_be_urgent(entries: Mapping[str, Entry], entry_id: str) -> bool:
    """Say whether an id is that of an entry about danger, or of one that is not there any more."""
    return entry_id not in entries or is_urgent(entries[entry_id])
