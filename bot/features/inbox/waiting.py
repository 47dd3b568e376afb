"""/knowledge reports and suggestions: what members sent, one after the other, the oldest first."""

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
from bot.interactions.pager import turn
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.interactions.text import typed_whole
from bot.knowledge.kinds import Entry
from bot.language import _, long_day
from bot.store import queues
from bot.store.queues import Kind, Message, State


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
    yes = Button(_("Block them"), join("modqblocknow", found.kind, str(found.number)), Style.DANGER)
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
        back = join("modqunblock", found.kind, str(found.blocked), str(found.number))
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
        row.append(Button(_("Blocked senders"), join("modqblocks", kind, "0")))
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
