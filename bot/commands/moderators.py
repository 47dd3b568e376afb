"""Who is a moderator, asked anew on every command and every press; and the group of their commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.respond import answer
from bot.replies.answers import plain


def is_moderator(interaction: Interaction) -> bool:
    """Say whether the asker may keep the knowledge: in the moderators' server, by Manage Server or one of the roles."""
    moderation = deps(interaction).config.moderation
    if moderation.guild_id is None or interaction.guild_id != moderation.guild_id:
        return False
    # Member.roles looks its roles up in the server, which isn't known with Intents.none(); the numbers are here alone.
    roles = getattr(interaction.user, "_roles", ())
    return interaction.permissions.manage_guild or any(role in roles for role in moderation.role_ids)


async def refuse(interaction: Interaction) -> None:
    """Tell someone who is no moderator that this isn't theirs."""
    _ = spoken(interaction).gettext
    text = _("Only the moderators of this bot can do that, in their own server.")
    await answer(interaction, plain(text), command="knowledge", outcome="nothing")


async def only_moderators(interaction: Interaction) -> bool:
    """Refuse whoever is no moderator; a check of commands."""
    if is_moderator(interaction):
        return True
    if interaction.type is not discord.InteractionType.autocomplete:
        await refuse(interaction)
    return False


class Moderators(app_commands.Group):
    """A group of commands for moderators alone."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Refuse whoever is no moderator."""
        return await only_moderators(interaction)


def group(*commands: app_commands.Command[Any, ..., Any]) -> Moderators:
    """Return `/knowledge` with these commands."""
    made = Moderators(
        name=locale_str("knowledge"),
        description=locale_str("Keep the knowledge"),
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )
    for command in commands:
        made.add_command(command)
    return made
