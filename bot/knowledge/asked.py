"""Which questions are asked in a sentence, whatever its words are: by what it has in common with the ways they are asked."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import pairwise
from typing import Any

import snowballstemmer

from bot.knowledge.index import Index
from bot.knowledge.kinds import Condition, Entry, Medicine, Question, Term, Therapy, Topic
from bot.knowledge.kinds.base import Translations
from bot.knowledge.names import words
from bot.knowledge.turns import in_turns

# What these are was found by trying: on sixty questions whose answers were known, little changes near them.
_TELLS_LITTLE = 0.35
"""What a word counts that says nothing of what is sought, such as "how": less than others, but "how long" is not "how"."""
_PAIR = 0.3
"""What two words one after the other count, of what they count as one word; two that tell little, half of that."""
_FEW = 3.0
"""How little it matters that a way to ask has few words."""
_REST = 0.1
"""What the words count that a question has in its other ways."""
_OWN = 1.2
"""How much more a question counts that is of the very subject that is named."""

_ANOTHERS = 0.6
"""What one counts of an illness, or a group of medicines, that is not named: people often leave it out."""
_MANY = 10
"""So many questions are of no subject in particular."""

LEAST, SURE, MOST, _BESIDE = 2.0, 3.0, 3, 0.6
"""From so much on, a question may be the one that is meant, or most likely is; so many are named, none that counts much less
than the first."""

_LANGUAGES = {"en": "english", "es": "spanish"}

EMPTY = frozenset(
    words(
        "a about am an and are as at be been by can do did does for from get getting going had has have he her how i if in "
        "is it just may me mean means might my no not now of off on one or out she should so some tell than that the their "
        "them then there they this to two up us use used uses using was we what when where which who why will with would "
        "you your al como con cual cuales cuando de del el en es está estoy hay la las le les lo los me mi más muy no nos o "
        "para por porque puede puedo que qué se ser si sin su te tengo tiene un una y ya yo"
    )
)


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(_LANGUAGES[language])


class Asked:
    """The ways in which questions are asked, in every language; immutable once built."""

    def __init__(
        self, entries: Mapping[str, Entry], translations: Translations, index: Index, means: Mapping[str, str]
    ) -> None:
        """Take the questions among the entries; `means` has one word for those that mean the same."""
        self._index, self._means, self._entries = index, means, entries
        self._subjects = {i: e for i, e in entries.items() if _is_subject(e)}
        self._treatments = frozenset(i for i, e in self._subjects.items() if isinstance(e, Medicine | Therapy))
        self._naming = {i: _words_of(e.every_name(translations)) for i, e in self._subjects.items()}
        may_name = frozenset[str]().union(*self._naming.values())
        self._ways: list[tuple[str, float, frozenset[str]]] = []
        """of each way the question, how much it says, and the subjects that it names"""
        self._saying: dict[tuple[str, str], list[int]] = defaultdict(list)
        """(language, what it says) -> the ways"""
        self._all: dict[tuple[str, str], set[str]] = defaultdict(set)
        """(language, question) -> all that its ways say"""
        stems = cache(self._stem)
        ways = list[tuple[str, str, frozenset[str], frozenset[str]]]()
        questions = [e for e in entries.values() if isinstance(e, Question)]
        of = {e.id: self._named(e.name, any_case=False) for e in questions}
        often = Counter(subject for subjects in of.values() for subject in subjects)
        # What many questions name, as immunotherapy, tells none from another.
        self._of = {i: frozenset(s for s in subjects if often[s] < _MANY) for i, subjects in of.items()}
        for entry in in_turns(questions):
            for text, languages in entry.every_in(entry.named, translations):
                spoken = words(text)
                named = self._named(text) if not may_name.isdisjoint(spoken) else frozenset[str]()
                for language in _LANGUAGES.keys() & languages:
                    says = frozenset(_says(spoken, language, stems))
                    ways.append((entry.id, language, says, named))
                    self._all[language, entry.id] |= says
        little = {stems(word, language) for word in EMPTY for language in _LANGUAGES}
        spread = Counter(each for says in self._all.values() for each in says)
        self._tells = {each: _share(each, little) * math.log(1 + len(questions) / n) for each, n in spread.items()}
        for entry_id, language, says, named in ways:
            for each in says:
                self._saying[language, each].append(len(self._ways))
            self._ways.append((entry_id, math.sqrt(_FEW + self._weight(says)), named))

    def find(self, text: str, spoken: Sequence[str]) -> dict[str, float]:
        """Return the questions that a text may ask, and how likely, the likeliest first; `spoken` are its words.

        One whose name has a medicine or a therapy is found only where the text names that, too, or a medicine of that
        therapy.
        """
        likely = self._likely(text, spoken)
        best = max(likely.values(), default=0.0)
        found = sorted((i for i, much in likely.items() if much >= max(LEAST, _BESIDE * best)), key=lambda i: -likely[i])
        return {i: likely[i] for i in found[:MOST]}

    def _likely(self, text: str, spoken: Sequence[str]) -> dict[str, float]:
        named = self._with_therapies(self._named(text))
        found: dict[str, float] = {}
        for language in _LANGUAGES:
            says = frozenset(_says(spoken, language, self._stem))
            common: dict[int, float] = defaultdict(float)
            for each in says:
                for way in self._saying.get((language, each), ()):
                    common[way] += self._tells[each]
            rest = dict[str, float]()
            for way, weight in common.items():
                entry_id, length, subjects = self._ways[way]
                of_another = bool(of := self._of[entry_id]) and of.isdisjoint(named)
                if of_another and not of.isdisjoint(self._treatments):
                    continue
                if entry_id not in rest:
                    rest[entry_id] = _REST * self._weight(self._all[language, entry_id] & says)
                much = weight / length + rest[entry_id]
                much *= _ANOTHERS if of_another else 1 if subjects.isdisjoint(named) else _OWN
                found[entry_id] = max(much, found.get(entry_id, 0))
        return found

    def of_others(self, text: str) -> frozenset[str]:
        """Return the questions of other treatments than those that a text names; none where it names none."""
        named = self._with_therapies(self._named(text))
        return frozenset(i for i, of in self._of.items() if named and of & self._treatments and of.isdisjoint(named))

    def _with_therapies(self, named: frozenset[str]) -> frozenset[str]:
        return named | {e.therapy for i in named if isinstance(e := self._entries[i], Medicine)}

    def _named(self, text: str, *, any_case: bool = True) -> frozenset[str]:
        # A way to ask is a name itself, and the longest one counts: it is none without its first word or its last.
        first, last = text.partition(" ")[2], text.rpartition(" ")[0]
        ids = (i for part in (first, last) for ids in self._index.named_in(part, any_case=any_case) for i in ids)
        return frozenset(i for i in ids if i in self._subjects)

    def _stem(self, word: str, language: str) -> str:
        return str(_stemmer(language).stemWord(self._means.get(word, word)))

    def _weight(self, says: AbstractSet[str]) -> float:
        return sum(self._tells.get(each, 0) for each in says)


def _is_subject(entry: Entry) -> bool:
    if isinstance(entry, Term):
        return entry.topic in (Topic.MEDICINE_GROUPS, Topic.VACCINES)
    return isinstance(entry, Medicine | Therapy | Condition)


def _words_of(names: Iterable[str]) -> frozenset[str]:
    return frozenset(word for name in names for word in words(name))


def _says(spoken: Sequence[str], language: str, stem: Callable[[str, str], str]) -> Iterator[str]:
    """Yield what words say: each, and each with the next."""
    said = [stem(word, language) for word in spoken]
    yield from said
    yield from (f"{first} {second}" for first, second in pairwise(said))


def _share(said: str, little: AbstractSet[str]) -> float:
    first, *second = said.split(" ")
    if not second:
        return _TELLS_LITTLE if first in little else 1
    return _PAIR / 2 if first in little and second[0] in little else _PAIR
