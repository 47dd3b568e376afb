"""The answers that are no card: which one was meant, nothing found, shared, gone."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.knowledge.danger import SELF_HARM
from bot.knowledge.kinds import Entry, Kind, Medicine
from bot.knowledge.library import Snapshot
from bot.knowledge.names import SHORT, normalise, words
from bot.language import Language
from bot.replies.buttons import MOST_CARRIED, Press, button, carried, open_buttons
from bot.replies.card import URGENT_COLOUR, Where, card, kind_name
from bot.replies.lists import browse_button
from bot.replies.reply import Reply
from bot.replies.text import typed
from bot.store.usage import Outcome

OFFERED = 5
"""Entries offered where a name is not found: a row of buttons."""


def asked_which(snapshot: Snapshot, ids: Sequence[str], text: str, lang: Language) -> Reply:
    """Return a question: which of the entries that share a name is meant, with what sets them apart."""
    _ = lang.gettext
    entries = [e for i in ids if (e := snapshot.entry(i, lang.code))]
    embed = discord.Embed(title=_("Which one do you mean?"))
    for entry in entries:
        embed.add_field(name=f"{entry.name} ({kind_name(entry, lang)})", value=entry.short, inline=False)
    content = _("“{text}” is the name of more than one thing.").format(text=typed(text))
    return Reply(content=content, embeds=(embed,), rows=(open_buttons(entries),))


def under_review(review: Sequence[Entry], entries: Sequence[Entry], text: str, lang: Language) -> Reply:
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
    return Reply(content="\n".join(lines), rows=tuple(row for row in (open_buttons(entries), (browse_button(lang),)) if row))


def not_one(
    snapshot: Snapshot, ids: Sequence[str], text: str, lang: Language, kind: Kind | None = None
) -> tuple[Reply, Outcome]:
    """Return the answer to a name that isn't exactly one entry's, and how that is logged."""
    if review := snapshot.under_review(text):
        entries = [e for i in ids if (e := snapshot.entry(i, lang.code))]
        return under_review(review, entries, text, lang), "asked which" if entries else "nothing"
    if ids:
        return asked_which(snapshot, ids, text, lang), "asked which"
    reply, any_offered = nothing_found(snapshot, text, lang, kind)
    return reply, "offered" if any_offered else "nothing"


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


def nothing_found(snapshot: Snapshot, text: str, lang: Language, kind: Kind | None = None) -> tuple[Reply, bool]:
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
        row.append(
            button(_("Search for these words"), Press("search", "0", carried(snapshot.search.telling(text, MOST_CARRIED))))
        )
        row.append(button(_("Tell the moderators it is missing"), Press("missing", "", carried(text))))
    rows = (open_buttons(entries), tuple(row))
    return Reply(content="\n".join(lines), rows=tuple(row for row in rows if row)), bool(entries)


def with_help_first(
    snapshot: Snapshot, urgent: Sequence[str], reply: Reply | None, lang: Language, where: Where, text: str = ""
) -> Reply:
    """Return a reply led by the urgent entries that a text's words of danger call for; nothing else comes before them.

    With no reply of its own, the entries that the text names are a press away. Who thinks of ending their life is offered
    nothing but help: no list and no medicine.

    Where the reply has text of its own, that moves below, into an embed, because Discord shows a message's text first.
    """
    bare = Where(emergency=where.emergency)
    if SELF_HARM in urgent:
        helping = card(snapshot, SELF_HARM, lang, bare) or _in_danger(snapshot, lang, where.emergency)
        return Reply(embeds=helping.embeds)
    cards = [card(snapshot, i, lang, bare) or _in_danger(snapshot, lang, where.emergency) for i in urgent[:2]]
    embeds = [c.embeds[0] for c in cards]
    if reply is None:
        named = [e for ids in snapshot.index.named_in(text) for i in ids if (e := snapshot.entry(i, lang.code))]
        rows = (*cards[0].rows, open_buttons(e for e in named if e.id not in urgent))
        return Reply(embeds=tuple(embeds), rows=tuple(row for row in rows if row))
    rest = (discord.Embed(description=reply.content),) if reply.content else ()
    return Reply(embeds=(*embeds, *rest, *reply.embeds), rows=reply.rows)


def _in_danger(snapshot: Snapshot, lang: Language, emergency: str) -> Reply:
    """Return whom to call, where the urgent entry itself is under review."""
    text = "\n".join(filter(None, (emergency, snapshot.disclaimer("urgent", lang.code))))
    return Reply(embeds=(discord.Embed(title=lang.gettext("In an emergency"), description=text, colour=URGENT_COLOUR),))


def ask_to_share(entry: Entry, tab: str, lang: Language) -> Reply:
    """Return the question asked before a card is shared."""
    _ = lang.gettext
    return Reply(
        content=_("Share “{name}”? Everyone in this channel will see it, and that you shared it.").format(name=entry.name),
        rows=((
            button(_("Share it"), Press("sharenow", entry.id, tab), style=discord.ButtonStyle.primary),
            button(_("Don't share"), Press("unshared")),
        ),),
    )  # fmt: skip


def shared(reply: Reply, seal: str, lang: Language) -> Reply:
    """Return a card as it stands in a channel: the related entries, and Remove for whoever shared it."""
    _ = lang.gettext
    return Reply(
        embeds=reply.embeds,
        rows=(*reply.rows, (button(_("Remove"), Press("remove", seal), style=discord.ButtonStyle.danger),)),
    )


def plain(text: str) -> Reply:
    """Return a sentence."""
    return Reply(content=text)
