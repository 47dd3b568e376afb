"""What words are heard as: one thing for all forms of a word, its synonyms in both languages, and its misspellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.names import words

DATA: dict[str, str] = yaml.safe_load(Path(__file__).with_name("heard.yaml").read_text(encoding="utf-8"))
"""The words, and patterns of words, that are data."""

_SPLIT = {word: said.split() for word, _, said in (each.partition(" = ") for each in DATA["split"].split(", "))}
_EMPTY, _NOT, _CANT, _CAN, _AS_THEY_ARE, _UNITS, _ENDINGS, _ENDS_NOT = (
    frozenset(DATA[key].split()) for key in ("empty", "not", "cant", "can", "as_they_are", "units", "endings", "ends_not")
)

_LONG, _LONGER = 6, 9
_MEANS_AS_WRITTEN = DATA["same"].replace("|", " ").split()
_REACH = 1
"""So many telling words after `no` are said not to be."""

_LONGEST = max(map(len, _ENDINGS))
_SOUNDS = tuple(
    (part, re.compile(was), sound)
    for part, was, sound in (
        ("c", "c(?=[eiy])", "s"), ("ck", "ck", "k"), ("c", "c(?!h)", "k"), ("ll", "ll(?=[aeiou])", "y"),
        ("qu", "qu(?=[ei])", "k"),
        ("n", "n(?=[pb])", "m"), ("mf", "mf", "nf"), ("", r"([^\W\d])\1+", r"\1"),
    )
)  # fmt: skip
_SAME_SOUND = str.maketrans({"v": "b", "z": "s", "x": "ks"})
_PIECES = re.compile(r"([.!?;\n…]+(?=\s|$)|\n|[,:()])")


def _sound(word: str) -> str:
    """Return a word as it sounds in Spanish, where b is v, and z is s: so it is written, too."""
    word = word.translate(_SAME_SOUND)
    for part, was, sound in _SOUNDS:
        if part in word:
            word = was.sub(sound, word)
    return word


def _stem(word: str) -> str:
    """Return a word without its longest ending, where four letters are left."""
    for length in range(min(_LONGEST, len(word) - 4), 0, -1):
        if word[-length:] in _ENDINGS:
            return word[:-length]
    return word


def _same() -> dict[str, str]:
    found: dict[str, str] = {}
    groups = [group.split() for group in DATA["same"].split("|")]
    for each in (_sound, lambda word: _stem(_sound(word))):
        for group in groups:
            for word in group:
                found.setdefault(each(word), group[0])
    return found


_MEANS = _same()


Element = tuple[int, int, str]
"""A thing said, with its place among those that tell something before it, and among all words after that."""


class Hearing:
    """Hears words as the things they say, once it knows which words are of danger, and which are everyday words."""

    def __init__(self) -> None:
        self._long: dict[str, dict[str, str]] = defaultdict(dict)
        self._known: set[str] = set()
        self._alone: set[str] = set()
        self._heard: dict[str, tuple[str, ...]] = {}

    def learn(self, danger: Sequence[list[str]], everyday: Iterable[str]) -> None:
        """Take the phrases of danger, whose words are heard through a slip, and everyday words, which are no slips."""
        for parts in danger:
            if len(parts) == 1:
                self._alone.add(self._alone_as(parts[0]))
            for word in parts:
                self._learn(word)
        for word in (*_MEANS_AS_WRITTEN, *_SPLIT):
            self._learn(word)
        self._known.update(everyday, words(" ".join(DATA.values())))
        known = {*self._known, *(word for parts in danger for word in parts)}
        self._heard = {word: self._things(word) for word in known}

    @staticmethod
    def _alone_as(word: str) -> str:
        stem = _stem(_sound(word))
        return f"={_MEANS.get(_sound(word)) or _MEANS.get(stem) or stem}:{stem}"

    def _learn(self, word: str) -> None:
        if len(word) >= _LONG:
            self._long[_sound(word)[0]].setdefault(_sound(word), word)

    def things(self, word: str) -> tuple[str, ...]:
        """Return what a word says; told beforehand for all that are known, and kept for none that is typed."""
        return self._heard.get(word) or self._things(word)

    def _things(self, word: str) -> tuple[str, ...]:
        """Return what a word says: itself, what it is a form or another word of, or what it is a misspelling of.

        What is danger alone is so in its own forms, not in all words like it: that one has `=` before it.
        """
        if word in _SPLIT:
            return tuple(_SPLIT[word])
        if word in _AS_THEY_ARE:
            return (word,)
        sound = _sound(word)
        stem = _stem(sound)
        found = _MEANS.get(sound) or _MEANS.get(stem)
        may_slip = len(word) >= _LONG and word not in self._known and f"={stem}:{stem}" not in self._alone
        if not found and may_slip and (meant := self._misspelt(sound)):
            return self._things(meant)
        alone = f"={found or stem}:{stem}"
        return (found or stem, alone) if alone in self._alone else (found or stem,)

    def _misspelt(self, sound: str) -> str | None:
        slips = 1 if len(sound) < _LONGER else 2
        if sound in self._long.get(sound[0], {}):
            return None
        for typed in (sound, "h" + sound):
            long = self._long.get(typed[0], {})
            near = process.extractOne(typed, long.keys(), scorer=OSA.distance, score_cutoff=slips)
            if near and (typed == near[0] or not typed.startswith(near[0])):
                return long[near[0]]
        return None

    def phrase(self, said: list[str]) -> frozenset[str]:
        """Return the things that a phrase of danger says: what is said not to be, as such alone."""
        told = [(place, thing) for place, _at, thing in self.elements(said, reaching=1) if "=" not in thing]
        if len(said) == 1 and len(told) == 1:
            return frozenset([self._alone_as(said[0])])
        things = frozenset(dict(told).values())
        return frozenset(thing.replace("~", "-") for thing in things) if len(things) == 1 else things

    def elements(self, said: list[str], reaching: int = _REACH) -> list[Element]:
        """Return the things said, each with its place among those that tell something, and among all words.

        Before what is said not to be is `~`, too; before what cannot be, `!`: who can't see doesn't just not see why.
        """
        found: list[Element] = []
        place, reach, marks = 0, 0, ""
        for at, word in enumerate(said):
            if word in _CANT or word in _NOT:
                reach = reaching
                marks = "~!" if word in _CANT or (at and said[at - 1] in _CAN) else "-~"
            elif word in _CAN and reach == reaching:
                marks = "~!"
            elif word == "," or word in _ENDS_NOT:
                found += _cannot(found, marks if reach == reaching else "")
                place, reach = place + (word == ","), 0
            elif word not in _EMPTY and (word != "para" or (reach and said[at - 1] not in _CANT)):
                for thing in self.things(word):
                    place += thing[0] != "="
                    found += [(place, at, mark + thing) for mark in ("", *(marks if reach else ""))]
                reach -= reach > 0
                if word.isdigit() and 7 < int(word[:4]) < 500 and said[at + 1 : at + 2] and said[at + 1] not in _UNITS:
                    found.append((place - 1, at, "many"))
        return found + _cannot(found, marks if reach == reaching else "")


def _cannot(found: list[Element], marks: str) -> list[Element]:
    """Return what was said before `but I can't`, as what cannot be; nothing where it isn't `can't` that ends the clause."""
    if "!" not in marks or not found:
        return []
    last = found[-1][0]
    return [(place, at, f"!{thing}") for place, at, thing in found if place > last - 2 and thing[0] not in "~!-="]


def pieces(text: str) -> list[str]:
    """Split a text into its sentences and the commas within them."""
    return [piece for piece in _PIECES.split(text) if (piece and not piece.isspace()) or piece == "\n"]
