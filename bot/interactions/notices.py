"""Tell the moderators in their channel."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
import discord

from bot.interactions import wire
from bot.interactions.message import Message
from bot.language import Language, language

log = logging.getLogger(__name__)


def spoken_there(client: Any) -> Language:
    """Return the language of the moderators' channel: the one chosen for their server with /settings, else English."""
    deps = client.deps
    return language(deps.servers.of(deps.config.moderation.guild_id).language or "en-US")


async def notify(client: Any, message: Message) -> bool:
    """Post in the moderators' channel and return whether it is there; without a channel there is nothing to do.

    Never raises for what Discord refuses: what is told of has been done already.
    """
    channel_id = client.deps.config.moderation.channel_id
    if channel_id is None or client.user is None:
        return False
    try:
        await wire.post(client, channel_id, message)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning(
            "The moderators' channel could not be written to (%s); check moderation.channel_id and that the bot may "
            "see that channel, write and attach files there.",
            f"Discord's code {error.code}" if isinstance(error, discord.HTTPException) else type(error).__name__,
        )
        return False
    return True
