"""Whom to call in which country: the emergency number, and lines for who thinks of ending their life (`helplines.yaml`)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from bot.knowledge.kinds.base import Model, Source
from bot.knowledge.kinds.values import Address, Day, Many, Name, Phrase, Text, such, wrong

FILE = "helplines.yaml"

MOST = 24
"""Countries: a list that shows them has room for 25 rows, and one of a server's settings is for none of them."""

GOOD_FOR = timedelta(days=90)
"""How long a check holds: numbers change, and a wrong one is worse than none."""

_CODE = re.compile(r"[a-z]{2}")
_NUMBER = re.compile(r"[+*]?\d[\d -]*\d")
_HOURS = re.compile(r"24/7|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d")


def _countries(found: dict[str, Country]) -> dict[str, Country]:
    if len(found) > MOST:
        raise wrong("many", count=len(found), most=MOST)
    for code in found:
        if not _CODE.fullmatch(code):
            raise wrong("country", value=code[:20])
    return found


Number = Annotated[str, Text(letters=30), such(_NUMBER.fullmatch, "number")]
Numbers = Annotated[tuple[Number, ...], Many(3)]
_HOURS_TEXT = {"type": "string", "pattern": f"^(?:{_HOURS.pattern})$"}
Hours = Annotated[str, Text(letters=11), such(_HOURS.fullmatch, "hours"), WithJsonSchema(_HOURS_TEXT)]
Sources = Annotated[tuple[Source, ...], Field(min_length=1), Many(5, distinct=False)]


class Said(Model):
    """A few words in both languages."""

    en: Phrase
    es: Annotated[str, Text(words=15)]

    def in_(self, language: str) -> str:
        """Return them in this language, else in English."""
        return str(getattr(self, language, self.en))


class Line(Model):
    """A crisis line, and the ways to reach it; where hours are not known, none are given."""

    name: Name
    call: Numbers = ()
    text: Numbers = ()
    whatsapp: Numbers = ()
    chat: Address | None = None
    hours: Hours = ""
    note: Said | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not (self.call or self.text or self.whatsapp or self.chat):
            raise wrong("line")
        return self


class Country(Model):
    """The numbers of a country."""

    name: Said
    """as it stands after "in": the United States"""
    emergency: Annotated[tuple[Number, ...], Field(min_length=1), Many(3)]
    lines: Annotated[tuple[Line, ...], Field(min_length=1), Many(3, distinct=False)]
    sources: Sources
    checked: Day

    def overdue(self, today: date) -> bool:
        """Say whether its check is too old for its numbers to be shown."""
        return today > self.checked + GOOD_FOR


class Directory(Model):
    """The page that helps find a line anywhere; it stands in for what is not known, or checked too long ago."""

    name: Name
    url: Address
    sources: Sources
    checked: Day


class Helplines(Model):
    """What `helplines.yaml` holds."""

    directory: Directory
    countries: Annotated[dict[str, Country], AfterValidator(_countries)]
    based_on: Annotated[str, Text(letters=64)] = ""
    """in a changed file: the hash of the shipped version that it changes"""

    def due(self, today: date) -> dict[str, date]:
        """Return the codes of the countries whose check is too old, with the day of that check."""
        return {code: country.checked for code, country in self.countries.items() if country.overdue(today)}
