"""/settings: how answers are given in one server, for those who manage it."""

from __future__ import annotations

from typing import Any, cast

from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, server, spoken
from bot.commands.respond import answer, edited, in_time, log_use, message
from bot.replies.answers import plain
from bot.replies.settings import CHOICES, settings
from bot.store.servers import Setting


@app_commands.command(name=locale_str("settings"), description=locale_str("How I answer in this server, for its managers"))
@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def settings_(interaction: Interaction) -> None:
    """Show the settings, as the database has them now."""
    if await _refused(interaction):
        return
    async with in_time(interaction, new=True):
        await deps(interaction).servers.refresh()
        interaction.extras.pop("server", None)
        await log_use(interaction, "settings", "served")
        await interaction.edit_original_response(**message(settings(server(interaction), spoken(interaction))))


async def change(interaction: Interaction, setting: str, word: str) -> bool:
    """Change a setting and show them all anew; return False for one that does not exist."""
    if word not in (words := CHOICES.get(cast(Setting, setting), {})):
        return False
    if await _refused(interaction):
        return True
    assert interaction.guild_id is not None
    async with in_time(interaction, new=False):
        changed = await deps(interaction).servers.change(interaction.guild_id, cast(Setting, setting), words[word])
        interaction.extras["server"] = changed
        await log_use(interaction, "settings", "served")
        await interaction.edit_original_response(**edited(settings(changed, spoken(interaction))))
    return True


async def _refused(interaction: Interaction) -> bool:
    """Tell whoever can't have the settings why; asked anew at every press."""
    _ = spoken(interaction).gettext
    if interaction.guild_id is None:
        text = _("There is nothing to set here: settings belong to a server. Use `/settings` in a server that you manage.")
    elif not interaction.permissions.manage_guild:
        text = _("Only those who may manage this server can see and change its settings.")
    else:
        return False
    await answer(interaction, plain(text), command="settings", outcome="nothing")
    return True


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the command."""
    return [settings_]
