"""Read YAML as plain text, lists and mappings, and say with file and line whatever else it holds.

Everything that makes YAML surprising is refused: types guessed from the look of a value (`NO`, `12:30`), anchors and
aliases (306 bytes can stand for a million nodes), tags, merge keys, keys given twice, deep nesting. The events come
straight from libyaml, so a bad file is refused as it is read, before anything is built from it.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from yaml import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

MAX_BYTES = 256_000
MAX_DEPTH = 12

Value: TypeAlias = "str | list[Node] | dict[str, Node]"


def inert(text: str) -> str:
    """Return a text with the codes of letters that move a cursor, end a line or can't be shown, in place of them."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def contents(path: Path) -> bytes:
    """Return what stands in a file; no more than a byte beyond the most, where it is larger.

    Raises OSError, also for what is no file: reading a pipe would wait for ever.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(None, "it is no file", str(path))
        return file.read(MAX_BYTES + 1)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a file: where, what, and what to do about it."""

    file: str
    line: int
    what: str
    todo: str
    warning: bool = False
    """whether the bot goes on all the same, without it"""

    def __post_init__(self) -> None:
        """Make inert what stood in a file, or was its name."""
        object.__setattr__(self, "file", inert(self.file))
        object.__setattr__(self, "what", inert(self.what))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.todo}"


@dataclass(slots=True)
class Node:
    """A value and the line (from 1) that it starts on; in a mapping, the line of its key."""

    value: Value
    line: int

    def plain(self) -> Any:
        """Return the value without lines: texts, tuples and dictionaries."""
        value = self.value
        if type(value) is str:
            return value
        if type(value) is list:
            return tuple([node.plain() for node in value])
        return {key: node.plain() for key, node in value.items()}  # type: ignore[union-attr]


class _RefusedError(Exception):
    """Nothing more can be read from this file."""


def read(data: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """Read one YAML document and return its root with every problem found.

    The root is None when nothing could be read (empty, too large, not UTF-8, not YAML). `file` is only used to name the
    file in problems. Nothing is raised for what stands in the file.
    """
    problems: list[Problem] = []

    def complain(line: int, what: str, todo: str) -> None:
        problems.append(Problem(file, line, what, todo))

    if len(data) > MAX_BYTES:
        complain(1, f"the file has more than {MAX_BYTES:,} bytes", "split it into smaller entries")
        return None, problems
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        complain(line, "the text is not UTF-8", "save the file with the encoding UTF-8")
        return None, problems
    try:
        return _Reader(complain).document(text), problems
    except _RefusedError:
        return None, problems
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        complain(line, "there is a character that YAML does not allow", "delete the invisible character on this line")
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        line = 1 if mark is None else mark.line + 1
        reason = getattr(error, "problem", None) or "it can't be read"
        complain(
            line,
            f"this is not valid YAML ({reason})",
            "check the indentation, the quotes and the colons on this line and the one before it",
        )
    return None, problems


class _Reader:
    """Builds nodes from libyaml's events."""

    def __init__(self, complain: Any) -> None:
        self.complain = complain

    def document(self, text: str) -> Node | None:
        root: Node | None = None
        # Its events one by one: yaml.parse() would ask twice for each.
        self.following: Any = yaml.CBaseLoader(text).get_event
        events: Any = iter(self.following, None)
        for event in events:
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                if root is not None:
                    line = event.start_mark.line + 1
                    self.complain(line, "a second document begins here", "keep one entry a file: delete `---`")
                    raise _RefusedError
                root = self.node(self.following(), 1)
        if root is None:
            self.complain(1, "the file is empty", "write the entry, or delete the file")
        return root

    def node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        line = event.start_mark.line + 1
        if kind is AliasEvent:
            self.complain(line, f"`*{event.anchor}` repeats another value", "write the value out instead of the alias")
            return Node("", line)
        if event.anchor is not None:
            self.complain(line, f"`&{event.anchor}` is an anchor", "delete the anchor and write each value out")
        if event.tag is not None:
            self.complain(line, f"`{event.tag}` is a tag", "delete the tag: every value is plain text here")
        if kind is ScalarEvent:
            return Node(event.value, line)
        if depth > MAX_DEPTH:
            self.complain(line, f"values are nested more than {MAX_DEPTH} deep", "write it flatter")
            raise _RefusedError
        if kind is SequenceStartEvent:
            items: list[Node] = []
            while type(event := self.following()) is not SequenceEndEvent:
                items.append(self.node(event, depth + 1))
            return Node(items, line)
        return Node(self.mapping(depth), line)

    def mapping(self, depth: int) -> dict[str, Node]:
        values: dict[str, Node] = {}
        while type(event := self.following()) is not MappingEndEvent:
            key = self.node(event, depth + 1)
            value = self.node(self.following(), depth + 1)
            if type(key.value) is not str:
                self.complain(key.line, "a key is a list or a mapping", "write a plain word before the colon")
            elif key.value == "<<":
                self.complain(key.line, "`<<` merges another mapping", "write the keys out instead")
            elif key.value in values:
                first = values[key.value].line
                self.complain(
                    key.line, f"`{key.value}` is given twice (first on line {first})", "keep one of them, delete the other"
                )
            else:
                value.line = key.line
                values[key.value] = value
        return values
