"""The answers that are no card: which one was meant, nothing found, shared, gone."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.knowledge.library import Snapshot
from bot.knowledge.names import words
from bot.language import Language
from bot.replies.buttons import Press, button, open_buttons
from bot.replies.card import Where, card, kind_name
from bot.replies.reply import Reply

MOST_TYPED = 80


def typed(text: str) -> str:
    """Return what someone typed as it can be shown: one line, at most 80 characters, no markdown, no mention, no link."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = text[: MOST_TYPED - 1] + "…" if len(text) > MOST_TYPED else text
    text = discord.utils.escape_mentions(discord.utils.escape_markdown(text, as_needed=False))
    return text.replace("://", ":\u200b//").replace("<", "\\<")


def asked_which(snapshot: Snapshot, ids: Sequence[str], text: str, lang: Language) -> Reply:
    """Return a question: which of the entries that share a name is meant, with what sets them apart."""
    _ = lang.gettext
    entries = [e for i in ids if (e := snapshot.entry(i, lang.code))]
    embed = discord.Embed(title=_("Which one do you mean?"))
    for entry in entries:
        embed.add_field(name=f"{entry.name} ({kind_name(entry, lang)})", value=entry.short, inline=False)
    content = _("“{text}” is the name of more than one thing.").format(text=typed(text))
    return Reply(content=content, embeds=(embed,), rows=(open_buttons(entries),))


def nothing_found(snapshot: Snapshot, text: str, lang: Language) -> tuple[Reply, bool]:
    """Return a kind answer to a name that no entry has, and whether it offers entries.

    Offered are entries with a word of the text in their names; never more than offered, however likely one is.
    """
    _ = lang.gettext
    # Blanks alone would suggest what is suggested before anything is typed.
    text = text.strip()
    found = list(dict.fromkeys(
        i for part in (text, *sorted(words(text[:200]), key=len, reverse=True)) if len(part) > 2
        for s in snapshot.index.suggest(part, most=5) for i in snapshot.index.exact(s.value)
    ))[:5]  # fmt: skip
    entries = [e for i in found if (e := snapshot.entry(i, lang.code))]
    shown = typed(text)
    lines = [
        _("I have no entry called “{text}”.").format(text=shown) if shown.strip() else _("I could not read a name in that.")
    ]
    if entries:
        lines.append(_("Is it one of these? Press it to open it."))
    lines.append(
        _("Names are easy to mistype: type the first three letters and pick from the list. `/help` shows what you can ask.")
    )
    lines.append(_("If this is about how you feel right now, call your care team or your local emergency number."))
    return Reply(content="\n".join(lines), rows=(open_buttons(entries),) if entries else ()), bool(entries)


def with_help_first(snapshot: Snapshot, urgent: Sequence[str], reply: Reply | None, lang: Language, where: Where) -> Reply:
    """Return a reply led by the urgent entries that a text's words of danger call for; nothing else comes before them.

    Where the reply has text of its own, that moves below, into an embed, because Discord shows a message's text first.
    """
    bare = Where(emergency=where.emergency)
    cards = [c for i in urgent[:2] if (c := card(snapshot, i, lang, bare))]
    embeds = [c.embeds[0] for c in cards]
    if reply is None:
        return Reply(embeds=tuple(embeds), rows=cards[0].rows if cards else ())
    rest = (discord.Embed(description=reply.content),) if reply.content else ()
    return Reply(embeds=(*embeds, *rest, *reply.embeds), rows=reply.rows)


def ask_to_share(entry_id: str, tab: str, lang: Language) -> Reply:
    """Return the question asked before a card is shared."""
    _ = lang.gettext
    return Reply(
        content=_("Everyone in this channel will see it, and that you shared it. Share it?"),
        rows=((
            button(_("Share it"), Press("sharenow", entry_id, tab), style=discord.ButtonStyle.primary),
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
