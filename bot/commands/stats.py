"""/stats, for moderators: how the bot was used, with a picture."""

from __future__ import annotations

import asyncio
import io
import logging
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.moderators import only_moderators
from bot.commands.respond import log_use, message
from bot.knowledge.kinds import may_be_urgent
from bot.replies.answers import plain
from bot.replies.picture import NoPlotError, PictureError, drawn
from bot.replies.reply import Reply
from bot.replies.statistics import described, drawing, report
from bot.store.errors import StoreUnavailable
from bot.store.statistics import Figures, read

log = logging.getLogger(__name__)

FEWEST_DRAWN = 7
"""Days in a picture at least: a single bar shows nothing."""

_one_at_a_time = asyncio.Lock()
"""Held while a picture is drawn: its process takes more memory than the bot."""


@app_commands.command(name=locale_str("stats"), description=locale_str("How the bot is used, without anybody's name"))
@app_commands.rename(days=locale_str("days"))
@app_commands.describe(days=locale_str("How far back; 30 days if you leave it out"))
@app_commands.choices(
    days=[
        Choice(name=locale_str("today"), value=1),
        Choice(name=locale_str("7 days"), value=7),
        Choice(name=locale_str("30 days"), value=30),
        Choice(name=locale_str("90 days"), value=90),
    ]
)
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
@app_commands.check(only_moderators)
async def stats(interaction: Interaction, days: int = 30) -> None:
    """Show the figures, and a picture where one can be drawn."""
    lang = spoken(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        figures = await _figures(interaction, days)
        pictured = figures if days >= FEWEST_DRAWN else await _figures(interaction, FEWEST_DRAWN)
    except StoreUnavailable as error:
        log.warning("The figures could not be read (%s).", error.reason)
        await log_use(interaction, "stats", "failed")
        _ = lang.gettext
        text = _("I can't reach the figures right now. Please try again in a minute.")
        await interaction.edit_original_response(**message(plain(text)))
        return
    await log_use(interaction, "stats", "served")
    reply = report(figures, deps(interaction).library.current, lang)
    content, files = await _picture(interaction, pictured)
    await interaction.edit_original_response(**message(Reply(content, reply.embeds)), attachments=files)


async def _figures(interaction: Interaction, days: int) -> Figures:
    urgent = partial(may_be_urgent, deps(interaction).library.current.entries)
    return await read(deps(interaction).store, days, urgent=urgent)


async def _picture(interaction: Interaction, figures: Figures) -> tuple[str, list[discord.File]]:
    """Return the picture with its description; a sentence where there is none."""
    lang = spoken(interaction)
    _ = lang.gettext
    try:
        async with _one_at_a_time:
            picture = await drawn(drawing(figures, lang))
    except NoPlotError:
        return _("Without a picture: whoever runs this bot can add it with the extra `plot`."), []
    except PictureError as error:
        log.warning("%s", error)
        return _("Without a picture: it could not be drawn this time."), []
    return "", [discord.File(io.BytesIO(picture), "statistics.png", description=described(figures, lang))]


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the command."""
    return [stats]
