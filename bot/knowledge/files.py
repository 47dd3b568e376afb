"""Read a folder of knowledge files and check each against the model; every error has file, line, and what to do."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path, PurePath
from typing import Any, get_args, get_origin, get_type_hints

from bot.knowledge.model import (
    ENTRY_TYPES,
    TRANSLATED,
    ConditionOrText,
    Entry,
    Letters,
    Link,
    Many,
    Source,
    Topic,
    Words,
)
from bot.strict_yaml import Node, Problem, read

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_ID = 48
LANGUAGES = ("es",)
"""Languages that entries may be translated into, each a folder of its own; English is the entries' own."""

BASED_ON = "based_on"
"""In a changed file: the hash of the shipped version that it changes, so that a newer one is noticed."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADDRESS = re.compile(r"""https?://[^\s/?#@<>"\\^`{|}]+\.[^\s/?#@<>"\\^`{|}]+(?:[/?#][^\s<>"\\^`{|}]*)?""")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_DISCLAIMER_WORDS = 60
MOST_TOLD = 100
"""Problems told of one file: nobody reads more, and what was uploaded may have one on every line."""

_NEAR = 5
"""Unknown keys of a file for which a near one is looked for."""

_NO_ENTRIES = frozenset((".md", ".json", ".tmp", ".swp", ".bak"))
"""Files that may lie beside the entries: explanations, schemas, and what editors leave for a moment."""

Converter = Callable[["Check", Node, str], Any]


@dataclass(frozen=True, slots=True)
class Read:
    """An entry as read, with the file and the lines its values stand on."""

    entry: Entry
    file: str
    root: Node

    def line(self, key: str, value: str | None = None) -> int:
        """Return the line of a key, or of one value in that key's list."""
        assert isinstance(self.root.value, dict)
        node = self.root.value.get(key)
        if node is None:
            return 1
        if value is not None and isinstance(node.value, list):
            return next((item.line for item in node.value if item.value == value), node.line)
        return node.line


@dataclass(slots=True)
class Folder:
    """Everything read from a folder: what is right of it, and every problem."""

    entries: dict[str, Read] = field(default_factory=dict)
    withdrawn: dict[str, Read] = field(default_factory=dict)
    """entries that a moderator took down; others may still link to them"""
    translations: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """language -> id -> field -> value"""
    translated_in: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(language, folder of the kind, id, file) of every translation"""
    disclaimers: dict[str, dict[str, str]] = field(default_factory=dict)
    """language (`en` too) -> disclaimer's id -> text"""
    problems: list[Problem] = field(default_factory=list)
    changed: int = 0
    """how many files stand in the folders after the first"""
    digest: str = ""
    """Changes when any file changes; empty where a folder can't be read."""


@dataclass(slots=True)
class Check:
    """Checks the values of one file, and collects what is wrong."""

    file: str
    problems: list[Problem]
    today: date
    wrong: int = 0
    """how many things are wrong, told or not"""

    def complain(self, line: int, what: str, todo: str) -> None:
        """Note one thing that is wrong; the first hundred of a file, and that there are more."""
        self.wrong += 1
        if self.wrong <= MOST_TOLD:
            self.problems.append(Problem(self.file, line, what, todo))
        elif self.wrong == MOST_TOLD + 1:
            self.problems.append(
                Problem(self.file, line, "there are more errors in this file than are told here", "mend these first")
            )

    def text(self, node: Node, key: str, limit: Words | Letters) -> str | None:
        """Return a text within its limit, or None after saying why it is refused."""
        if not isinstance(node.value, str):
            kind = "a list" if isinstance(node.value, list) else "a mapping"
            self.complain(node.line, f"`{key}` is {kind}", "write one text there (quote it if it holds a colon)")
            return None
        text = " ".join(node.value.split())
        if not text:
            self.complain(node.line, f"`{key}` is empty", "write its text, or delete the line")
            return None
        if _FORBIDDEN.search(node.value):
            self.complain(node.line, f"`{key}` holds an invisible character", "type the text anew")
            return None
        if isinstance(limit, Words) and (count := len(text.split())) > limit.most:
            self.complain(node.line, f"`{key}` has {count} words, and {limit.most} is the most", "say it shorter")
            return None
        letters = limit.most * 15 if isinstance(limit, Words) else limit.most
        if len(text) > letters:
            self.complain(node.line, f"`{key}` has {len(text)} characters, and {letters} is the most", "say it shorter")
            return None
        return text

    def link(self, node: Node, key: str) -> str | None:
        """Return a text that has the form of an id; whether the entry exists is checked across the folder."""
        text = self.text(node, key, Letters(MAX_ID))
        if text is not None and not ID.fullmatch(text):
            self.complain(node.line, f"`{text}` in `{key}` is no id", "write the file name of an entry, without .yaml")
            return None
        return text

    def treats(self, node: Node, key: str, limit: ConditionOrText) -> str | None:
        """Return a condition's id, or plain words that can't be taken for one."""
        text = self.text(node, key, Words(limit.most))
        if text is not None and not ID.fullmatch(text) and not text[0].isupper():
            self.complain(
                node.line,
                f"`{text}` in `{key}` is neither an id nor words with a capital",
                "write the id of a condition, or begin with a capital where there is no such entry",
            )
            return None
        return text

    def many(self, node: Node, key: str, rule: Many) -> tuple[str, ...]:
        """Return a list's values, each checked; what is wrong is left out after saying so."""
        if not isinstance(node.value, list):
            self.complain(node.line, f"`{key}` is not a list", "write [one, two] or one `- value` a line")
            return ()
        if len(node.value) > rule.most:
            self.complain(node.line, f"`{key}` has {len(node.value)} values, and {rule.most} is the most", "keep the best")
            return ()
        found: list[str] = []
        for item in node.value:
            match rule.of:
                case Link():
                    value = self.link(item, key)
                case ConditionOrText():
                    value = self.treats(item, key, rule.of)
                case _:
                    value = self.text(item, key, rule.of)
            if value in found:
                self.complain(item.line, f"`{value}` stands in `{key}` twice", "delete one of them")
            elif value is not None:
                found.append(value)
        return tuple(found)

    def date(self, node: Node, key: str) -> date | None:
        """Return a day that is not in the future."""
        text = node.value if isinstance(node.value, str) else ""
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            day = date.fromisoformat(text)
        except ValueError:
            self.complain(node.line, f"`{key}` is not a date", f"write a day as in {self.today.isoformat()}")
            return None
        if day > self.today:
            self.complain(node.line, f"`{key}` is {text}, which is in the future", "write the day it was really done")
            return None
        return day

    def url(self, node: Node, key: str) -> str | None:
        """Return a web address that a link can carry."""
        text = self.text(node, key, Letters(400))
        if text is None:
            return None
        if not _ADDRESS.fullmatch(text):
            self.complain(node.line, f"`{text[:80]}` is not a web address", "copy the page's address: https://...")
            return None
        return text

    def sources(self, node: Node, key: str) -> tuple[Source, ...]:
        """Return the sources; at least one is needed, each with an address."""
        if not isinstance(node.value, list) or not node.value:
            self.complain(node.line, "`sources` is not a list of pages", "name at least one source, with its address")
            return ()
        found = []
        for item in node.value:
            source = self.mapping(item, Source, "a source")
            if source is not None:
                found.append(source)
        return tuple(found)

    def mapping(self, node: Node, cls: type, what: str, given: dict[str, Any] | None = None) -> Any:
        """Return an instance of a dataclass made from a mapping, or None after saying everything that is wrong."""
        if not isinstance(node.value, dict):
            self.complain(node.line, f"{what} is not a mapping of keys to values", "write `key: value` lines")
            return None
        before = self.wrong
        values = dict(given or {})
        rules = converters(cls)
        for key, value in node.value.items():
            rule = rules.get(key)
            if rule is None:
                close = get_close_matches(key[:MAX_ID], rules, 1) if self.wrong < _NEAR else []
                todo = f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(rules)}"
                self.complain(value.line, f"{what} has no key `{key[:80]}`", todo)
                continue
            converted = rule.convert(self, value, key)
            if converted is not None:
                values[rule.field] = converted
        for key, rule in rules.items():
            if rule.required and key not in node.value:
                todo = "add the page's address" if key == "url" else f"add a line `{key}: ...`"
                self.complain(node.line, f"{what} has no `{key}`", todo)
        return cls(**values) if self.wrong == before else None


@dataclass(frozen=True, slots=True)
class _Rule:
    field: str
    required: bool
    convert: Converter


_rules: dict[type[Any], dict[str, _Rule]] = {}


def converters(cls: type[Any]) -> dict[str, _Rule]:
    """Return, for each key a file may give for this dataclass, how its value is checked; in the model's order."""
    if cls in _rules:
        return _rules[cls]
    hints = get_type_hints(cls, include_extras=True)
    rules = {}
    for spec in fields(cls):
        if spec.name == "id":
            continue
        key = spec.metadata.get("key", spec.name)
        required = spec.default is MISSING and spec.default_factory is MISSING
        rules[key] = _Rule(spec.name, required, _converter(key, hints[spec.name]))
    _rules[cls] = rules
    return rules


def _converter(key: str, hint: Any) -> Converter:
    """Return the check for a field of this type."""
    if hint in (date, date | None):
        return Check.date
    if hint is Topic:
        return _topic
    if key == "url":
        return Check.url
    if key == "first_approved":
        return _year
    if get_origin(hint) is tuple and get_args(hint)[0] is Source:
        return Check.sources
    rule = hint.__metadata__[0]
    if isinstance(rule, Many):
        return lambda check, node, name: check.many(node, name, rule)
    if isinstance(rule, Link):
        return Check.link
    return lambda check, node, name: check.text(node, name, rule)


def _topic(check: Check, node: Node, key: str) -> Topic | None:
    try:
        return Topic(str(node.value))
    except ValueError:
        check.complain(node.line, f"`{key}` is not a topic", f"write one of {', '.join(Topic)}")
        return None


def _year(check: Check, node: Node, key: str) -> str | None:
    text = node.value if isinstance(node.value, str) else ""
    if not _YEAR.fullmatch(text) or int(text) > check.today.year:
        check.complain(node.line, f"`{key}` is not a year up to now", "write four digits, as in 2014")
        return None
    return text


def latest_today(now: datetime | None = None) -> date:
    """Return the day it is where the day begins first, so that nobody's today is in the future."""
    return ((now or datetime.now(UTC)) + timedelta(hours=14)).date()


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
        which = "knowledge" if Path(error.filename).is_relative_to(paths[0]) else "changes"
        what = f"the folder of {which} can't be read ({error.strerror})"
        folder.problems.append(Problem(error.filename, 1, what, "look at its mount, its owner and its permissions"))
        return folder
    for relative, path, shown in files:
        check = Check(shown, folder.problems, today)
        # Let the event loop have its turn between two files: without this it waits for dozens of them.
        time.sleep(0)
        try:
            given = instead.get(relative)
            data = path.read_bytes() if given is None else given
        except OSError as error:
            check.complain(1, f"the file can't be read ({error.strerror})", "check that it exists and its permissions")
            continue
        digest.update(relative.encode() + b"\0" + data + b"\0")
        root, problems = read(data, shown)
        for problem in problems:
            check.complain(problem.line, problem.what, problem.todo)
        if root is None:
            continue
        language = relative.split("/")[0] if relative.split("/")[0] in LANGUAGES else "en"
        inner = relative.removeprefix(language + "/")
        if inner == "disclaimers.yaml":
            folder.disclaimers[language] = _disclaimers(check, root)
        elif language == "en":
            entry = read_entry(check, root, Path(inner), broken=bool(problems))
            if entry is not None and (other := folder.entries.get(entry.id) or folder.withdrawn.get(entry.id)):
                check.complain(1, f"`{entry.id}` is also the id of {other.file}", "rename one of the two files")
            elif entry is not None:
                (folder.withdrawn if entry.withdrawn else folder.entries)[entry.id] = Read(entry, shown, root)
        else:
            _translation(check, root, Path(inner), folder.translations.setdefault(language, {}))
            folder.translated_in.append((language, Path(inner).parts[0], Path(inner).stem, shown))
    folder.digest = digest.hexdigest()[:12]
    return folder


def read_entry(check: Check, root: Node, path: Path, *, broken: bool = False) -> Entry | None:
    """Return the entry of one file, whose path (folder/id.yaml) says its kind and id; None where anything is wrong."""
    cls = next(cls for cls in ENTRY_TYPES if cls.folder == path.parts[0])
    name = path.stem
    if not ID.fullmatch(name) or len(name) > MAX_ID:
        check.complain(
            1,
            f"the file name `{name}` is no id",
            f"use lower case letters, digits and hyphens, at most {MAX_ID} characters",
        )
        return None
    if isinstance(root.value, dict) and (given := root.value.pop("id", None)) is not None and given.value != name:
        shown = f"`{given.value}`" if isinstance(given.value, str) else "that is given"
        check.complain(given.line, f"the id {shown} is not the file's name", "delete the line, or rename the file")
        broken = True
    before = check.wrong
    entry = check.mapping(root, cls, f"a {cls.kind}", {"id": name})
    if broken or check.wrong > before:
        return None
    assert isinstance(entry, Entry)
    return entry


def _translation(check: Check, root: Node, path: Path, into: dict[str, dict[str, Any]]) -> None:
    """Read the translated fields of one entry."""
    cls = next(cls for cls in ENTRY_TYPES if cls.folder == path.parts[0])
    if not isinstance(root.value, dict):
        check.complain(root.line, "a translation is not a mapping of keys to values", "write `key: value` lines")
        return
    rules = {key: rule for key, rule in converters(cls).items() if rule.field in TRANSLATED}
    values = {}
    for key, node in root.value.items():
        if key == BASED_ON:
            continue
        rule = rules.get(key)
        if rule is None:
            check.complain(node.line, f"a translation has no key `{key[:80]}`", f"the keys are {', '.join(rules)}")
            continue
        converted = rule.convert(check, node, key)
        if converted is not None:
            values[rule.field] = converted
    into[path.stem] = values


def _disclaimers(check: Check, root: Node) -> dict[str, str]:
    if not isinstance(root.value, dict):
        check.complain(root.line, "the disclaimers are not a mapping of ids to texts", "write `id: text` lines")
        return {}
    given = {key: node for key, node in root.value.items() if key != BASED_ON}
    texts = {key: check.text(node, key, Words(_DISCLAIMER_WORDS)) for key, node in given.items()}
    return {key: text for key, text in texts.items() if text is not None}


def _files(paths: tuple[Path, ...], folder: Folder, instead: Mapping[str, bytes | None]) -> list[tuple[str, Path, str]]:
    """Return (path inside its folder, path, path to show) of every knowledge file, sorted, later folders' files instead.

    Raises OSError where a folder can't be read.
    """
    found: dict[str, tuple[Path, str]] = {}
    for base in paths:
        for name in listed(base):
            path, is_changed = base / name, base is not paths[0]
            shown = path.as_posix()
            if is_changed and name in instead:
                continue
            if path.is_symlink():
                folder.problems.append(Problem(shown, 1, "the file is a link", "put the file itself there"))
            elif wrong := misplaced(name):
                folder.problems.append(Problem(shown, 1, *wrong))
            else:
                found[name] = (path, shown)
                folder.changed += is_changed
    for name, data in instead.items():
        if data is not None:
            found[name] = (paths[-1] / name, name)
    return [(name, *found[name]) for name in sorted(found)]


def listed(base: Path) -> list[str]:
    """Return the files in a knowledge folder by path inside it, but for those that may lie beside; none where it is gone.

    Raises OSError where it can't be read, or one that entries belong in: what is in there must not be taken for gone.
    """

    def unreadable(error: OSError) -> None:
        inside = Path(error.filename).relative_to(base).as_posix()
        belongs = inside in (".", *LANGUAGES) or not misplaced(f"{inside}/x.yaml")
        if belongs and not isinstance(error, FileNotFoundError):
            raise error

    found = ((Path(folder), names) for folder, _, names in os.walk(base, onerror=unreadable))
    files = [(folder / name).relative_to(base) for folder, names in found for name in names]
    return sorted(file.as_posix() for file in files if not is_beside(file))


def is_beside(relative: PurePath) -> bool:
    """Say whether a file is no knowledge file and may lie beside them: an editor's own, an explanation, a schema."""
    hidden = any(part.startswith((".", "#")) or part.endswith("~") for part in relative.parts)
    return hidden or relative.suffix in _NO_ENTRIES


def misplaced(relative: str) -> tuple[str, str] | None:
    """Say why a file of this name inside a knowledge folder is no knowledge file, and what to do; None where it is one."""
    parts = relative.split("/")
    if not relative.endswith(".yaml"):
        return "this is no .yaml file", "rename it to end in .yaml, or move it away"
    inner = parts[1:] if parts[0] in LANGUAGES else parts
    known = {cls.folder for cls in ENTRY_TYPES}
    if inner == ["disclaimers.yaml"] or (len(inner) == 2 and inner[0] in known):
        return None
    return "no entry belongs in this folder", f"move it into one of {', '.join(sorted(known))}"
