"""The words of a message or of a letter explained, to the one who asks alone; nothing of the text is kept or logged."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.features.cards.kinds import group_names
from bot.features.cards.look_up import in_danger
from bot.features.cards.offers import browse_button
from bot.features.cards.parts import joined_within, open_select
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, command, locale_str, message_menu
from bot.interactions.forms import Form, Note, TextInput
from bot.interactions.limits import DESCRIPTION, OPTIONS
from bot.interactions.message import Embed, Message
from bot.interactions.request import Request
from bot.interactions.routes import form, press
from bot.interactions.text import texts_in
from bot.knowledge.kinds import Term
from bot.knowledge.library import Snapshot
from bot.language import _

MOST_NAMED = OPTIONS
"""Terms of a text that are explained: as many as a select takes."""


@message_menu(
    locale_str("Explain terms"),
    logged_as="explain",
    help=HelpLine(130),
)
async def explain(request: Request, message: Mapping[str, Any]) -> Answer:
    """Show the terms of a message."""
    return _explained(request, "\n".join(filter(None, texts_in(message))))


@press("letter", command="explain")
@command(
    locale_str("explain"),
    locale_str("Paste a letter or a report: its words explained, to you alone"),
    counts=False,
    help=HelpLine(75, locale_str("a letter or a report")),
)
async def explain_letter(request: Request) -> Answer:
    """Show the form for a text."""
    note = Note(_("Nothing of it is kept. Leave out names, numbers and addresses all the same."))
    text = TextInput("text", _("The text, or a part of it"), long=True)
    return Answer(Form(letter.id(), _("Explain a letter or a report"), (note, text)), "offered")


@form("explain")
async def letter(request: Request) -> Answer:
    """Show the terms of a text that was pasted."""
    return _explained(request, request.typed.get("text", ""))


def _explained(request: Request, text: str) -> Answer:
    names = request.snapshot.index.named_in(text, MOST_NAMED)
    answer = Answer(explained(request.snapshot, names), "offered" if names else "nothing")
    heard = request.snapshot.index.heard(text)
    return in_danger(request, answer, heard.happening, heard.mentioned)


def explained(snapshot: Snapshot, names: Sequence[tuple[str, ...]]) -> Message:
    """Return the terms of a text with their one-line meanings, those of a kind together; a sentence where there is none.

    Kinds, and terms within a kind, stand in the order of the text.
    """
    entries = [e for ids in names for i in ids if (e := snapshot.entry(i))][:OPTIONS]
    if not entries:
        text = _("I know none of the words in that message. `/search` looks through everything I know.")
        return Message(text, rows=((browse_button(),),))
    called = group_names()
    groups: dict[str, list[str]] = {}
    for entry in entries:
        group = called[entry.topic.value if isinstance(entry, Term) else entry.kind.value]
        groups.setdefault(group, []).append(f"• **{entry.name}**: {entry.short}")
    lines = [line for group, said in groups.items() for line in (f"**{group}**", *said)]
    footer = snapshot.disclaimer("general")
    embed = Embed(_("The words in that text"), joined_within(lines, "\n", DESCRIPTION), footer=footer)
    return Message(embeds=(embed,), rows=(open_select(entries, _("Open an entry")),))
