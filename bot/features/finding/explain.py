"""Explain terms, in a message's menu: the words of a message, to the one who asks alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.features.cards.look_up import in_danger
from bot.features.cards.offers import browse_button
from bot.features.cards.parts import open_buttons
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, locale_str, message_menu
from bot.interactions.message import Embed, Field, Message
from bot.interactions.request import Request
from bot.interactions.text import texts_in
from bot.knowledge.index import MOST_NAMED
from bot.knowledge.library import Snapshot
from bot.language import _, spoken


@message_menu(
    locale_str("Explain terms"),
    logged_as="explain",
    help=HelpLine(80, locale_str("Message menu, Apps, Explain terms"), locale_str("the words of a message, explained")),
)
async def explain(request: Request, message: Mapping[str, Any]) -> Answer:
    """Show the terms of a message."""
    text = "\n".join(filter(None, texts_in(message)))
    names = request.snapshot.index.named_in(text, MOST_NAMED)
    answer = Answer(explained(request.snapshot, names), "offered" if names else "nothing")
    heard = request.snapshot.index.heard(text)
    return in_danger(request, answer, heard.happening, heard.mentioned)


def explained(snapshot: Snapshot, names: Sequence[tuple[str, ...]]) -> Message:
    """Return the terms of a message with their one-line meanings, each a button; a sentence where there is none."""
    entries = [e for ids in names for i in ids if (e := snapshot.entry(i, spoken().code))][:10]
    if not entries:
        text = _("I know none of the words in that message. `/search` looks through everything I know.")
        return Message(text, rows=((browse_button(),),))
    shown = tuple(Field(entry.name, entry.short) for entry in entries)
    embed = Embed(_("Words in that message"), fields=shown, footer=snapshot.disclaimer("general", spoken().code))
    return Message(embeds=(embed,), rows=tuple(row for row in (open_buttons(entries[:5]), open_buttons(entries[5:])) if row))
