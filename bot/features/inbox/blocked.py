"""Blocked senders: whose messages are not taken any more, and how that is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.features.inbox.waiting import begin, messages_page, settled_before, show, unrecognized
from bot.interactions.answer import Answer
from bot.interactions.message import Button, Embed, Field, Message
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.interactions.text import typed
from bot.language import Language
from bot.store import queues
from bot.store.queues import BLOCKS, Kind


@press("modqblocknow", who=Who.MODERATORS, command="knowledge")
async def block(request: Request, kind: Kind, number: int) -> Answer:
    """Block the sender of a message."""
    store, lang = request.store, request.lang
    await begin(request)
    if not await queues.is_recognized(store, number):
        note = unrecognized(lang)
    elif await queues.block(store, number):
        note = lang.gettext("Blocked. Unblock takes it back.")
    else:
        note = settled_before(None, lang)
    return Answer(await messages_page(request, kind, number, note=note))


@press("modqblocks", who=Who.MODERATORS, command="knowledge")
async def show_blocked(request: Request, kind: Kind, before: int) -> Answer:
    """Show the blocked senders, below this number; 0 from the top."""
    await begin(request)
    found, more = await queues.blocks(request.store, before)
    return Answer(_listed(found, kind, more, request.lang))


@press("modqunblock", who=Who.MODERATORS, command="knowledge")
async def unblock(request: Request, kind: Kind, which: str) -> Answer:
    """Take messages from a sender again, and show what was shown before: `which` is the block, and where it was pressed."""
    lang = request.lang
    _ = lang.gettext
    number, _dash, back_to = which.partition("-")
    await begin(request)
    undone = await queues.unblock(request.store, int(number))
    note = _("Unblocked: messages are taken from them again.") if undone else _("They are not blocked any more.")
    if back_to == "list":
        found, more = await queues.blocks(request.store)
        return Answer(_listed(found, kind, more, lang, note=note))
    return Answer(await messages_page(request, kind, int(back_to), note=note))


def _listed(found: Sequence[tuple[int, date, str]], kind: Kind, more: bool, lang: Language, *, note: str = "") -> Message:
    """Return a page of blocked senders, each with the last that they sent, to be taken back; `kind` is where it leads."""
    _ = lang.gettext
    fields, rows = [], []
    for number, day, text in found[:BLOCKS]:
        name = _("Number {n}, blocked on {day}").format(n=number, day=lang.day(day))
        last = _("Last: “{text}”").format(text=typed(text)) if text else _("Nothing that they sent is kept any more.")
        fields.append(Field(name, last))
        rows.append((Button(_("Unblock number {n}").format(n=number), unblock.id(kind, f"{number}-list")),))
    turning = [Button(_("Back to the messages"), show.id(kind, 0))]
    if more:
        turning.append(Button(_("Next"), show_blocked.id(kind, found[-1][0])))
    embed = Embed(_("Blocked senders"), "" if found else _("Nobody is blocked."), fields=tuple(fields))
    return Message(note, (embed,), (*rows, tuple(turning)))
