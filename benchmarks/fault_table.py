"""The faults, each a small function: what comes before its `yield` makes it, what comes after undoes it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.fault_scene import IN_TIME, STOPPED_IN, Fault, Question, Scene, Skip
from tests.standin import clock, error, rate_limited
from tests.standin.rest import Request
from tests.wire.test_database import held_by_another_program
from tests.wire.test_frames import BAD_FRAMES, BROKEN, FLUSH, event

FAULTS: dict[str, Fault] = {}

Made = AsyncGenerator[None]
Make = Callable[[Scene], Made]

IL2 = Question("define", {"term": "#interleukin-2"}, title="Interleukin-2", entry="interleukin-2")
CALLBACKS = "POST /interactions"


def fault(name: str, seconds: float = 2, **how: Any) -> Callable[[Make], Make]:
    """Put a fault into the table."""

    def put(make: Make) -> Make:
        FAULTS[name] = Fault(name, make, seconds, **how)
        return make

    return put


# --------------------------------------------------------------------------------------------------------- the gateway


def _frame(name: str, *frames: str | bytes, times: int = 1) -> None:
    @fault(f"gateway: {name}", 0)
    async def make(s: Scene) -> Made:
        for each in frames * times:
            await s.standin.send_frame(each)
        yield


_frame("a frame that is no JSON", "{what a person typed")
_frame("garbage in a compressed frame", BROKEN["garbage"])
_frame("a compressed frame that isn't UTF-8", BROKEN["not UTF-8"])
_frame("a compressed frame cut off", zlib.compress(event({"id": 1}, "X").encode())[:15] + FLUSH)
_frame("1,300 events that can't be parsed", *(frame for frame, _ in BAD_FRAMES.values()), times=50)
_frame("a lone surrogate", BAD_FRAMES["a lone surrogate"][0])
_frame("an event of 20 MB", event({"x": "y" * 20_000_000}, "X"))
_frame("asks to connect anew", json.dumps({"op": 7, "d": None, "s": None, "t": None}))


@fault("gateway: the connection is cut", 0)
async def _(s: Scene) -> Made:
    s.standin.cut()
    yield


@fault("gateway: cut each second", 5, promised="rows", slow=True)
async def _(s: Scene) -> Made:
    cutting = asyncio.create_task(_again_and_again(s.standin.cut, 1))
    yield
    cutting.cancel()


@fault("gateway: the session is gone", 0)
async def _(s: Scene) -> Made:
    await s.standin.invalidate()
    yield


@fault("gateway: dropped at each RESUME", 0, promised="rows")
async def _(s: Scene) -> Made:
    s.standin.drop_resumes = 1000
    s.standin.cut()
    yield


@fault("gateway: refuses for 3 s", 3, promised="rows")
async def _(s: Scene) -> Made:
    s.standin.gateway_down = 502
    s.standin.cut()
    yield
    s.standin.gateway_down = 0


@fault("gateway: a proxy refuses it with 401 for 3 s", 3, promised="rows")
async def _(s: Scene) -> Made:
    s.standin.gateway_down = 401
    s.standin.cut()
    yield
    s.standin.gateway_down = 0


@fault("gateway: refuses for 20 s", 20, slow=True, promised="rows")
async def _(s: Scene) -> Made:
    s.standin.gateway_down = 502
    s.standin.cut()
    yield
    s.standin.gateway_down = 0


@fault("gateway: bytes that are no WebSocket", 0)
async def _(s: Scene) -> Made:
    for transport in s.standin._connections:
        transport.write(b"\xff\x00garbage" * 100)
    yield


@fault("gateway: each question comes twice", 2)
async def _(s: Scene) -> Made:
    session = s.standin._session
    assert session is not None
    sent = len(session.events)
    yield
    for each in session.events[sent:]:
        await s.standin.send_frame(each)


# ------------------------------------------------------------------------------------------------------- the callbacks


def _callbacks(
    name: str, step: Callable[[Request], Any], *, one_of: int = 1, seconds: float = 2, promised: str = ""
) -> None:
    """Have one of so many callbacks end otherwise."""

    @fault(f"callbacks: {name}", seconds, promised=promised)
    async def make(s: Scene) -> Made:
        numbers, seen = itertools.count(), set[str]()

        async def every(request: Request) -> Any:
            is_one = one_of == 1 or (request.path not in seen and next(numbers) % one_of == 0)
            seen.add(request.path)
            return await step(request) if is_one else None

        s.standin.instead[CALLBACKS] = every
        yield
        del s.standin.instead[CALLBACKS]


async def _breaks(_: Request) -> Any:
    raise ConnectionError


async def _hangs(_: Request) -> Any:
    await asyncio.sleep(IN_TIME + 1)


async def _slow(_: Request) -> Any:
    await asyncio.sleep(1)


def _answers(make: Callable[[], web.Response]) -> Callable[[Request], Any]:
    async def step(_: Request) -> web.Response:
        return make()

    return step


_callbacks("the connection breaks, one in ten", _breaks, one_of=10, promised="answers rows")
_callbacks("all connections break for 2 s", _breaks)
_callbacks("a second each", _slow, promised="answers rows")
_callbacks("one in ten hangs for 4 s", _hangs, one_of=10)
_callbacks("429 with Via, half a second", _answers(lambda: rate_limited(0.5)), one_of=10, promised="answers rows")
_callbacks("429 with Via, 10 s", _answers(lambda: rate_limited(10)), one_of=10)
_callbacks("429 by Cloudflare (1015)", _answers(lambda: web.Response(status=429, text="error code: 1015")), one_of=10)
_callbacks(
    "502, one in ten", _answers(lambda: web.Response(status=502, text="Bad Gateway")), one_of=10, promised="answers rows"
)
_callbacks("500 for 2 s", _answers(lambda: web.Response(status=500, text="")))
_callbacks("10062, one in ten", _answers(lambda: error(404, 10062, "Unknown interaction")), one_of=10)
_callbacks("40060, one in ten", _answers(lambda: error(400, 40060, "Already acknowledged")), one_of=10)
_callbacks("a login page", _answers(lambda: web.Response(text="<html>Welcome</html>", content_type="text/html")))
_callbacks("JSON that is none", _answers(lambda: web.Response(text="{")), one_of=10)


# -------------------------------------------------------------------------------------------------------- the database


@contextlib.contextmanager
def _connected(s: Scene) -> Any:
    with contextlib.closing(sqlite3.connect(s.database, isolation_level=None)) as connection:
        yield connection


def _locked(seconds: float, **how: Any) -> None:
    @fault(f"database: locked for {seconds:.0f} s", seconds, **how)
    async def make(s: Scene) -> Made:
        with _connected(s) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.execute("ROLLBACK")


_locked(2)
_locked(30, slow=True)


@fault("database: held at the start", 3, at_start=True)
async def _(s: Scene) -> Made:
    s.database.parent.mkdir()
    with held_by_another_program(s.database):
        yield


@fault("database: its folder can't be written to, at the start", 3, at_start=True, promised="answers")
async def _(s: Scene) -> Made:
    s.database.parent.mkdir()
    _as_anyone(s)
    s.database.parent.chmod(0o500)
    yield


@fault("database: a file in place of its folder, at the start", 3, at_start=True)
async def _(s: Scene) -> Made:
    s.database.parent.write_text("")
    yield
    s.database.parent.unlink()
    await s.bot.said("The database was opened")


@fault("database: deleted", 0, slow=True)
async def _(s: Scene) -> Made:
    for file in s.database.parent.glob("*.db*"):
        file.unlink()
    yield
    await s.bot.said("was deleted")


@fault("database: its folder deleted", 0, slow=True)
async def _(s: Scene) -> Made:
    shutil.rmtree(s.database.parent)
    yield
    await s.bot.said("was deleted")


@fault("database: replaced by an empty one", 0, slow=True)
async def _(s: Scene) -> Made:
    for file in s.database.parent.glob("*.db*"):
        file.rename(file.with_name("former-" + file.name))
    s.database.touch()
    yield
    await s.bot.said("was replaced|is damaged")


@fault("database: the write-ahead log deleted", 0, slow=True)
async def _(s: Scene) -> Made:
    s.database.with_name(s.database.name + "-wal").unlink()
    yield
    await s.bot.said("was deleted|was replaced|is damaged")


@fault("database: cut off in the middle", 0, slow=True, promised="answers")
async def _(s: Scene) -> Made:
    os.truncate(s.database, s.database.stat().st_size // 2)
    yield
    await s.bot.said("is damaged")


@fault("database: scribbled over", 0, slow=True, promised="answers")
async def _(s: Scene) -> Made:
    with s.database.open("r+b") as file:
        file.write(os.urandom(20_000))
    yield
    await s.bot.said("is damaged")


@fault("database: the index of its log cut off, which ends any process that looks there", 0, promised="rows")
async def _(s: Scene) -> Made:
    os.truncate(s.database.with_name(s.database.name + "-shm"), 0)
    await s.bot.ended()
    await s.start()
    yield


@fault("database: refuses each row", 3)
async def _(s: Scene) -> Made:
    with _connected(s) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'lost'); END")
        yield
        other.execute("DROP TRIGGER full")


@fault("database: the disk is full for 3 s", 3, at_start=True, needs_root=True)
async def _(s: Scene) -> Made:
    s.database.parent.mkdir()
    s.stack.enter_context(_mounted(s.database.parent, "size=2m"))
    rest = s.database.with_name("rest")
    filling = asyncio.get_running_loop().call_later(2, _fill, rest)
    yield
    filling.cancel()
    rest.unlink(missing_ok=True)


@fault("database: written to no longer for 3 s", 3, needs_root=True)
async def _(s: Scene) -> Made:
    for how in ("+i", "-i"):
        for file in (s.database, s.database.with_name(s.database.name + "-wal")):
            if subprocess.run(["chattr", how, file], capture_output=True, check=False).returncode:  # noqa: ASYNC221
                raise Skip("needs root, and chattr")
        if how == "+i":
            yield


# ------------------------------------------------------------------------------------------------------------ the files


def _file(name: str, seconds: float = 2, *, shows: bool = True, **how: Any) -> Callable[[Callable[[Path], object]], None]:
    """Put something among the files of knowledge; what is saved then is live all the same, where `shows`."""

    def put(make: Callable[[Path], object]) -> None:
        @fault(f"files: {name}", seconds, **how)
        async def _(s: Scene) -> Made:
            make(s.knowledge / "terms")
            yield
            if shows:
                await s.shows_what_is_saved()

    return put


_file("a FIFO")(lambda terms: os.mkfifo(terms / "pipe.yaml"))
_file("a sparse file of 1 GB", shows=False)(lambda terms: os.truncate(_made(terms / "sparse.yaml"), 1_000_000_000))
_file("a name that isn't UTF-8")(lambda terms: Path(os.fsdecode(os.fsencode(terms) + b"/\xff.yaml")).write_text("name: X"))
_file("a folder called x.yaml")(lambda terms: (terms / "x.yaml").mkdir())
_file("a link to nothing", shows=False)(lambda terms: (terms / "gone.yaml").symlink_to("nothing"))
_file("a link to /dev/zero", shows=False)(lambda terms: (terms / "zero.yaml").symlink_to("/dev/zero"))
_file("a link to its own folder")(lambda terms: (terms / "loop").symlink_to(terms))
_file("colours and line breaks in a name", shows=False)(lambda terms: (terms / "\x1b[31m\nx.yaml").write_text("name: X"))
_file("a socket")(lambda terms: _socket(terms / "socket.yaml"))
_file("one that isn't UTF-8", shows=False)(lambda terms: (terms / "latin.yaml").write_bytes(b"name: Caf\xe9\n"))
_file("one of a million brackets", shows=False)(lambda terms: (terms / "deep.yaml").write_text("[" * 200_000))
_file("20,000 more", shows=False)(lambda terms: [(terms / f"more-{n}.yaml").write_text("name: X\n") for n in range(20_000)])


@fault("files: one half written, again and again", 4)
async def _(s: Scene) -> Made:
    file = s.knowledge / "terms/b-cell.yaml"
    whole = file.read_bytes()
    cut = itertools.cycle(range(0, len(whole), 7))
    writing = asyncio.create_task(_again_and_again(lambda: file.write_bytes(whole[: next(cut)]), 0.01))
    yield
    writing.cancel()
    file.write_bytes(whole)
    await s.shows_what_is_saved()


@fault("files: SIGHUP 50 times a second", 4)
async def _(s: Scene) -> Made:
    telling = asyncio.create_task(_again_and_again(lambda: s.bot.tell(signal.SIGHUP), 0.02))
    yield
    telling.cancel()
    await s.shows_what_is_saved()


@fault("files: the folder of knowledge is away", 3)
async def _(s: Scene) -> Made:
    away = s.knowledge.rename(s.folder / "away")
    yield
    away.rename(s.knowledge)
    await s.shows_what_is_saved()


@fault("files: the folder is exchanged for a copy", 2)
async def _(s: Scene) -> Made:
    shutil.copytree(s.knowledge, s.folder / "new")
    s.knowledge.rename(s.folder / "former")
    (s.folder / "new").rename(s.knowledge)
    yield
    await s.shows_what_is_saved()


@fault("files: a folder that can't be read", 2, at_start=True)
async def _(s: Scene) -> Made:
    (s.knowledge / "lost+found").mkdir()
    _as_anyone(s)
    (s.knowledge / "lost+found").chmod(0)
    yield
    await s.shows_what_is_saved()


async def _withdrawn(s: Scene) -> None:
    await s.moderate("knowledge withdraw", entry="interleukin-2", why="wrong")
    s.load.instead["interleukin-2"] = "under review"
    for _ in range(20):
        await s.load.ask(IL2)


@fault("changes: gone after something was withdrawn", 2, promised="answers")
async def _(s: Scene) -> Made:
    await _withdrawn(s)
    shutil.rmtree(s.changes)
    await asyncio.sleep(1.5)
    await _withdrawn_still(s)
    yield


@fault("changes: can't be read after something was withdrawn", 2, at_start=True, promised="answers")
async def _(s: Scene) -> Made:
    _as_anyone(s)
    yield
    await _withdrawn(s)
    s.changes.chmod(0)
    s.bot.tell(signal.SIGHUP)
    await asyncio.sleep(1.5)
    await _withdrawn_still(s)
    s.changes.chmod(0o700)


async def _withdrawn_still(s: Scene) -> None:
    for _ in range(20):
        await s.load.ask(IL2)


# ----------------------------------------------------------------------------------------------------------- the machine


def _environment(name: str, **variables: str) -> None:
    @fault(name, at_start=True)
    async def make(s: Scene) -> Made:
        s.environment |= variables
        yield


def _clock(name: str, days: int) -> None:
    @fault(f"clock: {name}", at_start=True)
    async def make(s: Scene) -> Made:
        if not clock.can_be_wrong():
            raise Skip("needs a C compiler, on Linux")
        s.environment |= clock.wrong_by(days * 24 * 3600, s.folder)
        yield


def _process(name: str, before: str) -> None:
    @fault(name, at_start=True)
    async def make(s: Scene) -> Made:
        s.before += f"{before}\n"
        yield


_clock("a month behind", -30)
_clock("twenty years ahead", 7300)
_clock("of 1970", -int(time.time() / 86400) + 1)
_environment("environment: a service that Kubernetes calls immunobot", IMMUNOBOT_SERVICE_HOST="10.0.0.1",
             IMMUNOBOT_PORT="tcp://10.0.0.1:80", IMMUNOBOT_PORT_80_TCP_ADDR="10.0.0.1")  # fmt: skip
_environment("environment: POSIX and ASCII", LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
_environment("environment: output in cp932", PYTHONIOENCODING="cp932")
_environment("environment: a proxy that isn't there", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9",
             NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")  # fmt: skip
_environment("environment: no PATH, no HOME, an odd TZ", PATH="", HOME="", TZ="No/Where", TMPDIR="/nowhere")
_process("log: stderr is a full pipe", "r, w = os.pipe(); os.set_inheritable(r, True); os.set_blocking(w, False)\n"
         "try:\n    while True: os.write(w, b'x' * 4096)\n"
         "except BlockingIOError: os.set_blocking(w, True)\nos.dup2(w, 2)")  # fmt: skip
_process("log: stderr is closed", "os.close(2)")
_process("log: stderr is a full disk", "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)")
_process("machine: 40 descriptors", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))")
_process("machine: 1 GB of addresses", "import resource; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))")
_process("machine: niced to the least", "os.nice(19)")


@fault("machine: code of the same names in the working folder", at_start=True)
async def _(s: Scene) -> Made:
    for name in ("bot", "discord", "yaml", "sqlite3", "json", "sitecustomize"):
        (s.folder / f"{name}.py").write_text("raise SystemExit('this must not be run')")
    yield


@fault("machine: the working folder is deleted", at_start=True)
async def _(s: Scene) -> Made:
    s.before += "os.mkdir('work'); os.chdir('work')\n"
    yield
    (s.folder / "work").rmdir()
    await s.shows_what_is_saved()


@fault("machine: stands still for 2 s", 0)
async def _(s: Scene) -> Made:
    s.bot.tell(signal.SIGSTOP)
    await asyncio.sleep(2)
    s.bot.tell(signal.SIGCONT)
    yield


@fault("machine: stands still for 20 s", 0, slow=True, promised="rows")
async def _(s: Scene) -> Made:
    s.bot.tell(signal.SIGSTOP)
    await asyncio.sleep(20)
    s.bot.tell(signal.SIGCONT)
    yield


@fault("machine: both cores are busy", 3)
async def _(s: Scene) -> Made:
    busy = [await asyncio.create_subprocess_exec("sh", "-c", "while :; do :; done") for _ in range(os.cpu_count() or 1)]
    yield
    for each in busy:
        each.kill()
        await each.wait()


# ------------------------------------------------------------------------------------------------------------- stopping


async def _stop(s: Scene, number: signal.Signals = signal.SIGTERM) -> None:
    began = time.perf_counter()
    s.bot.tell(number)
    await s.bot.ended()
    if (took := time.perf_counter() - began) > STOPPED_IN:
        s.failed.append(f"stopped in {took:.0f} s")


@fault("stopping: SIGTERM", 0, ends=True)
async def _(s: Scene) -> Made:
    await _stop(s)
    yield


@fault("stopping: SIGINT twice", 0, ends=True)
async def _(s: Scene) -> Made:
    s.bot.tell(signal.SIGINT)
    await _stop(s, signal.SIGINT)
    yield


@fault("stopping: while the database is locked", 0, promised="rows")
async def _(s: Scene) -> Made:
    with _connected(s) as other:
        other.execute("BEGIN EXCLUSIVE")
        await asyncio.sleep(1)
        await _stop(s)
    await s.start()
    yield


@fault("stopping: while the gateway is down", 0, ends=True)
async def _(s: Scene) -> Made:
    s.standin.gateway_down = 502
    s.standin.cut()
    await asyncio.sleep(1)
    await _stop(s)
    yield


@fault("stopping: while callbacks hang", 0, ends=True, promised="rows")
async def _(s: Scene) -> Made:
    s.standin.instead[CALLBACKS] = _hangs
    await asyncio.sleep(1)
    await _stop(s)
    yield


@fault("stopping: while knowledge is reloaded", 0, ends=True)
async def _(s: Scene) -> Made:
    s.bot.tell(signal.SIGHUP)
    await asyncio.sleep(0.1)
    await _stop(s)
    yield


@fault("stopping: killed and started again", 0, promised="rows")
async def _(s: Scene) -> Made:
    s.bot.tell(signal.SIGKILL)
    await s.bot.ended()
    await s.start()
    yield


# --------------------------------------------------------------------------------------------------------------- bursts


def _burst(name: str, question: Question, *, people: int = 10_000, times: int, **how: Any) -> None:
    @fault(f"burst: {name}", 0, **how)
    async def make(s: Scene) -> Made:
        for number in range(times):
            await s.load.ask(question, number % people)
        yield


KEYSTROKE = Question("define", {"term": "keytr"}, text="Keytruda (pembrolizumab)", typing=True)

_burst("500 at once", IL2, times=500)
_burst("2,000 at once", IL2, times=2_000, promised="rows")
_burst("10,000 at once", IL2, times=10_000, promised="rows")
_burst("2,000 keystrokes at once", KEYSTROKE, times=2_000, promised="")
_burst("300 commands that aren't known here", Question("older", {}, text="The commands are being updated."), times=300)
_burst("300 at once of one person", Question("define", {"term": "interlukin"}), people=1, times=300, promised="answers")


# ------------------------------------------------------------------------------------------------------------- helpers


async def _again_and_again(work: Callable[[], object], seconds: float) -> None:
    while True:
        work()
        await asyncio.sleep(seconds)


def _as_anyone(s: Scene) -> None:
    """Have root's bot, too, refused what a file's permissions refuse: without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
    s.before += "import ctypes; [ctypes.CDLL(None).prctl(24, capability) for capability in (1, 2)]\n"


@contextlib.contextmanager
def _mounted(folder: Path, options: str) -> Iterator[None]:
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        raise Skip("needs root, and mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _fill(file: Path) -> None:
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))


def _socket(path: Path) -> None:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as made, contextlib.chdir(path.parent):
        made.bind(path.name)


def _made(path: Path) -> Path:
    path.touch()
    return path
