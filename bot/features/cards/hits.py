"""What a search found: of each entry the sentence that answers, and a button to the page where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.cards.card import DETAILS, HELP, OVERVIEW
from bot.features.cards.kinds import kind_name
from bot.features.cards.parts import heading, inert
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Field, Item
from bot.knowledge.kinds import Entry
from bot.knowledge.kinds.treatment import Treatment
from bot.knowledge.library import Snapshot


def hits(snapshot: Snapshot, text: str, entries: Sequence[Entry]) -> tuple[tuple[Field, ...], tuple[Item, ...]]:
    """Return a field and a button for each entry: the sentence that fits the text best, else what the entry is."""
    fields, buttons = [], []
    for entry in entries:
        field, sentence = snapshot.search.sentence(text, inert(entry)) or ("short", entry.short)
        page, title = place_of(entry, field)
        fields.append(Field(f"{entry.name} ({kind_name(entry)})", f"*{title}:* {sentence}" if title else sentence))
        buttons.append(Button(entry.name, join("open", entry.id, page) if page != OVERVIEW else join("open", entry.id)))
    return tuple(fields), tuple(buttons)


def place_of(entry: Entry, field: str) -> tuple[str, str]:
    """Return the page of a card on which a field stands, and its heading there; no heading for what needs none."""
    if field in ("side_effects", "boxed"):
        page = HELP
    elif field in ("short", "notice", "immunotherapy") or (field == "more" and not isinstance(entry, Treatment)):
        page = OVERVIEW
    else:
        page = DETAILS
    return page, heading(field)
