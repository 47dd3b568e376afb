"""One fault, made against a real `immunobot run` that is asked 50 questions a second over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.knowledge.library import Snapshot, build
from tests.standin import GUILD_ID, NICK, TOKEN, USER_ID, USER_NAME, Bot, Json, Standin
from tests.standin.rest import Asked
from tests.wire.helpers import not_logged, text_of

SHIPPED = Path(__file__).resolve().parent.parent / "knowledge"

RATE = 50
"""Questions a second."""

PEOPLE = 1000
"""Who asks them: enough that nobody has to wait for asking too much."""

IN_TIME = 3.0
"""Seconds that Discord waits for an answer."""

GIVEN_UP = 90.0
"""Seconds after which it is no longer waited for that all is well again."""

STOPPED_IN = 8.0
"""Seconds within which the bot ends once it is told to."""

RUN = "import os, sys\n{}\nos.execv(sys.executable, [sys.executable, '-P', '-m', 'bot', 'run'])"
"""What Python runs: first what a fault does to the process, then the bot."""


STEADY = "from bot.service import frames; frames.SECONDS = 0; from bot.cli import main; raise SystemExit(main(['run']))"
"""A bot that doesn't wait longer each time its connection is lost within a minute of the last one."""


class Skip(Exception):  # noqa: N818
    """A fault can't be made here; says why."""


@dataclass(frozen=True)
class Question:
    """What is asked, and what must be read in the answer."""

    command: str
    options: dict[str, str]
    title: str = ""
    text: str = ""
    entry: str | None = None
    who: dict[str, Any] = field(default_factory=dict)
    typing: bool = False
    """whether it is a keystroke, of which no row is kept"""

    @property
    def row(self) -> tuple[object, ...]:
        """Return what its row in the log of use says of it."""
        place = {"dm": "direct message"}.get(self.who.get("place", ""), "server")
        return self.command, self.entry, place, self.who.get("locale", "en-US")[:2]

    def is_answered_by(self, body: Json) -> bool:
        """Say whether an answer is the right one."""
        if self.typing:
            return self.text in [choice["name"] for choice in body["data"]["choices"]]
        title = next((embed.get("title", "") for embed in body.get("data", {}).get("embeds") or ()), "")
        return (not self.title or title.partition(" (")[0] == self.title.partition(" (")[0]) and self.text in text_of(body)


@cache
def _shipped() -> Snapshot:
    return build([SHIPPED])


def questions() -> Iterator[Question]:
    """Yield what people ask, without an end: names of all entries in two languages and places, and some of all else."""
    snapshot = _shipped()
    others = itertools.cycle(
        [
            Question("define", {"term": "interlukin"}, text="Did you mean"),
            Question("search", {"words": "skin cancer drugs"}, title="What I found for “skin cancer drugs”"),
            Question("define", {"term": "my chest hurts"}, title="Chest pain", entry="chest-pain"),
            Question("compare", {"first": "Opdivo", "second": "Keytruda"}, title="Nivolumab and Pembrolizumab"),
            Question("define", {"term": "keytr"}, text="Keytruda (pembrolizumab)", typing=True),
            Question("medicine", {"name": "Keytruda"}, title="Pembrolizumab", entry="pembrolizumab"),
            Question("help", {}, title="How to ask"),
        ]
    )
    for locale, place in itertools.cycle([("en-US", "server"), ("es-ES", "server"), ("en-US", "dm"), ("es-ES", "dm")]):
        calm = [i for i in sorted(snapshot.entries) if not snapshot.index.heard(f"#{i}").happening]  # help leads the others
        for number, entry_id in enumerate(calm):
            entry = snapshot.entry(entry_id, locale[:2])
            assert entry is not None
            who = {"locale": locale, "place": place}
            yield Question("define", {"term": f"#{entry_id}"}, title=entry.name, entry=entry_id, who=who)
            if number % 3 == 0:
                yield next(others)


@dataclass
class Load:
    """The questions that are asked, one each fiftieth of a second."""

    standin: Standin
    rate: int = RATE
    asked: list[tuple[Question, Asked]] = field(default_factory=list)
    instead: dict[str, str] = field(default_factory=dict)
    """entry -> what must be read in place of its card"""
    _questions: Iterator[Question] = field(default_factory=questions)
    _people: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(PEOPLE)))

    async def ask_on(self) -> None:
        """Ask until this is cancelled."""
        began = time.perf_counter()
        for number in itertools.count():
            await asyncio.sleep(max(0, began + number / self.rate - time.perf_counter()))
            with contextlib.suppress(TimeoutError):  # the bot has begun no session for a minute
                await self.ask(next(self._questions))

    async def ask(self, question: Question, person: int | None = None) -> Asked:
        """Ask one question, of somebody else each time."""
        who = {"user_id": USER_ID + 1 + (next(self._people) if person is None else person), **question.who}
        if question.typing:
            (option,) = question.options.items()
            asked = await self.standin.send_typing(question.command, *option, **who)
        else:
            asked = await self.standin.send_command(question.command, question.options, **who)
        self.asked.append((question, asked))
        return asked

    def is_wrong(self, question: Question, asked: Asked) -> bool:
        """Say whether a question was answered with something else than it should be."""
        if not asked.answer.done():
            return False
        body = asked.answer.result()
        instead = self.instead.get(question.entry or "")
        return instead not in text_of(body) if instead else not question.is_answered_by(body)

    def is_good(self, question: Question, asked: Asked) -> bool:
        """Say whether a question was answered right and in time."""
        return asked.answer.done() and seconds(asked) <= IN_TIME and not self.is_wrong(question, asked)


def seconds(asked: Asked) -> float:
    """Return how long a question waited for its answer."""
    assert asked.answered_at is not None
    return asked.answered_at - asked.sent_at


class Scene:
    """The stand-in, the bot in a folder of its own, and who asks it."""

    def __init__(self, standin: Standin, folder: Path) -> None:
        self.standin, self.folder = standin, folder
        self.knowledge, self.changes = folder / "knowledge", folder / "data/knowledge"
        self.database = folder / "database/immunobot.db"
        self.environment = {
            "IMMUNOBOT_MODERATION__GUILD_ID": str(GUILD_ID),
            "IMMUNOBOT_DATABASE__URL": f"sqlite:///{self.database}",
        }
        self.run: tuple[str, ...] = ()
        """what Python runs, where that is something else"""
        self.before = ""
        """Python that runs in the process before the bot"""
        self.load = Load(standin)
        self.bots: list[Bot] = []
        self.failed: list[str] = []
        """what else was not as it should be"""
        self.peak = 0.0
        """MB of memory that the bot has needed"""
        self.stack = contextlib.ExitStack()
        """what is only undone once all is counted"""

    @property
    def bot(self) -> Bot:
        """The bot that runs."""
        return self.bots[-1]

    async def start(self) -> None:
        """Start the bot, once more where it has ended, and wait until it is connected."""
        self.bots.append(Bot(self.standin, self.folder, self.knowledge, **self.environment))
        self.bot.run = self.run or ("-c", RUN.format(self.before))
        await self.bot.__aenter__()
        ready, ended = asyncio.create_task(self.bot.ready()), asyncio.create_task(self.bot.ended())
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            await _cancel([ready])
            raise RuntimeError(f"it doesn't start: {(self.bot.lines or ['it says nothing'])[-1]}")
        await _cancel([ended])
        await ready

    async def moderate(self, command: str, **options: str) -> None:
        """Use a command of the moderators."""
        await self.standin.use_in_group(command, options, moderator=True)
        await self.standin.until(lambda: any(request.method == "PATCH" for request in self.standin.requests))

    async def shows_what_is_saved(self) -> None:
        """Save a file of knowledge, and see that it is live within a while."""
        file, mark = self.knowledge / "terms/cytokine.yaml", f"Saved at {time.time():.3f}."
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"(?m)^short: .*(\n  .*)*$", f"short: {mark}", text), encoding="utf-8")
        began = time.perf_counter()
        while time.perf_counter() < began + GIVEN_UP:
            asked = await self.standin.send_command("define", {"term": "#cytokine"}, user_id=USER_ID, place="group")
            await asyncio.wait({asked.answer}, timeout=IN_TIME)
            if asked.answer.done() and mark in text_of(asked.answer.result()):
                return
            await asyncio.sleep(0.5)
        self.failed.append("what is saved isn't shown")

    async def watch(self) -> None:
        """Note how much memory the bot needs, until this is cancelled."""
        while True:
            self.peak = max(self.peak, memory(self.bot.pid, "VmHWM"))
            await asyncio.sleep(0.1)

    async def is_well(self, pause: float) -> bool:
        """Wait until all that was asked of late is answered right and in time; return False where that doesn't come."""
        began = time.perf_counter()
        while (now := time.perf_counter()) < began + GIVEN_UP and self.bot.status is None:
            late = [each for each in self.load.asked if max(began, now - 2 * pause - 0.3) < each[1].sent_at < now - 0.3]
            if len(late) >= self.load.rate * pause and all(self.load.is_good(*each) for each in late):
                return True
            await asyncio.sleep(0.05)
        return False

    async def end(self) -> None:
        """Tell the bot to stop, and note what is wrong with how it does."""
        began = time.perf_counter()
        try:
            status = await self.bot.stop() if self.bot.status is None else self.bot.status
        except TimeoutError:
            status = None
            self.failed.append("doesn't stop")
        if status:
            self.failed.append(f"exit {status}")
        if (took := time.perf_counter() - began) > STOPPED_IN:
            self.failed.append(f"stopped in {took:.0f} s")
        printed = "\n".join(line for bot in self.bots for line in bot.lines)
        self.failed += [f"prints {text}" for text in (TOKEN, USER_NAME, NICK, str(USER_ID)[:-3]) if text in printed]

    def forget(self, done: Sequence[tuple[Question, Asked]]) -> None:
        """Let go of what was asked and answered: in a long run it would be much."""
        gone = {asked.id for _, asked in done}
        self.load.asked = [each for each in self.load.asked if each[1].id not in gone]
        self.standin.forget_sent(gone)

    def rows_lost(self) -> int:
        """Return how many questions were answered of which no row is in any database that is left."""
        rows: Counter[tuple[object, ...]] = Counter()
        for file in self.folder.rglob("*.db*"):
            if not file.name.endswith(("-wal", "-shm")) and file.is_file():
                with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(file)) as connection:
                    rows.update(connection.execute("SELECT command, entry, place, language FROM usage"))
        wanted = Counter(question.row for question, asked in self.load.asked if asked.answer.done() and not question.typing)
        return (wanted - rows).total()


def memory(pid: int, which: str = "VmRSS") -> float:
    """Return the MB of memory that a process has, or with VmHWM has needed; 0 where the system doesn't say."""
    with contextlib.suppress(OSError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith(which)) / 1024
    return 0.0


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong: made, left so for some seconds, undone."""

    name: str
    make: Callable[[Scene], AsyncGenerator[None]]
    seconds: float = 2
    """how long it stays"""
    at_start: bool = False
    """whether it is there before the bot is"""
    ends: bool = False
    """whether the bot ends of it, as it should: what it never got isn't counted as asked"""
    slow: bool = False
    """whether it takes longer than 20 seconds"""
    needs_root: bool = False
    promised: str = "answers rows"
    """what it must not cost"""

    @property
    def quick(self) -> bool:
        """Say whether it takes less than 20 seconds, as anyone."""
        return not self.slow and not self.needs_root


@dataclass
class Row:
    """What came of a fault."""

    fault: Fault
    asked: int = 0
    answered: int = 0
    unanswered: int = 0
    """without keystrokes: the next one makes up for it"""
    late: int = 0
    wrong: list[str] = field(default_factory=list)
    """question, and what was answered"""
    lost: int = 0
    recovery: float | None = 0.0
    """seconds until all was well again; None for never"""
    peak: float = 0.0
    lines: list[str] = field(default_factory=list)
    """what was logged but for information"""
    failed: list[str] = field(default_factory=list)

    def broken(self, *, in_time: bool = True) -> list[str]:
        """Return what was promised, and is not kept; without `in_time`, of answers only that those that came are right."""
        promised = self.fault.promised
        found = [f"{len(self.wrong)} wrong"] if self.wrong else []
        found += (
            [f"{self.asked - self.answered} not answered"]
            if in_time and self.answered < self.asked and "answers" in promised
            else []
        )
        found += [f"{self.lost} rows lost"] if self.lost and "rows" in promised else []
        return found + (["never well again"] if self.recovery is None else []) + self.failed


@contextlib.asynccontextmanager
async def _scene() -> AsyncGenerator[Scene]:
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        standin = await stack.enter_async_context(Standin())
        standin.pace = 0
        scene = Scene(standin, Path(folder).resolve())  # noqa: ASYNC240
        shutil.copytree(SHIPPED, scene.knowledge)
        stack.enter_context(scene.stack)
        try:
            yield scene
        finally:
            for bot in scene.bots:
                await bot.__aexit__()


async def run(fault: Fault, pause: float = 1.0, rate: int = RATE) -> Row:
    """Make a fault while questions are asked: some seconds before, meanwhile and after. Raises Skip."""
    async with _scene() as scene, contextlib.AsyncExitStack() as made:
        scene.load.rate = rate
        make = contextlib.asynccontextmanager(fault.make)(scene)
        if fault.at_start:
            await made.enter_async_context(make)
        await scene.start()
        tasks = [asyncio.create_task(scene.load.ask_on()), asyncio.create_task(scene.watch())]
        try:
            await asyncio.sleep(pause)
            if not fault.at_start:
                await made.enter_async_context(make)
            await asyncio.sleep(fault.seconds)
            await made.aclose()
            undone = time.perf_counter()
            well = fault.ends or await scene.is_well(pause)
            await _cancel(tasks[:1])
            await asyncio.wait([asked.answer for _, asked in scene.load.asked], timeout=IN_TIME + 1)
            await scene.end()
            return _row(fault, scene, undone, well)
        finally:
            await _cancel(tasks)


async def run_in_turn(faults: Sequence[Fault], pause: float, rate: int) -> list[Row]:
    """Make faults one after the other against one bot, each for half a second; rows that were lost are the last one's.

    Between them, all is as it was: nothing is left among the files, or wrong with the stand-in.
    """
    async with _scene() as scene:
        scene.run, scene.load.rate = ("-P", "-c", STEADY), rate
        await scene.start()
        files = set(scene.knowledge.rglob("*"))
        asking, done = asyncio.create_task(scene.load.ask_on()), list[tuple[Fault, int, float, bool, list[str]]]()
        try:
            await asyncio.sleep(pause)
            for fault in faults:
                first, scene.failed = len(scene.load.asked), []
                async with contextlib.asynccontextmanager(fault.make)(scene):
                    await asyncio.sleep(min(fault.seconds, 0.5))
                undone, scene.standin.drop_resumes = time.perf_counter(), 0
                for path in sorted(set(scene.knowledge.rglob("*")) - files, reverse=True):
                    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
                done.append((fault, first, undone, await scene.is_well(pause), scene.failed))
        finally:
            await _cancel([asking])
        await asyncio.wait([asked.answer for _, asked in scene.load.asked], timeout=IN_TIME + 1)
        scene.failed = []
        await scene.end()
        rows, ends = list[Row](), [*(first for _, first, *_ in done[1:]), len(scene.load.asked)]
        for (fault, first, undone, well, failed), end in zip(done, ends, strict=True):
            rows.append(_row(fault, scene, undone, well, first, end))
            rows[-1].failed, rows[-1].lost = failed, 0
        rows[-1].failed, rows[-1].lost = [*rows[-1].failed, *scene.failed], scene.rows_lost()
        return rows


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _row(fault: Fault, scene: Scene, undone: float, well: bool, first: int = 0, end: int | None = None) -> Row:
    load = scene.load
    counted = [each for each in load.asked[first:end] if each[1].sent or each[1].answer.done() or not fault.ends]
    bad = [asked.sent_at for question, asked in counted if not load.is_good(question, asked)]
    return Row(
        fault,
        asked=len(counted),
        answered=sum(asked.answer.done() for _, asked in counted),
        unanswered=sum(not asked.answer.done() and not question.typing for question, asked in counted),
        late=sum(asked.answer.done() and seconds(asked) > IN_TIME for _, asked in counted),
        wrong=[
            f"{question.command} {question.options}: {asked.answer.result()!s:.200}"
            for question, asked in counted
            if load.is_wrong(question, asked)
        ],
        lost=scene.rows_lost(),
        recovery=max(0.0, *(at - undone for at in bad), 0.0) if well else None,
        peak=scene.peak,
        lines=[line for bot in scene.bots for line in not_logged(bot)],
        failed=scene.failed,
    )
