"""The answers that are no card: which one was meant, nothing found, shared, gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.features.cards.card import CardContext
from bot.features.cards.helplines import numbers_button
from bot.features.cards.kinds import card, kind_name
from bot.features.cards.parts import open_buttons
from bot.interactions.answer import Answer
from bot.interactions.custom_id import MOST_TEXT, encode_text, join
from bot.interactions.message import RED, Button, Embed, Field, Message
from bot.interactions.text import typed
from bot.knowledge.danger import SELF_HARM
from bot.knowledge.kinds import Entry, Kind, Medicine
from bot.knowledge.library import Snapshot
from bot.knowledge.names import SHORT, normalise, words
from bot.language import Language

OFFERED = 5
"""Entries offered where a name is not found: a row of buttons."""


def asked_which(snapshot: Snapshot, ids: Sequence[str], text: str, lang: Language) -> Message:
    """Return a question: which of the entries that share a name is meant, with what sets them apart."""
    _ = lang.gettext
    entries = [e for i in ids if (e := snapshot.entry(i, lang.code))]
    named = tuple(Field(f"{entry.name} ({kind_name(entry, lang)})", entry.short) for entry in entries)
    content = _("“{text}” is the name of more than one thing.").format(text=typed(text))
    return Message(content, (Embed(_("Which one do you mean?"), fields=named),), (open_buttons(entries),))


def under_review(review: Sequence[Entry], entries: Sequence[Entry], text: str, lang: Language) -> Message:
    """Return that the entry of this name was taken down, with the other entries of that name a press away."""
    _ = lang.gettext
    day = max(entry.withdrawn for entry in review if entry.withdrawn)
    lines = [
        _(
            "“{text}” is under review: a moderator took it down on {day} to check it, so I show nothing of it for now."
        ).format(text=typed(text), day=lang.day(day)),
        _("If this is about how you feel right now, call your care team or your local emergency number."),
    ]
    if entries:
        lines.append(_("Something else has the same name:"))
    return Message("\n".join(lines), rows=tuple(row for row in (open_buttons(entries), (browse_button(lang),)) if row))


def not_one(snapshot: Snapshot, ids: Sequence[str], text: str, lang: Language, kind: Kind | None = None) -> Answer:
    """Return the answer to a name that isn't exactly one entry's."""
    if review := snapshot.under_review(text):
        entries = [e for i in ids if (e := snapshot.entry(i, lang.code))]
        return Answer(under_review(review, entries, text, lang), "asked which" if entries else "nothing")
    if ids:
        return Answer(asked_which(snapshot, ids, text, lang), "asked which")
    message, any_offered = nothing_found(snapshot, text, lang, kind)
    return Answer(message, "offered" if any_offered else "nothing")


def offered_by_name(snapshot: Snapshot, text: str, kind: Kind | None = None) -> list[str]:
    """Return the ids of the entries whose names are near what was typed, at most five, the likeliest first.

    Close spellings (with their look-alikes), names in the text, names that start so.
    """
    index = snapshot.index
    found = dict.fromkeys(index.close(text, kind) or index.close(text))
    found.update(dict.fromkeys(i for ids in index.named_in(text[:500], most=OFFERED, any_case=True) for i in ids))
    if len(text.strip()) > 1:
        found.update(dict.fromkeys(i for s in index.suggest(text, most=OFFERED) for i in index.exact(s.value)))
    return list(found)[:OFFERED]


def offered(snapshot: Snapshot, text: str, kind: Kind | None = None) -> list[str]:
    """Return the ids of the entries offered where no entry has this name, at most five: near names, then a search's."""
    found = dict.fromkeys(offered_by_name(snapshot, text, kind))
    # Beside close spellings, what a search finds would be noise; and a short name that nobody has (PD-3) has nothing near.
    if len(normalise(text)) > SHORT and not snapshot.index.close(text):
        found.update(dict.fromkeys(snapshot.search.find(text, most=OFFERED)))
    return list(found)[:OFFERED]


def nothing_found(snapshot: Snapshot, text: str, lang: Language, kind: Kind | None = None) -> tuple[Message, bool]:
    """Return a kind answer to a name that no entry has, and whether it offers entries; never a dead end.

    Offered means a button each, however likely one is; and always Browse, a search for the same words, and to tell the
    moderators that an entry is missing.
    """
    _ = lang.gettext
    by_name = bool(offered_by_name(snapshot, text, kind))
    entries = [e for i in offered(snapshot, text, kind) if (e := snapshot.entry(i, lang.code))]
    shown = typed(text)
    lines = [
        _("I have no entry called “{text}”.").format(text=shown) if shown else _("I could not read a name in that."),
        _("If this is about how you feel right now, call your care team or your local emergency number."),
    ]
    if by_name:
        lines.append(_("Did you mean one of these? Press it to open it."))
    elif entries:
        lines.append(_("No name is close to it. These came up for the words in it:"))
    else:
        lines.append(_("Type the first three letters of a name and pick from the list. `/help` shows what you can ask."))
    for entry in entries:
        line = f"• **{entry.name}**: {entry.short}"
        if isinstance(entry, Medicine) and entry.look_alikes:
            names = ", ".join(e.name for i in entry.look_alikes if (e := snapshot.entry(i, lang.code)))
            line += " " + _("Not the same as {names}.").format(names=names)
        lines.append(line)
    row = [browse_button(lang)]
    if words(text):
        sought = encode_text(snapshot.search.telling(text, MOST_TEXT))
        row.append(Button(_("Search for these words"), join("search", "0", sought)))
        row.append(Button(_("Tell the moderators it is missing"), join("missing", "", encode_text(text))))
    rows = (open_buttons(entries), tuple(row))
    return Message("\n".join(lines), rows=tuple(row for row in rows if row)), bool(entries)


def with_help_first(
    snapshot: Snapshot, urgent: Sequence[str], message: Message | None, lang: Language, context: CardContext, text: str = ""
) -> Message:
    """Return a message led by the urgent entries that a text's words of danger call for; nothing else comes before them.

    With no message of its own, the entries that the text names are a press away. Who thinks of ending their life is offered
    nothing but help: no list and no medicine.

    Where the reply has text of its own, that moves below, into an embed, because Discord shows a message's text first.
    """
    if SELF_HARM in urgent:
        numbers = numbers_button(snapshot, context.country, lang)
        return Message(embeds=_helping(snapshot, SELF_HARM, lang, context).embeds, rows=(numbers,) if numbers else ())
    cards = [_helping(snapshot, i, lang, context) for i in urgent[:2]]
    embeds = [c.embeds[0] for c in cards]
    if message is None:
        named = [e for ids in snapshot.index.named_in(text) for i in ids if (e := snapshot.entry(i, lang.code))]
        rows = (*cards[0].rows, open_buttons(e for e in named if e.id not in urgent))
        return Message(embeds=tuple(embeds), rows=tuple(row for row in rows if row))
    rest = (Embed(description=message.content),) if message.content else ()
    return Message(embeds=(*embeds, *rest, *message.embeds), rows=message.rows)


def if_happening(message: Message, lang: Language) -> Message:
    """Return a message after a line for whoever is in the danger that the text only mentions."""
    line = lang.gettext("If this is happening now: call your local emergency number.")
    return replace(message, content=f"**{line}**\n{message.content}".strip())


def _helping(snapshot: Snapshot, entry_id: str, lang: Language, context: CardContext) -> Message:
    """Return an urgent entry's card; whom to call, where the entry itself is under review."""
    if (found := card(snapshot, entry_id, lang, context)) is not None:
        return found
    text = "\n".join(filter(None, (context.emergency, snapshot.disclaimer("urgent", lang.code))))
    return Message(embeds=(Embed(lang.gettext("In an emergency"), text, RED),))


def browse_button(lang: Language) -> Button:
    """Return a button that opens the list of everything."""
    return Button(lang.gettext("Browse"), join("browse", "0"))
