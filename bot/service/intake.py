"""How many interactions are answered at once; in a burst, what can no longer be in time is left out, so that the rest is."""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from bot.interactions.request import Interaction
from bot.interactions.wire import SECONDS

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Answers under way; more at once would only make each of them slower."""

WAITING = 256
"""What waits for that; what is more is read from Discord later."""

MARGIN = 0.25
"""Seconds that an answer itself may take in a burst."""

BURST = 10.0
"""How long a burst lasts, at least: that long, nothing is answered of which it is known that it comes too late."""

MINUTE = 60.0

Work = Callable[[Interaction], Coroutine[Any, Any, None]]


class Intake:
    """What came from Discord and waits for an answer, the oldest first."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Interaction, Work]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counted: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._room.set()
        self._ending = False
        self._burst_until = -math.inf
        self._delay = _Least()
        self.left_out = 0
        """interactions that could no longer be answered in time"""
        self.over: Callable[[Interaction, bool], None] = lambda _interaction, _left_out: None
        """told of each that is over: answered as far as it will be, or left out"""
        self.ahead = 0.0
        """seconds that this machine's clock was ahead of Discord's when the last one came"""

    async def room(self) -> None:
        """Wait until one more can be taken."""
        await self._room.wait()

    @property
    def is_full(self) -> bool:
        """Whether no more can be taken now."""
        return not self._room.is_set()

    def take(self, interaction: Interaction, answer: Work) -> None:
        """Have an interaction answered, now or as soon as there is room."""
        now = asyncio.get_running_loop().time()
        # Discord made it at a time of its own clock: how much later than the others it came tells how old it is.
        made = interaction.created_at.timestamp()
        self.ahead = time.time() - made
        old = self._delay.more(now - made, now)
        self._waiting.append((now - old + SECONDS, interaction, answer))
        self._begin(now)

    def _begin(self, now: float) -> None:
        while self._waiting and len(self._counted) < AT_ONCE:
            until, interaction, answer = self._waiting.popleft()
            if until < now + MARGIN and now < self._burst_until:
                self._burst_until = now + BURST
                self.leave_out()
                self.over(interaction, True)
            else:
                self._answer(interaction, answer)
        if len(self._waiting) < WAITING:
            if not self._ending:
                self._room.set()
        else:
            self._room.clear()
            self._burst_until = now + BURST

    def leave_out(self) -> None:
        """Count one that is not answered, and say so."""
        self.left_out += 1
        log.warning("More was asked than can be answered in time; what would have come too late was left out.")

    def _answer(self, interaction: Interaction, answer: Work) -> None:
        task = asyncio.create_task(answer(interaction), name="answer")
        self._tasks.add(task)
        self._counted.add(task)
        timer = asyncio.get_running_loop().call_later(SECONDS, self._no_longer_counted, task)
        task.add_done_callback(lambda task: self._done(task, timer, interaction))

    def _done(self, task: asyncio.Task[None], timer: asyncio.TimerHandle, interaction: Interaction) -> None:
        timer.cancel()
        self.over(interaction, False)
        self._tasks.discard(task)
        self._no_longer_counted(task)

    def _no_longer_counted(self, task: asyncio.Task[None]) -> None:
        self._counted.discard(task)
        self._begin(asyncio.get_running_loop().time())

    async def end(self, seconds: float) -> None:
        """Take nothing more, and wait at most so long until all that was taken is answered."""
        self._ending = True
        self._room.clear()
        until = asyncio.get_running_loop().time() + seconds
        while self._tasks and (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)


class _Least:
    """The least of the values of the last minute, or two."""

    def __init__(self) -> None:
        self._since, self._now, self._before = -math.inf, math.inf, math.inf

    def more(self, value: float, now: float) -> float:
        """Take a value, and return how much more than the least it is."""
        if now - self._since > MINUTE:
            self._before = self._now if now - self._since < 2 * MINUTE else math.inf
            self._since, self._now = now, math.inf
        self._now = min(self._now, value)
        return value - min(self._now, self._before)
