"""What a moderator should see before publishing: what is wrong, what may be, and what changes."""

import asyncio
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from bot.knowledge.files import BASED_ON, LANGUAGES
from bot.knowledge.kinds.base import ENGLISH_HASH, Translated, marked
from bot.knowledge.library import KnowledgeError, Snapshot
from bot.knowledge.names import normalise
from bot.language import ENGLISH
from bot.publishing.publish import Change, Publisher, is_entry
from bot.strict_yaml import Problem

Doubt = Literal["name gone", "source gone", "dose", "advice", "translation behind", "shown again"]

MOST_COMPARED = 2000
"""Lines that a change is looked for among; beyond that, comparing them line by line takes too long."""

# A number begins once, and has an end: what is uploaded may be one number of a hundred thousand digits.
_DOSE = re.compile(r"\b(?<!\d[.,])\d[\d.,]{0,11}\s?(?:mg|mcg|µg|micrograms?|milligrams?|ml|IU|units?)\b", re.IGNORECASE)
_ADVICE = re.compile(r"\b(?:you should|stop|start|keep|do not|don't) (?:taking|take|using|use)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that may be right, and that a moderator should look at."""

    file: str
    doubt: Doubt
    what: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A change as it would be: with problems it can't be published, unless all are elsewhere."""

    changes: Mapping[str, Change]
    problems: tuple[Problem, ...]
    remarks: tuple[Remark, ...] = ()
    snapshot: Snapshot | None = None
    """the knowledge as it would be; None with problems"""
    elsewhere: bool = False
    """whether all problems are in other files, and there already"""


async def review(publisher: Publisher, changes: Mapping[str, Change]) -> Review:
    """Look at changes before they are published."""
    try:
        after = await publisher.candidate(changes)
    except KnowledgeError as error:
        return Review(changes, error.problems, elsewhere=await publisher.only_elsewhere(error.problems, changes))
    remarks = await asyncio.to_thread(lambda: tuple(_remarks(changes, publisher.library.current, after)))
    return Review(changes, (), remarks, after)


def _remarks(changes: Mapping[str, Change], before: Snapshot, after: Snapshot) -> Iterator[Remark]:
    for file, change in changes.items():
        entry_id = PurePosixPath(file).stem
        added = "\n".join(line[1:] for line in diff(change.before, change.after).splitlines() if line.startswith("+"))
        if found := _DOSE.search(added):
            yield Remark(file, "dose", found[0])
        if found := _ADVICE.search(added):
            yield Remark(file, "advice", found[0])
        old, new = (snapshot.entry(entry_id, ENGLISH, or_withdrawn=True) for snapshot in (before, after))
        if not is_entry(file) or old is None or new is None:
            continue
        if old.withdrawn and not new.withdrawn:
            yield Remark(file, "shown again")
        names = {normalise(name) for name in new.names()}
        if gone := [name for name in old.names() if normalise(name) not in names]:
            yield Remark(file, "name gone", ", ".join(gone))
        if gone := [s.url for s in old.sources if s.url not in {source.url for source in new.sources}]:
            yield Remark(file, "source gone", ", ".join(gone))
        said = [name for name, mark in marked(type(new), Translated).items() if mark.follows]
        changed = [name for name in said if getattr(old, name, None) != getattr(new, name)]
        for language in LANGUAGES:
            translated = after.translations.get(language, {}).get(entry_id, {})
            if any(key in translated for key in changed) and f"{language}/{file}" not in changes:
                yield Remark(file, "translation behind", language)


def diff(before: str | None, after: str | None) -> str:
    """Return what changes, a line each: `-` goes, `+` comes; without our own notes of what it is based on."""
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > MOST_COMPARED:
        return "\n".join((*(f"-{line}" for line in old), *(f"+{line}" for line in new))) if old != new else ""
    lines = difflib.unified_diff(old, new, n=1, lineterm="")
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))


def _lines(text: str | None) -> list[str]:
    own = (f"{BASED_ON}:", f"{ENGLISH_HASH}:")
    return [line.rstrip() for line in (text or "").splitlines() if not line.startswith(own)]
