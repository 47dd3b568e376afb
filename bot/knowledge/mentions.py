"""Whether a sign that stands in a text is only spoken of: denied, asked about in general, long past. In doubt it isn't."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import accumulate

from bot.knowledge.names import words
from bot.knowledge.wording import DATA

CUES = (
    "sayings", "science", "now", "somebody", "when", "general", "mentioned", "framed", "past", "present", "fact", "feels",
    "happens",
)  # fmt: skip
"""The patterns of whole words in heard.yaml, by what they tell."""


def patterns(kind: str) -> list[str]:
    """Return the patterns of a kind, with the words of a list in place of its name: `<paper>`."""
    return re.sub(r"<(\w+)>", lambda of: f"({DATA['lists'][of[1]].replace(' ', '|')})", DATA[kind]).split(", ")


def begins(cue: str) -> Iterator[tuple[str, str]]:
    """Yield each word that a pattern can begin with, or `abc*` for its first letters, three at least, and what fits then."""
    rest = re.sub(r"^(\(\?<!.*?\))+", "", cue)
    first = rest.split(" ")[0]
    if either := re.match(r"\(([^()]*)\)(?= |$|\(\?)", rest):
        for each in either[1].split("|"):
            yield from begins(f"{cue.removesuffix(rest)}{each}{rest[either.end() :]}")
    else:
        yield first if first.isalnum() else f"{first[:3]}*", cue


def _starting() -> dict[str, dict[str, list[str]]]:
    """Return the patterns by how they can begin, and what they tell: so most are never tried."""
    starting: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for kind in CUES:
        for cue in patterns(kind):
            for first, fits in begins(cue):
                starting[first].setdefault(kind, []).append(fits)
    return dict(starting)


_STARTING = _starting()


@cache
def _pattern(first: str, kind: str) -> re.Pattern[str]:
    """Return the patterns of a kind that begin so as one; made when they are first tried."""
    return re.compile(rf"(?:{'|'.join(_STARTING[first][kind])})\b")


_ASKS, _AFTER, _SO_FAR = (re.compile(rf"(?:{DATA[key].replace(', ', '|')})\b") for key in ("asks", "after", "so_far"))
_OF, _FOR, _NAMES, _ROOMS, _DENIES, _NOT, _BETWEEN, _CLINICAL, _TURNS, _GOES_ON = (
    frozenset(DATA[key].split())
    for key in ("of", "for", "names", "rooms", "denies", "negations", "between", "clinical", "turns", "goes_on")
)

_TOPIC = frozenset(words("of about on from against to for sobre contra por para del"))
_SOON = frozenset(words("going gonna about just"))
_ARTICLES = frozenset(words("a an any the un una el la los las"))
_LIST = frozenset(words("or nor o ni u"))
_FIRST = frozenset(words("i im ive me my myself yo me mi estoy tengo quiero"))
_SUBJECTS = frozenset(words("he hes she shes his her it its they el ella"))
_NEVER, _EVER = frozenset(words("never nunca jamas not no")), frozenset(words("this like such so before asi tan como"))
"""Who never had a headache like this has one."""

_NAME = 5
"""A clause of so many words, its comma with them, may be but the name of a sign."""

_CLAUSE = frozenset(words("and but y pero now ahora e")) | {","}


class Said:
    """A sentence, and what tells whether it only speaks of danger."""

    def __init__(self, said: list[str]) -> None:
        """Take the words of a sentence, and its commas."""
        self.words = said

    @cached_property
    def text(self) -> str:
        """Return the sentence as one text."""
        return " ".join(self.words)

    @cached_property
    def cues(self) -> dict[str, list[tuple[int, int]]]:
        """Return, by what they tell, the first and the last places of the words that fit a pattern."""
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        offset = 0
        for at, word in enumerate(self.words):
            for first in (word, word[:3] + "*"):
                if first in _STARTING:
                    for kind, cues in _STARTING[first].items():
                        fits = None if cues == [word] else _pattern(first, kind).match(self.text, offset)
                        if fits or cues == [word]:
                            found[kind].append((at, at + fits[0].count(" ") if fits else at))
            offset += len(word) + 1
        return found

    @cached_property
    def is_now(self) -> bool:
        """Say whether something of now is in it."""
        return not self.cues.keys().isdisjoint(("now", "happens"))

    @cached_property
    def asking(self) -> set[int]:
        """Return the clauses that begin as a question in general does."""
        starts = {clause: at for at, clause in reversed([*enumerate(self._clauses[:-1])])}
        ends = [*accumulate(map(len, self.words), initial=0)]
        return {clause for clause, at in starts.items() if _ASKS.match(self.text, ends[at] + at)}

    @cached_property
    def _has_somebody(self) -> bool:
        return "somebody" in self.cues

    @cached_property
    def is_somebodys(self) -> bool:
        """Say whether somebody is in it, or something of now."""
        return not self.cues.keys().isdisjoint(("somebody", "now", "when"))

    def is_general(self, at: set[int], denies: bool = False) -> bool:
        """Say whether it asks about a sign in general, and nothing near that is somebody's now."""
        if self.is_now:
            return False
        if any(self._frames(span, at, denies) for span in self.cues.get("framed", ())):
            return True
        asked = self._clauses[max(at)] in self.asking or (0 in self.asking and self._reaches((0, 0), at, denies))
        if asked and not self._is_near("somebody", at, 5, 1) and not self._tells_of_somebody(at):
            return True
        return not self._has_somebody and any(self._reaches(span, at, denies) for span in self.cues.get("general", ()))

    def _shares(self, span: tuple[int, int], at: set[int]) -> bool:
        return self._clauses[max(at)] in (self._clauses[span[0]], self._clauses[span[1]])

    @cached_property
    def _telling(self) -> set[int]:
        """Return the clauses that tell how somebody is."""
        return {
            self._clauses[start] for kind in ("somebody", "when", "present", "feels") for start, _ in self.cues.get(kind, ())
        }

    def _reaches(self, span: tuple[int, int], at: set[int], denies: bool) -> bool:
        """Say whether what stands there goes for a sign: one in its clause, or one that only has its name."""
        clause = self._clauses[max(at)]
        is_name = not denies and clause not in self._telling and self._clauses.count(clause) <= _NAME
        return is_name or self._shares(span, at)

    def _frames(self, span: tuple[int, int], at: set[int], denies: bool) -> bool:
        """Say whether a frame makes a sign a mention: before it unless that is somebody's, behind it if nobody is near."""
        if self._shares(span, at) and span[0] < max(at):
            return not (self._is_near("somebody", at, 3, 1) and self._is_near("feels", at, 2, 1))
        is_near = self._is_near("somebody", at, 5, 1) or self._is_near("feels", at, 3, 1)
        return not denies and not is_near and self._reaches(span, at, denies)

    def _tells_of_somebody(self, at: set[int]) -> bool:
        """Say whether another clause than that of a sign tells how somebody is."""
        told = [{self._clauses[start] for start, _ in self.cues.get(kind, ())} for kind in ("somebody", "present")]
        return bool(told[0] & told[1] - {self._clauses[max(at)]})

    def _is_near(self, kind: str, at: set[int], before: int, after: int) -> bool:
        """Say whether words that tell this stand among those of a sign, or so many words before or after them."""
        return any(min(at) - before <= start <= max(at) + after for start, _ in self.cues.get(kind, ()))

    @cached_property
    def tells_of_somebody(self) -> bool:
        """Say whether it tells how somebody is."""
        return {"somebody", "present"} <= self.cues.keys()

    @cached_property
    def denies(self) -> bool:
        """Say whether it denies anything."""
        return not (_NOT | _DENIES).isdisjoint(self.words)

    @cached_property
    def is_fact(self) -> bool:
        """Say whether it asks for facts, and nobody is in it: then self-harm, too, is only spoken of."""
        return ("fact" in self.cues or "framed" in self.cues) and not self._has_somebody and not self.is_now

    def places(self, kind: str) -> set[int]:
        """Return the places of the words that are part of a saying, or of plain science."""
        return {i for start, end in self.cues.get(kind, ()) for i in range(start, end + 1)}

    @cached_property
    def _clauses(self) -> list[int]:
        """Return which clause each word is in."""
        return list(accumulate((word in _CLAUSE for word in self.words), initial=0))

    def is_mentioned(self, at: set[int]) -> bool:
        """Say whether its clause tells of what is asked, read or feared, whoever is in it; or it is of long ago."""
        if not self.is_now and any(self._shares(span, at) for span in self.cues.get("mentioned", ())):
            return True
        clause, said = self._clauses[max(at)], self.words
        is_past = any(
            self._clauses[start] == clause
            or (self._clauses[start] == clause + 1 and {*said[start - 1 : start], *said[end + 1 : end + 2]} == {","})
            for start, end in self.cues.get("past", ())
        )
        return is_past and not (
            "happens" in self.cues or self._is_near("present", at, 4, 1) or self._is_near("now", at, 5, 4)
        )

    def is_named(self, at: set[int]) -> bool:
        """Say whether a sign is part of a name, as of a test or a nurse, or a word that something is of or about."""
        first, said = min(at), self.words
        if not _ROOMS.isdisjoint(said[max(at) + 1 : max(at) + 2]):
            return True
        told = [word for word in said[max(first - 3, 0) : first] if word not in _ARTICLES]
        if len(at) == 1 and not self.is_now and not _TOPIC.isdisjoint(told[-1:]) and _SOON.isdisjoint(told[-2:-1]):
            return True
        if self._is_near("somebody", at, 4, 1) or self.is_now:
            return False
        before = range(max(first - 5, 0), first - 1)
        return any(word in _NAMES for word in said[max(at) + 1 : max(at) + 3]) or any(
            said[i] in _OF and said[i + 1] in _FOR and "," not in said[i:first] for i in before
        )

    def is_denied(self, at: set[int], signs: set[int], sure: bool) -> bool:
        """Say whether the words of a sign, at these places, are said not to be."""
        said, first, last = self.words, min(at), max(at)
        if not sure and _NOT & {*said[max(first - 4, 0) : first]} and _SO_FAR.match(" ".join(said[last + 1 :])):
            return True
        for i in range(first - 1, max(first - 5, -1) if sure else -1, -1):
            begins_anew = said[i] == "," and said[i + 1] in _SUBJECTS
            if begins_anew or said[i] in _TURNS or said[i] in _FIRST or (sure and said[i] in _CLAUSE):
                break
            if said[i] in _DENIES:
                return not _TURNS & {*said[last + 1 :]}
        if sure and (not _CLINICAL & {*said[max(first - 2, 0) : last + 2]} or not _FIRST.isdisjoint(said)):
            return False
        after = said[last + 1 : last + 3]
        if _EVER & {*said[first + 1 : last], *(after if "," not in after else ())} and _NEVER & {*said[:first]}:
            return False
        is_over = _AFTER.match(" ".join(said[last + 1 : last + 7])) and not _TURNS & {*said[last + 1 :]}
        is_till = not {"until", "till", "hasta"}.isdisjoint(said[last + 1 :])
        return bool(is_over) or (not is_till and any(self._follows_no(i, at, signs) for i in at))

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
