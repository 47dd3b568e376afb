"""What cards are put together from: lines, links, lists of names, buttons that open entries."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from bot.interactions.custom_id import join
from bot.interactions.limits import BUTTONS, FIELD_VALUE, OPTIONS, size
from bot.interactions.message import Button, Field, Item, Option, Select
from bot.interactions.text import escaped
from bot.knowledge.kinds import Entry
from bot.knowledge.kinds.base import Translated, marked
from bot.knowledge.kinds.values import ID
from bot.knowledge.library import Snapshot
from bot.knowledge.search import in_sentences
from bot.language import _, ngettext, to_translate

E = TypeVar("E", bound=Entry)

NAMES, FEW = 6, 3
"""Names in a list, and in one that shares a first page with the signs to call about."""


HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "can_help": to_translate("What it can do"),
        "not_known": to_translate("What it can't do, or nobody knows yet"),
        "is_not": to_translate("What it is not"),
        "how_it_works": to_translate("How it works"),
        "given": to_translate("How it is given"),
        "at_home": to_translate("At home"),
        "drug_class": to_translate("What kind of medicine"),
        "side_effects": to_translate("Side effects"),
        "boxed": to_translate("The strongest warning on its US label (boxed)"),
        "immunotherapy": to_translate("What immunotherapy can do"),
        "shows": to_translate("How it shows"),
        "found_by": to_translate("How it is found"),
        "who_treats": to_translate("Who treats it"),
        "also_used": to_translate("What else is used"),
    }
)
"""field -> what stands above it, on a card and under a hit of a search"""


def inert(entry: E) -> E:
    """Return an entry whose texts stay as they are where markdown would change them, as in HLA-A*02:01."""
    texts = {name: getattr(entry, name) for name in marked(type(entry), Translated)}
    changed = {name: _inert(value) for name, value in texts.items() if _inert(value) != value}
    return entry.model_copy(update=changed) if changed else entry


def _inert(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_inert, value))
    return escaped(value) if isinstance(value, str) else value


def first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return next(in_sentences(text), "")


def titled(title: str, text: str, between: str = "\n") -> str:
    """Return a text under a bold title, or behind it; nothing for no text."""
    return f"**{title}**{between}{text}" if text else ""


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a list: whole ones, as many as fit into a field."""
    return joined_within([f"• {line}" for line in lines], "\n", FIELD_VALUE)


def sections(entry: Entry, *fields: str) -> str:
    """Return these fields of an entry, each under its heading; nothing of those that are empty."""
    said = ((field, getattr(entry, field)) for field in fields)
    texts = (titled(heading(field), text if isinstance(text, str) else bullets(text)) for field, text in said)
    return "\n\n".join(filter(None, texts))


def heading(field: str) -> str:
    """Return what stands above a field wherever it is shown; nothing for one that needs nothing."""
    return _(HEADINGS[field]) if field in HEADINGS else ""


def joined_within(lines: Sequence[str], between: str, most: int) -> str:
    """Join whole lines as long as they fit, so that no link and no sentence is cut."""
    text = ""
    for line in lines:
        longer = f"{text}{between}{line}" if text else line
        if size(longer) > most:
            break
        text = longer
    return text


def fields(*shown: Field) -> tuple[Field, ...]:
    """Return the fields that say something."""
    return tuple(field for field in shown if field.value)


def names_of(ids: Sequence[str], snapshot: Snapshot, most: int = NAMES) -> str:
    """Return the names of entries, and plain words as they are, on one line; how many more where there are too many."""
    found = [snapshot.entry(i) if ID.fullmatch(i) else snapshot.use(i) for i in ids]
    names = [e if isinstance(e, str) else e.name for e in found if e]
    return some(names, most)


def some(names: Sequence[str], most: int) -> str:
    """Return names on one line, and how many more there are than so many."""
    shown = ", ".join(names[:most])
    return f"{shown} {and_more(len(names) - most)}" if len(names) > most else shown


def and_more(count: int) -> str:
    """Return that there are so many more."""
    return ngettext("and {n} more", "and {n} more", count)


def sources_line(entry: Entry) -> str:
    """Return a link to the first source, and how many more there are: one line of a phone."""
    first, *others = entry.sources
    more = f" {and_more(len(others))}" if others else ""
    return titled(_("Sources") + ":", masked_link(first.publisher, first.url) + more, " ")


def masked_link(text: str, url: str) -> str:
    """Return a masked link; brackets in either part would end it early."""
    text = text.replace("[", "(").replace("]", ")")
    return f"[{text}]({url.replace('(', '%28').replace(')', '%29')})"


def open_buttons(entries: Iterable[Entry]) -> tuple[Item, ...]:
    """Return a row of buttons that each open an entry."""
    return tuple(Button(e.name, join("open", e.id)) for e in list(entries)[:BUTTONS])


def open_select(entries: Iterable[Entry], placeholder: str) -> tuple[Item, ...]:
    """Return a select that opens the entry picked, at most 25, with what each is; nothing for no entries."""
    options = tuple(Option(e.name, e.id, e.short) for e in list(entries)[:OPTIONS])
    return (Select(join("pick"), placeholder, options),) if options else ()
