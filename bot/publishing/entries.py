"""The form's side of an entry: its texts as someone types them, and a new entry's file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime

from bot.knowledge.kinds.values import MAX_ID
from bot.knowledge.names import words
from bot.knowledge.rewrite import Item, Value, written
from bot.strict_yaml import Node, read

FIELDS = ("short", "more", "also", "sources")
"""What the form changes; everything else of a file is for an editor."""

_PARTS = ("title", "publisher", "url", "seen")


class SourceLineError(ValueError):
    """A line of sources does not have its four parts; holds its number, from 1."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


def typed_fields(text: str) -> dict[str, str]:
    """Return a file's fields as the form shows them: names one a line, sources `title | publisher | address | day`."""
    root, _ = read(text.encode(), "")
    values = root.value if root and isinstance(root.value, dict) else {}
    return {key: _typed(values[key]) if key in values else "" for key in FIELDS}


def _typed(node: Node) -> str:
    if isinstance(node.value, str):
        return " ".join(node.value.split())
    items = node.value if isinstance(node.value, list) else []
    return "\n".join(_line(item) for item in items)


def _line(item: Node) -> str:
    if isinstance(item.value, dict):
        parts = {key: value.value for key, value in item.value.items()}
        return " | ".join(str(parts.get(key, "")) for key in _PARTS)
    return str(item.value)


def changed_fields(before: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, Value]:
    """Return what to set in the file: only the fields that are typed otherwise than before. Raises SourceLineError."""
    changes: dict[str, Value] = {}
    for key in FIELDS:
        new = typed.get(key)
        if new is None or _same(new) == _same(before.get(key, "")):
            continue
        if key == "sources":
            changes[key] = sources(new)
        elif key == "also":
            changes[key] = _lines(new) or None
        else:
            changes[key] = " ".join(new.split()) or None
    return changes


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _same(text: str) -> str:
    return "\n".join(_lines(text))


def sources(text: str) -> list[Item]:
    """Return the sources typed one a line. Raises SourceLineError; what is in the parts is checked with the file."""
    found: list[Item] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        # A title may hold the sign between the parts, the others can't.
        parts = [part.strip() for part in line.rsplit("|", len(_PARTS) - 1)]
        if len(parts) != len(_PARTS):
            raise SourceLineError(number)
        found.append({key: _date(part) if key == "seen" else part for key, part in zip(_PARTS, parts, strict=True)})
    return found


def _date(text: str) -> str | date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def new_id(name: str) -> str:
    """Return the id that a new entry of this name gets; empty where the name has no letter that an id can have."""
    plain = unicodedata.normalize("NFKD", " ".join(words(name))).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:MAX_ID].strip("-")


def new_entry(typed: Mapping[str, str]) -> str:
    """Return the file of a new entry, checked today; empty fields are left out. Raises SourceLineError."""
    fields: dict[str, Value] = {key: " ".join(typed.get(key, "").split()) for key in ("name", "topic")}
    fields |= changed_fields({}, typed) | {"checked": datetime.now(UTC).date()}
    order = ("name", "topic", "also", "short", "more", "sources", "checked")
    return written({key: fields[key] for key in order if fields.get(key)})
