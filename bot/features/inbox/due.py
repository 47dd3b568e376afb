"""/knowledge due: the entries to check against their sources again."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.features.cards.kinds import kind_name
from bot.features.cards.parts import open_select
from bot.interactions.answer import Answer
from bot.interactions.commands import knowledge, locale_str
from bot.interactions.message import Embed, Message
from bot.interactions.pager import Page
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.knowledge.due import Due, due
from bot.knowledge.library import Snapshot
from bot.language import _, long_day, ngettext

ROWS = 10


@press("modqdue", who=Who.MODERATORS, command="knowledge")
@knowledge(locale_str("due"), locale_str("Entries to check against their sources again"))
async def show_due(request: Request, page: int = 0) -> Answer:
    """Show a page of the entries that are due, those that have been so the longest first."""
    message = due_list(request.snapshot, _due_now(request), page)
    return Answer(message, in_place=request.on_private_message)


def _due_now(request: Request) -> list[Due]:
    """Return what is due today, worked out once for each version of the knowledge and day."""
    today, settings, memo = datetime.now(UTC).date(), request.config.knowledge, request.snapshot.memo
    if ("due", today) not in memo:
        memo["due", today] = due(request.snapshot.entries.values(), today, settings, request.deps.library.popularity)
    found: list[Due] = memo["due", today]
    return found


def due_list(snapshot: Snapshot, found: Sequence[Due], number: int) -> Message:
    """Return a page of the entries that are due, each to be opened; a page beyond the last is the last."""
    page = Page.of(found, number, ROWS)
    overdue = sum(each.overdue for each in found)
    counts = (
        ngettext("{n} entry is overdue", "{n} entries are overdue", overdue),
        ngettext("{n} soon will be", "{n} soon will be", len(found) - overdue),
    )
    lines = [", ".join(counts) + "."] if found else [_("Nothing is due for a check.")]
    entries = [snapshot.entry(each.entry.id) or each.entry for each in page.shown]
    for each, entry in zip(page.shown, entries, strict=True):
        when = _("overdue since {day}") if each.overdue else _("due on {day}")
        checked = _("checked on {day}", day=long_day(entry.checked))
        lines.append(f"• **{entry.name}** ({kind_name(entry)}): {checked}, {when.format(day=long_day(each.on))}")
    turns = _("Page {page} of {pages}. Choose a name below to open it.", page=page.number + 1, pages=page.pages)
    embed = Embed(_("Due for a check"), "\n".join(lines), footer=turns if page.pages > 1 else "")
    return Message(embeds=(embed,), rows=(open_select(entries, _("Open an entry")), page.turn(show_due.id)))
