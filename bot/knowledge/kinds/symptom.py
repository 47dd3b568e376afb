"""Symptoms: what a person feels or sees, and how soon to call about it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from bot.knowledge.kinds.base import Entry, Kind, LinksTo, Searched, Translated, Translations
from bot.knowledge.kinds.calls import Urgency
from bot.knowledge.kinds.values import Id, Many, Name, Text, wrong, wrong_at

MOST_ALSO, MOST_RELATED, MOST_SOURCES, MOST_WORDS = 12, 8, 5, 200
FEWEST_WORDS = {Urgency.EMERGENCY: 8, Urgency.NOW: 6, Urgency.TODAY: 6}
STEPS = {Urgency.EMERGENCY: (2, 5), Urgency.NOW: (0, 3), Urgency.TODAY: (0, 0)}
"""The fewest and the most steps of `at_once`."""

HEARD = frozenset(
    (
        *("bleeding", "cannot-keep-fluids-down", "chills", "drooping-eyelids", "fever", "muscle-weakness", "palpitations"),
        *("severe-diarrhea", "widespread-rash", "yellow-skin"),
    )
)
"""Symptoms that are no emergency, and whose words are words of danger all the same: each can be the first or only sign
of what kills within a day or two (infection with few defenses, bleeding with few platelets, an inflamed heart, liver or
bowel, skin that will blister, muscles that will not breathe). Who writes of a fever is answered first with whom to call."""


def _in_a_list(text: str) -> str:
    """Refuse a sign that can't stand in a list of signs."""
    if text.endswith((".", "!", "?")):
        raise wrong("sign ends")
    if ";" in text:
        raise wrong("sign semicolon")
    return text


class Symptom(Entry):
    """A sign as a person feels or sees it, with its one urgency."""

    kind = Kind.SYMPTOM
    folder = "symptoms"
    disclaimer = "urgent"
    searched_as = "symptom sign"
    linked = ("related", "worse")

    name: Annotated[str, Text(words=8, letters=80), Translated(follows=False)]
    """what a person feels or sees"""
    sign: Annotated[str, Text(words=16), AfterValidator(_in_a_list), Translated(), Searched("names")]
    """as it stands in lists of signs: no capital, no stop, no semicolon"""
    brief: Annotated[str, Text(words=10), AfterValidator(_in_a_list), Translated()] = ""
    """the fewest words for it, as it stands in the lists of signs on a first page; without it, its name stands there"""
    urgency: Annotated[Urgency, Field(strict=False)]
    """how soon to call: the emergency number, the team day or night, or the team today"""
    words: Annotated[tuple[Name, ...], Many(200), Translated(follows=False), Searched("names")]
    """what people type when it happens, at least 8 for an emergency, else 6; a translation has its own, in any number"""
    at_once: Annotated[tuple[Annotated[str, Text(words=20)], ...], Many(5), Translated(), Searched("text")] = ()
    """what to do, in order: 2 to 5 steps for an emergency, up to 3 for `now`, none for `today`"""
    worse: Annotated[tuple[Id, ...], Many(8), LinksTo(Kind.SYMPTOM)] = ()
    """more urgent symptoms: with one of them, this is as urgent"""

    def every_word(self, translations: Translations) -> Iterator[str]:
        """Yield what people type who have it, in every language."""
        return self.every(("words",), translations)

    @model_validator(mode="after")
    def _fits_its_urgency(self) -> Self:
        """Refuse what is too short or too long for the urgency, and `worse` where nothing is more urgent."""
        fewest, most = STEPS[self.urgency]
        for_all = {"urgency": self.urgency.value}
        bounds = {
            "at_once": (fewest, most),
            "words": (FEWEST_WORDS[self.urgency], MOST_WORDS),
            "worse": (0, 0 if self.urgency is Urgency.EMERGENCY else 8),
            "also": (0, MOST_ALSO),
            "related": (0, MOST_RELATED),
            "sources": (1, MOST_SOURCES),
        }
        counts = {key: len(getattr(self, key)) for key in bounds}
        wrongs: dict[str, dict[str, dict[str, Any]]] = {
            "symptom few": {k: {"count": counts[k], "least": low} for k, (low, _) in bounds.items() if counts[k] < low},
            "symptom none": {k: for_all for k, (_, high) in bounds.items() if counts[k] and not high},
            "many": {k: {"count": counts[k], "most": high} for k, (_, high) in bounds.items() if counts[k] > high > 0},
        }
        for what, places in wrongs.items():
            if places:
                raise wrong_at(what, {key: {**for_all, **context} for key, context in places.items()})
        return self


def is_urgent(entry: Entry) -> bool:
    """Say whether an entry is about danger: its words are heard wherever they stand, and it leads with whom to call.

    Those of other symptoms are names to find them by.
    """
    return isinstance(entry, Symptom) and (entry.urgency is Urgency.EMERGENCY or entry.id in HEARD)


def may_be_urgent(entries: Mapping[str, Entry], entry_id: str) -> bool:
    """Say whether an id is that of an entry about danger, or of one that is not there any more."""
    return entry_id not in entries or is_urgent(entries[entry_id])
