"""What members send to the moderators: Report a mistake, and /suggest. What they type is logged nowhere."""

import logging
from functools import partial

from bot.features.cards.card import CardContext
from bot.features.cards.offers import with_help_first
from bot.features.cards.presses import gone
from bot.interactions import wire
from bot.interactions.answer import Answer, defer
from bot.interactions.commands import HelpLine, command, locale_str
from bot.interactions.custom_id import join
from bot.interactions.forms import Form, Note, TextInput
from bot.interactions.message import Button, Embed, Message, Style
from bot.interactions.notices import notify, spoken_there
from bot.interactions.request import Request
from bot.interactions.routes import form, press
from bot.interactions.text import typed_whole
from bot.language import _, speaking, to_translate
from bot.store import queues
from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

NOT_ABOUT_YOU = to_translate(
    "Please write nothing about your own health. The moderators read what you write, without your name."
)

MOST_SHOWN = 3500
"""Units of a message that are shown: all that a form takes, even where every letter is a mark."""


@press("report", counts=True)
async def report(request: Request, entry_id: str) -> Answer:
    """Show the form to report a mistake in an entry."""
    entry = request.snapshot.entry(entry_id)
    if entry is None:
        return gone(request, entry_id)
    note = Note(_("In **{name}**.", name=entry.name) + " " + _(NOT_ABOUT_YOU))
    what = TextInput("text", _("What is wrong?"), most=queues.LETTERS, long=True)
    hint = _("The address of a page, if you have one.")
    where = TextInput("source", _("Where does it say so?"), hint=hint, most=queues.SOURCE_LETTERS, required=False)
    asked = Form(reported.id(entry_id), _("Report a mistake"), (note, what, where))
    # Nothing of this is logged with the entry: beside the message it would tell what its sender had asked before.
    return await _refusal(request, "report") or Answer(asked, "offered")


@command(
    locale_str("suggest"),
    locale_str("Tell the moderators what is missing, or anything"),
    help=HelpLine(90),
)
async def suggest(request: Request) -> Answer:
    """Show the form for a suggestion."""
    hint = _("A name that is missing, or anything that would help.")
    what = TextInput("text", _("What do you suggest?"), hint=hint, most=queues.LETTERS, long=True)
    asked = Form(suggested.id(), _("Suggest something"), (Note(_(NOT_ABOUT_YOU)), what))
    return await _refusal(request, "suggestion") or Answer(asked, "offered")


@form("report")
async def reported(request: Request, entry_id: str) -> Answer:
    """Take a report."""
    return await _take(request, "report", entry_id)


@form("suggest")
async def suggested(request: Request) -> Answer:
    """Take a suggestion."""
    return await _take(request, "suggestion")


async def _refusal(request: Request, kind: queues.Kind) -> Answer | None:
    """Return why a message would not be taken now, before anyone types it; None where it would be, or nobody knows."""
    # Where that is unknown, the form is shown: what it brings is refused by then.
    taken: queues.Taken = "taken"
    if request.config.moderation.guild_id is not None:
        taken = await request.store.soon(queues.may_send(request.store, request.user_id, kind), otherwise="taken")
        if taken == "taken":
            return None
    return Answer(_not_taken(request, taken, ""), "nothing")


async def _take(request: Request, kind: queues.Kind, entry_id: str = "") -> Answer:
    """Keep what a form holds, thank for it, and tell the moderators that it waits. Words of danger lead to help first."""
    snapshot, context = request.snapshot, CardContext.of(request)
    text, source = request.typed.get("text", "").strip(), request.typed.get("source", "").strip()
    await defer(request)
    urgent = snapshot.index.danger(f"{text}\n{source}")
    if urgent:  # whom to call never waits for the database; the answer then takes its place
        await wire.edit_original(request.interaction, with_help_first(snapshot, urgent, None, context))
    message, number = await _kept(request, kind, entry_id, text, source)
    if urgent:
        message = with_help_first(snapshot, urgent, message, context)
    if not number:
        return Answer(message, "nothing")
    return Answer(message, after=partial(_tell, request, kind, number, entry_id))


async def _kept(request: Request, kind: queues.Kind, entry_id: str, text: str, source: str) -> tuple[Message, int]:
    """Keep a message, and return what its sender is told, and its number; 0 where it was not kept."""
    if not text:
        return Message(_("I could not read any words in that.")), 0
    if request.config.moderation.guild_id is None:
        return _not_taken(request, "taken", text), 0
    try:
        taken, number = await queues.send(request.store, request.user_id, kind, text, entry=entry_id, source=source)
    except StoreUnavailable as error:
        log.warning("A message to the moderators could not be kept (%s); its sender was told.", error.reason)
        return not_kept(text), 0
    return (thanks(), number) if taken == "taken" else (_not_taken(request, taken, text), 0)


def thanks() -> Message:
    """Return thanks for a message that was taken, without a name."""
    return Message(
        _(
            "Thank you. The moderators will read it. They don't see who sent it, so they can't answer you. `/privacy` shows "
            "you what you sent, and deletes it."
        )
    )


def _not_taken(request: Request, taken: queues.Taken, text: str) -> Message:
    """Return why a message is not taken, and whom to write to, where that is known; `taken` where nobody would read it."""
    contact = request.config.operator.contact
    if taken == "too many":
        said = _("You have sent {n} of these today, thank you. Please send more tomorrow.", n=queues.A_DAY)
        return _given_back(said, text)
    said = _("The moderators take no more messages from you. Everything else works as before.")
    if taken == "taken":
        said = _("Nobody would read that: this bot has no moderators yet, so it was not kept.")
    if contact:
        said += " " + _("You can reach whoever runs this bot: {contact}", contact=contact)
    return _given_back(said, text)


def not_kept(text: str) -> Message:
    """Return that the database refused a message, with the text that was typed."""
    return _given_back(_("I can't keep that right now. Please try again in a minute."), text)


def _given_back(said: str, text: str) -> Message:
    """Return a sentence, and below it what was typed, so that it isn't lost."""
    return Message(said, (Embed(_("What you wrote"), typed_whole(text, MOST_SHOWN)),) if text else ())


async def _tell(request: Request, kind: queues.Kind, number: int, entry_id: str) -> None:
    """Tell the moderators that a message waits. That stays in Discord: nothing that was typed is in it."""
    client = request.interaction.client
    with speaking(spoken_there(client)):
        entry = request.snapshot.entry(entry_id, or_withdrawn=True)
        text = _("Somebody reported a mistake.")
        if kind == "suggestion":
            text = _("Somebody sent a suggestion.")
        elif entry is not None:
            text = _("Somebody reported a mistake in **{name}**.", name=entry.name)
        read = Button(_("Read it"), join("modqat", kind, str(number)), Style.PRIMARY)
        await notify(client, Message(text, rows=((read, Button(_("All that waits"), join("moddesk"))),)))
