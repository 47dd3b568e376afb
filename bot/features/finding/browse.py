"""/browse: everything there is, by kind and topic, page by page."""

from bot.features.cards.kinds import group_names
from bot.features.cards.parts import open_select
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, command, locale_str
from bot.interactions.message import Embed, Message, Option, Select
from bot.interactions.pager import Page, as_list
from bot.interactions.request import Request
from bot.interactions.routes import press
from bot.knowledge.kinds import Entry, Term
from bot.knowledge.library import Snapshot
from bot.language import _, ngettext

NAMES = 20
"""Entries on a page."""


@command(
    locale_str("browse"),
    locale_str("Look around, by kind and topic"),
    help=HelpLine(60),
)
async def browse(request: Request) -> Answer:
    """Show what there is."""
    return Answer(listed(request.snapshot, "", 0), "offered", public=True)


@press("group", counts=True, command="browse")
async def choose_group(request: Request) -> Answer:
    """Show the first page of the group that was picked."""
    return as_list(request, Answer(listed(request.snapshot, request.picked, 0), "offered"))


@press("browse", counts=True)
async def turn_browse(request: Request, page: int = 0, group: str = "") -> Answer:
    """Show a page of a group."""
    return as_list(request, Answer(listed(request.snapshot, group, page), "offered"))


def groups(snapshot: Snapshot) -> dict[str, tuple[str, list[Entry]]]:
    """Return what there is to browse: key -> (name, entries by name)."""
    names = group_names()
    members: dict[str, list[Entry]] = {key: [] for key in names}
    for entry_id in snapshot.entries:
        entry = snapshot.entry(entry_id)
        assert entry is not None
        members[entry.topic.value if isinstance(entry, Term) else entry.kind.value].append(entry)
    return {
        key: (name, sorted(members[key], key=lambda e: e.name.casefold())) for key, name in names.items() if members[key]
    }


def listed(snapshot: Snapshot, group: str, number: int) -> Message:
    """Return a page of a group's entries, with selects for the group and the entry; the choice of a group for no group."""
    everything = groups(snapshot)
    options = []
    for key, (name, entries) in everything.items():
        count = ngettext("{n} entry", "{n} entries", len(entries))
        options.append(Option(name, key, count, chosen=key == group))
    which = Select(choose_group.id(), _("What would you like to look at?"), tuple(options))
    if group not in everything:
        embed = Embed(_("Look around"), _("Choose below what you would like to see."))
        return Message(embeds=(embed,), rows=((which,),), again=turn_browse.id())
    name, entries = everything[group]
    page = Page.of(entries, number, NAMES)
    footer = _("Page {page} of {pages}. Choose a name below to open it.", page=page.number + 1, pages=page.pages)
    embed = Embed(name, "\n".join(f"• {e.name}" for e in page.shown), footer=footer)
    turning = page.turn(lambda to: turn_browse.id(to, group))
    rows = ((which,), open_select(page.shown, _("Open an entry")), turning)
    return Message(embeds=(embed,), rows=rows, again=turn_browse.id(page.number, group))
