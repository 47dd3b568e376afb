"""Read a folder of knowledge files and check each against the model; every error has file, line, and what to do."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, RootModel

from bot import language
from bot.knowledge import helplines
from bot.knowledge.kinds import BY_FOLDER, Entry
from bot.knowledge.kinds.base import ENGLISH_HASH, Model, translation_of
from bot.knowledge.kinds.values import ID, IN_TRANSLATION, MAX_ID, Text, latest_today
from bot.knowledge.sentences import FUTURE, checked, line_of, told
from bot.knowledge.turns import in_turns
from bot.strict_yaml import Node, Problem, contents, read

LANGUAGES = tuple(code for code in language.LANGUAGES if code != language.ENGLISH)
"""Languages that entries may be translated into, each a folder of its own; English is the entries' own."""

WORDS = "words.yaml"
"""In the folder of a language: the words that its translations agree on."""

BASED_ON = "based_on"
"""In a changed file: the hash of the shipped version that it changes, so that a newer one is noticed."""

_NO_ENTRIES = (".md", ".json", ".tmp", ".swp", ".bak")
"""Files that may lie beside the entries: explanations, schemas, and what editors leave for a moment."""

MOST_LATE = 10
"""Days of the future that are told one by one: more of them tell of the clock."""


class Agreed(Model):
    """The agreed word for an English one."""

    write: Annotated[str, Text(letters=100)]
    """the word, and where Spain or another country has its own, that one too"""
    avoid: tuple[Annotated[str, Text(letters=100)], ...] = ()
    """words that stand for it elsewhere, and not here"""


class Words(Model):
    """What `words.yaml` of a language holds."""

    agreed: dict[str, Agreed] = Field(default_factory=dict)
    """English word -> what to write"""
    uses: dict[str, Annotated[str, Text(letters=100)]] = Field(default_factory=dict)
    """what entries name under `treats` in words of their own -> the same in this language"""


class Disclaimers(RootModel[dict[str, Annotated[str, Text(words=60)]]]):
    """What `disclaimers.yaml` holds: id -> text."""


@dataclass(frozen=True, slots=True)
class Read:
    """An entry as read, with its file."""

    entry: Entry
    file: str
    data: bytes

    def problem(self, key: str, value: str | None, what: str, todo: str) -> Problem:
        """Return a problem on the line of a key, or of one value somewhere below it; on the first where it isn't given."""
        root, _ = read(self.data, self.file)
        node = root.value.get(key) if root and isinstance(root.value, dict) else None
        line = _line_with(node, value) if node and value is not None else None
        return Problem(self.file, line or (node.line if node else root.line if root else 1), what, todo)


def _line_with(node: Node, value: str) -> int | None:
    """Return the line on which a text stands in a value, as a text or a key; None where it doesn't."""
    if isinstance(node.value, str):
        return node.line if " ".join(node.value.split()) == value else None
    if isinstance(node.value, dict) and value in node.value:
        return node.value[value].line
    inside = node.value.values() if isinstance(node.value, dict) else node.value
    return next((line for each in inside if (line := _line_with(each, value))), None)


@dataclass(frozen=True, slots=True)
class Translation:
    """Where a translation stands."""

    language: str
    folder: str
    """of the kind"""
    id: str
    file: str
    root: Node
    english: str = ""
    """the hash of the English that it says; empty where nobody wrote it down"""

    def problem(self, key: str, what: str, todo: str) -> Problem:
        """Return a problem on the line of a key."""
        return Problem(self.file, line_of(self.root, (key,)), what, todo)


@dataclass(slots=True)
class Folder:
    """Everything read from a folder: what is right of it, and every problem."""

    entries: dict[str, Read] = field(default_factory=dict)
    withdrawn: dict[str, Read] = field(default_factory=dict)
    """entries that a moderator took down; others may still link to them"""
    translations: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """language -> id -> field -> value"""
    translated_in: list[Translation] = field(default_factory=list)
    """where every translation stands"""
    words: dict[str, Words] = field(default_factory=dict)
    """language -> the words that its translations agree on"""
    disclaimers: dict[str, dict[str, str]] = field(default_factory=dict)
    """language (`en` too) -> disclaimer's id -> text"""
    helplines: helplines.Helplines | None = None
    problems: list[Problem] = field(default_factory=list)
    changed: int = 0
    """how many files stand in the folders after the first"""
    digest: str = ""
    """Changes when any file changes; empty where a folder can't be read."""

    @property
    def english(self) -> dict[tuple[str, str], str]:
        """Return the hash of the English that each translation says, by language and id, where it was written down."""
        return {(each.language, each.id): each.english for each in self.translated_in if each.english}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return the problems in spite of which it can be used."""
        return tuple(problem for problem in self.problems if problem.warning)


def read_folder(*paths: Path, today: date | None = None, instead: Mapping[str, bytes | None] | None = None) -> Folder:
    """Read knowledge folders of one layout; a file in a later folder stands before the same file in an earlier one.

    `instead` says what the folders after the first would hold, by file inside them; None for no file.

    Everything wrong is collected in `problems`; only entries without a problem of their own are returned, and none where
    a folder itself can't be read.
    """
    folder = Folder()
    today = today or latest_today()
    digest = hashlib.sha256()
    instead = instead or {}
    try:
        files = _files(paths, folder, instead)
    except OSError as error:
        where = str(error.filename or paths[0])  # what the system refuses doesn't always say of which file
        which = "knowledge" if Path(where).is_relative_to(paths[0]) else "changes"
        what = f"the folder of {which} can't be read ({error.strerror})"
        folder.problems.append(Problem(where, 1, what, "look at its mount, its owner and its permissions"))
        return folder
    found = list[tuple[str, str, bytes]]()  # all are read first: what comes then calls the system no more
    for relative, path, shown in in_turns(files):
        try:
            given = instead.get(relative)
            data = contents(path) if given is None else given
        except OSError as error:
            what = f"the file can't be read ({error.strerror})"
            folder.problems.append(Problem(shown, 1, what, "check that it exists and its permissions"))
            continue
        digest.update(relative.encode() + b"\0" + data + b"\0")
        found.append((relative, shown, data))
    for relative, shown, data in found:
        folder.problems += told(_add(folder, relative, shown, data, today))
    folder.digest = digest.hexdigest()[:12]
    late = [problem for problem in folder.problems if problem.warning and problem.what.endswith(FUTURE)]
    if len(late) > MOST_LATE:
        what = f"{len(late)} days are in the future of this machine's clock, by which it is {today}"
        folder.problems = [problem for problem in folder.problems if problem not in late]
        folder.problems.append(Problem(str(paths[0]), 1, what, "set the clock", warning=True))
    return folder


def _add(folder: Folder, relative: str, file: str, data: bytes, today: date) -> list[Problem]:
    """Add what a file holds, as far as it is right, and return what is wrong."""
    root, problems = read(data, file)
    if root is None:
        return problems
    first, _, rest = relative.partition("/")
    code, inner = (first, rest) if first in LANGUAGES else ("en", relative)
    if inner == "disclaimers.yaml":
        folder.disclaimers[code], wrong = _disclaimers(root, file)
        return problems + wrong
    if inner == WORDS:
        words, wrong = checked(Words, root.plain(), root, file, "the list of words")
        folder.words[code] = words or Words()
        return problems + wrong
    if inner == helplines.FILE:
        folder.helplines, wrong = checked(helplines.Helplines, root.plain(), root, file, "the list of helplines", today)
        return problems + wrong
    kind, _, name = inner.removesuffix(".yaml").partition("/")
    if code != "en":
        values, wrong = _translation(root, kind, file)
        english = values.pop(ENGLISH_HASH, "")
        folder.translations.setdefault(code, {})[name] = values
        folder.translated_in.append(Translation(code, kind, name, file, root, english))
        return problems + wrong
    entry, wrong = read_entry(root, kind, name, file, today)
    problems += wrong
    if other := folder.entries.get(name) or folder.withdrawn.get(name):
        if entry:
            problems.append(Problem(file, 1, f"`{name}` is also the id of {other.file}", "rename one of the two files"))
    elif entry and all(problem.warning for problem in problems):
        (folder.withdrawn if entry.withdrawn else folder.entries)[name] = Read(entry, file, data)
    return problems


def read_entry(root: Node, kind: str, name: str, file: str, today: date) -> tuple[Entry | None, list[Problem]]:
    """Return the entry of a file of this name in the folder of a kind, or None and what is wrong."""
    if not ID.fullmatch(name) or len(name) > MAX_ID:
        todo = f"use lower case letters, digits and hyphens, at most {MAX_ID} characters"
        return None, [Problem(file, 1, f"the file name `{name}` is no id", todo)]
    cls, values, wrong = BY_FOLDER[kind], root.plain(), []
    if isinstance(values, dict):
        if (given := values.get("id", name)) != name:
            what = f"the id {f'`{given}`' if isinstance(given, str) else 'that is given'} is not the file's name"
            wrong.append(Problem(file, line_of(root, ("id",)), what, "delete the line, or rename the file"))
        values["id"] = name
    entry, problems = checked(cls, values, root, file, f"a {cls.kind}", today)
    return (None if wrong else entry), wrong + problems


def _translation(root: Node, kind: str, file: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields that a translation gives, and what is wrong."""
    model = translation_of(BY_FOLDER[kind])
    translation, problems = checked(model, root.plain(), root, file, "a translation", IN_TRANSLATION)
    given = translation.model_fields_set - {BASED_ON} if translation else ()
    return {name: getattr(translation, name) for name in given}, problems


def _disclaimers(root: Node, file: str) -> tuple[dict[str, str], list[Problem]]:
    """Return the disclaimers by their ids, and what is wrong; where anything is, without their texts."""
    values = root.plain()
    ids = [key for key in values if key != BASED_ON] if isinstance(values, dict) else []
    texts, problems = checked(Disclaimers, {key: values[key] for key in ids} or values, root, file, "the disclaimers")
    return (texts.root if texts else dict.fromkeys(ids, "")), problems


def _files(paths: tuple[Path, ...], folder: Folder, instead: Mapping[str, bytes | None]) -> list[tuple[str, Path, str]]:
    """Return (path inside its folder, path, path to show) of every knowledge file, sorted, later folders' files instead.

    Raises OSError where a folder can't be read.
    """
    found: dict[str, tuple[Path, str]] = {}
    for base in paths:
        is_changed = base is not paths[0]
        for name in listed(base):
            if is_changed and name in instead:
                continue
            path = base / name
            shown = path.as_posix()
            if odd := _odd(path, shown):
                folder.problems.append(odd)
            elif wrong := misplaced(name):
                folder.problems.append(Problem(shown, 1, *wrong))
            else:
                found[name] = (path, shown)
                folder.changed += is_changed
    for name, data in instead.items():
        if data is not None:
            found[name] = (paths[-1] / name, name)
    return [(name, *found[name]) for name in sorted(found)]


def _odd(path: Path, shown: str) -> Problem | None:
    """Return what is wrong with what is no file, or has no name that could be written; None with all else."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return None  # deleted just now, which is told where it is read
    if any("\ud800" <= letter <= "\udfff" for letter in shown):  # what Python has for what isn't UTF-8
        return Problem(shown, 1, "the name isn't UTF-8", "rename it", warning=True)
    if stat.S_ISREG(mode):
        return None
    it = "folder" if path.is_dir() else "file"
    if stat.S_ISLNK(mode):
        return Problem(shown, 1, f"the {it} is a link", f"put the {it} itself there")
    what = "this is a folder" if it == "folder" else "this is no file, but a pipe or a device"
    return Problem(shown, 1, what, "move it away", warning=True)


def taken(base: Path) -> list[str]:
    """Return the knowledge files in a folder by path inside it: those of a right name that are files. Raises OSError."""
    return [name for name in listed(base) if not misplaced(name) and not _odd(base / name, name)]


def listed(base: Path) -> list[str]:
    """Return what is in a knowledge folder by path inside it, but for what may lie beside; nothing where it is gone.

    Of folders, those that have a file's name, and links where entries belong.

    Raises OSError where it can't be read, or one that entries belong in: what is in there must not be taken for gone.
    """

    def belong(inside: str) -> bool:
        return inside in (".", *LANGUAGES) or not misplaced(f"{inside}/x.yaml")

    def unreadable(error: OSError) -> None:
        inside = Path(error.filename).relative_to(base).as_posix()
        if belong(inside) and not isinstance(error, FileNotFoundError):
            raise error

    found = list[str]()
    for folder, folders, names in in_turns(os.walk(base, onerror=unreadable)):
        inside = Path(folder).relative_to(base).as_posix()
        before = "" if inside == "." else f"{inside}/"
        odd = {
            each for each in folders if each.endswith(".yaml") or (belong(before + each) and Path(folder, each).is_symlink())
        }
        folders[:] = [each for each in folders if each not in odd]
        found += (before + name for name in (*names, *odd))
    return sorted(file for file in found if not is_beside(file))


def is_beside(relative: str) -> bool:
    """Say whether a file is no knowledge file and may lie beside them: an editor's own, an explanation, a schema."""
    hidden = any(part.startswith((".", "#")) or part.endswith("~") for part in relative.split("/"))
    return hidden or relative.endswith(_NO_ENTRIES)


def misplaced(relative: str) -> tuple[str, str] | None:
    """Say why a file of this name inside a knowledge folder is no knowledge file, and what to do; None where it is one."""
    parts = relative.split("/")
    if not relative.endswith(".yaml"):
        return "this is no .yaml file", "rename it to end in .yaml, or move it away"
    inner = parts[1:] if parts[0] in LANGUAGES else parts
    if parts == [helplines.FILE] or inner == ["disclaimers.yaml"] or (len(inner) == 2 and inner[0] in BY_FOLDER):
        return None
    if len(parts) == 2 and inner == [WORDS]:
        return None
    return "no entry belongs in this folder", f"move it into one of {', '.join(sorted(BY_FOLDER))}"
