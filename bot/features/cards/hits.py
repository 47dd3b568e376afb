"""What a search found: of each entry the sentence that answers, and a button to the page where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.cards.card import DETAILS, HELP, OVERVIEW
from bot.features.cards.kinds import kind_name
from bot.features.cards.parts import inert
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Field, Item
from bot.knowledge.kinds import Entry
from bot.knowledge.kinds.treatment import Treatment
from bot.knowledge.library import Snapshot
from bot.language import _


def hits(snapshot: Snapshot, text: str, entries: Sequence[Entry]) -> tuple[tuple[Field, ...], tuple[Item, ...]]:
    """Return a field and a button for each entry: the sentence that fits the text best, else what the entry is."""
    fields, buttons = [], []
    for entry in entries:
        field, sentence = snapshot.search.sentence(text, inert(entry)) or ("short", entry.short)
        page, heading = place_of(entry, field)
        fields.append(Field(f"{entry.name} ({kind_name(entry)})", f"*{heading}:* {sentence}" if heading else sentence))
        buttons.append(Button(entry.name, join("open", entry.id, page) if page != OVERVIEW else join("open", entry.id)))
    return tuple(fields), tuple(buttons)


def place_of(entry: Entry, field: str) -> tuple[str, str]:
    """Return the page of a card on which a field stands, and its heading there; no heading for what needs none."""
    places = {
        "short": (OVERVIEW, ""),
        "notice": (OVERVIEW, ""),
        "more": (DETAILS if isinstance(entry, Treatment) else OVERVIEW, ""),
        "immunotherapy": (OVERVIEW, _("What immunotherapy can do")),
        "side_effects": (HELP, _("Side effects")),
        "boxed": (HELP, _("The strongest warning on its US label (boxed)")),
        "can_help": (DETAILS, _("What it can do")),
        "not_known": (DETAILS, _("What it can't do, or nobody knows yet")),
        "is_not": (DETAILS, _("What it is not")),
        "given": (DETAILS, _("How it is given")),
        "at_home": (DETAILS, _("At home")),
        "how_it_works": (DETAILS, _("How it works")),
        "drug_class": (DETAILS, _("What kind of medicine")),
        "shows": (DETAILS, _("How it shows")),
        "found_by": (DETAILS, _("How it is found")),
        "who_treats": (DETAILS, _("Who treats it")),
        "also_used": (DETAILS, _("What else is used")),
    }
    return places.get(field, (DETAILS, ""))
