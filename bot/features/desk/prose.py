"""A change as a person reads it: before and after, the changed words bold; and the page of the card where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from bot.features.cards.card import CardContext
from bot.features.cards.fields import label
from bot.features.cards.kinds import card_of
from bot.features.cards.parts import titled
from bot.features.desk.fields import field_of, kind_of, lines_of, shown
from bot.features.desk.files import entry_id
from bot.interactions.message import Embed, Field
from bot.interactions.text import escaped
from bot.knowledge.kinds import Entry
from bot.knowledge.kinds.base import Translated, key_of, marked
from bot.knowledge.library import Snapshot
from bot.knowledge.rewrite import value_of
from bot.language import _
from bot.publishing.publish import Change

MOST = 1500
"""Characters of a change in prose; all of it is in the file's diff."""

_OPEN, _SHUT = "\ue000", "\ue001"
"""Stand around changed words until all else is escaped: no text of a file has them."""

_PLAIN = frozenset(("name", "notice", "sign", "brief", "say"))
"""Texts that stand in bold, or within others."""


def in_prose(file: str, change: Change, snapshot: Snapshot) -> str:
    """Return what a change of an entry's file changes, field by field; nothing of what is no entry."""
    cls = kind_of(file)
    if cls is None:
        return ""
    parts, left = list[str](), MOST
    for key in key_of(cls).values():
        before, after = value_of(change.before, key), value_of(change.after, key)
        field = field_of(cls, key, translation=file.startswith("es/"))
        if before == after:
            continue
        texts = [shown(field, v, snapshot) if field else {key: str(v or "")} for v in (before, after)]
        names = (field.parts() if field else {}) or {key: ""}
        for part, name in names.items():
            lines = list(_compared(*(lines_of(each.get(part, "")) for each in texts)))
            called = label(field.name) if field else f"`{key}`"
            title = f"{called}: {name}" if name else called
            said = titled(title, "\n".join(lines))
            if said and len(said) > left:
                return "\n".join([*parts, "…"])
            parts += [said] if said else []
            left -= len(said)
    return "\n".join(parts)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the lines that differ: what was there and what is, word by word; what is gone, and what is new."""
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        pairs = min(b - a, d - c)
        for old, new in zip(before[a : a + pairs], after[c : c + pairs], strict=True):
            yield _("Before: {text}", text=_bold(new, old))
            yield _("Now: {text}", text=_bold(old, new))
        yield from (_("Gone: {text}", text=escaped(line)) for line in before[a + pairs : b])
        yield from (_("New: {text}", text=escaped(line)) for line in after[c + pairs : d])


def _bold(other: str, text: str) -> str:
    return _visible(escaped(_marked(other, text)))


def _visible(text: str) -> str:
    return text.replace(_OPEN, "**").replace(_SHUT, "**")


def _marked(other: str, text: str) -> str:
    """Return a text with marks around the words that the other one has not."""
    theirs, words = other.split(), text.split()
    found = []
    for what, _a, _b, c, d in SequenceMatcher(None, theirs, words, autojunk=False).get_opcodes():
        if c < d:
            run = " ".join(words[c:d])
            found.append(run if what == "equal" else f"{_OPEN}{run}{_SHUT}")
    return " ".join(found)


def changed_page(before: Snapshot, after: Snapshot, file: str, context: CardContext) -> Embed | None:
    """Return the page of an entry's card on which something changes, the changed words bold; None where none does."""
    old, new = (each.entry(entry_id(file)) for each in (before, after))
    if old is None or new is None or type(old) is not type(new):
        return None
    was, card = card_of(old, before, context), card_of(new, after, context)
    for page in card.pages():
        if page not in was.pages() or was.message(page).embeds != card.message(page).embeds:
            shown_so = card_of(_with_marks(old, new), after, context).message(page).embeds[0]
            fields = tuple(Field(field.name, _visible(field.value), field.inline) for field in shown_so.fields)
            return replace(shown_so, description=_visible(shown_so.description), fields=fields)
    return None


def _with_marks(old: Entry, new: Entry) -> Entry:
    texts = [name for name, mark in marked(type(new), Translated).items() if mark.follows and name not in _PLAIN]
    return new.model_copy(update={name: _each_marked(getattr(old, name), getattr(new, name)) for name in texts})


def _each_marked(old: Any, new: Any) -> Any:
    if isinstance(new, str):
        return _marked(old, new) if isinstance(old, str) and old != new else new
    if isinstance(new, tuple) and all(isinstance(each, str) for each in new):
        lines = dict(zip(new, new, strict=True))
        for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what in ("replace", "insert"):
                olds = (*old[a:b], *("" for _ in range(d - c)))
                lines |= {line: _marked(was, line) for was, line in zip(olds, new[c:d], strict=False)}
        return tuple(lines.values())
    return new
