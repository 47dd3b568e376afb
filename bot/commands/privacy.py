"""/privacy: what is kept, in plain words; and one's own data shown, deleted, or no longer kept."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.respond import answer, edited, in_time, log_use, message
from bot.language import Language
from bot.replies.answers import plain
from bot.replies.buttons import Press, button
from bot.replies.card import masked_link
from bot.replies.reply import Reply
from bot.store import privacy, queues


def _said(lang: Language, days: int, policy: str, counted: bool, key_changed: str | None) -> Reply:
    """Return what is kept, with buttons for one's own data; `key_changed` is the day of it while that matters."""
    _ = lang.gettext
    embed = discord.Embed(title=_("Your privacy"), colour=0x3B7DD8)
    embed.description = _(
        "**What was asked, without who.** For each answer: when, which command and entry, how it went, how long it took, "
        "the language, and whether it was in a server. Not your name, your number, the server, or what you typed.\n"
        "**Who was there, without what.** For each day: a scrambled code for you, apart from what anyone asked, and written "
        "about an hour later with those of at least nine others, or not at all. Only whoever runs this bot could check it "
        "against an account they already know.\n"
        "**Names that are missing**, if you tell of one: scrambled, until three people told of it; then the name alone.\n"
        "**What you send to the moderators** in a form: the text, the day, and a scrambled code for you, the same for all "
        "that you send. They see neither your name nor the code.\n"
        "All of these rows are deleted after {days} days. Counts and names without people stay; so do your wish not to be "
        "counted, and a block of your messages."
    ).format(days=days)
    embed.add_field(
        name=_("Moderators"),
        value=_("Who changes an entry stands by it: the change bears their number. “Delete my data” takes it off."),
        inline=False,
    )
    if key_changed:
        embed.add_field(
            name=_("Older rows"),
            value=_(
                "The key of the scrambled codes changed on {day}. Rows from before can't be found any more: I can neither "
                "show nor delete them for you, and they go by themselves. If you did not want to be counted, say so again."
            ).format(day=lang.day(date.fromisoformat(key_changed))),
            inline=False,
        )
    if policy:
        embed.add_field(name=_("Privacy policy"), value=masked_link(_("Privacy policy"), policy), inline=False)
    counting = button(_("Don't count me"), Press("optout")) if counted else button(_("Count me again"), Press("optin"))
    row = (button(_("Show my data"), Press("export")), button(_("Delete my data"), Press("delete")), counting)
    return Reply(embeds=(embed,), rows=(row,))


async def _about(interaction: Interaction) -> Reply:
    config, store = deps(interaction).config, deps(interaction).store
    days = config.privacy.retention_days
    counted = not await privacy.opted_out(store, interaction.user.id)
    key_changed = await privacy.key_changed(store, days)
    return _said(spoken(interaction), days, config.operator.privacy_url, counted, key_changed)


@app_commands.command(name=locale_str("privacy"), description=locale_str("What is kept about you; show it, delete it"))
async def privacy_(interaction: Interaction) -> None:
    """Show what is kept."""
    async with in_time(interaction, new=True):
        await log_use(interaction, "privacy", "served")
        await interaction.edit_original_response(**message(await _about(interaction)))


async def export(interaction: Interaction) -> None:
    """Give the asker all that belongs to them, as a JSON file that only they see."""
    _ = spoken(interaction).gettext
    async with in_time(interaction, new=True):
        await log_use(interaction, "privacy", "served")
        found = await privacy.export(deps(interaction).store, interaction.user.id)
        file = discord.File(io.BytesIO(json.dumps(found, ensure_ascii=False, indent=2).encode()), "immunobot-my-data.json")
        text = _("This is all that belongs to you. What you asked is stored without you, so nobody can find it here.")
        await interaction.edit_original_response(content=text, attachments=[file])


async def ask_to_delete(interaction: Interaction) -> None:
    """Ask once before deleting."""
    _ = spoken(interaction).gettext
    row = (
        button(_("Delete it"), Press("deletenow"), style=discord.ButtonStyle.danger),
        button(_("Keep it"), Press("kept")),
    )
    reply = Reply(content=_("Delete all that belongs to you? It can't be brought back."), rows=(row,))
    await answer(interaction, reply, command="privacy", outcome="offered")


async def delete(interaction: Interaction) -> None:
    """Delete, and say how much that was, and what stays."""
    lang, store, days = spoken(interaction), deps(interaction).store, deps(interaction).config.privacy.retention_days
    _ = lang.gettext
    async with in_time(interaction, new=False):
        # The press itself is logged without its asker: counted, they would be there again.
        await log_use(interaction, "privacy", "served", counted=False)
        rows = await privacy.delete(store, interaction.user.id)
        left = privacy.rows_of(await privacy.export(store, interaction.user.id))
        parts = [lang.ngettext("Deleted: {n} row.", "Deleted: {n} rows.", rows).format(n=rows)]
        if left:
            parts.append(_("Something of yours came in meanwhile; press “Delete my data” once more."))
        if await privacy.opted_out(store, interaction.user.id):
            parts.append(_("Kept: that you are not to be counted."))
        if await queues.is_blocked(store, interaction.user.id):
            parts.append(_("Kept: that your messages to the moderators are not taken any more."))
        if key_changed := await privacy.key_changed(store, days):
            parts.append(
                _(
                    "The key of the scrambled codes changed on {day}: what is older can't be found any more, and "
                    "goes by itself."
                ).format(day=lang.day(date.fromisoformat(key_changed)))
            )
        text = " ".join(parts if len(parts) > 1 else (*parts, _("Nothing that belongs to you is left.")))
        await interaction.edit_original_response(**edited(plain(text)))


async def keep(interaction: Interaction) -> None:
    """Say that nothing was deleted."""
    _ = spoken(interaction).gettext
    await log_use(interaction, "privacy", "served")
    await interaction.response.edit_message(**edited(plain(_("Nothing was deleted."))))


async def opt(interaction: Interaction, *, out: bool) -> None:
    """Count the asker no longer, or again, and show the page anew."""
    async with in_time(interaction, new=False):
        await privacy.opt(deps(interaction).store, interaction.user.id, out=out)
        await log_use(interaction, "privacy", "served", counted=not out)
        await interaction.edit_original_response(**edited(await _about(interaction)))


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the command."""
    return [privacy_]
