"""/knowledge reports and suggestions: what members sent, the oldest first; and senders who are blocked."""

from bot.features.cards.card import OVERVIEW, CardContext
from bot.features.cards.fields import pick_field
from bot.features.cards.kinds import card_of
from bot.features.inbox.sending import MOST_SHOWN
from bot.interactions.answer import Answer, defer
from bot.interactions.commands import knowledge, locale_str
from bot.interactions.custom_id import join
from bot.interactions.limits import FIELD_VALUE
from bot.interactions.message import Button, Embed, Field, Item, Style
from bot.interactions.message import Message as Shown
from bot.interactions.pager import Page, turn
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.interactions.text import typed, typed_whole
from bot.knowledge.kinds import Entry
from bot.language import _, long_day
from bot.store import queues
from bot.store.queues import Kind, Message, State

ROWS = 4
"""Blocked senders shown at once: each has a row of buttons, and one row is for turning."""


@knowledge(locale_str("reports"), locale_str("Mistakes that members reported"))
async def reports(request: Request) -> Answer:
    """Show the oldest open report."""
    return await show.function(request, "report", 0)


@knowledge(locale_str("suggestions"), locale_str("What members suggested"))
async def suggestions(request: Request) -> Answer:
    """Show the oldest open suggestion."""
    return await show.function(request, "suggestion", 0)


@press("modqat", who=Who.MODERATORS, command="knowledge")
async def show(request: Request, kind: Kind, number: int, step: queues.Step = "at") -> Answer:
    """Show a message, or the next open one; or the open one after or before it."""
    await begin(request)
    return Answer(await messages_page(request, kind, number, step))


@press("modqset", who=Who.MODERATORS, command="knowledge")
async def settle(request: Request, kind: Kind, number: int, state: State) -> Answer:
    """Mark a message and show the next one; of two who press at once, the second is told."""
    store = request.store
    await begin(request)
    undo = 0
    if await queues.settle(store, number, state):
        note = {"done": _("Done."), "declined": _("Declined."), "open": _("It is open again.")}[state]
        undo = 0 if state == "open" else number
    else:
        note = settled_before(await queues.find(store, number))
    return Answer(await messages_page(request, kind, number, note=note, undo=undo))


@press("modqblock", who=Who.MODERATORS, command="knowledge")
async def ask_to_block(request: Request, kind: Kind, number: int) -> Answer:
    """Ask whether the sender of a message is to be blocked."""
    await begin(request)
    return Answer(await messages_page(request, kind, number, asking=True))


async def begin(request: Request) -> None:
    """Promise a page: in place of the page before; of its own to a command, or to a press on a notice that all there see."""
    await defer(request, in_place=request.on_private_message)


async def messages_page(
    request: Request,
    kind: Kind,
    number: int,
    step: queues.Step = "at",
    *,
    note: str = "",
    undo: int = 0,
    asking: bool = False,
) -> Shown:
    """Return the open message that is meant, with what was just done. Raises StoreUnavailable."""
    store, snapshot = request.store, request.snapshot
    found = await queues.beside(store, kind, number, step)
    any_blocked = bool(await queues.blocks(store))
    if found is None:
        return none_open(kind, note, _more(kind, undo, any_blocked))
    if asking and found.number != number:
        asking, note = False, settled_before(await queues.find(store, number))
    elif asking and not await queues.is_recognized(store, number):
        asking, note = False, unrecognized()
    entry = snapshot.entry(found.entry, or_withdrawn=True)
    place = await queues.place(store, kind, found.number)
    more = _more(kind, undo, any_blocked)
    context = CardContext.of(request)
    card = card_of(entry, snapshot, context).message(OVERVIEW).embeds if entry else ()
    return open_message(found, place, entry, card=card, note=note, more=more, asking=asking and not found.blocked)


def open_message(
    found: Message, place: tuple[int, int], entry: Entry | None, *, note: str = "", card: tuple[Embed, ...] = (),
    more: tuple[Item, ...] = (), asking: bool = False,
) -> Shown:  # fmt: skip
    """Return an open message and what can be done with it.

    `place` is its place among the open ones, and how many they are; `note` says what was done with the one before;
    `card` is the entry as members see it; `asking` asks whether its sender is to be blocked.
    """
    title = _("Suggestion")
    if found.kind == "report":
        title = _("A mistake in {name}", name=entry.name if entry else found.entry)
    fields = []
    if found.source:
        fields.append(Field(_("Where it says so"), typed_whole(found.source, FIELD_VALUE)))
    if found.blocked:
        fields.append(Field(_("Blocked"), _("No more messages are taken from this sender.")))
    footer = _("{at} of {all}, the oldest first. Sent on {day}, without a name.")
    footer = footer.format(at=place[0], all=place[1], day=long_day(found.day))
    embed = Embed(title, typed_whole(found.text, MOST_SHOWN), fields=tuple(fields), footer=footer)
    if not asking:
        back, on = show.id(found.kind, found.number, "back"), show.id(found.kind, found.number, "next")
        turning = turn(back, on, place[0] > 1, place[0] < place[1])
        lists = pick_field(entry, f"{entry.folder}_{entry.id}") if entry else ()
        return Shown(note, (embed, *card), (*lists, _actions(found, entry), (*turning, *more)))
    note = _("Block whoever sent this? No more messages are taken from them then. You can take it back.")
    yes = Button(_("Block them"), block.id(found.kind, found.number), Style.DANGER)
    return Shown(note, (embed,), ((yes, Button(_("Don't block"), show.id(found.kind, found.number))),))


def _actions(found: Message, entry: Entry | None) -> tuple[Item, ...]:
    """Return what can be done with a message: of an entry that is there, to change it."""
    spanish = (Button(_("In Spanish"), join("modedit", f"es_{entry.folder}_{entry.id}")),) if entry else ()
    actions: list[Item] = [
        *spanish,
        Button(_("Done"), settle.id(found.kind, found.number, "done")),
        Button(_("Decline"), settle.id(found.kind, found.number, "declined")),
    ]
    if found.kind == "report":
        actions.append(Button(_("Open entry"), join("open", found.entry)))
    if found.blocked:
        back = unblock.id(found.kind, found.blocked, found.number)
        return (*actions, Button(_("Unblock sender"), back))
    return (*actions, Button(_("Block sender"), ask_to_block.id(found.kind, found.number), Style.DANGER))


def none_open(kind: Kind, note: str = "", more: tuple[Item, ...] = ()) -> Shown:
    """Return that no message of a kind is open."""
    none = _("No report is waiting.") if kind == "report" else _("No suggestion is waiting.")
    return Shown(f"{note} {none}".strip(), rows=(more,))


def _more(kind: Kind, undo: int, any_blocked: bool) -> tuple[Item, ...]:
    """Return Undo, where something was just done, and the way to the blocked senders."""
    row = [Button(_("Desk"), join("moddesk"))]
    if undo:
        row.append(Button(_("Undo"), settle.id(kind, undo, "open")))
    if any_blocked:
        row.append(Button(_("Blocked senders"), show_blocked.id(kind, 0)))
    return tuple(row)


def settled_before(found: Message | None) -> str:
    """Return why a press could do nothing: someone else was first, or the message is gone."""
    if found is None:
        return _("That message is gone: its sender deleted it, or it has expired.")
    return {
        "done": _("That one is done already: someone else was faster."),
        "declined": _("That one was declined already: someone else was faster."),
        "open": _("That one is open again already."),
    }[found.state]


def unrecognized() -> str:
    """Return that a sender can't be blocked, because nobody knows them any more."""
    return _(
        "This sender can't be recognized any more: the message is older than the change of the key that the hashes of "
        "senders are made with. Nobody was blocked."
    )


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


async def _listed(request: Request, kind: Kind, number: int = 0, *, note: str = "") -> Shown:
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
    return Shown(note, (embed,), (*rows, (Button(_("Back to the messages"), show.id(kind, 0)), *turning)))
