"""What could be said in plainer words, after the NHS and the CDC; nothing is refused for it. `plain.yaml` has the words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge.files import Folder
from bot.knowledge.kinds.base import said
from bot.knowledge.names import normalise
from bot.strict_yaml import Problem

MOST_WORDS = 20
"""of a sentence; a colon or a semicolon ends one"""

_TABLE: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("plain.yaml").read_text(encoding="utf-8"))
_UNITS = (("°C", "°F"), (r"\bkg\b", r"\bpounds?\b"), (r"\bcm\b", r"\binch(?:es)?\b"), (r"\bkm\b", r"\bmiles?\b"))
_ENDS = re.compile(r"(?<!\b[A-Za-z]\.[A-Za-z]\.)(?<=[.!?:;])[\"”)]?\s+")
_ABBREVIATION = re.compile(r"(?<![-/\w])[A-Z]{2,6}\b(?!-)|(?<![-/\w])[A-Z]{2,6}(?=s\b)")
_EXPLAINED = re.compile(r"\([^()]*\)|(?:called|, the) [A-Z]{2,}|[A-Z]{2,}(?= \(| stands)")

Known = frozenset[str]
Found = Iterator[tuple[str, str]]


def _long(text: str, _: Known) -> Found:
    for words in map(str.split, _ENDS.split(text)):
        if len(words) > MOST_WORDS:
            yield f"{' '.join(words[:5])} ...", f"make two sentences of these {len(words)} words, each right alone"


def _abbreviation(text: str, known: Known) -> Found:
    for short in dict.fromkeys(_ABBREVIATION.findall(text)):
        if short not in _TABLE["abbreviations"] and normalise(short) not in known:
            yield short, "say once in the entry what it stands for, or leave it out"


def _unit(text: str, _: Known) -> Found:
    for there in ([re.search(unit, text) for unit in pair] for pair in _UNITS):
        yield from ((one[0], "give the number in both units") for one in there if one and not all(there))


def _rule(instead: Mapping[str, str]) -> Callable[[str, Known], Found]:
    """Return the rule of these patterns, each with what to write instead."""
    pattern, todo = re.compile(rf"\b(?:{'|'.join(f'({each})' for each in instead)})\b", re.I), [*instead.values()]

    def find(text: str, known: Known) -> Found:
        for found in pattern.finditer(text):
            if normalise(found[0]) not in known:
                yield found[0], todo[(found.lastindex or 1) - 1]

    return find


RULES: Mapping[str, Callable[[str, Known], Found]] = {
    "long sentence": _long,
    "abbreviation": _abbreviation,
    "one unit": _unit,
    "harder word": _rule({word: f"write `{instead}`" for word, instead in _TABLE["words"].items()}),
    **{rule: _rule({pattern: instead}) for rule, (pattern, instead) in _TABLE["rules"].items()},
}


def hints(folder: Folder) -> Iterator[Problem]:
    """Yield what could be said plainer in a folder, as warnings that begin with the rule."""
    every = [name for read in folder.entries.values() for name in read.entry.names()]
    names = frozenset(map(normalise, (*every, *_ABBREVIATION.findall(" ".join(every)))))
    for read in folder.entries.values():
        told = list(said(read.entry))
        explained = " ".join(each for _, text in told for each in _EXPLAINED.findall(text))
        known = names.union(map(normalise, _ABBREVIATION.findall(explained)))
        for (key, text), (rule, finds) in product(told, RULES.items()):
            for words, instead in finds(text, known):
                yield replace(read.problem(key, text, f"{rule}: `{words}`", instead), warning=True)
