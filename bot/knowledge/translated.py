"""What a language still lacks: entries, texts, what the English says by now; and what doesn't read as it should."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.knowledge.files import Folder, Translation, Words
from bot.knowledge.kinds import Entry
from bot.knowledge.kinds.base import Translated, digest_of, key_of, marked, said
from bot.knowledge.kinds.values import ID
from bot.knowledge.names import normalise
from bot.strict_yaml import Problem

EASY = 55
"""The score of INFLESZ from which a Spanish text is easy enough for most people."""

_ENGLISH = re.compile(
    r"\b(?:the|of|with|and|your|you|this|that|are|is|for|from|which|when|may|can|team|cells?|cancer cells)\b(?![-’'])", re.I
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_VOWELS = re.compile(r"[aeiouáéíóúü]+", re.I)
_APART = re.compile(r"[aeoáéó][aeoáéó]|[íú][aeo]|[aeo][íú]", re.I)
_ENDS = re.compile(r"[.!?:;]+(?=\s|$)")
_WORD = re.compile(r"[^\W\d_]+")


def report(folder: Folder, language: str) -> dict[str, Any]:
    """Return how far a language is.

    `part` are entries that have some of their texts, `behind` those whose English was changed after they were translated,
    `unmarked` those of which nobody wrote down which English they say. `scores` are of INFLESZ, of each `short`, names as
    easy as a usual word, and `with_names` as hard as any other; there are none for other languages than Spanish.
    """
    given = {each.id: each for each in folder.translated_in if each.language == language and each.id in folder.entries}
    values = folder.translations.get(language, {})
    lacking = {i: list(_lacking(folder.entries[i].entry, values[i])) for i in given}
    shorts = [v["short"] for i, v in values.items() if language == "es" and i in given and v.get("short")]
    names = _names(folder, language)
    return {
        "entries": len(folder.entries),
        "whole": sum(not keys for keys in lacking.values()),
        "part": sum(bool(keys and values[i].keys() - {"name", "also", "say"}) for i, keys in lacking.items()),
        "behind": sum(_is_behind(folder, each) for each in given.values()),
        "unmarked": sum(not each.english for each in given.values()),
        "scores": [ease(text, names) for text in shorts],
        "with_names": [ease(text) for text in shorts],
    }


def lines_of(made: Mapping[str, Any], language: str) -> Iterator[str]:
    """Yield the lines of a report."""
    missing = made["entries"] - made["whole"] - made["part"]
    yield f"{language}: of {made['entries']} entries {made['whole']} whole, {made['part']} in part, {missing} not at all."
    yield f"  The English of {made['behind']} was changed since; {made['unmarked']} don't say which English they are of."
    if scores := sorted(made["scores"]):
        hard, with_names = (sum(score < EASY for score in made[key]) for key in ("scores", "with_names"))
        yield f"  Reading ease (INFLESZ): half of `short` reach {scores[len(scores) // 2]:.0f}, {hard} are under {EASY}."
        yield f"  Names as hard as other words: {with_names} under {EASY}."


def hints(folder: Folder, language: str) -> Iterator[Problem]:
    """Yield what isn't right in the translations of a language, as warnings that begin with the rule."""
    words = folder.words.get(language, Words())
    agreed = [
        (re.compile(rf"\b{re.escape(word)}\b", re.I), each.write) for each in words.agreed.values() for word in each.avoid
    ]
    names = _names(folder, language)
    for found in folder.translated_in:
        read = folder.entries.get(found.id)
        if found.language != language or read is None:
            continue
        values = folder.translations[language][found.id]
        if _is_behind(folder, found):
            todo = f"compare the two, then run `immunobot language {language} --settled {found.id}`"
            yield _hint(found, "english", "behind: the English was changed since", todo)
        for key in _lacking(read.entry, values):
            yield _hint(found, key, f"missing: `{key}` is in English still", "translate it")
        for use in getattr(read.entry, "treats", ()):
            if not ID.fullmatch(use) and use not in words.uses:
                todo = f"add it under `uses` in {language}/words.yaml"
                yield _hint(found, "treats", f"missing: `{use}` under `treats` is in English still", todo)
        yield from (_hint(found, *each) for each in _compared(read.entry, values))
        yield from (
            _hint(found, *each)
            for each in _read(read.entry.translated(values), values, agreed, names if language == "es" else None)
        )


def _hint(found: Translation, key: str, what: str, todo: str) -> Problem:
    return replace(found.problem(key, what, todo), warning=True)


def _is_behind(folder: Folder, found: Translation) -> bool:
    read = folder.entries.get(found.id)
    return bool(found.english and read) and found.english != digest_of(read.entry)  # type: ignore[union-attr]


def _lacking(entry: Entry, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of what the English says and the translation doesn't."""
    for name, mark in marked(type(entry), Translated).items():
        if mark.follows and getattr(entry, name) and name not in values:
            yield key_of(type(entry))[name]


def _compared(entry: Entry, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (key, what, what to do) where numbers or the count of a list's items are not those of the English."""
    there = entry.translated(values)
    own, other = (_numbers(each) for each in (entry, there))
    for name in values:
        key, mark = key_of(type(entry))[name], marked(type(entry), Translated).get(name)
        if mark is None or not mark.follows:
            continue
        english, text = getattr(entry, name), getattr(there, name)
        if isinstance(english, tuple) and len(english) != len(text):
            yield key, f"items: `{key}` has {len(text)} here and {len(english)} in English", "say the same, item by item"
        for number in sorted((own[key] - other[key]) | (other[key] - own[key])):
            where = "in English alone" if number in own[key] else "here alone"
            yield key, f"number: {number} stands in `{key}` {where}", "give the same numbers, as digits"


def _numbers(entry: Entry) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {key: set() for key in key_of(type(entry)).values()}
    for key, text in said(entry):
        found[key] |= {_THOUSANDS.sub("", number).replace(",", ".") for number in _NUMBER.findall(text)}
    return found


def _read(
    entry: Entry, values: Mapping[str, Any], agreed: list[tuple[re.Pattern[str], str]], names: frozenset[str] | None
) -> Iterator[tuple[str, str, str]]:
    """Yield what a translation's own texts say in English, in a word that isn't the agreed one, or too hard to read."""
    own = frozenset(normalise(name) for name in entry.names())
    given = {key_of(type(entry))[name] for name in values}
    for key, text in said(entry):
        if key not in given:
            continue
        left = _ENGLISH.findall(text)
        if len(left) > 1 and normalise(text) not in own:
            yield key, f"English: `{' '.join(left[:3])}` in `{key}`", "translate it"
        for pattern, instead in agreed:
            if found := pattern.search(text):
                yield key, f"agreed word: `{found[0]}` in `{key}`", f"write `{instead}`"
        if names is not None and key == "short" and (score := ease(text, names)) < EASY:
            yield key, f"hard to read: {score:.0f} of 100 (INFLESZ)", f"reach {EASY}: shorter words, shorter sentences"


def _names(folder: Folder, language: str) -> frozenset[str]:
    """Return the words of the names that entries have in this language: what is explained is no hard word."""
    given = {language: folder.translations.get(language, {})}
    return frozenset(
        word.lower()
        for read in folder.entries.values()
        for name in read.entry.every_name(given)
        for word in _WORD.findall(name)
    )


def ease(text: str, names: Collection[str] = ()) -> float:
    """Return how easy a Spanish text is to read, by Szigriszt's formula: from 55 on, INFLESZ says, for most people.

    The words of `names`, in lower case, count as words of two syllables at most.

    https://legibilidad.blogspot.com/2015/01/escala-inflesz.html (scale), Szigriszt Pazos 1993 (formula).
    """
    words = _WORD.findall(text)
    sentences = sum(bool(_WORD.search(part)) for part in _ENDS.split(text))
    if not words:
        return 100.0
    spoken = sum(min(_syllables(word), 2) if word.lower() in names else _syllables(word) for word in words)
    return 206.835 - 62.3 * spoken / len(words) - len(words) / sentences


def _syllables(word: str) -> int:
    """Return how many syllables a Spanish word has: vowels in a row are one, but two strong ones, or one with an accent."""
    runs = _VOWELS.findall(re.sub(r"qu|gu(?=[eiéí])", "k", word.lower()))
    return max(1, sum(1 + len(re.findall(rf"(?=({_APART.pattern}))", run)) for run in runs))
