"""How hard entries are to read: the Flesch-Kincaid grade. Needs the extra `check`; nothing here uses the network."""

import re
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.errors import USAGE, PlainError, how_to_install
from bot.knowledge.kinds import Entry
from bot.knowledge.names import joined, normalise, singular, words

GOAL, SHARE = 8, 0.9
"""The school grade that this share of the short texts doesn't pass."""

MOST = 10
"""The school grade that no short text passes."""

WORST = 15
"""How many of the texts that are hardest to read are shown."""

_OVER_GOAL, _OVER_MOST = f"over_{GOAL}", f"over_{MOST}"

_SENTENCE_END = re.compile(r"(?<!\b[A-Za-z]\.[A-Za-z])[.!?]+(?=\s|$)")  # not after U.S. or e.g.
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# For words that the dictionary has not: vowels in a row are one syllable, but those of leukemia or react are two, and
# the e of nerve, nerves and inflamed is none, while that of muscle, muscles, patches and treated is one.
_VOWELS = re.compile(r"[aeiouy]+")
_APART = re.compile(r"(?<![cgstx])i[ao]|iu|eo|ua|(?<=r)ea(?=ct)|ism$")
_SILENT = re.compile(
    r"(?:[aeiouylr][lr]|[^aeiouylr])e$|(?:[aeiouylr][lr]|[^aeiouylrcghsxz])es$|(?:[aeiouylr][lr]|[^aeiouylrdt])ed$"
)


def report(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return how hard `short` and `more` of these entries are, in which the names of all of them are easy.

    `short_with_names` is how hard `short` is where names are as hard as any other word. Raises as `grade` does.
    """
    entries = tuple(entries)
    easy = known([name for entry in entries for name in entry.names()])
    short = [(grade(entry.short, easy), entry.id, entry.short) for entry in entries]
    short.sort(key=lambda graded: (-graded[0], graded[1]))
    figures = _figures([each for each, *_ in short])
    return {
        "short": {
            **figures,
            "worst": [{"id": entry_id, "grade": round(each, 1), "text": text} for each, entry_id, text in short[:WORST]],
        },
        "more": _figures([grade(entry.more, easy) for entry in entries if entry.more]),
        "short_with_names": _figures([grade(entry.short, known(())) for entry in entries]),
        "reached": figures[_OVER_GOAL] <= (1 - SHARE) * len(short) and not figures[_OVER_MOST],
    }


def _figures(grades: Sequence[float]) -> dict[str, float]:
    """Return the median, and how many texts there are, over the grade that is wanted, and over the most."""
    return {
        "texts": len(grades),
        "median": round(statistics.median(grades), 1) if grades else 0.0,
        _OVER_GOAL: sum(each > GOAL for each in grades),
        _OVER_MOST: sum(each > MOST for each in grades),
    }


def lines_of(made: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report."""
    short, names = made["short"], made["short_with_names"]
    yield (
        f"\nReading level of `short`, in school grades: median {short['median']:.1f}, {short[_OVER_GOAL]} over {GOAL} "
        f"(at most {1 - SHARE:.0%} is wanted), {short[_OVER_MOST]} over {MOST} (none is wanted)."
    )
    counted = f"{names[_OVER_GOAL]} over {GOAL}, {names[_OVER_MOST]} over {MOST}"
    yield f"Names counted too: median {names['median']:.1f}, {counted}."
    yield f"Of `more`: median {made['more']['median']:.1f}."
    yield "The hardest:"
    yield from (f"  {each['grade']:4.1f}  {each['id']}: {each['text']}" for each in short["worst"])


def known(names: Collection[str]) -> tuple[frozenset[str], int]:
    """Return what the spellings of each name have in common, and how many words the longest has."""
    return frozenset(singular(normalise(name)) for name in names), max((len(words(name)) for name in names), default=0)


def grade(text: str, known: tuple[frozenset[str], int]) -> float:
    """Return the Flesch-Kincaid grade of a text: the school year that is needed to read it, at least 0.

    Each of the names, of several words too, counts as one word of one syllable: what an entry explains is no hard word.
    Raises PlainError without the extra.
    """
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
        needed = f"The reading level needs the extra `check`: {how_to_install('check')}"
        raise PlainError(needed, USAGE) from None
    word = word.lower().replace("’", "'").removesuffix("'s")
    groups = len(_VOWELS.findall(word)) + len(_APART.findall(word)) - bool(_SILENT.search(word))
    return int(WORD_DICT.get(word) or max(1, groups))
