"""Two entries side by side."""

from __future__ import annotations

import discord

from bot.knowledge.kinds import Condition, Entry, Kind, Medicine, Therapy
from bot.knowledge.library import Snapshot
from bot.language import Language
from bot.replies.buttons import open_buttons
from bot.replies.card import kind_name, masked_link, names_of
from bot.replies.reply import Reply

_NAMES = 8
_COLOUR = 0x3B7DD8


def compared(snapshot: Snapshot, first: Entry, second: Entry, lang: Language) -> Reply:
    """Return two entries field by field; of different kinds, what each of them is."""
    _ = lang.gettext
    embed = discord.Embed(title=_("{first} and {second}").format(first=first.name, second=second.name), colour=_COLOUR)
    own, other = _said(first, snapshot, lang), _said(second, snapshot, lang)
    if first.kind is not second.kind:
        embed.description = _("These are different kinds of things, so here is what each of them is.")
        own, other = own[:1], other[:1]
    elif isinstance(first, Medicine) and second.id in first.look_alikes:
        embed.description = "**" + _("Their names look alike, but they are different medicines.") + "**"
    for (title, of_first), (_title, of_second) in zip(own, other, strict=True):
        embed.add_field(name=f"{first.name}: {title}", value=of_first or "–", inline=True)
        embed.add_field(name=f"{second.name}: {title}", value=of_second or "–", inline=True)
        # Discord puts three fields on a line; the empty third keeps the two of a pair side by side.
        embed.add_field(name="\u200b", value="\u200b", inline=True)
    links = [masked_link(s.publisher, s.url) for entry in (first, second) for s in entry.sources[:2]]
    embed.add_field(name=_("Sources"), value=" · ".join(dict.fromkeys(links)), inline=False)
    key = first.kind.value if first.kind is second.kind and first.kind is not Kind.TERM else "general"
    checked = _("Checked on {day}").format(day=lang.day(min(first.checked, second.checked)))
    open_either = _("Open either one for all its sources and for when to call for help.")
    embed.set_footer(text=f"{checked}.\n{snapshot.disclaimer(key, lang.code)}\n{open_either}")
    return Reply(embeds=(embed,), rows=(open_buttons((first, second)),))


def _said(entry: Entry, snapshot: Snapshot, lang: Language) -> list[tuple[str, str]]:
    """Return what is compared of an entry: (title, text), what it is first; the same titles for all of a kind."""
    _ = lang.gettext
    said = [(_("what it is"), " ".join(part for part in (f"{kind_name(entry, lang)}.", entry.notice, entry.short) if part))]
    if isinstance(entry, Medicine):
        said.append((_("brand names"), ", ".join(entry.brands[:_NAMES])))
        said.append((_("what kind of medicine"), entry.drug_class))
        said.append((_("acts on"), entry.target))
    if isinstance(entry, Therapy):
        said.append((_("how it works"), entry.how_it_works))
    if isinstance(entry, Therapy | Medicine):
        said.append((_("used for"), names_of(entry.treats, snapshot, lang, most=_NAMES)))
        said.append((_("how it is given"), entry.given))
    if isinstance(entry, Condition):
        said.append((_("what immunotherapy can do"), entry.immunotherapy))
    return said
