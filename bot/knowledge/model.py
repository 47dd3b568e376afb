"""The kinds of entries: what a knowledge file may say.

The annotations are the rules: `files.py` checks a file against them, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple, TypeAlias


class Kind(StrEnum):
    """The four kinds of entries."""

    TERM = "term"
    THERAPY = "therapy"
    MEDICINE = "medicine"
    CONDITION = "condition"


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


class Words(NamedTuple):
    """A text of at most so many words."""

    most: int


class Letters(NamedTuple):
    """A text of at most so many characters."""

    most: int


class Many(NamedTuple):
    """A list of at most so many values, each as `of` says."""

    most: int
    of: Words | Letters | Link | ConditionOrText


class Link(NamedTuple):
    """The id of an entry of one of these kinds; no kinds: of any."""

    kinds: tuple[Kind, ...] = ()


class ConditionOrText(NamedTuple):
    """The id of a condition, or plain words with a capital where there is no such entry."""

    most: int


Name: TypeAlias = Annotated[str, Letters(80)]
Sentence: TypeAlias = Annotated[str, Words(25)]
Paragraph: TypeAlias = Annotated[str, Words(60)]
Names: TypeAlias = Annotated[tuple[str, ...], Many(40, Letters(80))]
Lines: TypeAlias = Annotated[tuple[str, ...], Many(10, Words(20))]
Links: TypeAlias = Annotated[tuple[str, ...], Many(25, Link())]
Treats: TypeAlias = Annotated[tuple[str, ...], Many(25, ConditionOrText(12))]

TRANSLATED = frozenset(
    (
        *("name", "also", "say", "notice", "short", "more", "call_now", "words", "how_it_works"),
        *("given", "side_effects", "ask", "drug_class", "target", "immunotherapy"),
    )
)
"""The fields that a translation may give; everything else is taken from the English entry."""


@dataclass(frozen=True, slots=True)
class Source:
    """A page that an entry was checked against, and the day it was seen."""

    title: Annotated[str, Letters(200)]
    publisher: Annotated[str, Letters(100)]
    url: str
    seen: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry says."""

    kind: ClassVar[Kind]
    folder: ClassVar[str]

    id: str
    name: Name
    also: Names = ()
    shares_name: Links = ()
    say: Name = ""
    notice: Sentence = ""
    call_now: Annotated[tuple[str, ...], Many(10, Words(25))] = ()
    short: Sentence
    more: Paragraph = ""
    related: Links = ()
    sources: tuple[Source, ...]
    checked: date
    reviewed_by: Name = ""
    disclaimers: Annotated[tuple[str, ...], Many(5, Letters(48))] = ()
    withdrawn: date | None = None
    based_on: Annotated[str, Letters(64)] = ""

    def names(self) -> tuple[str, ...]:
        """Return every name that finds this entry, the chief one first."""
        return (self.name, *self.also)

    def links(self) -> tuple[str, ...]:
        """Return the ids that a reader of this entry wants next, the likeliest first."""
        return self.related

    def translated(self, translation: Mapping[str, Any]) -> Entry:
        """Return this entry with a translation's fields in place of its own."""
        return replace(self, **translation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Entry):
    """A cell, molecule, process, side effect, test, group of medicines ..., or something urgent."""

    kind = Kind.TERM
    folder = "terms"

    topic: Topic
    words: Annotated[tuple[str, ...], Many(60, Letters(80))] = ()


def is_urgent(entry: Entry) -> bool:
    """Say whether an entry is about danger."""
    return isinstance(entry, Term) and entry.topic is Topic.URGENT


def may_be_urgent(entries: Mapping[str, Entry], entry_id: str) -> bool:
    """Say whether an id is that of an entry about danger, or of one that is not there any more."""
    return entry_id not in entries or is_urgent(entries[entry_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class Therapy(Entry):
    """A way of treating."""

    kind = Kind.THERAPY
    folder = "therapies"

    how_it_works: Paragraph = ""
    given: Paragraph = ""
    treats: Treats = ()
    examples: Annotated[tuple[str, ...], Many(10, Link((Kind.MEDICINE, Kind.THERAPY)))] = ()
    side_effects: Lines = ()
    ask: Lines = ()

    def links(self) -> tuple[str, ...]:
        """Return what is related, then the examples."""
        return tuple(dict.fromkeys((*self.related, *self.examples)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine(Entry):
    """A medicine, by its generic name."""

    kind = Kind.MEDICINE
    folder = "medicines"

    brands: Names = ()
    biosimilars: Names = ()
    drug_class: Annotated[str, Words(12)] = field(default="", metadata={"key": "class"})
    target: Annotated[str, Words(12)] = ""
    therapy: Annotated[str, Link((Kind.THERAPY,))] = ""
    treats: Treats = ()
    given: Paragraph = ""
    first_approved: Annotated[str, Letters(4)] = ""
    look_alikes: Annotated[tuple[str, ...], Many(10, Link((Kind.MEDICINE,)))] = ()
    side_effects: Lines = ()

    def names(self) -> tuple[str, ...]:
        """Return the generic name, other names, brands and the brands of biosimilars."""
        return (self.name, *self.also, *self.brands, *self.biosimilars)

    def links(self) -> tuple[str, ...]:
        """Return the therapy it belongs to, then what is related."""
        return tuple(dict.fromkeys((*filter(None, (self.therapy,)), *self.related)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Entry):
    """A disease; what is used for it comes from the medicines' and therapies' links."""

    kind = Kind.CONDITION
    folder = "conditions"

    immunotherapy: Paragraph = ""


ENTRY_TYPES: tuple[type[Term | Therapy | Medicine | Condition], ...] = (Term, Therapy, Medicine, Condition)
