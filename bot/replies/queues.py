"""What members send to the moderators: what they are told of it, and how moderators see it, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import discord

from bot.knowledge.due import Due
from bot.knowledge.kinds import Entry
from bot.knowledge.library import Snapshot
from bot.language import Language
from bot.replies.buttons import Press, button, carried, open_select
from bot.replies.card import kind_name
from bot.replies.reply import FIELD_VALUE, Item, Reply, fit
from bot.replies.text import cleaned, typed, typed_whole
from bot.store.gaps import Gap
from bot.store.queues import A_DAY, BLOCKS, Kind, Message, State, Taken

MOST_SHOWN = 3500
"""Units of a message that are shown: all that a form takes, even where every letter is a mark."""

GAPS = 4
"""Missing names on a page: each has a row of buttons, and one row is for turning."""

SHORT_NAME = 24
"""Letters of a name on its button: on a phone, Dismiss still stands beside it."""

DUE = 10

_COLOUR = 0x3B7DD8
_RED = discord.ButtonStyle.danger


def thanks(lang: Language) -> Reply:
    """Return thanks for a message that was taken, without a name."""
    _ = lang.gettext
    return Reply(
        content=_(
            "Thank you. The moderators will read it. They don't see who sent it, so they can't answer you. `/privacy` shows "
            "you what you sent, and deletes it."
        )
    )


def not_taken(taken: Taken, text: str, lang: Language, contact: str) -> Reply:
    """Return why a message is not taken, with the text that was typed, so that it isn't lost."""
    _ = lang.gettext
    said = (
        _("You have sent {n} of these today, thank you. Please send more tomorrow.").format(n=A_DAY)
        if taken == "too many"
        else _("The moderators take no more messages from you. Everything else works as before.")
    )
    if taken == "blocked" and contact:
        said += " " + _contact(contact, lang)
    return _given_back(said, text, lang)


def not_kept(text: str, lang: Language) -> Reply:
    """Return that the database refused a message, with the text that was typed."""
    _ = lang.gettext
    return _given_back(_("I can't keep that right now. Please try again in a minute."), text, lang)


def nobody_reads(text: str, lang: Language, contact: str) -> Reply:
    """Return that there are no moderators, and whom to write to where that is known."""
    _ = lang.gettext
    said = _("Nobody would read that: this bot has no moderators yet, so it was not kept.")
    if contact:
        said += " " + _contact(contact, lang)
    return _given_back(said, text, lang)


def _contact(contact: str, lang: Language) -> str:
    return lang.gettext("You can reach whoever runs this bot: {contact}").format(contact=contact)


def _given_back(said: str, text: str, lang: Language) -> Reply:
    """Return a sentence, and below it what was typed, to be copied."""
    if not text:
        return Reply(content=said)
    return Reply(
        content=said,
        embeds=(discord.Embed(title=lang.gettext("What you wrote"), description=typed_whole(text, MOST_SHOWN)),),
    )


def waits(kind: Kind, number: int, entry: Entry | None, lang: Language) -> Reply:
    """Return the notice that a message waits. It stays in Discord: nothing that was typed is in it."""
    _ = lang.gettext
    if kind == "suggestion":
        text = _("Somebody sent a suggestion.")
    elif entry is not None:
        text = _("Somebody reported a mistake in **{name}**.").format(name=entry.name)
    else:
        text = _("Somebody reported a mistake.")
    return Reply(content=text, rows=((button(_("Read it"), Press("modqat", kind, str(number))),),))


def open_message(
    found: Message, place: tuple[int, int], entry: Entry | None, lang: Language, *, note: str = "", undo: int = 0,
    any_blocked: bool = False, asking: bool = False,
) -> Reply:  # fmt: skip
    """Return an open message and what can be done with it.

    `place` is its place among the open ones, and how many they are; `note` says what was done with the one before, which
    `undo` takes back; `asking` asks whether its sender is to be blocked.
    """
    _ = lang.gettext
    title = _("Suggestion")
    if found.kind == "report":
        title = _("A mistake in {name}").format(name=entry.name if entry else found.entry)
    embed = discord.Embed(title=title, description=typed_whole(found.text, MOST_SHOWN), colour=_COLOUR)
    if found.source:
        embed.add_field(name=_("Where it says so"), value=typed_whole(found.source, FIELD_VALUE), inline=False)
    if found.blocked:
        embed.add_field(name=_("Blocked"), value=_("No more messages are taken from this sender."), inline=False)
    at, all_ = place
    footer = _("{at} of {all}, the oldest first. Sent on {day}, without a name.")
    embed.set_footer(text=footer.format(at=at, all=all_, day=lang.day(found.day)))
    here = str(found.number)
    if asking:
        note = _("Block whoever sent this? No more messages are taken from them then. You can take it back.")
        yes = button(_("Block them"), Press("modqblocknow", found.kind, here), style=_RED)
        no = button(_("Don't block"), Press("modqat", found.kind, here))
        return Reply(content=note, embeds=(embed,), rows=((yes, no),))
    actions = [
        button(_("Done"), Press("modqdone", found.kind, here), style=discord.ButtonStyle.success),
        button(_("Decline"), Press("modqdecline", found.kind, here)),
    ]
    if found.kind == "report":
        actions.append(button(_("Open entry"), Press("open", found.entry)))
    actions.append(
        button(_("Unblock sender"), Press("modqunblock", found.kind, f"{found.blocked}-{here}"))
        if found.blocked
        else button(_("Block sender"), Press("modqblock", found.kind, here), style=_RED)
    )
    turn = _turn(Press("modqback", found.kind, here), Press("modqnext", found.kind, here), at > 1, at < all_, lang)
    return Reply(content=note, embeds=(embed,), rows=(tuple(actions), (*turn, *_more(found.kind, undo, any_blocked, lang))))


def none_open(kind: Kind, lang: Language, *, note: str = "", undo: int = 0, any_blocked: bool = False) -> Reply:
    """Return that no message of a kind is open."""
    _ = lang.gettext
    none = _("No report is waiting.") if kind == "report" else _("No suggestion is waiting.")
    return Reply(content=f"{note} {none}".strip(), rows=(_more(kind, undo, any_blocked, lang),))


def _more(kind: Kind, undo: int, any_blocked: bool, lang: Language) -> tuple[Item, ...]:
    _ = lang.gettext
    row = []
    if undo:
        row.append(button(_("Undo"), Press("modqundo", kind, str(undo))))
    if any_blocked:
        row.append(button(_("Blocked senders"), Press("modqblocks", kind, "0")))
    return tuple(row)


def _turn(back: Press, on: Press, any_before: bool, any_after: bool, lang: Language) -> tuple[Item, ...]:
    """Return Back and Next; nothing for a single page."""
    _ = lang.gettext
    if not any_before and not any_after:
        return ()
    return button(_("Back"), back, on=any_before), button(_("Next"), on, on=any_after)


def settled(state: State, lang: Language) -> str:
    """Return what was just done with a message."""
    _ = lang.gettext
    return {"done": _("Done."), "declined": _("Declined."), "open": _("It is open again.")}[state]


def settled_before(found: Message | None, lang: Language) -> str:
    """Return why a press could do nothing: someone else was first, or the message is gone."""
    _ = lang.gettext
    if found is None:
        return _("That message is gone: its sender deleted it, or it has expired.")
    return {
        "done": _("That one is done already: someone else was faster."),
        "declined": _("That one was declined already: someone else was faster."),
        "open": _("That one is open again already."),
    }[found.state]


def blocked_senders(
    found: Sequence[tuple[int, date, str]], kind: Kind, more: bool, lang: Language, *, note: str = ""
) -> Reply:
    """Return a page of blocked senders, each with the last that they sent, to be taken back; `kind` is where it leads."""
    _ = lang.gettext
    embed = discord.Embed(title=_("Blocked senders"), colour=_COLOUR)
    rows = []
    for number, day, text in found[:BLOCKS]:
        name = _("Number {n}, blocked on {day}").format(n=number, day=lang.day(day))
        last = _("Last: “{text}”").format(text=typed(text)) if text else _("Nothing that they sent is kept any more.")
        embed.add_field(name=name, value=last, inline=False)
        rows.append((button(_("Unblock number {n}").format(n=number), Press("modqunblock", kind, f"{number}-list")),))
    if not found:
        embed.description = _("Nobody is blocked.")
    turn = [button(_("Back to the messages"), Press("modqat", kind, "0"))]
    if more:
        turn.append(button(_("Next"), Press("modqblocks", kind, str(found[-1][0]))))
    return Reply(content=note, embeds=(embed,), rows=(*rows, tuple(turn)))


def gaps(
    found: Sequence[Gap], lang: Language, *, before: bool = False, after: Gap | None = None, note: str = "",
    undo: Press | None = None,
) -> Reply:  # fmt: skip
    """Return a page of missing names, the most missed first.

    `before` says whether there are more before it, `after` is the first of the next page; `undo` takes back what
    `note` says.
    """
    _ = lang.gettext
    embed = discord.Embed(title=_("Missing names"), colour=_COLOUR)
    rows: list[tuple[Item, ...]] = []
    lines = []
    here = place_of(found[0]) if found else ""
    for number, gap in enumerate(found):
        times = _("asked for {n} times").format(n=gap.people)
        lines.append(f"• **{typed(gap.text)}**: {times}")
        start = _("Write “{name}”").format(name=fit(cleaned(gap.text), SHORT_NAME))
        dismiss = button(_("Dismiss"), Press("modqdismiss", gap.name, here))
        rows.append((button(start, Press("modnew", f"term-{number}", carried(gap.text))), dismiss))
    embed.description = "\n".join(lines) or _("No name is missing: three people have to tell me of one first.")
    turn = _turn(
        Press("modqgapsback", here), Press("modqgaps", place_of(after) if after else ""), before, after is not None, lang
    )
    if undo:
        turn = (*turn, button(_("Undo"), undo))
    return Reply(content=note, embeds=(embed,), rows=tuple(row for row in (*rows, turn) if row))


def place_of(gap: Gap) -> str:
    """Return where a name stands in the list, in letters that an id may have."""
    return f"{gap.people}-{gap.name}"


def placed(text: str) -> tuple[int, str] | None:
    """Return what `place_of` says; None for the start of the list."""
    people, dash, name = text.partition("-")
    return (int(people), name) if dash and people.isdecimal() else None


def due_list(snapshot: Snapshot, found: Sequence[Due], page: int, lang: Language) -> Reply:
    """Return a page of the entries that are due, each to be opened; a page beyond the last is the last."""
    _ = lang.gettext
    pages = max(-(-len(found) // DUE), 1)
    page = min(max(page, 0), pages - 1)
    shown = found[page * DUE : (page + 1) * DUE]
    overdue = sum(each.overdue for each in found)
    counts = (
        lang.ngettext("{n} entry is overdue", "{n} entries are overdue", overdue).format(n=overdue),
        lang.ngettext("{n} soon will be", "{n} soon will be", len(found) - overdue).format(n=len(found) - overdue),
    )
    lines = [", ".join(counts) + "."] if found else [_("Nothing is due for a check.")]
    entries = [snapshot.entry(each.entry.id, lang.code) or each.entry for each in shown]
    for each, entry in zip(shown, entries, strict=True):
        when = _("overdue since {day}") if each.overdue else _("due on {day}")
        checked = _("checked on {day}").format(day=lang.day(entry.checked))
        lines.append(f"• **{entry.name}** ({kind_name(entry, lang)}): {checked}, {when.format(day=lang.day(each.on))}")
    embed = discord.Embed(title=_("Due for a check"), description="\n".join(lines), colour=_COLOUR)
    if pages > 1:
        embed.set_footer(
            text=_("Page {page} of {pages}. Choose a name below to open it.").format(page=page + 1, pages=pages)
        )
    back, on = Press("modqdue", str(page - 1) if page else "0"), Press("modqdue", str(page + 1))
    rows = (open_select(entries, _("Open an entry")), _turn(back, on, page > 0, page < pages - 1, lang))
    return Reply(embeds=(embed,), rows=tuple(row for row in rows if row))
