"""What those who send something to the moderators are told of it, and the notice that it waits."""

from __future__ import annotations

from bot.interactions.custom_id import join
from bot.interactions.message import Button, Embed, Message
from bot.interactions.text import typed_whole
from bot.knowledge.kinds import Entry
from bot.language import Language
from bot.store.queues import A_DAY, Kind, Taken

MOST_SHOWN = 3500
"""Units of a message that are shown: all that a form takes, even where every letter is a mark."""


def thanks(lang: Language) -> Message:
    """Return thanks for a message that was taken, without a name."""
    return Message(
        lang.gettext(
            "Thank you. The moderators will read it. They don't see who sent it, so they can't answer you. `/privacy` shows "
            "you what you sent, and deletes it."
        )
    )


def not_taken(taken: Taken, text: str, lang: Language, contact: str) -> Message:
    """Return why a message is not taken, with the text that was typed, so that it isn't lost."""
    _ = lang.gettext
    if taken == "too many":
        said = _("You have sent {n} of these today, thank you. Please send more tomorrow.").format(n=A_DAY)
        return _given_back(said, text, lang)
    said = _("The moderators take no more messages from you. Everything else works as before.")
    return _given_back(said, text, lang, contact)


def not_kept(text: str, lang: Language) -> Message:
    """Return that the database refused a message, with the text that was typed."""
    return _given_back(lang.gettext("I can't keep that right now. Please try again in a minute."), text, lang)


def nobody_reads(text: str, lang: Language, contact: str) -> Message:
    """Return that there are no moderators, and whom to write to where that is known."""
    said = lang.gettext("Nobody would read that: this bot has no moderators yet, so it was not kept.")
    return _given_back(said, text, lang, contact)


def _given_back(said: str, text: str, lang: Language, contact: str = "") -> Message:
    """Return a sentence, with whom to write to where that is known, and below it what was typed, to be copied."""
    _ = lang.gettext
    if contact:
        said += " " + _("You can reach whoever runs this bot: {contact}").format(contact=contact)
    return Message(said, (Embed(_("What you wrote"), typed_whole(text, MOST_SHOWN)),) if text else ())


def waits(kind: Kind, number: int, entry: Entry | None, lang: Language) -> Message:
    """Return the notice that a message waits. It stays in Discord: nothing that was typed is in it."""
    _ = lang.gettext
    if kind == "suggestion":
        text = _("Somebody sent a suggestion.")
    elif entry is not None:
        text = _("Somebody reported a mistake in **{name}**.").format(name=entry.name)
    else:
        text = _("Somebody reported a mistake.")
    return Message(text, rows=((Button(_("Read it"), join("modqat", kind, str(number))),),))
