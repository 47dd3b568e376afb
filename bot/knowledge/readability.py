"""How hard entries are to read: the Flesch-Kincaid grade. Needs the extra `check`; nothing here uses the network."""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.errors import USAGE, PlainError
from bot.knowledge.kinds import Entry
from bot.knowledge.names import joined, normalise, singular, words

GOAL, SHARE = 8, 0.9
"""The school grade that this share of the short texts doesn't pass."""

MOST = 10
"""The school grade that no short text passes."""

_SENTENCE_END = re.compile(r"(?<!\b[A-Za-z]\.[A-Za-z])[.!?]+(?=\s|$)")  # not after U.S. or e.g.
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# For words that the dictionary has not: vowels in a row are one syllable, but those of leukemia or react are two, and
# the e of nerve, nerves and inflamed is none, while that of muscle, muscles, patches and treated is one.
_VOWELS = re.compile(r"[aeiouy]+")
_APART = re.compile(r"(?<![cgstx])i[ao]|iu|eo|ua|(?<=r)ea(?=ct)|ism$")
_SILENT = re.compile(
    r"(?:[aeiouylr][lr]|[^aeiouylr])e$|(?:[aeiouylr][lr]|[^aeiouylrcghsxz])es$|(?:[aeiouylr][lr]|[^aeiouylrdt])ed$"
)


@dataclass(frozen=True, slots=True)
class Graded:
    """One text of an entry and its grade."""

    id: str
    grade: float
    text: str


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of one kind of text over all entries, the hardest first."""

    texts: tuple[Graded, ...]

    @property
    def median(self) -> float:
        """Return the grade that half of the texts don't pass; 0 where there are none."""
        return statistics.median(text.grade for text in self.texts) if self.texts else 0.0

    def over(self, grade: float) -> int:
        """Return how many texts are harder than this."""
        return sum(text.grade > grade for text in self.texts)

    def figures(self) -> dict[str, float]:
        """Return the median, and how many texts there are, over the grade that is wanted, and over the most."""
        return {
            "texts": len(self.texts),
            "median": round(self.median, 1),
            f"over_{GOAL}": self.over(GOAL),
            f"over_{MOST}": self.over(MOST),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """How hard the entries are to read."""

    short: Grades
    more: Grades
    with_names: Grades
    """of `short`, where names are as hard as any other word"""

    @property
    def reached(self) -> bool:
        """Say whether the short texts are as easy as they should be."""
        return self.short.over(GOAL) <= (1 - SHARE) * len(self.short.texts) and not self.short.over(MOST)


def grade(text: str, names: Collection[str]) -> float:
    """Return the Flesch-Kincaid grade of a text: the school year that is needed to read it, at least 0.

    Each of `names`, of several words too, counts as one word of one syllable: what an entry explains is no hard word.
    Raises PlainError without the extra.
    """
    return _grade(text, _known(names))


def report(entries: Iterable[Entry]) -> Report:
    """Grade `short` and `more` of these entries, in which the names of all of them are easy. Raises as `grade` does."""
    entries = tuple(entries)
    known = _known([name for entry in entries for name in entry.names()])

    def grades(texts: Iterable[tuple[str, str]], known: tuple[frozenset[str], int]) -> Grades:
        graded = (Graded(entry_id, _grade(text, known), text) for entry_id, text in texts)
        return Grades(tuple(sorted(graded, key=lambda g: (-g.grade, g.id))))

    shorts, mores = [(e.id, e.short) for e in entries], [(e.id, e.more) for e in entries if e.more]
    return Report(grades(shorts, known), grades(mores, known), with_names=grades(shorts, _known(())))


def _known(names: Collection[str]) -> tuple[frozenset[str], int]:
    """Return what the spellings of each name have in common, and how many words the longest has."""
    return frozenset(singular(normalise(name)) for name in names), max((len(words(name)) for name in names), default=0)


def _grade(text: str, known: tuple[frozenset[str], int]) -> float:
    count = spoken = sentences = 0
    for sentence in _SENTENCE_END.split(text):
        found = _WORD.findall(sentence)
        parts = [words(word) for word in found]
        sentences += bool(found)
        at = 0
        while at < len(found):
            length = _name_at(parts, at, *known)
            count += 1
            spoken += 1 if length else _syllables(found[at])
            at += length or 1
    return max(0.0, 0.39 * count / sentences + 11.8 * spoken / count - 15.59) if count else 0.0


def _name_at(parts: list[list[str]], at: int, known: frozenset[str], longest: int) -> int:
    """Return how many words the longest name that begins here has; 0 for none."""
    for length in range(min(longest, len(parts) - at), 0, -1):
        same = joined([word for part in parts[at : at + length] for word in part])
        if same and singular(same) in known:
            return length
    return 0


def _syllables(word: str) -> int:
    """Return how many syllables a word has: by a dictionary, else by its vowels. Raises PlainError without the extra."""
    try:
        from syllapy import WORD_DICT
    except ImportError:
        needed = "The reading level needs the extra `check`: run pip install 'immunobot[check]'."
        raise PlainError(needed, USAGE) from None
    word = word.lower().replace("’", "'").removesuffix("'s")
    groups = len(_VOWELS.findall(word)) + len(_APART.findall(word)) - bool(_SILENT.search(word))
    return int(WORD_DICT.get(word) or max(1, groups))
