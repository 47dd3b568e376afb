"""The one door out: what the bot says leaves here as JSON.

discord.py would parse every message back, and build objects that nobody needs. Its adapter is asked directly instead: a
private seam, held by tests/wire. It asks Discord for no message back.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from typing import Any, Literal

import aiohttp
import discord
from discord.http import MultipartParameters, Route
from discord.webhook.async_ import async_context

from bot.interactions.limits import clamp
from bot.interactions.message import EPHEMERAL, File, Json, Message, to_json
from bot.interactions.request import Attachment, Interaction

MESSAGE, DEFER, DEFER_IN_PLACE, IN_PLACE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
"""Kinds of callbacks (https://docs.discord.com/developers/interactions/receiving-and-responding)."""


ORIGINAL = "/messages/@original"

UNKNOWN_MESSAGE = 10008
ALREADY_ANSWERED = 40060

SECONDS = 3.0
"""How long Discord waits for the first answer; after that, nothing counts as under way any more."""

_BLOCKED = (200000, 200001, 240000)
"""A server's own rules (AutoMod), or Discord's on links, take no such message."""

_TAKES_NONE = (40003, 50007, 50278)
"""Somebody takes no direct messages, or none from here, or was written to too often."""


def said(message: Message, *, private: bool) -> Json:
    """Return a message's JSON within the limits; a private one is seen by the asker alone."""
    return to_json(clamp(message)) | {"flags": EPHEMERAL if private else 0}


class LostError(Exception):
    """What was said did not reach Discord: the connection broke, or it took longer than Discord waits."""


async def call_back(interaction: Interaction, kind: int, data: Json | None = None, files: Sequence[File] = ()) -> None:
    """Answer an interaction, the first time. Raises discord.HTTPException and LostError."""
    path = "/interactions/{webhook_id}/{webhook_token}/callback"
    route = Route("POST", path, webhook_id=interaction.id, webhook_token=interaction.token)
    body = {"type": kind} | ({"data": data} if data is not None else {})
    try:
        async with asyncio.timeout(SECONDS):  # when there are too many requests, the library would wait for longer
            await _send(interaction, route, body, files)
    except TimeoutError:
        raise LostError("too late") from None


async def edit_original(interaction: Interaction, message: Message) -> bool:
    """Put a message in place of the answer that was deferred, or of the pressed message; return False where that is gone.

    Raises discord.HTTPException for all else.
    """
    try:
        await _send(interaction, _route("PATCH", interaction, ORIGINAL), to_json(clamp(message)), message.files)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return False
    return True


async def delete_original(interaction: Interaction) -> None:
    """Take the pressed message away. Raises discord.HTTPException."""
    await _send(interaction, _route("DELETE", interaction, ORIGINAL), None, ())


async def follow_up(interaction: Interaction, message: Message, *, private: bool) -> Json:
    """Say something below the first answer, and return what Discord made of it. Raises discord.HTTPException."""
    made = await _send(interaction, _route("POST", interaction), said(message, private=private), message.files)
    return made if isinstance(made, dict) else {}


async def show_all(interaction: Interaction, message: Message) -> Literal["shown", "private", "blocked"]:
    """Say something below the first answer to everyone, and return whether they see it. Raises discord.HTTPException."""
    try:
        made = await follow_up(interaction, message, private=False)
    except discord.HTTPException as error:
        if not is_blocked(error):
            raise
        return "blocked"
    return "private" if made.get("flags", 0) & EPHEMERAL else "shown"


def is_blocked(error: discord.HTTPException) -> bool:
    """Say whether rules on what may be said where this was asked take no such message."""
    return error.code in _BLOCKED


async def post(client: Any, channel_id: int, message: Message) -> None:
    """Post in a channel. Raises discord.HTTPException."""
    data = to_json(clamp(message))
    form, files = _multipart(data, message.files)
    await client.http.send_message(channel_id, params=MultipartParameters(data, form, files))


async def write_to(client: Any, user_id: int, message: Message) -> bool:
    """Send a direct message; return False where its reader takes none. Raises discord.HTTPException."""
    try:
        channel = await client.http.start_private_message(user_id)
        await post(client, int(channel["id"]), message)
    except discord.HTTPException as error:
        if isinstance(error, discord.Forbidden) or error.code in _TAKES_NONE:
            return False
        raise
    return True


async def download(file: Attachment) -> bytes | None:
    """Return what was uploaded with a command; None where Discord doesn't give it."""
    try:
        return await file.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return None


def _route(method: str, interaction: Interaction, below: str = "") -> Route:
    path = "/webhooks/{webhook_id}/{webhook_token}" + below
    return Route(method, path, webhook_id=interaction.application_id, webhook_token=interaction.token)


async def _send(interaction: Interaction, route: Route, payload: Json | None, files: Sequence[File]) -> Any:
    http, broken = interaction.client.http, 0
    while True:
        form, attached = _multipart(payload, files)
        try:
            return await async_context.get().request(
                route, interaction._session, proxy=http.proxy, proxy_auth=http.proxy_auth,
                payload=None if form else payload, multipart=form, files=attached,
            )  # fmt: skip
        except aiohttp.ClientConnectionError as error:
            # Discord closes connections that were idle, just as one is used again. What is said below would be said twice.
            broken += 1
            if broken > 1 or (route.method == "POST" and not route.path.endswith("/callback")):
                raise LostError(type(error).__name__) from error
        except discord.HTTPException as error:
            if not (broken and error.code == ALREADY_ANSWERED):  # it had come after all
                raise
            return None


def _multipart(payload: Json | None, files: Sequence[File]) -> tuple[list[Json] | None, list[discord.File] | None]:
    """Return the parts of a body with files; nothing where there are none."""
    if not files:
        return None, None
    attached = [discord.File(io.BytesIO(file.data), file.name, description=file.description or None) for file in files]
    parts: list[Json] = [{"name": "payload_json", "value": discord.utils._to_json(payload)}]
    parts += [
        {
            "name": f"files[{number}]", "value": file.fp, "filename": file.filename,
            "content_type": "application/octet-stream",
        }
        for number, file in enumerate(attached)
    ]  # fmt: skip
    return parts, attached
