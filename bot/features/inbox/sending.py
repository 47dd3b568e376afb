"""What members send to the moderators: Report a mistake, and /suggest. What they type is logged nowhere."""

from __future__ import annotations

import logging
from functools import partial

from bot.features.cards.card import CardContext
from bot.features.cards.offers import with_help_first
from bot.features.cards.presses import gone
from bot.features.inbox.sent import nobody_reads, not_kept, not_taken, thanks, waits
from bot.interactions import wire
from bot.interactions.answer import Answer, defer
from bot.interactions.commands import HelpLine, command, locale_str
from bot.interactions.forms import Form, Note, TextInput
from bot.interactions.message import Message
from bot.interactions.notices import notify, spoken_there
from bot.interactions.request import Request
from bot.interactions.routes import form, press
from bot.store import queues
from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)


@press("report", counts=True)
async def report(request: Request, entry_id: str) -> Answer:
    """Show the form to report a mistake in an entry."""
    _ = request.lang.gettext
    entry = request.snapshot.entry(entry_id, request.lang.code)
    if entry is None:
        return gone(request, entry_id)
    note = Note(_("In **{name}**.").format(name=entry.name) + " " + _not_about_you(request))
    what = TextInput("text", _("What is wrong?"), most=queues.LETTERS, long=True)
    hint = _("The address of a page, if you have one.")
    where = TextInput("source", _("Where does it say so?"), hint=hint, most=queues.SOURCE_LETTERS, required=False)
    asked = Form(reported.id(entry_id), _("Report a mistake"), (note, what, where))
    # Nothing of this is logged with the entry: beside the message it would tell what its sender had asked before.
    return await _refusal(request, "report") or Answer(asked, "offered")


@command(
    locale_str("suggest"),
    locale_str("Tell the moderators what is missing, or anything"),
    help=HelpLine(90, locale_str("/suggest"), locale_str("tell the moderators what is missing, or anything else")),
)
async def suggest(request: Request) -> Answer:
    """Show the form for a suggestion."""
    _ = request.lang.gettext
    hint = _("A name that is missing, or anything that would help.")
    what = TextInput("text", _("What do you suggest?"), hint=hint, most=queues.LETTERS, long=True)
    asked = Form(suggested.id(), _("Suggest something"), (Note(_not_about_you(request)), what))
    return await _refusal(request, "suggestion") or Answer(asked, "offered")


@form("report")
async def reported(request: Request, entry_id: str) -> Answer:
    """Take a report."""
    return await _take(request, "report", entry_id)


@form("suggest")
async def suggested(request: Request) -> Answer:
    """Take a suggestion."""
    return await _take(request, "suggestion")


def _not_about_you(request: Request) -> str:
    _ = request.lang.gettext
    return _("Please write nothing about your own health. The moderators read what you write, without your name.")


async def _refusal(request: Request, kind: queues.Kind) -> Answer | None:
    """Return why a message would not be taken now, before anyone types it; None where it would be, or nobody knows."""
    lang, config = request.lang, request.config
    if config.moderation.guild_id is None:
        return Answer(nobody_reads("", lang, config.operator.contact), "nothing")
    # Where that is unknown, the form is shown: what it brings is refused by then.
    taken = await request.store.soon(queues.may_send(request.store, request.user_id, kind), otherwise="taken")
    if taken == "taken":
        return None
    return Answer(not_taken(taken, "", lang, config.operator.contact), "nothing")


async def _take(request: Request, kind: queues.Kind, entry_id: str = "") -> Answer:
    """Keep what a form holds, thank for it, and tell the moderators that it waits. Words of danger lead to help first."""
    snapshot, lang, context = request.snapshot, request.lang, CardContext.of(request)
    text, source = request.typed.get("text", "").strip(), request.typed.get("source", "").strip()
    await defer(request)
    urgent = snapshot.index.danger(f"{text}\n{source}")
    if urgent:  # whom to call never waits for the database; the answer then takes its place
        await wire.edit_original(request.interaction, with_help_first(snapshot, urgent, None, lang, context))
    message, number = await _kept(request, kind, entry_id, text, source)
    if urgent:
        message = with_help_first(snapshot, urgent, message, lang, context)
    if not number:
        return Answer(message, "nothing")
    return Answer(message, after=partial(_tell, request, kind, number, entry_id))


async def _kept(request: Request, kind: queues.Kind, entry_id: str, text: str, source: str) -> tuple[Message, int]:
    """Keep a message, and return what its sender is told, and its number; 0 where it was not kept."""
    lang, contact = request.lang, request.config.operator.contact
    if not text:
        return Message(lang.gettext("I could not read any words in that.")), 0
    if request.config.moderation.guild_id is None:
        return nobody_reads(text, lang, contact), 0
    try:
        taken, number = await queues.send(request.store, request.user_id, kind, text, entry=entry_id, source=source)
    except StoreUnavailable as error:
        log.warning("A message to the moderators could not be kept (%s); its sender was told.", error.reason)
        return not_kept(text, lang), 0
    return (thanks(lang), number) if taken == "taken" else (not_taken(taken, text, lang, contact), 0)


async def _tell(request: Request, kind: queues.Kind, number: int, entry_id: str) -> None:
    client = request.interaction.client
    entry = request.snapshot.entry(entry_id) or request.snapshot.withdrawn.get(entry_id)
    await notify(client, waits(kind, number, entry, spoken_there(client)))
