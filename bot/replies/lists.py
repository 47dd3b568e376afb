"""Lists of entries, page by page: what a search found, what there is to browse, the terms of a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.knowledge.kinds import Entry, Kind, Term, Topic
from bot.knowledge.library import Snapshot
from bot.language import Language
from bot.replies.buttons import MOST_CARRIED, Press, button, carried, open_buttons, open_select
from bot.replies.card import kind_name
from bot.replies.reply import Item, Reply
from bot.replies.text import typed

HITS = 5
"""Hits on a page: each has a button, and a row holds five."""

NAMES = 20
"""Entries on a page to browse."""

_COLOUR = 0x3B7DD8


def found(snapshot: Snapshot, text: str, page: int, lang: Language) -> tuple[Reply, bool]:
    """Return a page of what a search found, and whether it found anything. A page beyond the last is the last."""
    _ = lang.gettext
    # What the buttons can carry is what is searched for on every page, so that the pages belong together.
    text = snapshot.search.telling(text, MOST_CARRIED)
    hits = [e for i in snapshot.search.find(text) if (e := snapshot.entry(i, lang.code))]
    if not hits:
        return _nothing_in_search(text, lang), False
    pages = -(-len(hits) // HITS)
    page = min(max(page, 0), pages - 1)
    shown = hits[page * HITS : (page + 1) * HITS]
    embed = discord.Embed(title=_("What I found for “{text}”").format(text=typed(text)), colour=_COLOUR)
    for entry in shown:
        embed.add_field(name=f"{entry.name} ({kind_name(entry, lang)})", value=entry.short, inline=False)
    embed.set_footer(
        text=_("Page {page} of {pages}. Press a name to open it.").format(page=page + 1, pages=pages)
        + "\n"
        + snapshot.disclaimer("general", lang.code)
    )
    turn = _turn("search", carried(text), page, pages, lang)
    return Reply(embeds=(embed,), rows=tuple(row for row in (open_buttons(shown), turn) if row)), True


def _nothing_in_search(text: str, lang: Language) -> Reply:
    _ = lang.gettext
    shown = typed(text)
    first = _("I found nothing for “{text}”.").format(text=shown) if shown else _("I could not read any words in that.")
    rest = _("Try one or two plain words, such as “skin cancer” or “rash”, or look around with Browse.")
    return Reply(content=f"{first}\n{rest}", rows=((browse_button(lang),),))


def _turn(action: str, what: str, page: int, pages: int, lang: Language) -> tuple[Item, ...]:
    """Return Back and Next; nothing for a single page."""
    _ = lang.gettext
    if pages == 1:
        return ()
    return (
        button(_("Back"), Press(action, str(max(page - 1, 0)), what), on=page > 0),
        button(_("Next"), Press(action, str(page + 1), what), on=page < pages - 1),
    )


def browse_button(lang: Language) -> Item:
    """Return a button that opens the list of everything."""
    return button(lang.gettext("Browse"), Press("browse", "0", ""))


def group_names(lang: Language) -> dict[str, str]:
    """Return what groups of entries are called: a kind each, and for terms a topic each."""
    _ = lang.gettext
    return {
        Kind.THERAPY.value: _("Therapies"),
        Kind.MEDICINE.value: _("Medicines"),
        Kind.CONDITION.value: _("Conditions"),
        Topic.CELLS.value: _("Cells"),
        Topic.MOLECULES.value: _("Molecules"),
        Topic.PROCESSES.value: _("How the body works"),
        Topic.SIDE_EFFECTS.value: _("Side effects"),
        Topic.URGENT.value: _("Urgent: when to get help"),
        Topic.TESTS.value: _("Tests"),
        Topic.MEDICINE_GROUPS.value: _("Groups of medicines"),
        Topic.VACCINES.value: _("Vaccines"),
        Topic.CARE.value: _("Care and words of care"),
    }


def groups(snapshot: Snapshot, lang: Language) -> dict[str, tuple[str, list[Entry]]]:
    """Return what there is to browse: key -> (name, entries by name)."""
    names = group_names(lang)
    members: dict[str, list[Entry]] = {key: [] for key in names}
    for entry_id in snapshot.entries:
        entry = snapshot.entry(entry_id, lang.code)
        assert entry is not None
        members[entry.topic.value if isinstance(entry, Term) else entry.kind.value].append(entry)
    return {
        key: (name, sorted(members[key], key=lambda e: e.name.casefold())) for key, name in names.items() if members[key]
    }


def browse(snapshot: Snapshot, group: str, page: int, lang: Language) -> Reply:
    """Return a page of a group's entries, with selects for the group and the entry; the choice of a group for no group."""
    _ = lang.gettext
    everything = groups(snapshot, lang)
    options = []
    for key, (name, entries) in everything.items():
        count = lang.ngettext("{n} entry", "{n} entries", len(entries)).format(n=len(entries))
        options.append(discord.SelectOption(label=name, value=key, default=key == group, description=count))
    which: discord.ui.Select[Any] = discord.ui.Select(
        custom_id=str(Press("group")), placeholder=_("What would you like to look at?"), options=options
    )
    if group not in everything:
        embed = discord.Embed(
            title=_("Look around"), description=_("Choose below what you would like to see."), colour=_COLOUR
        )
        return Reply(embeds=(embed,), rows=((which,),))
    name, entries = everything[group]
    pages = -(-len(entries) // NAMES)
    page = min(max(page, 0), pages - 1)
    shown = entries[page * NAMES : (page + 1) * NAMES]
    embed = discord.Embed(title=name, description="\n".join(f"• {e.name}" for e in shown), colour=_COLOUR)
    embed.set_footer(text=_("Page {page} of {pages}. Choose a name below to open it.").format(page=page + 1, pages=pages))
    rows = ((which,), open_select(shown, _("Open an entry")), _turn("browse", group, page, pages, lang))
    return Reply(embeds=(embed,), rows=tuple(row for row in rows if row))


def explained(snapshot: Snapshot, names: Sequence[tuple[str, ...]], lang: Language) -> Reply:
    """Return the terms of a message with their one-line meanings, each a button; a sentence where there is none."""
    _ = lang.gettext
    entries = [e for ids in names for i in ids if (e := snapshot.entry(i, lang.code))][:10]
    if not entries:
        text = _("I know none of the words in that message. `/search` looks through everything I know.")
        return Reply(content=text, rows=((browse_button(lang),),))
    embed = discord.Embed(title=_("Words in that message"), colour=_COLOUR)
    for entry in entries:
        embed.add_field(name=entry.name, value=entry.short, inline=False)
    embed.set_footer(text=snapshot.disclaimer("general", lang.code))
    return Reply(embeds=(embed,), rows=(open_buttons(entries[:5]), open_buttons(entries[5:])))
