"""The values that a knowledge file may hold: how pydantic checks each, and how its JSON Schema describes it to an editor.

What is refused is named here (`empty`, `words` ...); `bot/knowledge/sentences.py` says it to a person.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_ID = 48

IN_TRANSLATION = "in a translation"
"""The context in which a translation is checked."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ADDRESS = re.compile(r"""https?://[^\s/?#@<>"\\^`{|}]+\.[^\s/?#@<>"\\^`{|}]+(?:[/?#][^\s<>"\\^`{|}]*)?""")
_YEAR = re.compile(r"(?:19|20)\d{2}", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def wrong(what: str, **context: Any) -> PydanticCustomError:
    """Return the error of this type; its sentence is written with the context."""
    return PydanticCustomError(what, what, context)


class Called(StrEnum):
    """A word as a file says it, and what it is called in the interface, which translates that."""

    called: str

    def __new__(cls, key: str, called: str = "") -> Self:
        """Make a text with a second one."""
        word = str.__new__(cls, key)
        word._value_, word.called = key, called
        return word


Place: TypeAlias = int | str | tuple[int | str, ...]


def wrong_at(what: str, places: Mapping[Place, dict[str, Any]]) -> ValidationError:
    """Return an error of this type at each of these places inside a value, with the context of each."""
    found = [(at if isinstance(at, tuple) else (at,), context) for at, context in places.items()]
    details = [InitErrorDetails(type=wrong(what, **context), loc=at, input=None) for at, context in found]
    return ValidationError.from_exception_data(what, details)


@dataclass(frozen=True, slots=True)
class Text:
    """A text, its spaces and line ends made single spaces: of at most so many words, 15 characters each, or characters.

    A translation may have a quarter more words: Spanish needs them for the same.
    """

    words: int = 0
    letters: int = 0

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, max_length=self.letters or self.words * 15)
        return core_schema.with_info_before_validator_function(self._tidied, text)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # YAML takes `1.10` for a number where we read a text.
        limit = {"description": f"at most {self.words} words"} if self.words else {"maxLength": self.letters}
        return {"type": ["string", "number"], **limit}

    def _tidied(self, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        parts = value.split()
        if not parts:
            raise wrong("empty")
        if not value.isprintable() and _FORBIDDEN.search(value):
            raise wrong("invisible")
        most = self.words * 5 // 4 if info.context == IN_TRANSLATION else self.words
        if self.words and len(parts) > most:
            raise wrong("words", count=len(parts), most=most)
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Many:
    """A list of at most so many values, which is not looked through where it is longer; none of them twice."""

    most: int
    distinct: bool = True

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"maxItems": self.most} | ({"uniqueItems": True} if self.distinct else {})

    def _checked(self, values: object, handler: ValidatorFunctionWrapHandler) -> object:
        if isinstance(values, tuple) and len(values) > self.most:
            raise wrong("many", count=len(values), most=self.most)
        found = handler(values)
        if self.distinct and len(set(found)) < len(found):
            raise wrong_at("twice", {i: {"value": value} for i, value in enumerate(found) if value in found[:i]})
        return found


def such(fits: Callable[[str], object], otherwise: str) -> AfterValidator:
    """Return the check that a text fits; `otherwise` names the error where it doesn't."""

    def check(text: str) -> str:
        if not fits(text):
            raise wrong(otherwise, value=text)
        return text

    return AfterValidator(check)


def latest_today(now: datetime | None = None) -> date:
    """Return the day it is where the day begins first, so that nobody's today is in the future."""
    return ((now or datetime.now(UTC)) + timedelta(hours=14)).date()


def _day(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    today = info.context or latest_today()
    try:
        day = date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise wrong("day", today=today)
    if day > today:
        raise wrong("future", value=value)
    return day


def _year(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and not _YEAR.fullmatch(value):
        raise wrong("year")
    if isinstance(value, str) and int(value) > (info.context or latest_today()).year:
        raise wrong("future", value=value)
    return value


_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "a day, as in 2026-11-22"}
_YEAR_TEXT = {"type": ["string", "number"], "pattern": f"^{_YEAR.pattern}$"}
_AN_ADDRESS = {"type": "string", "pattern": "^https?://"}
_CONDITION = {"type": "string", "description": "the id of a condition, or at most 12 words that begin with a capital"}
AN_ID = {"type": "string", "pattern": f"^{ID.pattern}$", "maxLength": MAX_ID}

Name: TypeAlias = Annotated[str, Text(letters=80)]
Phrase: TypeAlias = Annotated[str, Text(words=12)]
Sentence: TypeAlias = Annotated[str, Text(words=25)]
Paragraph: TypeAlias = Annotated[str, Text(words=60)]
Id: TypeAlias = Annotated[str, Text(letters=MAX_ID), such(ID.fullmatch, "id"), WithJsonSchema(AN_ID)]
_ID_OR_WORDS = such(lambda text: text[0].isupper() or ID.fullmatch(text), "id")
ConditionOrWords: TypeAlias = Annotated[str, Text(words=12), _ID_OR_WORDS, WithJsonSchema(_CONDITION)]
Address: TypeAlias = Annotated[str, Text(letters=400), such(_ADDRESS.fullmatch, "address"), WithJsonSchema(_AN_ADDRESS)]
Day: TypeAlias = Annotated[date, BeforeValidator(_day), WithJsonSchema(_DAY)]
Year: TypeAlias = Annotated[str, BeforeValidator(_year), WithJsonSchema(_YEAR_TEXT)]

Names: TypeAlias = Annotated[tuple[Name, ...], Many(40)]
Lines: TypeAlias = Annotated[tuple[Annotated[str, Text(words=20)], ...], Many(10)]
Links: TypeAlias = Annotated[tuple[Id, ...], Many(25)]
