"""Words that mean danger, as people write them; and whether it is happening, or only spoken of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate, pairwise
from typing import Any

from rapidfuzz.distance import OSA

from bot.knowledge.kinds import Entry, Symptom, Urgency, is_urgent
from bot.knowledge.likely import SURE, UNLIKELY, likelihood
from bot.knowledge.mentions import Said
from bot.knowledge.names import words, words_of_each
from bot.knowledge.wording import DATA, Element, Hearing, pieces

SELF_HARM = "thoughts-of-self-harm"
"""The entry whose readers are offered help and nothing else: a medicine named there could be taken for a means."""

_UNDOUBTED = frozenset((SELF_HARM, "overdose"))
"""What is never taken for a mention because of how likely that is: a child that ate tablets is told of in everyday words."""

VERY_UNWELL = "very-unwell"
"""The entry for danger that is told without the words of any other sign."""

_TOLD_APART = 5
"""Most words of a text begin none of the phrases: so many first letters tell."""

_LONG, _VERY_LONG = 7, 13
"""What was typed is taken for a misspelt word of danger from so many letters on: shorter ones are near too many others."""

_VAGUE = frozenset(DATA["vague"].split())
_WIDE = frozenset(frozenset(pair.split()) for pair in DATA["wide"].split(", "))

_BETWEEN = 5
"""So many other telling words may stand among those of a phrase."""

_BETWEEN_HARM = 2
"""So many between the two of self-harm: who is by himself, with pain, has not hurt himself."""

_ABOUT = 2
"""So many words of neither signs nor treatments, and nobody in it: "stroke rehabilitation near Leeds" is about something."""


_BRIEF = 9
"""A sentence of more words that has nobody in it leaves somebody out."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The urgent entries whose words stand in a text: what may be happening, and what is only spoken of."""

    happening: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()


class _As(IntEnum):
    NAMED, MENTIONED, HAPPENING = range(3)


@dataclass(frozen=True, slots=True)
class _Phrase:
    things: frozenset[str]
    ids: tuple[str, ...]
    reach: int
    denies: bool


class Danger:
    """The phrases of all urgent entries, in every language; immutable once built.

    A phrase is heard where all that it says is said close together, in any order, form and language. Besides, letters are
    compared without what stands between them: so "can t breathe" is heard, and "harmed" is not heard as "arm".
    """

    def __init__(self, entries: Mapping[str, Entry], translations: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Collect the words of the urgent entries among these, and their names."""
        self._rank: dict[str, tuple[bool, int]] = {}
        self._ids: dict[str, dict[str, None]] = defaultdict(dict)
        spoken: list[list[str]] = []
        for entry in entries.values():
            if isinstance(entry, Symptom) and is_urgent(entry):
                self._rank[entry.id] = (entry.urgency is not Urgency.EMERGENCY, len(self._rank))
                for parts in filter(None, words_of_each((*entry.every_name(translations), *entry.every_word(translations)))):
                    spoken.append(parts)
                    self._ids["".join(parts)][entry.id] = None
        self._hearing = Hearing()
        calm = [entry for entry in entries.values() if entry.id not in self._rank]
        told = [f"{e.name} {e.short} {e.more}" for e in calm]
        self._hearing.learn(spoken, words("\n".join(told)))
        self._index_things(spoken)
        known = [name for e in calm for name in e.every_name(translations)]
        known += [said for e in calm if isinstance(e, Symptom) for said in e.every_word(translations)]
        self._treatments = set(words("\n".join(known)))
        self._starting: dict[str, list[str]] = defaultdict(list)
        for phrase in self._ids:
            self._starting[phrase[:_TOLD_APART]].append(phrase)
        self._lengths = sorted({len(start) for start in self._starting})
        others = (e for e in calm if not isinstance(e, Symptom))
        names = words_of_each(name for e in others for name in e.every_name(translations) if " " in name)
        self._names: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
        for name in names:
            if len(name) > 1 and "".join(name) not in self._ids:
                self._names[name[0], name[1]].append(name)

    def _index_things(self, spoken: list[list[str]]) -> None:
        """Keep each phrase by the rarest thing that it says, so that most words of a text call up none."""
        phrases: dict[frozenset[str], dict[str, None]] = defaultdict(dict)
        self._vocabulary: set[str] = set()
        for parts in spoken:
            things = self._hearing.phrase(parts)
            self._vocabulary.update(things)
            marked = any(t[0] in "-!" and t[1:] not in _VAGUE for t in things)
            if things not in _WIDE and (len(things) > 1 or len(parts) == 1 or marked):
                phrases[things].update(self._ids["".join(parts)])
        for entry_id, patterns in DATA["patterns"].items():
            for pattern in patterns.split(", ") if entry_id in self._rank else ():
                phrases[self._hearing.pattern(pattern)][entry_id] = None
        self._vocabulary = {t.lstrip("~!-=").partition(":")[0] for t in self._vocabulary}
        often = Counter(thing for things in phrases for thing in things)
        self._phrases: dict[str, list[_Phrase]] = defaultdict(list)
        for things, ids in phrases.items():
            rarest = min(sorted(things), key=lambda thing: often[thing])
            between = _BETWEEN_HARM if [*ids] == [SELF_HARM] and len(things) == 2 else _BETWEEN
            self._phrases[rarest].append(
                _Phrase(things, tuple(ids), len(things) - 1 + between, any(t[0] in "~!-" for t in things))
            )

    def is_phrase(self, text: str) -> tuple[str, ...]:
        """Return the ids of the urgent entries of which this text is one of the phrases."""
        return tuple(self._ids.get("".join(words(text)), ()))

    def find(self, text: str) -> tuple[str, ...]:
        """Return the ids of the urgent entries that may be happening, emergencies first, then in the order of ids."""
        return self.hear(text).happening

    def hear(self, text: str) -> Heard:
        """Return what may be happening, and what is only spoken of. In doubt it is happening."""
        found: dict[str, _As] = {}
        said: list[str] = []
        last: frozenset[str] = frozenset()
        for piece in (*pieces(text), "."):
            if piece in ",:()":
                said.append(",")
            elif piece[0] in ".!?;\n…":
                last = self._hear(said, found, last, is_asked="?" in piece)
                said = []
            else:
                said += words(piece)
        spoken = Said(words(text))
        for entry_id in set(self._as_it_stands(spoken.words)) - found.keys():
            every = {*range(len(spoken.words))}
            general = spoken.is_fact if entry_id == SELF_HARM else spoken.is_general(every) or spoken.is_mentioned(every)
            found[entry_id] = _As.MENTIONED if general else _As.HAPPENING
        self._weigh(found, spoken, likelihood(spoken.words, is_asked="?" in text))
        ids = sorted(found, key=self._rank.__getitem__)
        happening, mentioned = (tuple(i for i in ids if found[i] is how) for how in (_As.HAPPENING, _As.MENTIONED))
        return Heard(happening, mentioned)

    def _weigh(self, found: dict[str, _As], said: Said, likely: float) -> None:
        """Hear danger that none of the words of danger tell, and take for a mention what far likelier is one.

        What tells of somebody now is never taken for one.
        """
        if likely < UNLIKELY and not said.tells_of_somebody:
            found.update({i: _As.MENTIONED for i, how in found.items() if how is _As.HAPPENING and i not in _UNDOUBTED})
        elif likely > SURE and not found and VERY_UNWELL in self._rank:
            found[VERY_UNWELL] = _As.HAPPENING
        elif likely > SURE and not said.denies and SELF_HARM not in found and _As.HAPPENING not in found.values():
            found.update({i: _As.HAPPENING for i, how in found.items() if how is _As.MENTIONED})

    def _hear(
        self, words_said: list[str], found: dict[str, _As], before: frozenset[str], *, is_asked: bool
    ) -> frozenset[str]:
        """Add what a sentence says, and return it: the next may say that it happens, of what the one before only asked."""
        elements = self._hearing.elements(words_said)
        matches = list(self._matches(elements))
        said = Said(words_said)
        if not matches:
            if before and "happens" in said.cues:
                found.update(dict.fromkeys(before, _As.HAPPENING))
            return frozenset()
        signs = {i for _, at in matches for i in at}
        names, sayings = self._within_names(words_said), said.places("sayings")
        is_brief = len(words_said) <= _BRIEF and "present" not in said.cues
        is_about = not said.is_somebodys and (is_asked or (is_brief and self._is_about(words_said, elements)))
        for phrase, at in matches:
            for entry_id in phrase.ids:
                if found.get(entry_id) is _As.HAPPENING:
                    continue
                if at & sayings or at <= names:
                    how = _As.NAMED
                elif entry_id == SELF_HARM:
                    spoken_of = said.is_fact or bool(at & said.places("science")) or said.is_denied(at, signs, sure=True)
                    how = _As.MENTIONED if spoken_of and "happens" not in said.cues else _As.HAPPENING
                else:
                    spoken_of = (
                        said.is_general(at, phrase.denies)
                        or said.is_named(at)
                        or said.is_mentioned(at)
                        or (is_about and not phrase.denies)
                    )
                    spoken_of = spoken_of or said.is_denied(at, signs, sure=phrase.denies)
                    how = _As.MENTIONED if spoken_of else _As.HAPPENING
                found[entry_id] = max(how, found.get(entry_id, how))
        return frozenset(i for phrase, _ in matches for i in phrase.ids if found[i] is not _As.NAMED)

    def _is_about(self, said: list[str], elements: list[Element]) -> bool:
        """Say whether a sentence without a person has more than signs and treatments: it is about something."""
        return (
            sum(
                thing[0] not in "~!-=@"
                and thing not in self._vocabulary
                and said[at] not in self._treatments
                and not said[at].isdigit()
                for _, at, thing in elements
            )
            >= _ABOUT
        )

    def _matches(self, elements: list[Element]) -> Iterator[tuple[_Phrase, set[int]]]:
        """Yield each phrase heard in a sentence, and which of its words say it."""
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, at, thing in elements:
            places[thing].append((place, at))
        for thing in places.keys() & self._phrases.keys():
            for phrase in self._phrases[thing]:
                if phrase.things <= places.keys():
                    for near in places[thing]:
                        spots = [near, *(_nearest(places[t], near[0]) for t in phrase.things if t != thing)]
                        told = [place for place, _ in spots]
                        if max(told) - min(told) <= phrase.reach:
                            yield phrase, {at for _, at in spots}

    def _within_names(self, said: list[str]) -> set[int]:
        """Return which words of a sentence are part of a name that is no danger."""
        return {
            i
            for at, start in enumerate(pairwise(said))
            for name in self._names.get(start, ())
            if said[at : at + len(name)] == name
            for i in range(at, at + len(name))
        }

    def _as_it_stands(self, spoken: list[str]) -> Iterator[str]:
        """Yield the ids of each phrase whose letters stand in a text, from the start of a word to the end of one."""
        letters = "".join(spoken)
        ends = list(accumulate(map(len, spoken), initial=0))
        is_end = frozenset(ends)
        starting, lengths = self._starting.get, self._lengths
        for start in ends:
            for length in lengths:
                for phrase in starting(letters[start : start + length], ()):
                    if start + len(phrase) in is_end and letters.startswith(phrase, start):
                        yield from self._ids[phrase]

    def may_be_meant(self, typed: str, word: str) -> bool:
        """Say whether a name may be offered for what was typed; False where it is one of danger and more likely isn't meant.

        Most people who type "painting", "fewer" or "weakens" mean just that: a phrase of danger is near only to a long one
        that begins the same, with one letter lost, added or swapped with its neighbour; a very long one with two slips.
        """
        if word not in self._ids:
            return True
        if len(word) >= _VERY_LONG:
            return typed[0] == word[0] and OSA.distance(typed, word) <= 2
        changed = len(typed) == len(word) and sorted(typed) != sorted(word)
        return len(word) >= _LONG and typed[0] == word[0] and not changed and OSA.distance(typed, word) == 1


def _nearest(spots: list[tuple[int, int]], place: int) -> tuple[int, int]:
    return spots[0] if len(spots) == 1 else min(spots, key=lambda spot: abs(spot[0] - place))
