"""What words are heard as: one thing for all forms of a word, its synonyms in both languages, and its misspellings."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.names import words

DATA: dict[str, Any] = yaml.load(Path(__file__).with_name("heard.yaml").read_bytes(), Loader=yaml.CSafeLoader)
"""The words, and patterns of words, that are data."""

_SPLIT = {word: said.split() for word, _, said in (each.partition(" = ") for each in DATA["split"].split(", "))}
_EMPTY, _NOT, _CANT, _CAN, _PERSONS, _AS_THEY_ARE, _UNITS, _ENDINGS, _ENDS_NOT = (
    frozenset(DATA[key].split())
    for key in ("empty", "not", "cant", "can", "persons", "as_they_are", "units", "endings", "ends_not")
)

_LONG, _LONGER = 6, 9
_MEANS_AS_WRITTEN = DATA["same"].replace("|", " ").split()
_WRITTEN = words(" ".join(value if isinstance(value, str) else " ".join(value.values()) for value in DATA.values()))
_NOTHING = frozenset(("nothing", "nada"))
_NONE: dict[str, str] = {}
_REACH = 1
"""So many telling words after `no` are said not to be."""

_LONGEST = max(map(len, _ENDINGS))
_SOUNDS = tuple(
    (part, re.compile(was), sound)
    for part, was, sound in (
        ("c", "c(?=[eiy])", "s"), ("ck", "ck", "k"), ("c", "c(?!h)", "k"), ("ll", "ll(?=[aeiou])", "y"),
        ("qu", "qu(?=[ei])", "k"),
        ("n", "n(?=[pb])", "m"), ("y", "(?<=[aeo])y(?=[^aeiou])", "i"), ("mf", "mf", "nf"), ("", r"([^\W\d])\1+", r"\1"),
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


def _letters(word: str) -> str:
    """Return the letters of a word, the first and the last in their places: those between are typed in any order."""
    return f"{word[0]}{word[-1]}{''.join(sorted(word))}"


def _same() -> dict[str, str]:
    found: dict[str, str] = {}
    groups = [group.split() for group in DATA["same"].split("|")]
    for each in (_sound, lambda word: _stem(_sound(word))):
        for group in groups:
            for word in group:
                found.setdefault(each(word), group[0])
    return found


_MEANS = _same()


@cache
def _thing(word: str) -> str:
    """Return the one thing that a word of the data is heard as."""
    if word in _AS_THEY_ARE:
        return word
    sound = _sound(word)
    stem = _stem(sound)
    return _MEANS.get(sound) or _MEANS.get(stem) or stem


def _kinds() -> dict[str, tuple[str, ...]]:
    """Return of each thing the kinds of things that it is one of: an arm is a limb."""
    found: dict[str, tuple[str, ...]] = {}
    for kind, members in DATA["kinds"].items():
        for thing in dict.fromkeys(map(_thing, members.split())):
            found[thing] = (*found.get(thing, ()), f"@{kind}")
    return found


_KINDS = _kinds()

Element = tuple[int, int, str]
"""A thing said, with its place among those that tell something before it, and among all words after that."""


class Hearing:
    """Hears words as the things they say, once it knows which words are of danger, and which are everyday words."""

    def __init__(self) -> None:
        self._long: dict[str, dict[str, str]] = defaultdict(dict)
        self._letters: dict[str, str] = {}
        self._known: set[str] = set()
        self._alone: set[str] = set()
        self._kept: set[str] = set()
        self._heard: dict[str, tuple[str, ...]] = {}

    def learn(self, danger: Sequence[list[str]], everyday: Iterable[str]) -> None:
        """Take the phrases of danger, whose words are heard through a slip, and everyday words, which are no slips."""
        self._alone.update(self._alone_as(parts[0]) for parts in danger if len(parts) == 1)
        spoken = dict.fromkeys(word for parts in danger for word in parts)
        for word in dict.fromkeys((*spoken, *_MEANS_AS_WRITTEN, *_SPLIT)):
            if len(word) >= _LONG:
                sound = _sound(word)
                self._long[sound[0]].setdefault(sound, word)
                self._letters.setdefault(_letters(sound), word)
        self._known.update(everyday, _WRITTEN)
        self._kept = self._known.union(spoken)

    @staticmethod
    def _alone_as(word: str) -> str:
        stem = _stem(_sound(word))
        return f"={_MEANS.get(_sound(word)) or _MEANS.get(stem) or stem}:{stem}"

    def things(self, word: str) -> tuple[str, ...]:
        """Return what a word says; kept for words of the knowledge alone, and for none that is only typed."""
        heard = self._heard.get(word)
        if heard is None:
            heard = self._things(word)
            if word in self._kept:
                self._heard[word] = heard
        return heard

    def _things(self, word: str) -> tuple[str, ...]:
        """Return what a word says: itself, what it is a form or another word of, or what it is a misspelling of.

        What is danger alone is so in its own forms, not in all words like it: that one has `=` before it.
        """
        if word in _SPLIT:
            return tuple(_SPLIT[word])
        if word in _AS_THEY_ARE:
            return (word, *_KINDS.get(word, ()))
        sound = _sound(word)
        stem = _stem(sound)
        found = _MEANS.get(sound) or _MEANS.get(stem) or (_MEANS.get(f"{sound}g") if sound[-2:] == "in" else None)
        may_slip = len(word) >= _LONG and word not in self._known and f"={stem}:{stem}" not in self._alone
        if not found and may_slip and (meant := self._misspelt(sound)):
            return self._things(meant)
        alone = f"={found or stem}:{stem}"
        kinds = _KINDS.get(found or stem, ())
        return (found or stem, alone, *kinds) if alone in self._alone else (found or stem, *kinds)

    def _misspelt(self, sound: str) -> str | None:
        slips = 1 if len(sound) < _LONGER else 2
        if sound in self._long.get(sound[0], ()):
            return None
        if meant := self._letters.get(_letters(sound)):
            return meant
        for typed in (sound, sound[1:] if sound[0] == "h" else f"h{sound}"):
            long = self._long.get(typed[0], _NONE)
            near = process.extractOne(typed, long.keys(), scorer=OSA.distance, score_cutoff=slips)
            if near and (typed == near[0] or not typed.startswith(near[0])):
                return long[near[0]]
        return None

    def pattern(self, text: str) -> frozenset[str]:
        """Return the things of a pattern: words, and kinds of things, each perhaps marked as what is not or cannot be."""
        said = [(each, each.lstrip("~!-")) for each in text.split() if each not in _EMPTY]
        return frozenset(each[: -len(name)] + (name if name[0] == "@" else _thing(name)) for each, name in said)

    def phrase(self, said: list[str]) -> frozenset[str]:
        """Return the things that a phrase of danger says: what is said not to be, as such alone."""
        told = [
            (place, thing) for place, _at, thing in self.elements(said, reaching=1) if "=" not in thing and "@" not in thing
        ]
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
                found += [(place, at, "@nothing")] if word in _NOTHING else ()
            elif word in _CAN and reach == reaching:
                marks = "~!"
            elif word == "," or word in _ENDS_NOT:
                found += _cannot(found, marks if reach == reaching else "")
                place, reach = place + (word == ","), 0
            elif word not in _EMPTY and (word != "para" or (reach and said[at - 1] not in _CANT)):
                is_person = word in _PERSONS
                for thing in self.things(word):
                    place += thing[0] not in "=@"
                    found += [(place, at, mark + thing) for mark in ("", *(marks if reach and not is_person else ""))]
                reach -= reach > 0 and not is_person
                number = int(word[:4]) if word.isdecimal() else 0
                if 7 < number < 500 and said[at + 1 : at + 2] and said[at + 1] not in _UNITS:
                    found.append((place - 1, at, "many"))
                elif 1900 < number < 2030:
                    found.append((place, at, "@year"))
        return found + _cannot(found, marks if reach == reaching else "")


def _cannot(found: list[Element], marks: str) -> list[Element]:
    """Return what was said before `but I can't`, as what cannot be; nothing where it isn't `can't` that ends the clause."""
    if "!" not in marks or not found:
        return []
    last = found[-1][0]
    return [(place, at, f"!{thing}") for place, at, thing in found if place > last - 2 and thing[0] not in "~!-=@"]


def pieces(text: str) -> list[str]:
    """Split a text into its sentences and the commas within them."""
    return [piece for piece in _PIECES.split(text) if (piece and not piece.isspace()) or piece == "\n"]
