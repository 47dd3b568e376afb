"""Search all that the entries say: ranked over names, short and longer texts, uses and side effects.

SQLite's full-text index (FTS5) does the stemming and the ranking, in memory; it is part of Python's sqlite3.
"""

from __future__ import annotations

import re
import sqlite3
import weakref
from collections.abc import Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.asked import EMPTY, SURE, Asked
from bot.knowledge.index import Index
from bot.knowledge.kinds import Entry, Medicine, Question, Symptom, Urgency, is_urgent
from bot.knowledge.kinds.base import COLUMNS, Part, Searched, Translated, Translations, marked
from bot.knowledge.names import SHORT, words
from bot.knowledge.turns import in_turns

MOST = 50
"""Hits looked at."""

A_SENTENCE = 4
"""From so many words on, what was typed is no name."""

# What people say, and what the entries say for it. Each group is one meaning.
_SYNONYMS = (
    ("medicine", "medicines", "drug", "drugs", "medication", "medications", "meds", "pill", "pills"),
    ("treatment", "treatments", "treat", "treats", "treating", "therapy", "therapies", "help", "helps", "cure", "cures"),
    ("cancer", "cancers", "tumor", "tumors", "malignancy"),
    ("vaccine", "vaccines", "vaccination", "shot", "jab", "immunization"),
    ("kidney", "renal"),
    ("liver", "hepatic"),
    ("stomach", "gastric"),
    ("lung", "pulmonary"),
    ("heart", "cardiac"),
    ("skin", "cutaneous"),
    ("bowel", "colon", "intestine", "gut"),
    ("womb", "uterus", "uterine", "endometrial"),
    ("blood", "hematologic"),
    ("tiredness", "tired", "fatigue", "exhausted"),
    ("rash", "rashes", "itching", "itchy"),
    ("child", "children", "pediatric", "kids"),
    ("doctor", "physician", "specialist"),
    ("drip", "infusion", "iv", "intravenous"),
)
_MEANS = {word: group for group in _SYNONYMS for word in group}
_TREATING = frozenset((*_MEANS["medicine"], *_MEANS["treatment"]))
_FEW = 5
_ENOUGH = 3
_TWO_SLIPS = 8
_LETTERS_TELLING_LITTLE = 2

# The weights are those of names, short, uses, effects, text: a name that is met counts most, then what the entry is for.
_QUERY = "SELECT id FROM entry WHERE entry MATCH ? ORDER BY bm25(entry, 0.0, 20.0, 6.0, 8.0, 3.0, 1.0) LIMIT ?"

_SENTENCE = "SELECT field, highlight(sentence, 1, '**', '**') FROM sentence WHERE sentence MATCH ? ORDER BY bm25(sentence)"
_NO_SENTENCES = frozenset(("name", "also", "asked_as", "say", "sign", "brief", "words", "ask"))
"""Fields that hold names, and questions for others to answer."""
_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) +(?=[A-ZÁÉÍÓÚÑ¿¡])")


class Search:
    """A full-text index of the entries; immutable once built."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        translations: Translations,
        index: Index,
        treatments: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Build the index. It may be asked from another thread than the one that built it, by one at a time."""
        self._entries = entries
        self._index = index
        self._treatments = treatments
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._connection.close)  # each version of the knowledge has one of its own
        self._connection.execute(
            f"CREATE VIRTUAL TABLE entry USING fts5 (id UNINDEXED, {', '.join(COLUMNS)}, tokenize = 'porter ascii')"
        )
        # Urgent entries are found by the words of danger alone: full text would find "pills" for a drug.
        searched = [e for e in entries.values() if not is_urgent(e)]
        rows = [(e.id, *(" ".join(words(text)) for text in _texts(e, entries, translations))) for e in searched]
        self._connection.execute("BEGIN")  # else each row would be merged into the index by itself
        self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", in_turns(rows))
        self._connection.execute("COMMIT")
        # Filled anew with the sentences of each entry that is shown; their own letters are kept.
        self._connection.execute(
            "CREATE VIRTUAL TABLE sentence USING fts5 "
            "(field UNINDEXED, said, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        # The words of names come first: of two words as close, the one in a name is taken.
        said: dict[str, None] = {}
        for text in (*(row[1] for row in rows), *(" ".join(row[2:]) for row in rows)):
            said.update(dict.fromkeys(text.split()))
        self._words = [word for word in said if len(word) > SHORT]
        self._known = frozenset(self._words)
        self._questions = Asked(entries, translations, index, {word: group[0] for word, group in _MEANS.items()})

    def find(self, text: str, most: int = MOST) -> list[str]:
        """Return the ids of the entries that a text is about, the likeliest first; empty for a text without words.

        First the entry of this very name; in a sentence, then the signs that are named in it, the most urgent first, and
        the questions that it most likely asks, behind the first of them the medicines that it names; then what fits every
        word and is named in the text, what is named, the treatments of a named condition where treatments are asked for,
        what belongs to the entry of this very name, what fits every word, and where that is little, what fits some. Words
        that stand nowhere are taken for the closest that do; close names come last. Urgent entries only where the text
        names them as it stands, or has words of danger.
        """
        found = self._find(text)
        in_danger = dict.fromkeys(self._index.danger(text))
        named = (i for ids in self._index.named_in(text[:500], any_case=True) for i in ids)
        meant = {*named, *self._index.exact(text), *self._index.close(text)}
        others = self._questions.of_others(text[:500])
        found = [i for i in found if i not in others]
        kept = [i for i in found if i in meant or i in in_danger or not is_urgent(self._entries[i])]
        return list(dict.fromkeys((*(i for i in in_danger if i in self._entries), *kept)))[:most]

    def _find(self, text: str) -> list[str]:
        corrected = [self._corrected(word) for word in words(text[:500])]
        spoken = [word for word in corrected if word not in EMPTY][:20]
        texts = (text[:500], " ".join(corrected))
        named = [i for each in texts for ids in self._index.named_in(each, any_case=True) for i in ids]
        alternatives = [_alternatives(word) for word in spoken]
        with_all = self._matching(" AND ".join(alternatives))
        is_sentence = len(corrected) >= A_SENTENCE
        signs = sorted(
            (e for i in named if isinstance(e := self._entries[i], Symptom)), key=lambda e: [*Urgency].index(e.urgency)
        )
        questions = self._questions.find(" ".join(corrected), corrected) if len(spoken) > 1 else {}
        asks_for_treatment = any(word in _TREATING for word in spoken)
        exact = [i for each in texts for i in self._index.exact(each)]
        found = list(exact)
        if is_sentence:
            found += (e.id for e in signs)
            sure = [i for i, likely in questions.items() if likely >= SURE]
            # A general answer may not be true of the medicine that is named: that stands second.
            found += [*sure[:1], *(i for i in named if isinstance(self._entries[i], Medicine)), *sure]
        found += [*(i for i in with_all if i in named), *named, *questions]
        if asks_for_treatment:
            found += [i for condition in named for i in self._treatments_of(condition)]
        # Who typed just a name sees what belongs to it next, broader entries among it.
        found += [i for entry_id in exact for i in self._entries[entry_id].links() if i in self._entries]  # not withdrawn
        found += with_all
        # One or two letters are found everywhere: alone they say nothing (PD-3 is not LAG-3).
        # Beside what a sentence names and asks, what has but one of its words is about something else.
        if not is_sentence or len(set(found)) < _ENOUGH:
            telling = [a for a, word in zip(alternatives, spoken, strict=True) if len(word) > _LETTERS_TELLING_LITTLE]
            found += self._matching(" OR ".join(telling))
        if len(set(found)) < _FEW:
            found += [i for part in (text, *sorted(spoken, key=len, reverse=True)) for i in self._index.close(part)]
        return found

    def has_all(self, text: str) -> bool:
        """Say whether some entry has all of a text's words, as far as they say anything."""
        return bool(self._matching(" AND ".join(map(_alternatives, self._asked(text)))))

    def sentence(self, text: str, entry: Entry) -> tuple[str, str] | None:
        """Return the sentence of an entry that fits a text best: (the field it stands in, the sentence, words in bold).

        The entry is taken as it is given, in the reader's language. Words of its own names tell nothing there: a sentence
        that has only these is none. Of a question, the first sentence is the answer.
        """
        own = {word for name in entry.names() for word in words(name)}
        telling = [word for word in self._asked(text) if word not in own and len(word) > _LETTERS_TELLING_LITTLE]
        if not telling or isinstance(entry, Question):
            return None
        self._connection.execute("BEGIN")
        self._connection.execute("DELETE FROM sentence")
        self._connection.executemany("INSERT INTO sentence VALUES (?, ?)", _sentences(entry))
        self._connection.execute("COMMIT")
        query = " OR ".join(map(_alternatives, telling))
        found: tuple[str, str] | None = self._connection.execute(_SENTENCE, (query,)).fetchone()
        return found

    def _asked(self, text: str) -> list[str]:
        """Return the words of a text that say something, those that stand nowhere as the closest that do."""
        spoken = (self._corrected(word) for word in words(text[:500]))
        return [word for word in spoken if word not in EMPTY][:20]

    @staticmethod
    def telling(text: str, most: int) -> str:
        """Return a text as it is, or where it has more than so many bytes, the longest of its telling words that fit."""
        if len(text.encode()) <= most:
            return text
        kept = [word for word in dict.fromkeys(words(text)) if word not in EMPTY]
        while len(" ".join(kept).encode()) > most:
            kept.remove(min(kept, key=len))  # names of medicines and illnesses are long
        return " ".join(kept)

    def _corrected(self, word: str) -> str:
        """Return a word that stands in some entry: this one, or where none has it, the closest by one slip or two."""
        if len(word) <= SHORT or word in self._known or word in EMPTY:
            return word
        slips = 1 if len(word) < _TWO_SLIPS else 2
        closest = process.extractOne(word, self._words, scorer=OSA.distance, score_cutoff=slips)
        return closest[0] if closest and self._index.words_of_danger.may_be_meant(word, closest[0]) else word

    def _treatments_of(self, condition: str) -> list[str]:
        """Return the treatments of a condition, medicines first; of an umbrella (skin cancer), those of its illnesses."""
        own = self._treatments.get(condition, ())
        if not own and condition in self._treatments:
            own = tuple(i for related in self._entries[condition].related for i in self._treatments.get(related, ()))
        return list(dict.fromkeys(reversed(own)))

    def _matching(self, query: str) -> list[str]:
        return [str(row[0]) for row in self._connection.execute(_QUERY, (query, MOST))] if query else []


def _alternatives(word: str) -> str:
    """Return a word with its synonyms as FTS5 takes them; quoted, so that nothing in a text is an operator."""
    return "(" + " OR ".join(f'"{each}"' for each in _MEANS.get(word, (word,))) + ")"


def _said(value: str | Part | tuple[str | Part, ...]) -> Iterator[str]:
    """Yield the texts and the ids of a field."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Part):
        yield from value.searched()
    else:
        for each in value:
            yield from _said(each)


def in_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text."""
    yield from (sentence for sentence in _SENTENCE_ENDS.split(text) if sentence)


def _sentences(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield every sentence of an entry with the field it stands in."""
    for name in marked(type(entry), Translated):
        if name not in _NO_SENTENCES:
            for text in _said(getattr(entry, name)):
                yield from ((name, sentence) for sentence in in_sentences(text))


def _texts(entry: Entry, entries: Mapping[str, Entry], translations: Translations) -> tuple[str, ...]:
    """Return what an entry says, column by column."""
    said = {column: list[str]() for column in COLUMNS}
    said["names"] += entry.every_name(translations)
    said["uses"].append(entry.searched_as)
    for name, mark in marked(type(entry), Searched).items():
        value = getattr(entry, name)
        if not value:
            continue
        said[mark.column] += (mark.words, *(entries[i].name if i in entries else i for i in _said(value)))
    return tuple(" . ".join(part for part in parts if part) for parts in said.values())
