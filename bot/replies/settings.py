"""A server's settings as its managers see them: how it is now, and a button for each other way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import discord

from bot.language import Language
from bot.replies.buttons import Press, button
from bot.replies.reply import Item, Reply
from bot.store.servers import Server, Setting

CHOICES: Mapping[Setting, Mapping[str, bool | str]] = MappingProxyType(
    {
        "visible": {"no": False, "yes": True},
        "sharing": {"on": True, "off": False},
        "language": {"own": "", "en": "en", "es": "es"},
    }
)
"""setting -> what a button's id says -> the value"""


def settings(server: Server, lang: Language) -> Reply:
    """Return the settings, with what each means."""
    _ = lang.gettext
    embed = discord.Embed(title=_("Settings of this server"), colour=0x3B7DD8)
    embed.add_field(
        name=_("Answers"),
        value=_(
            "Everyone in the channel sees the entries, comparisons and lists that a command asks for, and who asked. Only "
            "the asker sees the rest: what repeats their own words, answers to words of danger, answers to a press, "
            "`/privacy`."
        )
        if server.visible
        else _("Only the asker sees an answer."),
        inline=False,
    )
    embed.add_field(
        name=_("Sharing"),
        value=_("Members may share a card with everyone in the channel; they are asked once more before.")
        if server.sharing
        else _("Nobody can share a card."),
        inline=False,
    )
    embed.add_field(
        name=_("Language"),
        value={
            "": _("Each member reads their own Discord language, as far as I speak it: English or Spanish."),
            "en": _("Every answer in this server is in English."),
            "es": _("Every answer in this server is in Spanish."),
        }.get(server.language, server.language),
        inline=False,
    )
    embed.set_footer(text=_("A press changes it at once, for everyone in this server."))
    rows = (
        _row("visible", server.visible, {"no": _("Only the asker"), "yes": _("Everyone in the channel")}),
        _row("sharing", server.sharing, {"on": _("Sharing on"), "off": _("Sharing off")}),
        _row("language", server.language, {"own": _("Each member's own"), "en": "English", "es": "Español"}),
    )
    return Reply(embeds=(embed,), rows=rows)


def _row(setting: Setting, now: bool | str, labels: Mapping[str, str]) -> tuple[Item, ...]:
    """Return a button for each way; the one that holds is marked and can't be pressed."""
    here, there = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    return tuple(
        button(label, Press("set", setting, word), style=here if value == now else there, on=value != now)
        for word, label in labels.items()
        for value in (CHOICES[setting][word],)
    )
