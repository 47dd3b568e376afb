"""What the managers of a server chose for it: kept under a keyed hash of the server's number, read from memory."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.store.errors import StoreUnavailable
from bot.store.usage import Store

log = logging.getLogger(__name__)

FRESH = 60.0
"""Seconds after which another process's changes are looked for."""

Setting = Literal["visible", "sharing", "language", "country"]


@dataclass(frozen=True, slots=True)
class Server:
    """How answers are given in one server; as it stands, what holds where nobody chose."""

    visible: bool = False
    """whether everyone in the channel sees the answers that may be seen"""
    sharing: bool = True
    language: str = ""
    """the language of all answers there; empty for each member's own"""
    country: str = ""
    """the code of the country whose emergency number and helplines are shown there; empty for none"""


DEFAULT = Server()


class Servers:
    """The settings of all servers where somebody chose. Asking never waits: the database is read beside the answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._chosen: dict[str, Server] = {}
        self._read_at = -math.inf
        self._reading: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    def of(self, guild_id: int | None) -> Server:
        """Return a server's settings as they were at most about a minute ago; the default ones outside of servers."""
        if time.monotonic() - self._read_at > FRESH and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self.refresh(), name="servers-reader")
        if guild_id is None or not self._chosen:
            return DEFAULT
        return self._chosen.get(self._store.hashed("server", guild_id), DEFAULT)

    def refresh_soon(self) -> None:
        """Read what was chosen: another process says that something changed."""
        former = self._reading

        async def again() -> None:
            if former is not None:
                await asyncio.wait({former})
            await self.refresh()

        self._reading = asyncio.create_task(again(), name="servers-reader")

    async def refresh(self) -> None:
        """Read what was chosen, and keep what was known where the database refuses."""
        self._read_at = time.monotonic()  # at the start: a database that refuses is not asked at every answer
        try:
            async with self._one_at_a_time:
                rows = await self._store.execute("SELECT server, visible, sharing, language, country FROM servers")
                self._chosen = {server: _server(row) for server, *row in rows}
        except StoreUnavailable as error:
            log.warning("The servers' settings could not be read (%s); those of before stand.", error.reason)

    async def change(self, guild_id: int, setting: Setting, value: bool | str) -> Server:
        """Change one setting of a server, leave its others as they are, and return them all. Raises StoreUnavailable.

        Nothing is kept of a server where all is as if nobody had chosen.
        """
        server = self._store.hashed("server", guild_id)
        wanted = asdict(DEFAULT) | {setting: value}
        async with self._one_at_a_time:
            ((*row,),) = await self._store.execute(
                f"INSERT INTO servers (server, {', '.join(wanted)}) VALUES (?, ?, ?, ?, ?) "  # noqa: S608 (the fields above)
                f"ON CONFLICT (server) DO UPDATE SET {setting} = excluded.{setting} RETURNING {', '.join(wanted)}",
                (server, *wanted.values()),
            )
            self._chosen[server] = _server(row)
            if self._chosen[server] == DEFAULT:
                await self._store.execute(
                    "DELETE FROM servers WHERE server = ? AND NOT visible AND sharing AND language = '' AND country = ''",
                    (server,),
                )
                del self._chosen[server]
        return self._chosen.get(server, DEFAULT)


def _server(row: list[Any]) -> Server:
    visible, sharing, language, country = row
    return Server(bool(visible), bool(sharing), str(language), str(country))
