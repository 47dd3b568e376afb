"""Discord's interactions over HTTP: what is Discord's is answered as over the gateway, in the response where that can be.

The features know nothing of this: the first callback of an interaction, which would go to Discord's REST, becomes the
response to the request that waits for it. That is done in discord.py's adapter, a private seam that tests/wire holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
from aiohttp import web
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.errors import BAD_CONFIG, PlainError, how_to_install
from bot.interactions.errors import BUSY
from bot.interactions.message import EPHEMERAL, Json, Message
from bot.interactions.request import Interaction
from bot.interactions.wire import CHOICES, MESSAGE, SECONDS, LostError, said
from bot.language import _, language, speaking
from bot.service import frames
from bot.service.client import DRAIN_SECONDS, Client
from bot.service.listening import listen

try:
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey
except ImportError:
    missing = f"discord.mode: http needs the extra `http`: {how_to_install('http')}"
    raise PlainError(missing, BAD_CONFIG) from None

log = logging.getLogger(__name__)

PATH = "/interactions"

LARGEST = 256 * 1024
"""Bytes of the largest body that is read."""

PATIENCE = 2.5
"""Seconds within which an answer goes into the response; a later one goes by REST, as Discord waits for three."""

REMEMBERED = 16_384
"""How many interactions are remembered one by one; of older ones it is known that they are older."""

WRONG_CLOCK = 60
"""Seconds that this machine's clock may differ from Discord's before that is said."""

LEAVING = 0.5
"""Seconds at the end in which whoever sends something is answered, and told to close the connection."""

AGAIN = (0.25, 1.0)
"""Seconds until something is said again for which Discord hasn't yet read the response: a proxy may hold that up."""

LARGEST_ID = 2**64

PING, AUTOCOMPLETE = 1, 4
UNKNOWN_WEBHOOK = 10015

_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")


class _Reply:
    """The response to a request that waits for an answer."""

    def __init__(self) -> None:
        self.response: asyncio.Future[web.Response] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()
        """set once it is written, or can't be"""
        self.written = False

    def give(self, response: web.Response) -> bool:
        """Take the first response, and return whether this is it."""
        if self.response.done():
            return False
        self.response.set_result(response)
        return True


class _Adapter(AsyncWebhookAdapter):
    """Sends what the bot says: the first callback in the response that waits for it, all else once that is written."""

    def __init__(self, waiting: dict[str, _Reply]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._waiting = waiting

    async def responded(self, token: str, body: bytes) -> bool:
        """Give the first answer to the response that waits for it, and return whether one does. Raises LostError."""
        reply = self._waiting.get(token)
        if reply is None or not reply.give(web.Response(body=body, content_type="application/json")):
            return False
        await reply.over.wait()
        if not reply.written:
            raise LostError("the request was broken off")
        return True

    async def request(self, route: Route, session: aiohttp.ClientSession, **sent: Any) -> Any:
        """Send something, and return what Discord says to it: nothing to what goes into a response."""
        if reply := self._waiting.get(route.webhook_token or ""):
            body, parts = sent.get("payload"), sent.get("multipart")
            by_rest = _for_everyone(body)
            first = route.path.endswith("/callback") and reply.give(_later() if by_rest else _response(body, parts))
            await reply.over.wait()
            if first and not by_rest:
                if not reply.written:
                    raise LostError("the request was broken off")
                return None
        waits = iter(AGAIN)
        while True:
            for file in sent.get("files") or ():
                file.reset()
            try:
                return await super().request(route, session, **sent)
            except discord.NotFound as error:
                if error.code != UNKNOWN_WEBHOOK or (wait := next(waits, None)) is None:
                    raise
            await asyncio.sleep(wait)


class Endpoint:
    """Takes Discord's requests, and nobody else's."""

    def __init__(self, client: Client, public_key: str) -> None:
        self._client = client
        self._key = VerifyKey(bytes.fromhex(public_key))
        self._waiting: dict[str, _Reply] = {}
        self._adapter = _Adapter(self._waiting)
        self._came: dict[int, None] = {}
        self._too_old = 0
        self._ending = False
        self.statuses: Counter[int] = Counter()
        """how often each status was answered"""
        client.intake.over = self._over

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen; at the end nothing new is taken, and what is under way is answered. Raises PlainError."""
        # The signature is of the body as it is: nothing is unpacked. Of one that is refused, the rest isn't waited for long.
        how: dict[str, Any] = {"access_log": None, "auto_decompress": False, "lingering_time": LEAVING}
        server = web.Server(self._handle, request_factory=_as_request, **how)
        runner = web.ServerRunner(server, shutdown_timeout=DRAIN_SECONDS)
        settings = self._client.deps.config.http
        address = await listen(runner, "http", settings.host, settings.port)
        log.info("Discord's interactions are taken at %s%s.", address, PATH)
        self._client.endpoint = self
        try:
            yield
        finally:
            self._client.endpoint = None
            for site in runner.sites:
                await site.stop()
            # A web server that just sends over a connection that was idle would lose that: it is told to close it itself.
            self._ending = True
            await asyncio.sleep(LEAVING)
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            response = await self._response(request)
        except Exception as error:  # our mistake; aiohttp would log who asked
            frames.dropped(error, "a request")
            response = _plain(500)
        self.statuses[response.status] += 1
        return response

    async def _response(self, request: web.BaseRequest) -> web.Response:
        if request.path != PATH:
            return _plain(404)
        if request.method != "POST":
            return _plain(405, Allow="POST")
        timestamp = request.headers.get("X-Signature-Timestamp", "")
        signature = request.headers.get("X-Signature-Ed25519", "")
        if not timestamp or not _SIGNATURE.fullmatch(signature):
            return _plain(401)
        try:
            async with asyncio.timeout(None if request.content.is_eof() else SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _plain(413)
        except (TimeoutError, aiohttp.ClientError, web.RequestPayloadError):
            return _plain(400)
        try:
            self._key.verify(timestamp.encode(errors="surrogateescape") + body, bytes.fromhex(signature))
        except CryptoError:
            return _plain(401)
        _compare_clocks(timestamp)
        try:
            data = discord.utils._from_json(body)
        except (ValueError, RecursionError):
            return _plain(400)
        if not isinstance(data, dict):
            return _plain(400)
        return _json({"type": PING}) if data.get("type") == PING else await self._answered(request, data)

    async def _answered(self, request: web.BaseRequest, data: Any) -> web.Response:
        """Have an interaction answered, and write the response."""
        try:
            interaction = self._client.read(data)
        except Exception as error:
            frames.dropped(error, "an interaction")
            return _plain(400)
        token = interaction.token
        if not isinstance(token, str) or not isinstance(data["type"], int) or not 0 < interaction.id < LARGEST_ID:
            return _plain(400)
        if not self._is_new(interaction.id) or token in self._waiting:
            return _plain(409)
        if self._client.intake.is_full:
            self._client.intake.leave_out()
            return _busy(interaction)
        self._waiting[token] = reply = _Reply()
        late = asyncio.get_running_loop().call_later(PATIENCE, lambda: reply.give(_later()))
        try:
            async_context.set(self._adapter)
            if not self._client.take(interaction):
                reply.give(_plain(400))
            response = await reply.response
            if self._ending:
                response.force_close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await response.prepare(request)
                    await response.write_eof()
                    reply.written = True
            return response
        finally:
            late.cancel()
            del self._waiting[token]
            reply.over.set()

    def _is_new(self, number: int) -> bool:
        """Say whether an interaction comes for the first time: their numbers rise, so that few have to be remembered."""
        if number <= self._too_old or number in self._came:
            return False
        self._came[number] = None
        if len(self._came) > REMEMBERED:
            self._too_old = max(self._too_old, oldest := next(iter(self._came)))
            del self._came[oldest]
        return True

    def _over(self, interaction: Interaction, left_out: bool) -> None:
        """Answer a request to which nothing was said, and nothing will be."""
        if reply := self._waiting.get(interaction.token):
            reply.give(_busy(interaction) if left_out else _plain(400))


async def serve(client: Client) -> None:
    """Answer what Discord sends until this is cancelled; then what is under way goes out first. Raises PlainError."""
    async with Endpoint(client, key_of(client)).listening():
        if client.application and not client.application.interactions_endpoint_url:
            log.warning("Discord sends nothing yet: enter this bot's Interactions Endpoint URL in the developer portal.")
        await asyncio.Event().wait()


def key_of(client: Client) -> str:
    """Return the public key of this bot's application. Raises PlainError where the settings have another."""
    assert client.application is not None
    key, given = client.application.verify_key, client.deps.config.discord.public_key
    if given and given.lower() != key:
        what = "discord.public_key is not the key of this bot's application; copy it from the developer portal (General "
        raise PlainError(what + "Information, Public Key), or leave it out: Discord names it at login.", BAD_CONFIG)
    return key


def _as_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST)


def _compare_clocks(timestamp: str) -> None:
    """Say that a clock is wrong: this machine's, as the time is Discord's own. It is no reason to refuse an answer."""
    off = time.time() - int(timestamp) if timestamp.isdecimal() and len(timestamp) < 15 else 0.0
    if abs(off) > WRONG_CLOCK:
        where = "ahead of" if off > 0 else "behind"
        log.warning("This machine's clock is %.0f s %s Discord's; let it be set over the network (NTP).", abs(off), where)


def _busy(interaction: Interaction) -> web.Response:
    """Return what is said where more is asked than can be answered; who types gets an empty list."""
    if interaction.type.value == AUTOCOMPLETE:
        return _json({"type": CHOICES, "data": {"choices": []}})
    with speaking(language(interaction.locale.value)):
        return _json({"type": MESSAGE, "data": said(Message(_(BUSY)), private=True)})


def _for_everyone(payload: Json | None) -> bool:
    """Say whether everyone sees what is said: by REST alone Discord says whether a server's rules take it."""
    data = (payload or {}).get("data") or {}
    return (payload or {}).get("type") == MESSAGE and not data.get("flags", 0) & EPHEMERAL


def _later() -> web.Response:
    return web.Response(status=202)


def _response(payload: Json | None, parts: list[dict[str, Any]] | None) -> web.Response:
    if not parts:
        return _json(payload)
    form = aiohttp.FormData(quote_fields=False)
    for part in parts:
        form.add_field(**part)
    return web.Response(body=form())


def _json(data: Json | None) -> web.Response:
    return web.Response(body=discord.utils._to_json(data).encode(), content_type="application/json")


def _plain(status: int, **headers: str) -> web.Response:
    return web.Response(status=status, text=f"{status}\n", headers=headers)
