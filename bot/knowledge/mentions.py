"""Whether a sign that stands in a text is only spoken of: denied, asked about in general, long past. In doubt it isn't."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from bot.knowledge.names import words
from bot.knowledge.wording import DATA


class _Cues:
    """Patterns of whole words, by how they can begin: so most are never tried."""

    def __init__(self, key: str) -> None:
        """Take those of heard.yaml under this key."""
        starting: dict[str, list[str]] = defaultdict(list)
        for cue in DATA[key].split(", "):
            for first in begins(cue):
                starting[first].append(cue)
        self._starting = {first: re.compile(rf"\b(?:{'|'.join(cues)})\b") for first, cues in starting.items()}

    def spans(self, said: Said) -> Iterator[tuple[int, int]]:
        """Yield the first and the last place of the words that fit a pattern."""
        offset = 0
        for at, word in enumerate(said.words):
            for first in (word, f"{word[:3]}*"):
                if first in self._starting and (found := self._starting[first].match(said.text, offset)):
                    yield at, at + found[0].count(" ")
            offset += len(word) + 1

    def are_in(self, said: Said) -> bool:
        """Say whether a sentence has any of them."""
        return any(self._starting[first].search(said.text) for first in self._starting.keys() & said.each)


def begins(cue: str) -> Iterator[str]:
    """Yield the words that a pattern can begin with, or `abc*` for their first letters: each has three at least."""
    cue = re.sub(r"^(\(\?<!.*?\))+", "", cue)
    first = cue.split(" ")[0]
    if either := re.match(r"\(([^()]*)\)(?= |$)", cue):
        for each in either[1].split("|"):
            yield from begins(each)
    elif first.isalnum():
        yield first
    else:
        yield f"{first[:3]}*"


_SAYINGS, _SCIENCE, _NOW, _SOMEBODY, _WHEN, _GENERAL, _MENTIONED, _PAST, _PRESENT, _FACT, _RISK = map(
    _Cues, ("sayings", "science", "now", "somebody", "when", "general", "mentioned", "past", "present", "fact", "risk")
)
_ASKS, _LEAFLET, _AFTER = (re.compile(rf"(?:{DATA[key].replace(', ', '|')})\b") for key in ("asks", "leaflet", "after"))
_OF, _FOR, _NAMES, _DENIES, _NOT, _BETWEEN, _CLINICAL, _TURNS, _GOES_ON, _HAS = (
    frozenset(DATA[key].split())
    for key in ("of", "for", "names", "denies", "negations", "between", "clinical", "turns", "goes_on", "has")
)

_STOPPED = re.compile(r"\b(dej(o|e|aron) de|no longer have|no longer having|stopped having)( \w+)?$")

_LIST = frozenset(words("or nor o ni u"))
_FIRST = frozenset(words("i im ive me my myself yo me mi estoy tengo quiero"))
_SUBJECTS = frozenset(words("he hes she shes his her it its they el ella"))
_NEVER, _EVER = frozenset(words("never nunca jamas not no")), frozenset(words("this like such so before asi tan como"))
"""Who never had a headache like this has one."""

_CLAUSE = frozenset(words("and but y pero now ahora e")) | {","}


class Said:
    """A sentence, and what tells whether it only speaks of danger."""

    def __init__(self, said: list[str]) -> None:
        """Take the words of a sentence, and its commas."""
        self.words = said
        self.text = " ".join(said)
        self.each = frozenset((*said, *(f"{word[:3]}*" for word in said)))

    @cached_property
    def is_now(self) -> bool:
        """Say whether something of now is in it."""
        return _NOW.are_in(self)

    @cached_property
    def _has_somebody(self) -> bool:
        return _SOMEBODY.are_in(self)

    @cached_property
    def is_somebodys(self) -> bool:
        """Say whether somebody is in it, or something of now."""
        return self._has_somebody or self.is_now or _WHEN.are_in(self)

    @cached_property
    def is_general(self) -> bool:
        """Say whether it asks about signs in general, and nothing in it is somebody's now."""
        if _LEAFLET.match(self.text) and not self._has_somebody:
            return True
        if self.is_now:
            return False
        return (_RISK.are_in(self) and not _HAS & self.each) or (
            not self._has_somebody and (bool(_ASKS.match(self.text)) or _GENERAL.are_in(self))
        )

    @cached_property
    def is_fact(self) -> bool:
        """Say whether it asks for facts, and nobody is in it: then self-harm, too, is only spoken of."""
        return _FACT.are_in(self) and not self._has_somebody and not self.is_now

    @cached_property
    def sayings(self) -> set[int]:
        """Return the places of the words that are part of a saying."""
        return {i for start, end in _SAYINGS.spans(self) for i in range(start, end + 1)}

    @cached_property
    def science(self) -> set[int]:
        """Return the places of the words that are plainly science."""
        return {i for start, end in _SCIENCE.spans(self) for i in range(start, end + 1)}

    def is_mentioned(self, at: set[int]) -> bool:
        """Say whether its clause tells of what is asked, read or feared, whoever is in it; or it is of long ago."""
        if self.is_now:
            return False
        clause = self._clause(max(at))
        if any(clause in (self._clause(start), self._clause(end)) for start, end in _MENTIONED.spans(self)):
            return True
        if all(self._clause(start) != clause for start, _ in _PAST.spans(self)):
            return False
        return not _PRESENT.are_in(Said([word for i, word in enumerate(self.words) if self._clause(i) == clause]))

    def is_named(self, at: set[int]) -> bool:
        """Say whether a sign is part of a name, as of a test or a nurse, and nobody is in the sentence."""
        if self._has_somebody or self.is_now:
            return False
        first, said = min(at), self.words
        before = range(max(first - 5, 0), first - 1)
        return any(word in _NAMES for word in said[max(at) + 1 : max(at) + 3]) or any(
            said[i] in _OF and said[i + 1] in _FOR and "," not in said[i:first] for i in before
        )

    def _clause(self, place: int) -> int:
        return sum(word in _CLAUSE for word in self.words[:place])

    def is_denied(self, at: set[int], signs: set[int], sure: bool) -> bool:
        """Say whether the words of a sign, at these places, are said not to be."""
        said, first, last = self.words, min(at), max(at)
        for i in range(first - 1, max(first - 5, -1) if sure else -1, -1):
            begins_anew = said[i] == "," and said[i + 1] in _SUBJECTS
            if begins_anew or said[i] in _TURNS or said[i] in _FIRST or (sure and said[i] in _CLAUSE):
                break
            if said[i] in _DENIES:
                return not _TURNS & {*said[last + 1 :]}
        if sure and (not _CLINICAL & {*said[max(first - 2, 0) : last + 2]} or _FIRST & self.each):
            return False
        if _EVER & {*said[first + 1 : last + 3]} and _NEVER & {*said[:first]}:
            return False
        is_over = _AFTER.match(" ".join(said[last + 1 : last + 7])) and not _TURNS & {*said[last + 1 :]}
        if is_over or _STOPPED.search(" ".join(said[:first])):
            return True
        return not {"until", "till", "hasta"} & {*said[last + 1 :]} and any(self._follows_no(i, at, signs) for i in at)

    def _follows_no(self, place: int, at: set[int], signs: set[int]) -> bool:
        """Say whether before this word, but for those that go with it or are listed with it, stands a `no`."""
        said = self.words
        a_list = bool(_LIST & {*said[place:]}) and not self._has_somebody
        listed = False
        for i in range(place - 1, max(place - 12, -1), -1):
            if said[i] in _NOT and i not in at:
                return said[i + 1] not in _GOES_ON
            listed = listed or said[i] in _LIST or (a_list and said[i] == ",")
            if not listed and (said[i] == "," or (said[i] not in _BETWEEN and i not in signs)):
                return False
            if said[i] == "," and not a_list and said[i + 1 : i + 2] and not _LIST & {*said[i : place + 1]}:
                return False
        return False
