"""Whom to call for which sign: an entry names symptoms by their ids, and each symptom says once what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import CoreSchema, core_schema

from bot.knowledge.kinds.base import Entry, Kind, LinksTo, Part, Searched, Translated
from bot.knowledge.kinds.values import AN_ID, ID, MAX_ID, Address, Called, Id, Many, Place, Sentence, wrong, wrong_at
from bot.language import to_translate

MOST_SIGNS = 48
"""Signs that an entry names: all of them are read on one page."""


class Urgency(StrEnum):
    """How soon to call about a sign; the most urgent first."""

    EMERGENCY = "emergency"
    NOW = "now"
    TODAY = "today"

    def is_above(self, other: Urgency) -> bool:
        """Say whether this is more urgent than the other."""
        return _RANKS[self] < _RANKS[other]


_RANKS = {urgency: rank for rank, urgency in enumerate(Urgency)}


class Note(Called):
    """What else is said of a sign in one entry, and the words for it."""

    ANY_COUNTS = "any-counts", to_translate("even a mild or short one")
    MONTHS_LATER = "months-later", to_translate("also months after treatment")
    YEARS_LATER = "years-later", to_translate("also years after treatment")
    FIRST_DAYS = "first-days", to_translate("above all in the first days after a dose, but also later")
    TELL_NURSE = "tell-nurse", to_translate("if still at the clinic, tell the nurse at once")
    WITH_PEN = "with-pen", to_translate("use your adrenaline (epinephrine) pen first, as your plan says")
    STEROID_PLAN = "steroid-plan", to_translate("emergency steroid injection first, as your plan says")
    ON_STEROIDS = "on-steroids", to_translate("if you take steroids, or did until lately")
    SICKLE_CELL = "sickle-cell", to_translate("if you have sickle cell disease")
    DIABETES = "diabetes", to_translate("also if you never had diabetes")
    ASTHMA = "asthma", to_translate("an asthma attack too")
    PREGNANCY = "pregnancy", to_translate("if you or your partner may be pregnant")
    AFTER_TRANSPLANT = "after-transplant", to_translate("after a transplant, call your transplant team")
    BLOOD_THINNER = "blood-thinner", to_translate("above all with a blood thinner")
    SAFETY_CARD = "safety-card", to_translate("show your wallet or safety card")
    SLOWLY_TOO = "slowly-too", to_translate("even if it comes on slowly")


@dataclass(frozen=True, slots=True)
class Sign:
    """A symptom by its id, and at most one note: `fever`, or `{fever: any-counts}`."""

    id: str
    note: Note | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._read)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        noted = {"type": "object", "additionalProperties": {"enum": list(Note)}, "minProperties": 1, "maxProperties": 1}
        return {"anyOf": [AN_ID, noted]}

    @classmethod
    def _read(cls, value: object) -> Sign:
        note = None
        if isinstance(value, Mapping) and len(value) == 1:
            [(value, given)] = value.items()
            try:
                note = Note(given)
            except ValueError:
                raise wrong("note", value=str(given)[:80] if isinstance(given, str) else "a list") from None
        if not isinstance(value, str):
            raise wrong("sign")
        if not ID.fullmatch(value) or len(value) > MAX_ID:
            raise wrong("id", value=value[:80])
        return cls(value, note)


Signs: TypeAlias = Annotated[tuple[Sign, ...], Many(MOST_SIGNS, distinct=False)]


class CallNow(Part):
    """The signs to call about, by how soon; each in one list alone."""

    emergency: Signs = ()
    now: Signs = ()
    today: Signs = ()

    def of(self, urgency: Urgency) -> tuple[Sign, ...]:
        """Return the signs of this urgency, in the order of the file."""
        signs: tuple[Sign, ...] = getattr(self, urgency)
        return signs

    def urgencies(self) -> dict[str, Urgency]:
        """Return how urgent each sign is here, by its id, the most urgent first."""
        return {sign.id: urgency for urgency in Urgency for sign in self.of(urgency)}

    def links(self) -> Iterator[str]:
        """Yield the ids of the symptoms."""
        yield from self.urgencies()

    searched = links

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Refuse no sign, too many, and a sign that stands in more than one place."""
        found = [(urgency.value, i, sign.id) for urgency in Urgency for i, sign in enumerate(self.of(urgency))]
        if not found:
            raise wrong("no signs")
        if len(found) > MOST_SIGNS:
            raise wrong("signs many", count=len(found), most=MOST_SIGNS)
        ids = [sign for _, _, sign in found]
        twice: dict[Place, dict[str, Any]] = {
            (key, i): {"value": sign} for at, (key, i, sign) in enumerate(found) if sign in ids[:at]
        }
        if twice:
            raise wrong_at("sign twice", twice)
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _given(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, tuple):
            raise wrong("old lines")
        return handler(value)


class LessUrgent(Part):
    """An exception: a sign that this entry makes less urgent than the symptom's own entry does, why, and who says so."""

    id: Annotated[Id, LinksTo(Kind.SYMPTOM)]
    """the sign"""
    why: Annotated[Sentence, Translated()]
    """why it is less urgent here"""
    source: Address
    """one of the entry's sources"""


class Calling(Entry):
    """An entry that says for which signs to call: every kind but a symptom, which is one."""

    call_now: Annotated[CallNow, LinksTo(Kind.SYMPTOM), Searched("effects")] = CallNow.model_construct()
    """the signs to call about, under `emergency`, `now` or `today`, each once; at most 48 in all"""
    less_urgent: Annotated[tuple[LessUrgent, ...], Many(MOST_SIGNS), LinksTo(Kind.SYMPTOM), Translated()] = ()
    """signs that a source calls less urgent on this treatment, and why"""
