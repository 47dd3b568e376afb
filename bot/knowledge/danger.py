"""Words that mean danger, heard however they are split, and never through a corrected spelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from rapidfuzz.distance import OSA

from bot.knowledge.kinds import Entry, Symptom, Urgency, is_urgent
from bot.knowledge.names import words

SELF_HARM = "thoughts-of-self-harm"
"""The entry whose readers are offered help and nothing else: a medicine named there could be taken for a means."""

_TOLD_APART = 5
"""Most words of a text begin none of the phrases: so many first letters tell."""

_LONG = 7
"""A single word is taken for a misspelt word of danger from so many letters on: shorter ones are near too many others."""


class Danger:
    """The phrases of all urgent entries, in every language; immutable once built.

    Letters are compared without what stands between them, from the start of a word to the end of one. So "cant breathe",
    "can t breathe" and a text with marks that nobody sees are heard as "can't breathe", and "harmed" is not heard as "arm".
    """

    def __init__(self, entries: Mapping[str, Entry], translations: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        """Collect the words of the urgent entries among these, and their names."""
        self._rank: dict[str, tuple[bool, int]] = {}
        self._ids: dict[str, dict[str, None]] = defaultdict(dict)
        self._words: set[str] = set()
        for entry in entries.values():
            if isinstance(entry, Symptom) and is_urgent(entry):
                later = entry.urgency is not Urgency.EMERGENCY
                self._rank[entry.id] = (later, len(self._rank))
                spoken = [*entry.names(), *entry.words]
                for language in translations.values():
                    translation = language.get(entry.id, {})
                    spoken += [translation.get("name", ""), *translation.get("also", ()), *translation.get("words", ())]
                for parts in filter(None, map(words, spoken)):
                    self._ids["".join(parts)][entry.id] = None
                    if len(parts) == 1:
                        self._words.add(parts[0])
        self._starting: dict[str, list[str]] = defaultdict(list)
        for phrase in self._ids:
            self._starting[phrase[:_TOLD_APART]].append(phrase)
        self._lengths = sorted({len(start) for start in self._starting})

    def is_phrase(self, text: str) -> tuple[str, ...]:
        """Return the ids of the urgent entries of which this text is one of the phrases."""
        return tuple(self._ids.get("".join(words(text)), ()))

    def find(self, text: str) -> tuple[str, ...]:
        """Return the ids of the urgent entries with a phrase in this text, emergencies first, then in the order of ids."""
        spoken = words(text)
        letters = "".join(spoken)
        ends = list(accumulate(map(len, spoken), initial=0))
        is_end = frozenset(ends)
        found: dict[str, None] = {}
        for start in ends:
            for length in self._lengths:
                for phrase in self._starting.get(letters[start : start + length], ()):
                    if start + len(phrase) in is_end and letters.startswith(phrase, start):
                        found.update(self._ids[phrase])
        return tuple(sorted(found, key=self._rank.__getitem__))

    def may_be_meant(self, typed: str, word: str) -> bool:
        """Say whether a word may be offered for what was typed; False where it is one of danger and more likely isn't meant.

        Most people who type "painting" or "fewer" mean just that: a single word of danger is near only to a long word that
        begins the same, with one letter lost, added or swapped with its neighbour.
        """
        if word not in self._words:
            return True
        changed = len(typed) == len(word) and sorted(typed) != sorted(word)
        return len(word) >= _LONG and typed[0] == word[0] and not changed and OSA.distance(typed, word) == 1
