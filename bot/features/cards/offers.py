"""The answers that are no card: what a search found, which one was meant, nothing found, shared, gone."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.features.cards.calls import call_line
from bot.features.cards.card import DETAILS, HELP, OVERVIEW, CardContext
from bot.features.cards.helplines import numbers_button
from bot.features.cards.kinds import card, kind_name
from bot.features.cards.parts import heading, inert, open_buttons, open_select
from bot.interactions.answer import Answer
from bot.interactions.custom_id import MOST_TEXT, encode_text, join
from bot.interactions.message import RED, Button, Embed, Field, Item, Message, Style
from bot.interactions.text import typed
from bot.knowledge.danger import SELF_HARM
from bot.knowledge.kinds import Entry, Kind, Medicine, Symptom
from bot.knowledge.kinds.treatment import Treatment
from bot.knowledge.library import Snapshot
from bot.knowledge.names import SHORT, in_sentence, normalise, words
from bot.knowledge.search import A_SENTENCE
from bot.language import _, long_day


def hits(snapshot: Snapshot, text: str, entries: Sequence[Entry]) -> tuple[tuple[Field, ...], tuple[Item, ...]]:
    """Return a field and a button for each entry: the sentence that fits the text best, else what the entry is."""
    fields, buttons = [], []
    for entry in entries:
        field, sentence = snapshot.search.sentence(text, inert(entry)) or ("short", entry.short)
        page, title = place_of(entry, field)
        if isinstance(entry, Symptom):  # how soon to call comes before all that can be said of it
            page, title, sentence = OVERVIEW, "", f"**{call_line(entry.urgency)}** {sentence}"
        fields.append(Field(f"{entry.name} ({kind_name(entry)})", f"*{title}:* {sentence}" if title else sentence))
        buttons.append(Button(entry.name, join("open", entry.id, page) if page != OVERVIEW else join("open", entry.id)))
    return tuple(fields), tuple(buttons)


def place_of(entry: Entry, field: str) -> tuple[str, str]:
    """Return the page of a card on which a field stands, and its heading there; no heading for what needs none."""
    if field in ("side_effects", "boxed"):
        page = HELP
    elif field in ("short", "notice", "immunotherapy") or (field == "more" and not isinstance(entry, Treatment)):
        page = OVERVIEW
    else:
        page = DETAILS
    return page, heading(field)


OFFERED = 5
"""Entries offered where a name is not found."""

SURE, SENTENCES = 2, 3
"""Names that may be meant, and sentences that may answer, at most."""

LETTER = re.compile(r"\b(?:letters?|reports?|results?|carta|informes?|resultados?)\b", re.IGNORECASE)
"""Who asks about one can have its words explained."""


def asked_which(snapshot: Snapshot, ids: Sequence[str], text: str) -> Message:
    """Return a question: which of the entries that share a name is meant, with what sets them apart."""
    entries = [e for i in ids if (e := snapshot.entry(i))]
    named = tuple(Field(f"{entry.name} ({kind_name(entry)})", entry.short) for entry in entries)
    content = _("“{text}” is the name of more than one thing.", text=typed(text))
    return Message(content, (Embed(_("Which one do you mean?"), fields=named),), (open_buttons(entries),))


def under_review(review: Sequence[Entry], entries: Sequence[Entry], text: str) -> Message:
    """Return that the entry of this name was taken down, with the other entries of that name a press away."""
    day = max(entry.withdrawn for entry in review if entry.withdrawn)
    lines = [
        _(
            "“{text}” is under review: a moderator took it down on {day} to check it, so I show nothing of it for now.",
            text=typed(text),
            day=long_day(day),
        ),
        _("If this is about how you feel right now, call your care team or your local emergency number."),
    ]
    if entries:
        lines.append(_("Something else has the same name:"))
    return Message("\n".join(lines), rows=tuple(row for row in (open_buttons(entries), (browse_button(),)) if row))


def not_one(snapshot: Snapshot, ids: Sequence[str], text: str, kind: Kind | None = None) -> Answer:
    """Return the answer to a name that isn't exactly one entry's."""
    if review := snapshot.under_review(text):
        entries = [e for i in ids if (e := snapshot.entry(i))]
        return Answer(under_review(review, entries, text), "asked which" if entries else "nothing")
    if ids:
        return Answer(asked_which(snapshot, ids, text), "asked which")
    message, any_offered = nothing_found(snapshot, text, kind)
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


def nothing_found(snapshot: Snapshot, text: str, kind: Kind | None = None) -> tuple[Message, bool]:
    """Return a kind answer to a name that no entry has, and whether it offers entries; never a dead end.

    Up to two names that are spelt almost so come first, each with a button; what else there is, is in a select below. What
    is no name is answered with the sentences that come closest to it. And always Browse, a search for the same words, and
    to tell the moderators that an entry is missing.
    """
    shown, is_sentence = typed(text), len(words(text)) >= A_SENTENCE
    close = {} if is_sentence else (snapshot.index.close(text, kind) or snapshot.index.close(text))
    sure = [e for i in list(close)[:SURE] if (e := snapshot.entry(i))]
    others = [e for i in offered(snapshot, text, kind) if i not in close and (e := snapshot.entry(i))]
    lines = []
    if not shown:
        lines = [_("I could not read a name in that.")]
    elif not is_sentence:
        lines = [_("I have no entry called “{text}”.", text=shown)]
    elif not others:
        lines = [_("I have no answer to just that.")]
    lines.append(_("If this is about how you feel right now, call your care team or your local emergency number."))
    lines += (_meant(entry, close[entry.id], text, snapshot) for entry in sure)
    fields: tuple[Field, ...] = ()
    buttons = open_buttons(sure)
    if others and not sure:
        fields, buttons = hits(snapshot, text, others[:SENTENCES])
        closest = _("These come closest to what you ask:") if is_sentence else _("These sentences come closest to it:")
        lines.append(closest)
        others = others[SENTENCES:]
    elif not sure and not others:
        lines.append(_("Type the first three letters of a name and pick from the list. `/help` shows what you can ask."))
    row = [browse_button()]
    if LETTER.search(text):
        row.insert(0, Button(_("Explain a letter or a report"), join("letter"), Style.PRIMARY))
    if words(text):
        sought = encode_text(snapshot.search.telling(text, MOST_TEXT))
        row.append(Button(_("Search"), join("search", "0", sought)))
        row.append(Button(_("Tell moderators"), join("missing", "", encode_text(text))))
    rows = (buttons, open_select(others, _("These mention your words")), tuple(row))
    embeds = (Embed(fields=fields, footer=snapshot.disclaimer("general")),) if fields else ()
    return Message("\n".join(lines), embeds, tuple(row for row in rows if row)), bool(buttons or others)


def _meant(entry: Entry, name: str, text: str, snapshot: Snapshot) -> str:
    """Return the question whether an entry was meant by what was typed, and what it must not be taken for."""
    chief = in_sentence(entry.name)
    named = f"**{name}** ({chief})" if normalise(name) != normalise(entry.name) else f"**{entry.name}**"
    line = _("Did you mean {name}? {short}", name=named, short=entry.short)
    alike = entry.look_alikes if isinstance(entry, Medicine) else ()
    names = [e.name for i in alike if snapshot.index.looks_like(i, text) and (e := snapshot.entry(i))]
    return f"{line} " + _("Not the same as {names}.", names=", ".join(names)) if names else line


def with_help_first(
    snapshot: Snapshot, urgent: Sequence[str], message: Message | None, context: CardContext, text: str = ""
) -> Message:
    """Return a message led by the urgent entries that a text's words of danger call for; nothing else comes before them.

    With no message of its own, the entries that the text names are a press away. Who thinks of ending their life is offered
    nothing but help: no list and no medicine.

    Where the reply has text of its own, that moves below, into an embed, because Discord shows a message's text first.
    """
    if SELF_HARM in urgent:
        numbers = numbers_button(snapshot, context.country)
        helping = _helping(snapshot, SELF_HARM, context)
        return replace(helping, rows=(numbers,) if numbers else ())
    cards = [_helping(snapshot, i, context) for i in urgent[:2]]
    embeds = [c.embeds[0] for c in cards]
    if message is None:
        named = [e for ids in snapshot.index.named_in(text) for i in ids if (e := snapshot.entry(i))]
        rows = (*cards[0].rows, open_buttons(e for e in named if e.id not in urgent))
        return Message(embeds=tuple(embeds), rows=tuple(row for row in rows if row), again=cards[0].again)
    rest = (Embed(description=message.content),) if message.content else ()
    return Message(embeds=(*embeds, *rest, *message.embeds), rows=message.rows, again=cards[0].again)


def if_happening(message: Message) -> Message:
    """Return a message after a line for whoever is in the danger that the text only mentions."""
    line = _("If this is happening now: call your local emergency number.")
    return replace(message, content=f"**{line}**\n{message.content}".strip())


def _helping(snapshot: Snapshot, entry_id: str, context: CardContext) -> Message:
    """Return an urgent entry's card; whom to call, where the entry itself is under review."""
    if (found := card(snapshot, entry_id, context)) is not None:
        return found
    text = "\n".join(filter(None, (context.emergency, snapshot.disclaimer("urgent"))))
    return Message(embeds=(Embed(_("In an emergency"), text, RED),))


def ways(snapshot: Snapshot) -> tuple[Button, ...]:
    """Return a button for each thing that somebody may want: to ask, about a symptom, to begin, to look around."""
    symptom = Button(_("I have a symptom"), join("browse", "0", Kind.SYMPTOM))
    symptoms = (symptom,) if snapshot.counts()[Kind.SYMPTOM] else ()
    return (
        Button(_("Ask"), join("ask"), Style.PRIMARY),
        *symptoms,
        Button(_("Where to begin"), join("start")),
        browse_button(),
    )


def browse_button() -> Button:
    """Return a button that opens the list of everything."""
    return Button(_("Browse"), join("browse", "0"))
