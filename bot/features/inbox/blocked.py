"""Blocked senders: whose messages are not taken any more, and how that is taken back."""

from bot.features.inbox.waiting import begin, messages_page, settled_before, show, unrecognized
from bot.interactions.answer import Answer
from bot.interactions.message import Button, Embed, Field, Message
from bot.interactions.pager import Page
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.interactions.text import typed
from bot.language import _, long_day
from bot.store import queues
from bot.store.queues import Kind

ROWS = 4
"""Blocked senders shown at once: each has a row of buttons, and one row is for turning."""


@press("modqblocknow", who=Who.MODERATORS, command="knowledge")
async def block(request: Request, kind: Kind, number: int) -> Answer:
    """Block the sender of a message."""
    store = request.store
    await begin(request)
    if not await queues.is_recognized(store, number):
        note = unrecognized()
    elif await queues.block(store, number):
        note = _("Blocked. Unblock takes it back.")
    else:
        note = settled_before(None)
    return Answer(await messages_page(request, kind, number, note=note))


@press("modqblocks", who=Who.MODERATORS, command="knowledge")
async def show_blocked(request: Request, kind: Kind, page: int) -> Answer:
    """Show a page of the blocked senders."""
    await begin(request)
    return Answer(await _listed(request, kind, page))


@press("modqunblock", who=Who.MODERATORS, command="knowledge")
async def unblock(request: Request, kind: Kind, number: int, message: int = 0) -> Answer:
    """Take messages from a sender again, and show what was shown before: a message, else the blocked senders."""
    await begin(request)
    undone = await queues.unblock(request.store, number)
    note = _("Unblocked: messages are taken from them again.") if undone else _("They are not blocked any more.")
    if message:
        return Answer(await messages_page(request, kind, message, note=note))
    return Answer(await _listed(request, kind, note=note))


async def _listed(request: Request, kind: Kind, number: int = 0, *, note: str = "") -> Message:
    """Return a page of blocked senders, each with the last that they sent, to be taken back; `kind` is where it leads."""
    page = Page.of(await queues.blocks(request.store), number, ROWS)
    fields, rows = [], []
    for block_number, day, text in page.shown:
        name = _("Number {n}, blocked on {day}", n=block_number, day=long_day(day))
        last = _("Last: “{text}”", text=typed(text)) if text else _("Nothing that they sent is kept any more.")
        fields.append(Field(name, last))
        rows.append((Button(_("Unblock number {n}", n=block_number), unblock.id(kind, block_number)),))
    turning = page.turn(lambda to: show_blocked.id(kind, to))
    embed = Embed(_("Blocked senders"), "" if fields else _("Nobody is blocked."), fields=tuple(fields))
    return Message(note, (embed,), (*rows, (Button(_("Back to the messages"), show.id(kind, 0)), *turning)))
