"""The one door out: what the bot says leaves here as JSON.

discord.py would parse every message back, and build objects that nobody needs. Its adapter is asked directly instead: a
private seam, held by tests/wire. It asks Discord for no message back.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import aiohttp
import discord
from discord.http import MultipartParameters, Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context
from yarl import URL

from bot.interactions.custom_id import VERSION
from bot.interactions.limits import clamp
from bot.interactions.message import EPHEMERAL, File, Json, Message, to_json
from bot.interactions.request import Attachment, Interaction
from bot.language import spoken

MESSAGE, DEFER, DEFER_IN_PLACE, IN_PLACE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
"""Kinds of callbacks (https://docs.discord.com/developers/interactions/receiving-and-responding)."""


ORIGINAL = "/messages/@original"

UNKNOWN_MESSAGE = 10008
ALREADY_ANSWERED = 40060

SECONDS = 3.0
"""How long Discord waits for the first answer; after that, nothing counts as under way any more."""

_AGAIN = secrets.token_hex(16)
"""Stands in kept JSON for what shows a message again: no text of the knowledge has it by chance, or on purpose."""

_BLOCKED = (200000, 200001, 240000)
"""A server's own rules (AutoMod), or Discord's on links, take no such message."""

_TAKES_NONE = (40003, 50007, 50278)
"""Somebody takes no direct messages, or none from here, or was written to too often."""


def _json(data: Json) -> bytes:
    return discord.utils._to_json(data).encode()


def said(message: Message, *, private: bool) -> Json:
    """Return a message's JSON within the limits; a private one is seen by the asker alone."""
    return to_json(clamp(message)) | {"flags": EPHEMERAL if private else 0}


def _answering(kind: int, message: Message, *, private: bool) -> bytes:
    """Return the body of a callback that says this; of a message whose JSON is kept it is put together."""
    kept = message.kept
    if kept is None or not message.again or not kept.fits(message):
        return _json({"type": kind, "data": said(message, private=private)})
    how = kind, private, spoken().code
    if how not in kept:
        body = _json({"type": kind, "data": said(replace(message, again=f"{VERSION}:{_AGAIN}"), private=private)})
        kept[how] = body.split(_AGAIN.encode())
    return message.again.partition(":")[2].encode().join(kept[how])


class LostError(Exception):
    """What was said did not reach Discord: the connection broke, or it took longer than Discord waits."""


async def call_back(interaction: Interaction, kind: int, data: Json | None = None) -> None:
    """Answer an interaction, the first time, by something else than a message. Raises as `answer` does."""
    await _call_back(interaction, _json({"type": kind} | ({"data": data} if data is not None else {})))


async def answer(interaction: Interaction, kind: int, message: Message, *, private: bool) -> None:
    """Answer an interaction by a message, the first time. Raises discord.HTTPException and LostError."""
    await _call_back(interaction, _answering(kind, message, private=private), message.files)


async def _call_back(interaction: Interaction, body: bytes, files: Sequence[File] = ()) -> None:
    path = "/interactions/{webhook_id}/{webhook_token}/callback"
    route = Route("POST", path, webhook_id=interaction.id, webhook_token=interaction.token)
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
        await _send(interaction, _route("PATCH", interaction, ORIGINAL), _json(to_json(clamp(message))), message.files)
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
    body = _json(said(message, private=private))
    made = await _send(interaction, _route("POST", interaction), body, message.files)
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
    form, files = _multipart(_json(data), message.files)
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


class _Session:
    """A session that sends a body as it is, in place of the one that discord.py makes."""

    def __init__(self, session: aiohttp.ClientSession, body: bytes) -> None:
        self._session, self._body = session, body

    def request(self, method: str, url: str, *, data: object, **more: Any) -> Any:
        """Send it; the address needs no more care, being put together of numbers and a token."""
        return self._session.request(method, URL(url, encoded=True), data=self._body, **more)


async def _send(interaction: Interaction, route: Route, body: bytes | None, files: Sequence[File] = ()) -> Any:
    http, broken, adapter = interaction.client.http, 0, async_context.get()
    while True:
        form, attached = _multipart(body or b"", files)
        session: Any = interaction._session
        payload = None
        if body and not form:
            # Only what stands in for Discord, in tests and on the page to try the bot on, takes it as an object.
            real = isinstance(adapter, AsyncWebhookAdapter)
            session, payload = (_Session(session, body), {}) if real else (session, json.loads(body))
        try:
            return await adapter.request(
                route, session, proxy=http.proxy, proxy_auth=http.proxy_auth,
                payload=payload, multipart=form, files=attached,
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


def _multipart(body: bytes, files: Sequence[File]) -> tuple[list[Json] | None, list[discord.File] | None]:
    """Return the parts of a body with files; nothing where there are none."""
    if not files:
        return None, None
    attached = [discord.File(io.BytesIO(file.data), file.name, description=file.description or None) for file in files]
    parts: list[Json] = [{"name": "payload_json", "value": body.decode()}]
    parts += [
        {
            "name": f"files[{number}]", "value": file.fp, "filename": file.filename,
            "content_type": "application/octet-stream",
        }
        for number, file in enumerate(attached)
    ]  # fmt: skip
    return parts, attached
