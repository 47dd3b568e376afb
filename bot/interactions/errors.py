"""The one place where an error of a command, a press or a form ends."""

from __future__ import annotations

import contextlib
import logging
import secrets

import aiohttp
import discord
from discord import app_commands

from bot.interactions import wire
from bot.interactions.answer import give, say
from bot.interactions.request import Request, State
from bot.language import _, to_translate
from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION = 10062

TOO_MANY = 429

BUSY = to_translate(
    "Too much is being asked right now. Please try again in a minute. If this is about how you feel right now, call your "
    "care team or your local emergency number."
)
"""What is said where more is asked than can be answered."""


async def failed(request: Request, error: BaseException) -> None:
    """End an error, and answer the asker where that is still possible.

    The outcomes, each tested:
    - Discord no longer knows the interaction (10062, later than 3 s), or it was answered already (40060): nothing more can
      be said to anyone; one line in the log, no retry.
    - The answer did not reach Discord, or Discord has no time for it: one line in the log.
    - The command isn't known here (an older or newer set of commands is registered): the asker is told that the commands
      are being updated, and to try again in a minute; who is still typing gets an empty list, and no use is logged.
    - The database refuses, and the answer can't do without it: the asker is told to try again.
    - Anything else is our mistake: the asker gets a sentence and an incident id; the log has the same id with the traceback.
    In no outcome is the asker or what they typed logged. That the answer can't be sent, in turn, is one line in the log.
    """
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, discord.HTTPException) and error.code in (UNKNOWN_INTERACTION, wire.ALREADY_ANSWERED):
        log.warning("An answer came too late or twice (Discord's code %d); not retried.", error.code)
        return
    if isinstance(error, wire.LostError | aiohttp.ClientError) or (
        isinstance(error, discord.HTTPException) and _busy(error)
    ):
        log.warning("An answer did not reach Discord (%s).", getattr(error, "status", error))
        if request.state is State.NEW:
            return
        text = _("I can't reach that right now. Please try again in a minute.")
    elif isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        log.warning("A command was used that is not registered as it is here; run `immunobot sync`.")
        if request.interaction.type is discord.InteractionType.autocomplete:  # who types wants a list, and nothing to read
            with contextlib.suppress(discord.HTTPException, wire.LostError):
                await wire.call_back(request.interaction, wire.CHOICES, {"choices": []})
            return
        text = _("The commands are being updated. Please try again in a minute.")
    elif isinstance(error, StoreUnavailable):
        log.warning("The database could not be reached (%s); the asker was told to try again.", error.reason)
        text = _("I can't reach that right now. Please try again in a minute.")
    else:
        incident = secrets.token_hex(4)
        log.error("Incident %s", incident, exc_info=error)
        text = _(
            "Something went wrong on my side, and it has been noted (incident {incident}). Please try again. If this is "
            "about how you feel right now, call your care team or your local emergency number.",
            incident=incident,
        )
    try:
        await give(request, say(text, "failed"))
    except (discord.HTTPException, wire.LostError) as again:
        log.warning("The asker could not be told of it (%s).", getattr(again, "code", again))


def _busy(error: discord.HTTPException) -> bool:
    """Say whether Discord, or Cloudflare before it, has no time for us now."""
    return error.status == TOO_MANY or error.status >= 500
