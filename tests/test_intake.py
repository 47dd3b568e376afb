"""What is answered first, what is left out, and what a wrong clock does to that: nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.service.intake import AT_ONCE, SECONDS, WAITING, Intake

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Clocked:
    """An intake at a time that stands still until it is moved; `answered` are the numbers of what was, in their order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.intake = Intake()
        self.answered: list[int] = []
        self.go_on = asyncio.Event()
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "time", lambda: self.now)

    def take(self, number: int, old: float = 0, clock: float = 0) -> None:
        """Take what was asked so long ago, as Discord's clock says it, which goes ahead of this one by `clock` seconds."""
        created = NOON + timedelta(seconds=self.now - old + clock)
        self.intake.take(type("Interaction", (), {"created_at": created, "number": number})(), self._answer)

    async def _answer(self, interaction: Any) -> None:
        self.answered.append(interaction.number)
        await self.go_on.wait()

    async def finish(self) -> None:
        """Let everything that is under way be answered, and what waits for that."""
        self.go_on.set()
        while tasks := self.intake._tasks:
            await asyncio.wait(tasks)


@pytest.fixture
async def clocked(monkeypatch: pytest.MonkeyPatch) -> Clocked:
    return Clocked(monkeypatch)


async def test_the_oldest_comes_first_and_no_more_than_so_many_are_under_way(clocked: Clocked) -> None:
    for number in range(AT_ONCE + 10):
        clocked.take(number)
    await asyncio.sleep(0)
    assert clocked.answered == list(range(AT_ONCE))
    await clocked.finish()
    assert clocked.answered == list(range(AT_ONCE + 10))


async def test_in_a_burst_what_waited_too_long_is_left_out_and_counted(clocked: Clocked) -> None:
    for number in range(AT_ONCE + WAITING):
        clocked.take(number)
    await asyncio.sleep(0)
    clocked.now += 2
    clocked.take(-1)
    clocked.now += 1
    await clocked.finish()
    assert clocked.answered == [*range(AT_ONCE), -1]
    assert clocked.intake.left_out == WAITING


async def test_in_a_burst_what_comes_too_late_is_left_out_though_there_is_room(clocked: Clocked) -> None:
    for number in range(AT_ONCE + WAITING):
        clocked.take(number)
    await clocked.finish()
    clocked.take(-1, old=SECONDS + 1)
    clocked.take(-2, old=SECONDS - 1)
    await clocked.finish()
    assert clocked.intake.left_out == 1
    assert clocked.answered[-1] == -2


@pytest.mark.parametrize("clock", [-86400 * 30, -5, 5, 86400 * 365])
async def test_a_wrong_clock_changes_nothing(clocked: Clocked, clock: float) -> None:
    for number in range(AT_ONCE + WAITING):
        clocked.take(number, clock=clock)
    await clocked.finish()
    assert clocked.intake.left_out == 0


async def test_without_a_burst_nothing_is_left_out(clocked: Clocked) -> None:
    clocked.take(1)
    clocked.now += 3600  # as it goes on where a machine was asleep
    clocked.take(2, old=3600)
    await clocked.finish()
    assert clocked.answered == [1, 2]


async def test_there_is_room_again_when_enough_is_answered(clocked: Clocked) -> None:
    for number in range(AT_ONCE + WAITING):
        clocked.take(number)
    room = asyncio.create_task(clocked.intake.room())
    await asyncio.sleep(0)
    assert not room.done()
    await clocked.finish()
    await room


async def test_what_takes_longer_than_discord_waits_makes_room(clocked: Clocked) -> None:
    clocked.take(0)
    (task,) = clocked.intake._counted
    clocked.intake._no_longer_counted(task)
    for number in range(1, AT_ONCE + 1):
        clocked.take(number)
    await asyncio.sleep(0)
    assert len(clocked.answered) == AT_ONCE + 1
    await clocked.finish()


async def test_after_the_end_nothing_more_is_taken(clocked: Clocked) -> None:
    clocked.take(1)
    ending = asyncio.create_task(clocked.intake.end(SECONDS))
    await asyncio.sleep(0)
    room = asyncio.create_task(clocked.intake.room())
    await clocked.finish()
    await ending
    await asyncio.sleep(0)
    assert not room.done()
    room.cancel()
