"""The stand-in's gateway: sessions that outlive their connections, and whatever else a connection can do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from .payloads import (
    APPLICATION_ID,
    PATIENCE,
    Json,
    T,
    bot_user,
    snowflake,
)


@dataclass(slots=True)
class Session:
    """A gateway session: it outlives its connection, and its events are sent again when it is resumed."""

    id: str
    events: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    async def dispatch(self, event: str, data: Any) -> bool:
        """Send an event, or keep it for when the bot resumes; return whether it was sent."""
        self.events.append(json.dumps({"op": 0, "s": len(self.events) + 1, "t": event, "d": data}))
        if self.socket is not None and not self.socket.closed:
            with contextlib.suppress(ConnectionError):
                await self.socket.send_str(self.events[-1])
                return True
        return False


class Gateway:
    """The gateway. The attributes that aren't private may be set while it runs."""

    def __init__(self, token: str) -> None:
        self.token = token
        """the only token that is accepted"""
        self.starts_left = 1000
        """gateway sessions that may still be started today"""
        self.max_concurrency = 1
        """how many shards may begin in five seconds"""
        self.close_identify_with: int | None = None
        """the code that closes the connection of whoever identifies"""
        self.gateway_down = 0
        """the status with which the gateway takes no connection: 502 as in an outage"""
        self.named_gateway: str | None = None
        """what is named as the gateway, where that isn't this one"""
        self.drop_resumes = 0
        """how many more resumed sessions lose their connection at once"""
        self.frames_first: list[str | bytes] = []
        """what is sent before anything else over the next connections, one each"""
        self.began: list[float] = []
        """when shards began (`time.perf_counter`)"""
        self.frames: list[tuple[int, Any]] = []
        """(op, d) of every gateway frame that came in"""
        self.ready_at = 0.0
        """when READY was last sent (`time.perf_counter`)"""
        self._sessions: dict[str, Session] = {}
        self._session: Session | None = None
        self.by_shard: dict[int, Session] = {}
        """the latest session of each shard"""
        self.shard: int | None = None
        """which shard is asked; None for the session that began last"""
        self._connections: list[asyncio.Transport] = []
        self._watching: list[asyncio.Future[None]] = []
        self.port = 0

    async def until(self, found: Callable[[], T | None]) -> T:
        """Return what `found` returns as soon as that is true; it is called again whenever anything came in."""
        async with asyncio.timeout(PATIENCE):
            while not (result := found()):
                self._watching.append(future := asyncio.get_running_loop().create_future())
                await future
        return result

    def frames_of(self, op: int) -> list[Any]:
        """Return the data of all gateway frames of this kind that came in."""
        return [data for number, data in self.frames if number == op]

    def forget(self) -> None:
        """Let no question go to a session that a bot began before now."""
        self._session = None

    def cut(self) -> None:
        """Break every gateway connection without a word, as a pulled cable does."""
        if self._session is not None:
            self._session.socket = None
        for transport in self._connections:
            transport.abort()

    async def send_frame(self, frame: str | bytes) -> None:
        """Send the bot a frame as it is, whatever that is."""
        session = await self.until(lambda: self._session)
        socket = await self.until(lambda: session.socket)
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))

    async def invalidate(self) -> None:
        """Tell the bot that its session is gone and can't be resumed."""
        session, self._session = self._session, None
        assert session is not None
        assert session.socket is not None
        del self._sessions[session.id]
        await session.socket.send_json({"op": 9, "d": False, "s": None, "t": None})

    def _asked(self) -> Session | None:
        return self._session if self.shard is None else self.by_shard.get(self.shard)

    @property
    def _gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway"

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        if self.gateway_down:
            return web.Response(status=self.gateway_down)  # type: ignore[return-value]
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        assert request.transport is not None
        self._connections.append(transport := request.transport)
        session: Session | None = None
        try:
            if self.frames_first:
                first = self.frames_first.pop()
                await (socket.send_str(first) if isinstance(first, str) else socket.send_bytes(first))
            await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                content = json.loads(frame.data)
                op, data = content["op"], content["d"]
                if op == 1:
                    await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
                elif op == 2:
                    session = await self._identify(socket, data)
                elif op == 6:
                    session = await self._resume(socket, data)
                self.frames.append((op, data))
                self._came()
        finally:
            self._connections.remove(transport)
            if session is not None and session.socket is socket:
                session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        code = self.close_identify_with or (None if data["token"] == self.token else 4004)
        if code is not None:
            await socket.close(code=code, message=b"Authentication failed." if code == 4004 else b"")
            return None
        self.starts_left -= 1
        self.began.append(time.perf_counter())
        session = Session(f"{snowflake():x}", socket=socket)
        self._sessions[session.id] = self._session = self.by_shard[data.get("shard", [0, 1])[0]] = session
        await session.dispatch(
            "READY",
            {
                "v": 10,
                "user": bot_user(),
                "guilds": [],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self._gateway_url,
                "shard": data.get("shard", [0, 1]),
                "application": {"id": str(APPLICATION_ID), "flags": 0},
            },
        )
        self.ready_at = time.perf_counter()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        if self.drop_resumes:
            self.drop_resumes -= 1
            await socket.close(code=4000)
            return None
        session = self._sessions.get(data["session_id"])
        if session is None or data["token"] != self.token:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return None
        sent = data["seq"] or 0
        while sent < len(session.events):
            await socket.send_str(session.events[sent])
            sent += 1
        session.socket = socket
        await session.dispatch("RESUMED", {})
        return session

    def _came(self) -> None:
        watching, self._watching = self._watching, []
        for future in watching:
            if not future.done():
                future.set_result(None)
