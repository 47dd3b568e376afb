"""The fields of an entry as moderators know them: what each is called, and a list to pick one from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.features.cards.parts import HEADINGS
from bot.interactions.custom_id import join
from bot.interactions.message import Item, Option, Select
from bot.knowledge.kinds import Entry
from bot.knowledge.kinds.base import LinksTo, Translated, key_of, marked
from bot.language import _, to_translate

LABELS: Mapping[str, str] = MappingProxyType(
    {
        **HEADINGS,
        "name": to_translate("Name"),
        "also": to_translate("Other names"),
        "shares_name": to_translate("Entries of the same name"),
        "say": to_translate("How to say it"),
        "notice": to_translate("What must be read first"),
        "short": to_translate("What it is"),
        "more": to_translate("More"),
        "related": to_translate("What to read next"),
        "sources": to_translate("Sources"),
        "disclaimers": to_translate("Further disclaimers"),
        "call_now": to_translate("When to call"),
        "less_urgent": to_translate("Signs that are less urgent here"),
        "treats": to_translate("What it is used for"),
        "ask": to_translate("Questions for the care team"),
        "examples": to_translate("Examples"),
        "brands": to_translate("Brand names"),
        "biosimilars": to_translate("Brand names of biosimilars"),
        "target": to_translate("What it acts on"),
        "therapy": to_translate("The therapy it belongs to"),
        "first_approved": to_translate("First approved in the US"),
        "look_alikes": to_translate("Names that look alike"),
        "sign": to_translate("As it stands in lists of signs"),
        "brief": to_translate("The fewest words for it"),
        "urgency": to_translate("How urgent it is"),
        "words": to_translate("What people type when it happens"),
        "at_once": to_translate("What to do at once"),
        "worse": to_translate("More urgent signs with it"),
        "asked_as": to_translate("Other ways of asking it"),
        "about": to_translate("What it is about"),
        "topic": to_translate("Topic"),
    }
)
"""field -> what moderators call it; what has no name here is the bot's own to write"""


def label(field: str) -> str:
    """Return what moderators call a field."""
    return _(LABELS[field])


def labels_by_key(cls: type[Entry]) -> dict[str, str]:
    """Return what moderators call the fields of a kind, by the keys that its files have."""
    return {key: label(name) for name, key in key_of(cls).items() if name in LABELS}


def pick_field(entry: Entry, where: str, *, translation: bool = False) -> tuple[tuple[Item, ...], ...]:
    """Return the lists to pick what to change from: what the entry says, then its names, links and sources.

    `where` is the file, as ids carry it, or the draft that is changed.
    """
    cls = type(entry)
    texts, links = marked(cls, Translated), marked(cls, LinksTo)
    names = [name for name in key_of(cls) if name in LABELS and (name in texts or not translation)]
    says = [name for name in names if name == "call_now" or (name in texts and texts[name].follows and name not in links)]
    says += [name for name in names if name in ("boxed", "less_urgent", "treats", "urgency")]
    lists = (_("Edit what it says"), says), (_("Edit names, links, sources"), [name for name in names if name not in says])
    return tuple(
        (Select(join("modpick", where, str(n)), title, tuple(_option(entry, name) for name in found)),)
        for n, (title, found) in enumerate(lists)
        if found
    )


def _option(entry: Entry, name: str) -> Option:
    return Option(label(name), key_of(type(entry))[name], _shortly(getattr(entry, name, "")))


def _shortly(value: Any) -> str:
    """Return a text as it is, and a list of them with semicolons; of what else there is, nothing."""
    if isinstance(value, tuple):
        return "; ".join(filter(None, map(_shortly, value)))
    return value if isinstance(value, str) else ""
