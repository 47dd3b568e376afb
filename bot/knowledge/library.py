"""The live knowledge: an immutable snapshot, built and checked as a whole, then swapped for the one before."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.errors import BAD_KNOWLEDGE, PlainError
from bot.knowledge.checks import check_folder
from bot.knowledge.danger import Danger
from bot.knowledge.files import Folder, Words, read_folder
from bot.knowledge.helplines import Helplines
from bot.knowledge.index import Index
from bot.knowledge.kinds import ENTRY_TYPES, Condition, Entry, Kind, Medicine, Therapy
from bot.knowledge.kinds.base import digest_of
from bot.knowledge.rewrite import is_withdrawn
from bot.knowledge.search import Search
from bot.knowledge.turns import aside
from bot.language import ENGLISH, spoken
from bot.strict_yaml import Problem, contents

log = logging.getLogger(__name__)


_NO_WORDS = Words()

MOST_SAID = 100
"""Lines of problems that are said at once: a folder copied to the wrong place has tens of thousands."""


class KnowledgeError(PlainError):
    """The knowledge can't be used; holds every problem, each with file, line and what to do."""

    status = BAD_KNOWLEDGE

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(_lines(problems))


def _lines(problems: Sequence[Problem]) -> str:
    lines = [str(problem) for problem in problems[:MOST_SAID]]
    if len(problems) > MOST_SAID:
        lines[-1] = f"... and {len(problems) - MOST_SAID + 1} more; `immunobot check` lists them all"
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything the bot knows at one moment."""

    entries: Mapping[str, Entry]
    translations: Mapping[str, Mapping[str, Mapping[str, Any]]]
    disclaimers: Mapping[str, Mapping[str, str]]
    index: Index
    withdrawn_names: Index
    search: Search
    treatments: Mapping[str, tuple[str, ...]]
    """condition's id -> ids of the therapies, then the medicines, that name it under `treats`"""
    version: str
    loaded_at: datetime
    withdrawn: Mapping[str, Entry] = field(default_factory=dict)
    """entries that moderators took down: nothing of them is shown but that they are under review"""
    helplines: Helplines | None = None
    words: Mapping[str, Words] = field(default_factory=dict)
    """language -> the words that its translations agree on"""
    english: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(language, id) -> the hash of the English that the translation says, where it was written down"""
    warnings: tuple[Problem, ...] = ()
    """what is wrong with the files in spite of which they are used"""
    memo: dict[object, Any] = field(default_factory=dict, repr=False)
    """what others worked out from this snapshot and want again; goes with it"""

    def entry(self, entry_id: str, language: str = "", *, or_withdrawn: bool = False) -> Entry | None:
        """Return an entry in this language, by default the spoken one, as far as it is translated; None for no such id."""
        entry = self.entries.get(entry_id) or (self.withdrawn.get(entry_id) if or_withdrawn else None)
        translation = self.translations.get(language or spoken().code, {}).get(entry_id)
        return entry.translated(translation) if entry and translation else entry

    def is_translated(self, entry_id: str) -> bool:
        """Say whether an entry has at least its short text in the language that is spoken."""
        code = spoken().code
        return code == ENGLISH or "short" in self.translations.get(code, {}).get(entry_id, {})

    def is_behind(self, entry_id: str) -> bool:
        """Say whether an entry's English was changed after it was translated into the language that is spoken."""
        said = self.english.get((spoken().code, entry_id), "")
        return bool(said) and said != digest_of(self.entries[entry_id])

    def use(self, text: str) -> str:
        """Return a use that an entry names in words of its own in the language that is spoken, as far as it is there."""
        return self.words.get(spoken().code, _NO_WORDS).uses.get(text, text)

    def disclaimer(self, key: str, language: str = "") -> str:
        """Return a disclaimer in this language, by default the spoken one, else in English."""
        return self.disclaimers.get(language or spoken().code, {}).get(key) or self.disclaimers[ENGLISH][key]

    def under_review(self, text: str) -> tuple[Entry, ...]:
        """Return the entries of exactly this name that were taken down."""
        return tuple(self.withdrawn[i] for i in self.withdrawn_names.exact(text)) if self.withdrawn else ()

    def counts(self) -> dict[Kind, int]:
        """Return how many entries there are of each kind."""
        return {kind: sum(entry.kind is kind for entry in self.entries.values()) for kind in Kind}


@aside()
def build(
    paths: Sequence[Path],
    popularity: Mapping[str, int] | None = None,
    instead: Mapping[str, bytes | None] | None = None,
    remembered: Mapping[str, bytes] | None = None,
) -> Snapshot:
    """Read and check the folders and return a snapshot; `popularity` says how often each id was asked for.

    `instead` is as in `read_folder`: to see what a change would give. `remembered` is what the history says stands in the
    folder of changes, by file: what was withdrawn there is down unless the folder says otherwise.

    Raises KnowledgeError with every problem of every file where there is any, where there is no folder of knowledge, and
    where the folder of changes can't be read or holds nothing of what is remembered.
    """
    if not paths[0].is_dir():
        todo = "set knowledge.path to the knowledge folder"
        raise KnowledgeError([Problem(str(paths[0]), 1, "there is no such folder", todo)])
    folder = read_folder(*paths, instead={**_taken_down(paths, remembered or {}), **(instead or {})})
    problems = check_folder(folder)
    if remembered and len(paths) > 1 and not folder.changed and folder.digest:
        what = "the folder of changes is gone or empty, although the history says that it holds files"
        todo = "mount it again, or put its files back; the next change made in Discord writes them anew from the history"
        problems.append(Problem(str(paths[-1]), 1, what, todo))
    if not all(problem.warning for problem in problems):
        raise KnowledgeError(problems)
    entries = {entry_id: read.entry for entry_id, read in folder.entries.items()}
    withdrawn = {entry_id: read.entry for entry_id, read in folder.withdrawn.items()}
    return _snapshot(entries, withdrawn, folder, folder.digest, popularity)


def _snapshot(
    entries: Mapping[str, Entry],
    withdrawn: Mapping[str, Entry],
    rest: Folder | Snapshot,
    version: str,
    popularity: Mapping[str, int] | None,
) -> Snapshot:
    """Return a snapshot of these entries, and of what else there is besides them."""
    danger = Danger({**entries, **withdrawn}, rest.translations)
    index = Index(entries, rest.translations, popularity, danger)
    treatments = _treatments(entries)
    return Snapshot(
        entries=MappingProxyType(dict(entries)),
        translations=rest.translations,
        disclaimers=rest.disclaimers,
        index=index,
        withdrawn_names=Index(withdrawn, rest.translations, danger=danger),
        search=Search(entries, rest.translations, index, treatments),
        treatments=treatments,
        version=version,
        loaded_at=datetime.now(UTC),
        withdrawn=MappingProxyType(dict(withdrawn)),
        helplines=rest.helplines,
        words=rest.words,
        english=rest.english,
        warnings=rest.warnings,
    )


def _under_review(paths: Sequence[Path], remembered: Mapping[str, bytes]) -> list[str]:
    """Return the ids of the entries that are taken down, as their files of changes say, good or not, else the history."""
    found = [Path(file).stem for file in _taken_down(paths, remembered)]
    for base in paths[1:]:
        files = {path for cls in ENTRY_TYPES for path in base.glob(f"{cls.folder}/*.yaml")}
        files |= {base / file for file in remembered}
        found += [path.stem for path in files if is_withdrawn(_text(path))]
    return found


def _taken_down(paths: Sequence[Path], remembered: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the remembered texts that say that their entry is taken down, where no file of changes says anything."""
    down = {file: text for file, text in remembered.items() if is_withdrawn(text.decode())}
    return {file: text for file, text in down.items() if all(_text(base / file) is None for base in paths[1:])}


def _text(path: Path) -> str | None:
    """Return what stands in a file; None where it can't be read."""
    try:
        return None if path.is_symlink() else contents(path).decode(errors="replace")
    except OSError:
        return None


def _without(current: Snapshot, ids: Iterable[str], popularity: Mapping[str, int]) -> Snapshot:
    """Return the same knowledge with these entries taken down."""
    today = datetime.now(UTC).date()
    down = {i: current.entries[i].model_copy(update={"withdrawn": today}) for i in ids if i in current.entries}
    if not down:
        return current
    entries = {i: entry for i, entry in current.entries.items() if i not in down}
    return _snapshot(entries, {**current.withdrawn, **down}, current, current.version, popularity)


def _warn(warnings: Sequence[Problem]) -> None:
    if warnings:
        log.warning("The knowledge is used without what is wrong here:\n%s", _lines(warnings))


@aside()
def _let_go(parts: list[Any]) -> None:
    """Free the parts of a snapshot one by one: freed at once they would hold up the event loop."""
    while parts:
        parts.pop()


def _treatments(entries: Mapping[str, Entry]) -> dict[str, tuple[str, ...]]:
    """Return the treatments of each condition, therapies first; those that most entries lead to before the others."""
    led_to = Counter(i for entry in entries.values() for i in entry.links())
    found: dict[str, list[str]] = {i: [] for i, entry in entries.items() if isinstance(entry, Condition)}
    for cls in (Therapy, Medicine):
        for entry in sorted(entries.values(), key=lambda e: (-led_to[e.id], e.name.casefold())):
            if isinstance(entry, cls):
                for target in entry.treats:
                    if target in found:
                        found[target].append(entry.id)
    return {condition: tuple(ids) for condition, ids in found.items()}


class Library:
    """Holds the current snapshot. Reading it never waits; reloading builds the next one beside it."""

    def __init__(
        self,
        paths: Sequence[Path],
        popularity: Mapping[str, int] | None = None,
        remembered: Mapping[str, bytes] | None = None,
    ) -> None:
        """Load the knowledge that came with the bot and, where that is a second folder, the changes of it.

        `popularity` says how often each id was asked for, and settles ties in suggestions; `remembered` is as in `build`.
        Both may be set before a reload. Where the changes can't be used, what is remembered of them stands for them.

        Raises KnowledgeError where that is no good either: at the very start there is no last good version to keep.
        """
        self.paths = tuple(paths)
        self.popularity = popularity or {}
        self.remembered = remembered or {}
        self._reloading = asyncio.Lock()
        self.problems: tuple[Problem, ...] = ()
        try:
            self.current = build(self.paths, self.popularity, None, self.remembered)
        except KnowledgeError as error:
            self.problems = error.problems
            try:
                last = build(self.paths[:1], self.popularity, self.remembered)
            except KnowledgeError:
                raise error from None
            down = _under_review(self.paths, self.remembered)
            self.current = _without(last, down, self.popularity)
            log.error("The changes can't be used; what the history has of them stands instead:\n%s", error)
        _warn(self.current.warnings)

    async def reload(self) -> bool:
        """Build a new snapshot off the event loop and swap it in; on any problem keep the last good one and say so.

        Returns whether the new one is in use. `problems` holds what was wrong, and is empty after a success.
        """
        async with self._reloading:  # a slow reload must not put an older state in the place of a newer one
            return await self._reload()

    async def _reload(self) -> bool:
        try:
            snapshot = await asyncio.to_thread(build, self.paths, self.popularity, None, self.remembered)
        except KnowledgeError as error:
            if error.problems != self.problems:  # said once, however often the files are saved as they are
                log.error("The knowledge was not reloaded, version %s stays:\n%s", self.current.version, error)
            self.problems = error.problems
            # What was taken down, here or by another process, is taken down whatever else is broken.
            down = await asyncio.to_thread(_under_review, self.paths, self.remembered)
            self.current = await asyncio.to_thread(_without, self.current, down, self.popularity)
            return False
        if snapshot.version != self.current.version or self.problems:
            log.info("The knowledge was reloaded: version %s, %d entries.", snapshot.version, len(snapshot.entries))
        if snapshot.warnings != self.current.warnings:
            _warn(snapshot.warnings)
        parts = [*self.current.entries.values(), self.current.index, self.current.search]
        self.current, self.problems = snapshot, ()
        await asyncio.to_thread(_let_go, parts)
        return True
