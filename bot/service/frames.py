"""What comes from Discord's gateway: what can't be read of it is dropped, and the bot goes on.

discord.py 2.7 ends the client where one frame can't be unpacked or one of its parsers raises, and begins a session that is
dropped again and again without a pause. What is used of its inside is held by tests/wire/test_frames.py.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import aiohttp
import discord
import yarl
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure

from bot.interactions.forms import typed_in
from bot.interactions.interaction import Interaction

log = logging.getLogger(__name__)

SECONDS = 60.0
"""How long a connection lives that was not lost at once."""

DOUBLED = 5
"""How often the wait for the next connection is doubled: to half a minute, where discord.py goes on to 17."""

NORMAL_CLOSURE = (1000).to_bytes(2, "big")

RESUMES = 5
"""Of connections that are lost at once, each so many begins a new session, of which a day has 1,000; the others resume."""


class WithoutText(logging.Filter):
    """Keeps what came from Discord out of the library's lines: it says what stood where a number should, and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a line through, without any text that was put into it."""
        given = record.args if isinstance(record.args, tuple) else (record.args,) if record.args else ()
        record.args = tuple(each if isinstance(each, int | float) else type(each).__name__ for each in given)
        if record.exc_info and record.exc_info[0]:
            record.msg += f" ({record.exc_info[0].__name__})"
            record.exc_info = None
        return True


without_text = WithoutText()


def dropped(error: Exception, event: str) -> None:
    """Say that something could not be read: what it was and where that was noticed, nothing of what stood in it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
    log.warning("What came from Discord could not be read and was dropped: %s (%s).", event, where)


_VALUES: dict[int, type | tuple[type, ...]] = {3: str, 4: int, 5: bool, 10: (int, float), 11: str}
"""What is filled in of a command, by the type of its option."""
_A_FILE = 11

_TOLD: dict[discord.InteractionType, tuple[str, ...]] = {
    discord.InteractionType.component: ("custom_id",),
    discord.InteractionType.modal_submit: ("custom_id", "components"),
}
"""What Discord always tells of a press and of a form."""


def is_whole(interaction: Interaction) -> bool:
    """Say whether it can be known who asks and what; where it can't, discord.py leaves a hole, and nothing is answered."""
    data: Any = interaction.data or {}
    pressed = interaction.pressed
    try:
        told = all(key in data for key in _TOLD.get(interaction.type, ()))
        typed = (*typed_in(data).values(), *(data.get("values") or ()))
        texts = (interaction.token, interaction.locale.value, pressed.get("content", ""), *typed)
        told = told and isinstance(pressed.get("flags", 0), int) and isinstance(pressed.get("embeds", []), list)
        told = told and isinstance((interaction._sent.get("channel") or {}).get("thread_metadata") or {}, dict)
        files = (data.get("resolved") or {}).get("attachments") or {}
        told = told and all(isinstance(file["filename"], str) and isinstance(file["size"], int) for file in files.values())
        if not told or not all(isinstance(text, str) for text in texts) or not _are_filled(data.get("options") or (), files):
            raise TypeError
        return bool(interaction.asker)
    except (AttributeError, TypeError, KeyError) as error:
        dropped(error, "INTERACTION_CREATE")
        return False


def _are_filled(options: Any, files: Collection[str]) -> bool:
    """Say whether what is filled in is of the type that it says, one of these files, or still being typed."""
    return all(
        _are_filled(option["options"], files)
        if "options" in option
        else isinstance(option.get("value", ""), str if option.get("focused") else _VALUES.get(option["type"], object))
        and (option["type"] != _A_FILE or option["value"] in files)
        for option in options
    )


class Socket(DiscordWebSocket):
    """A connection to the gateway."""

    given: ClassVar[yarl.URL | None] = None
    """the gateway of the settings, in place of what Discord names for the first connection"""
    _lost: ClassVar[dict[int | None, tuple[int, float]]] = {}
    """shard -> how many connections in a row were lost at once, and when the last one was made"""
    room: Callable[[], Awaitable[None]] | None = None
    """waits until one more frame can be taken"""
    _ended: asyncio.Event | None = None
    _broken = 0
    """how many compressed frames in a row were no JSON"""

    @classmethod
    async def from_client(cls, client: Any, *, shard_id: int | None = None, resume: bool = False, **options: Any) -> Self:
        """Connect, later where connections are lost at once, and with a new session where resuming is of no use.

        Raises what discord.py takes for a lost connection, and ReconnectWebSocket where it takes that.
        """
        tries, made = cls._lost.get(shard_id, (0, -SECONDS))
        tries = tries + 1 if time.monotonic() - made < SECONDS else 1
        if tries > 2:
            delay = random.uniform(0.5, 1) * 2 ** min(tries - 3, DOUBLED)  # noqa: S311 (no secret)
            log.warning("The connection to Discord was lost %d times in a row; trying again in %.1f s.", tries - 1, delay)
            await asyncio.sleep(delay)
        if tries % RESUMES == 0:
            resume, options = False, options | {"gateway": None, "session": None, "sequence": None}
        if cls.given is not None and not resume:
            options["gateway"] = cls.given
        try:
            socket = await super().from_client(client, shard_id=shard_id, resume=resume, **options)
            socket.room = client.intake.room
            client.sockets[shard_id] = socket
            client.connections += 1
            return socket
        except ReconnectWebSocket:
            if resume:
                raise
            raise ConnectionError("lost before it began") from None  # of the other, discord.py makes the client's end
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            if isinstance(error, aiohttp.WSServerHandshakeError):
                who = "Discord, or a proxy" if error.status >= 500 else "a proxy or a firewall, as Discord does otherwise"
                log.warning("The gateway refused the connection with status %d (%s). It is tried again.", error.status, who)
            tries = 0  # nothing was connected, and discord.py waits itself before it tries again
            raise
        finally:
            cls._lost[shard_id] = tries, time.monotonic()

    async def poll_event(self) -> None:
        """Take the next frame, once there is room for it."""
        if self.room:
            await self.room()
        try:
            await super().poll_event()
        except (ReconnectWebSocket, discord.ConnectionClosed):
            if self._ended is None:
                raise
            self._ended.set()
            raise asyncio.CancelledError from None  # so ends the task that reads

    async def end(self) -> None:
        """Ask Discord for no more, and wait until what was on its way is taken.

        discord.py would throw that away: somebody asked it, and Discord takes it for delivered.
        """
        self._ended = asyncio.Event()
        await self.socket.send_frame(NORMAL_CLOSURE, aiohttp.WSMsgType.CLOSE)
        await self._ended.wait()

    async def received_message(self, msg: str | bytes, /) -> None:
        """Take a frame. What is dropped doesn't come again; after a broken stream of compressed ones, all of it does."""
        text: str | None = None
        try:
            text = self._decompressor.decompress(msg) if isinstance(msg, bytes) else msg
            if text is not None:
                await super().received_message(text)
                self._broken = 0
        except (ReconnectWebSocket, WebSocketClosure, discord.DiscordException, aiohttp.ClientError, OSError):
            raise
        except Exception as error:
            event = self._event(text)
            self._broken = 0 if event or isinstance(msg, str) else self._broken + 1
            # One that is no JSON may be so by itself; where the next one isn't either, it is the stream.
            if self._broken > 1 or text is None:
                dropped(error, "a compressed frame; the connection is made anew")
                await self.close()
                raise ReconnectWebSocket(self.shard_id) from None
            dropped(error, event or "a frame")

    def _event(self, text: str | None) -> str:
        """Return what a frame is, without any text that isn't of the library; empty where it is no JSON."""
        try:
            frame = discord.utils._from_json(text or "")
        except ValueError:
            return ""
        event = frame.get("t") if isinstance(frame, dict) else None
        return event if isinstance(event, str) and event in self._discord_parsers else "a frame"


def _backoff() -> ExponentialBackoff[Literal[False]]:
    made: ExponentialBackoff[Literal[False]] = ExponentialBackoff(integral=False)
    made._max = DOUBLED
    return made


def install(gateway_url: str) -> None:
    """Have every client of this process connect like this; `gateway_url` may be empty."""
    Socket.given = yarl.URL(gateway_url) if gateway_url else None
    discord.shard.DiscordWebSocket = Socket  # type: ignore[misc]
    discord.shard.ExponentialBackoff = _backoff  # type: ignore[assignment,attr-defined]
    for name in ("discord.gateway", "discord.shard"):
        logging.getLogger(name).addFilter(without_text)
