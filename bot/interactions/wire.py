"""The one door out: what the bot says leaves here as JSON.

discord.py would parse every message back, and build objects that nobody needs. Its adapter is asked directly instead: a
private seam, held by tests/wire. It asks Discord for no message back.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
import discord
from discord.http import MultipartParameters, Route, json_or_text
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

SERVER_ERROR = 500

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
    await _call_back(interaction, _answering(kind, message, private=private), message.files, public=not private)


async def _call_back(interaction: Interaction, body: bytes, files: Sequence[File] = (), *, public: bool = False) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            responded = getattr(async_context.get(), "responded", None)
            if responded and not files and not public and await responded(interaction.token, body):
                return  # it stands in the response to Discord's request
            # With files it is discord.py's adapter that sends; so it is where another one has taken its place.
            if files or type(async_context.get()) is not AsyncWebhookAdapter:
                path = "/interactions/{webhook_id}/{webhook_token}/callback"
                route = Route("POST", path, webhook_id=interaction.id, webhook_token=interaction.token)
                await _send(interaction, route, json.loads(body), files)
            else:
                await _sent(partial(_post, interaction, body), again=True)
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


async def _send(interaction: Interaction, route: Route, payload: Json | None, files: Sequence[File] = ()) -> Any:
    http = interaction.client.http

    async def send() -> Any:
        form, attached = _multipart(payload, files)
        return await async_context.get().request(
            route, interaction._session, proxy=http.proxy, proxy_auth=http.proxy_auth,
            payload=None if form else payload, multipart=form, files=attached,
        )  # fmt: skip

    return await _sent(send, again=route.method != "POST" or route.path.endswith("/callback"))


async def _post(interaction: Interaction, body: bytes) -> None:
    """Post the first answer as discord.py would: that takes a quarter of an answer's time for what no first answer needs."""
    http = interaction.client.http
    token = quote(interaction.token, safe="")
    url = URL(f"{Route.BASE}/interactions/{interaction.id}/{token}/callback", encoded=True)
    headers = {"Content-Type": "application/json"}
    while True:
        async with interaction._session.post(
            url, data=body, headers=headers, proxy=http.proxy, proxy_auth=http.proxy_auth
        ) as response:
            if response.ok:
                return
            said, status = await json_or_text(response), response.status
            wait = 1.0 if status >= SERVER_ERROR else said.get("retry_after") if isinstance(said, dict) else None
            if wait is None:
                raise {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)(response, said)
        await asyncio.sleep(wait)


async def _sent(send: Callable[[], Awaitable[Any]], *, again: bool) -> Any:
    """Return what comes of sending, once more where the connection was lost and it can't be said twice by that.

    Discord closes connections that were idle, just as one is used again.
    """
    broken = 0
    while True:
        try:
            return await send()
        except aiohttp.ClientConnectionError as error:
            broken += 1
            if broken > 1 or not again:
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
