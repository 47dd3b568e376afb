"""What happens when a card's buttons are pressed: open another, turn the page, share, keep a copy, remove."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256

from bot.features.cards.card import HELP, OVERVIEW, PAGES, CardContext
from bot.features.cards.helplines import today
from bot.features.cards.kinds import card, card_of
from bot.features.cards.offers import browse_button, under_review
from bot.interactions import wire
from bot.interactions.answer import Answer, defer, owner_token, removable, say
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Message, Style, to_json
from bot.interactions.request import Request
from bot.interactions.routes import press
from bot.language import _, language, long_day, speaking, spoken
from bot.store.statistics import Said, say_whether


def gone(request: Request, entry_id: str) -> Answer:
    """Return that an entry is no longer here, or under review."""
    if entry := request.snapshot.withdrawn.get(entry_id):
        return Answer(under_review((entry,), (), entry.name), "nothing")
    text = _("That entry is no longer here. It may have been renamed or taken down; `/define` finds what there is.")
    return say(text, "nothing")


def opened(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Return an entry's card at a page of it, to the asker alone, or that it is gone."""
    message = card(request.snapshot, entry_id, CardContext.of(request), page)
    return Answer(message, entry=entry_id) if message else gone(request, entry_id)


# Whoever wants the page that says when to call is never held up.
@press("open", counts=lambda _request, _entry_id, page: page != HELP)
async def open_entry(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Open an entry."""
    return opened(request, entry_id, page)


@press("pick", counts=True, command="open")
async def open_picked(request: Request) -> Answer:
    """Open the entry that was picked."""
    return opened(request, request.picked)


@press("tab", counts=lambda request, _, page: HELP not in (request.picked, page), command="page")
async def turn(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Turn to the page that was picked: in place where only its asker sees the card, beside it where others do."""
    page = request.picked or page
    message = card(request.snapshot, entry_id, CardContext.of(request), page)
    if message is None:
        return gone(request, entry_id)
    return Answer(message, entry=entry_id, in_place=request.on_private_message)


@press("more", counts=True, command="page")
async def show_more(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Offer what can be done with a card: share it where that is possible, keep a copy, report a mistake, read on."""
    entry = request.snapshot.entry(entry_id)
    if entry is None:
        return gone(request, entry_id)
    private = request.on_private_message  # what everyone sees is shared already, and a copy is kept
    row = [Button(_("Report a mistake"), join("report", entry_id))]
    if private or request.interaction.guild_id is not None:
        row.insert(0, Button(_("Keep a copy"), keep.id(entry_id, page)))
    if private and may_share(request):
        row.insert(0, Button(_("Share here"), ask_to_share.id(entry_id, page)))
    text = _("What would you like to do with “{name}”?", name=entry.name)
    asked = _("**Did this answer you?** It is counted without you.")
    ways: dict[Said, str] = {"yes": _("It answered"), "partly": _("It answered partly"), "no": _("It did not answer")}
    whether = tuple(Button(label, answered.id(entry_id, said)) for said, label in ways.items())
    rows = (tuple(row), whether, card_of(entry, request.snapshot).to_read_next(page))
    return Answer(Message(f"{text}\n{asked}", rows=tuple(filter(None, rows))), "offered")


@press("answered", counts=True)
async def answered(request: Request, entry_id: str, said: Said) -> Answer:
    """Count whether an entry answered, without who says so; who is left without an answer is shown where else to look."""
    if request.snapshot.entry(entry_id) is None:
        return gone(request, entry_id)
    # Its row says not of which entry: beside the others it would tell what somebody had read just before.
    counted = await request.store.soon(say_whether(request.store, entry_id, said), otherwise=False)
    text = _("Thank you. It is counted without you.") if counted else _("Thank you. I can't count that right now.")
    if said == "yes":
        return Answer(Message(text), "offered", in_place=request.on_private_message)
    text += " " + _("Ask in other words, or tell the moderators what is missing in this entry; they don't see who you are.")
    rows = ((Button(_("Ask"), join("ask")), browse_button(), Button(_("Tell the moderators"), join("report", entry_id))),)
    return Answer(Message(text, rows=rows), "offered", in_place=request.on_private_message)


def may_share(request: Request) -> bool:
    """Say whether there is a channel here that the asker may write in, and its managers leave sharing on."""
    return request.interaction.guild_id is not None and request.may_write and request.server.sharing


@press("share", counts=True)
async def ask_to_share(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Ask before a card is shared."""
    entry = request.snapshot.entry(entry_id)
    if entry is None:
        return gone(request, entry_id)
    if not request.server.sharing:
        return say(_("Those who manage this server have turned sharing off."), "nothing")
    if not may_share(request):
        return say(_("You can't write in this channel, so there is nothing to share it with."), "nothing")
    text = _("Share “{name}”? Everyone in this channel will see it, and that you shared it.", name=entry.name)
    yes = Button(_("Share it"), share.id(entry.id, page), Style.PRIMARY)
    return Answer(Message(text, rows=((yes, Button(_("Don't share"), share_nothing.id())),)), "offered")


@press("sharenow", counts=True, command="share")
async def share(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Post the card in the channel, where whoever shared it can remove it."""
    # Sources alone would tell the channel nothing of what they are for.
    shown = OVERVIEW if page == PAGES else page
    message = card(request.snapshot, entry_id, CardContext.of(request), shown)
    if message is None or not may_share(request):
        return await ask_to_share.function(request, entry_id, page)
    told = Message(_("Shared. You can remove it with its Remove button."))
    shared = lasting(message, entry_id, shown, owner_token(request))
    return Answer(told, entry=entry_id, in_place=True, after=showing(request, shared))


def showing(request: Request, message: Message) -> Callable[[], Awaitable[None]]:
    """Return what shows a message to everyone in the channel, or says in words that Discord or the server refused it."""

    async def show() -> None:
        how = await wire.show_all(request.interaction, message)
        if how == "blocked":
            text = _("It could not be shared: the rules of this server, or of Discord, take no such message here.")
            await wire.edit_original(request.interaction, Message(text))
        elif how == "private":
            text = _("Discord shows it to you alone, as apps that people bring along may not post here.")
            await wire.edit_original(request.interaction, Message(text))

    return show


@press("unshared", command="share")
async def share_nothing(request: Request) -> Answer:
    """Say that nothing was shared."""
    return Answer(Message(_("Nothing was shared.")), "offered", in_place=True)


@press("keep", counts=True)
async def keep(request: Request, entry_id: str, page: str = OVERVIEW) -> Answer:
    """Send a copy by direct message."""
    # In a direct message no server's country is set.
    context = replace(CardContext.of(request), country="")
    message = card(request.snapshot, entry_id, context, page)
    if message is None:
        return gone(request, entry_id)
    return replace(await sent(request, lasting(message, entry_id, page)), entry=entry_id)


async def sent(request: Request, message: Message) -> Answer:
    """Send a direct message, and return that it is there, or what keeps it from coming."""
    await defer(request)
    if await wire.write_to(request.interaction.client, request.user_id, message):
        return say(_("A copy is in your direct messages."))
    text = _("Discord does not let me write to you. Allow direct messages from this server's members, then press again.")
    return say(text, "nothing")


def lasting(message: Message, entry_id: str, page: str, token: str = "") -> Message:
    """Return a card as it is kept, or with its owner's token as everyone sees it: with Refresh, which knows what it says."""
    again = Button(_("Refresh"), refresh.id(entry_id, page, _mark(message), spoken().code, token))
    *rows, last = message.rows or ((),)
    message = replace(message, rows=(*rows, (*last, again)))
    return removable(message, token) if token else message


def _mark(message: Message) -> str:
    """Return what tells one version of what a card, or what came in its place, says from another."""
    return sha256(json.dumps(to_json(message)["embeds"] or message.content).encode()).hexdigest()[:6]


@press("refresh", counts=True, command="page")
async def refresh(request: Request, entry_id: str, page: str, mark: str, code: str, token: str = "") -> Answer:
    """Say that a card is as its entry still is; else put what the entry says now in its place, in the card's language."""
    with speaking(language(code)):
        message = card(request.snapshot, entry_id, CardContext.of(request), page)
        if message is None:
            answer = gone(request, entry_id)
            assert isinstance(answer.message, Message)
            now = replace(answer.message, rows=())
        else:
            note = _("Renewed on {day}: what it says was changed since it was kept or shared.", day=long_day(today()))
            answer, now = Answer(message, entry=entry_id), replace(message, content=f"**{note}**")
        if mark != _mark(now):
            return replace(answer, message=lasting(now, entry_id, page, token), in_place=True)
    return say(_("Nothing has changed since: this is what I say today."))


@press("take", counts=True, command="page")
async def take_along(request: Request, entry_id: str) -> Answer:
    """Show the questions that were ticked as a plain list, which is kept nowhere."""
    entry = request.snapshot.entry(entry_id)
    if entry is None:
        return gone(request, entry_id)
    questions = card_of(entry, request.snapshot).questions()
    ticked = [question for key, question in questions.items() if key in request.ticked]
    if not ticked:
        return say(_("These questions were changed since. Open the card again to see them as they are now."), "nothing")
    title = _("Questions for my care team: {name}", name=entry.name)
    text = "\n".join((f"**{title}**", *(f"{n}. {question}" for n, question in enumerate(ticked, start=1))))
    return Answer(Message(text, rows=((Button(_("Keep a copy"), keep_list.id()),),)), "offered")


@press("keeplist", counts=True, command="keep")
async def keep_list(request: Request) -> Answer:
    """Send the list that this stands under by direct message, as it is."""
    return await sent(request, Message(request.interaction.pressed.get("content", "")))


@press("remove")
async def remove(request: Request, token: str) -> Answer:
    """Take a shared card away, for whoever shared it and for those who may delete messages there."""
    if token != owner_token(request) and not request.interaction.permissions.manage_messages:
        text = _("Only the person who shared this, or a moderator, can remove it.")
        return say(text, "nothing")
    return Answer(None, deletes=True)
