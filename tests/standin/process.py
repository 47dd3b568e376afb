"""The bot in a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any, Self

from .payloads import PATIENCE
from .server import Standin


class Bot:
    """A real `immunobot run` in a process of its own, with nothing but environment variables to go by."""

    run: tuple[str, ...] = ("-m", "bot", "run")
    """what Python runs"""

    def __init__(self, standin: Standin, folder: Path, knowledge: Path, **environment: str) -> None:
        self.folder = folder
        self.started_at = 0.0
        self.database: Any = folder / "immunobot.db"
        self.lines: list[str] = []
        """everything it printed"""
        self._standin = standin
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(Path(__file__).parents[2]),  # this checkout's bot, whichever one is installed
            **standin.environment(),
            "IMMUNOBOT_DATABASE__URL": f"sqlite:///{self.database}",
            "IMMUNOBOT_KNOWLEDGE__PATH": str(knowledge),
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._reading: list[asyncio.Task[None]] = []
        self._said = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start it, without waiting for anything."""
        self._standin.forget()
        self.started_at = time.perf_counter()
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *self.run, cwd=self.folder, env=self._environment, stdout=pipe, stderr=pipe
        )
        streams = (self._process.stdout, self._process.stderr)
        self._reading = [asyncio.create_task(self._read(stream)) for stream in streams if stream is not None]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it at once where it still runs."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self.ended()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        assert self._process is not None
        return self._process.returncode

    async def said(self, pattern: str) -> str:
        """Return the first line printed that matches, as soon as there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._said.clear()
                if line := next((line for line in self.lines if re.search(pattern, line)), None):
                    return line
                await self._said.wait()

    async def ready(self) -> float:
        """Wait until it has a session, and return the seconds from its start to READY."""
        await self._standin.until(lambda: self._standin.ready_at > self.started_at)
        return self._standin.ready_at - self.started_at

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait until it has ended, and return its exit status once all that it printed is read."""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE):
            status = await self._process.wait()
            await asyncio.gather(*self._reading)
        return status

    async def stop(self) -> int:
        """End it as an operator does, with SIGTERM, and return its exit status."""
        self.tell(signal.SIGTERM)
        return await self.ended()

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.lines.append(line.decode(errors="replace").rstrip("\n"))
            if found := re.search(r"interactions are taken at (\S+)\.$", self.lines[-1]):
                self._standin.listens(found[1])
            self._said.set()
