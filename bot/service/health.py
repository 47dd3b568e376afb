"""/healthz, /readyz and /metrics: how the bot is, for those who run it and for whatever starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Self

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.service.listening import listen
from bot.service.metrics import Metrics
from bot.settings import Service

if TYPE_CHECKING:
    from bot.service.client import Client

log = logging.getLogger(__name__)


class Watched:
    """The server of these pages: it answers from before the login to the end."""

    def __init__(self, settings: Service) -> None:
        self.metrics = Metrics()
        self._settings = settings
        self._tasks: Sequence[asyncio.Task[None]] = ()
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen. Raises PlainError where that can't be."""
        app = web.Application()
        app.add_routes([web.get("/healthz", self._healthz), web.get("/readyz", self._readyz)])
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        address = await listen(runner, "service", self._settings.host, self._settings.port or 0)
        self._stack.push_async_callback(runner.cleanup)
        log.info("How the bot is can be seen at %s/readyz, and as figures at /metrics.", address)
        lag = asyncio.create_task(self.metrics.watch_loop(), name="loop-watch")
        self._stack.callback(lag.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def begin(self, client: Client, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Watch this client, and these tasks of which none may end."""
        self.metrics.client, self._tasks = client, tasks
        client.deps.store.on_use = self.metrics.count

    async def _healthz(self, _request: web.Request) -> web.Response:
        """Say that the event loop turns, and that all that it should do is still done; else the bot is to be restarted."""
        ended = [task.get_name() for task in self._tasks if task.done()]
        return _said([f"{name} has ended; start the bot again." for name in ended] or ["alive"], ok=not ended)

    async def _readyz(self, _request: web.Request) -> web.Response:
        """Say whether questions are answered; what else is wrong is said, too, but doesn't stop an answer."""
        if (client := self.metrics.client) is None:
            return _said(["The bot is starting."], ok=False)
        store, library = client.deps.store, client.deps.library
        if client.is_closed():
            discord = "Discord: the bot is stopping."
        elif not client.logged_in.is_set():
            discord = "Discord: not logged in yet."
        else:
            discord = "Discord: connected." if client.connected else "Discord: the connection is lost or not made yet."
        lines = [discord, f"Knowledge: {len(library.current.entries)} entries, version {library.current.version}."]
        if wrong := len(library.problems):
            lines.append(f"Knowledge: {wrong} errors in the files, so the last good version stays up; run: immunobot check")
        lines.append(f"Database: {f'refused ({store.trouble}); answers go on without it' if store.trouble else 'open'}.")
        if store.waiting or store.lost:
            lines.append(f"Database: {store.waiting} rows wait, {store.lost} are lost.")
        return _said(lines, ok=client.connected)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _said(lines: Iterable[str], *, ok: bool) -> web.Response:
    return web.Response(text="\n".join(lines) + "\n", status=200 if ok else 503, headers={"Cache-Control": "no-store"})
