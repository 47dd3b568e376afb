"""Time answers over real sockets: this bot, by gateway, over HTTP, and as three over HTTP on one PostgreSQL.

Beside it runs a bare bot that answers `/define` with one embed. What is typed into `/define` is answered too: here by
names that begin so, there by one fixed list.

    python benchmarks/answers.py

All run in processes of their own against the same stand-in for Discord, in alternating blocks of one run, because
absolute times drift: a goal is a ratio. "echo" is discord.py as it comes; "echo, tuned" has uvloop and orjson, as this
bot does where the extra `fast` is installed.

Seen on a quiet 2-core machine in December 2026, Python 3.11, 9 blocks, median (least to most), to echo tuned and to echo:
over the gateway processor time an answer 1.11 (0.95 to 1.26) and 1.00 (0.87 to 1.09), answers a second at once 0.71 (0.27
to 0.93) and 0.85 (0.30 to 1.75), one at a time p50 1.71 and 1.53, suggestions 1.46 and 1.33; over HTTP processor time
1.14 and 1.00, rate 0.66 and 0.75; three over HTTP, which share the two cores with the stand-in and PostgreSQL, 1.71 and
1.56, rate 0.53 and 0.61. On a busy machine in November the gateway's processor time was 0.87 and 0.81, its rate 1.25 and
1.31. The way to the database's thread and back is a quarter of an answer that comes alone. Of the processor time of many
at once: the post 33% (aiohttp 23%), look-up, danger and card 21%, the frame and reading it 11%, the row 9%; discord.py's
command, tasks and timers are the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent

if TYPE_CHECKING:
    from tests.standin import Bot, Standin

TYPED = ("int", "pem", "car t", "il", "melanom")
QUESTIONS = ("interleukin", "IL2", "PD-1", "CAR T-cell therapy", "Keytruda", "melanoma", "cytokine", "T cell", "nivolumab")


OVER_HTTP = {"IMMUNOBOT_DISCORD__MODE": "http", "IMMUNOBOT_HTTP__PORT": "0"}
"""the settings of the bot that takes interactions over HTTP"""


def echo(*, tuned: bool) -> None:
    """Run the bare bot: no look-up, no log, no buttons."""
    if not tuned:
        sys.modules["orjson"] = None  # type: ignore[assignment]  # discord.py takes it wherever it is
    import discord
    from yarl import URL

    discord.http.Route.BASE = os.environ["IMMUNOBOT_DISCORD__API_BASE"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["IMMUNOBOT_DISCORD__GATEWAY_URL"])
    client = discord.Client(intents=discord.Intents.none())
    tree = discord.app_commands.CommandTree(client)
    embed = discord.Embed(title="Interleukin", description="A kind of cytokine, a message between immune cells. " * 4)

    @tree.command(description="Echo")
    async def define(interaction: discord.Interaction, term: str) -> None:
        await interaction.response.send_message(embed=embed, ephemeral=True)

    choices = [discord.app_commands.Choice(name=f"Interleukin-{n}", value=f"interleukin-{n}") for n in range(10)]

    @define.autocomplete("term")
    async def term_autocomplete(interaction: discord.Interaction, typed: str) -> list[discord.app_commands.Choice[str]]:
        return choices

    work = client.start(os.environ["IMMUNOBOT_DISCORD__TOKEN"])
    if tuned:
        import uvloop

        uvloop.run(work)
    else:
        asyncio.run(work)


class Contender:
    """One of the bots that are compared, of one process or several, and what was measured of it."""

    def __init__(self, name: str, standin: Standin, bots: list[Callable[[], Bot]]) -> None:
        self.name, self.standin, self.bots = name, standin, bots
        self.running: list[Bot] = []
        self.starts: list[float] = []
        self.latencies: list[float] = []
        self.slowest: list[float] = []
        self.typing: list[float] = []
        self.rates: list[float] = []
        self.cpu: list[float] = []
        self.memory = 0.0

    async def start_once(self) -> None:
        """Time one start, and end it again."""
        async with self.bots[0]() as bot:
            self.starts.append(await bot.ready())

    async def one_at_a_time(self, count: int) -> None:
        """Ask one question after the other, and type as often; the block's median and its p99 count."""
        took, typing = [], []
        for number in range(count):
            started = time.perf_counter()
            await self.standin.ask("define", {"term": QUESTIONS[number % len(QUESTIONS)]})
            asked = time.perf_counter()
            await self.standin.autocomplete("define", "term", TYPED[number % len(TYPED)])
            took.append(asked - started)
            typing.append(time.perf_counter() - asked)
        self.latencies.append(statistics.median(took) * 1000)
        self.slowest.append(statistics.quantiles(took, n=100)[-1] * 1000)
        self.typing.append(statistics.median(typing) * 1000)

    async def many_at_once(self, count: int, at_once: int) -> None:
        """Keep so many questions open until `count` are answered; their rate counts, and the bot's processor time."""
        left = iter(range(count))

        async def asker() -> None:
            for number in left:
                await self.standin.ask("define", {"term": QUESTIONS[number % len(QUESTIONS)]})

        cpu, started = self._cpu_seconds(), time.perf_counter()
        await asyncio.gather(*(asker() for _ in range(at_once)))
        self.rates.append(count / (time.perf_counter() - started))
        self.cpu.append((self._cpu_seconds() - cpu) / count * 1000)
        # What came in is not looked at again: without this, it is the stand-in that becomes slower.
        for kept in (
            self.standin.requests,
            self.standin.sent,
            self.standin.asked,
            self.standin.posted,
            self.standin.responses,
        ):
            kept.clear()

    def _cpu_seconds(self) -> float:
        return sum(_cpu_seconds(bot.pid) for bot in self.running)


async def compare(args: argparse.Namespace) -> list[Contender]:
    """Start every contender, and measure them in turns."""
    sys.path.insert(0, str(ROOT))
    from tests.databases import Server, binaries, on_postgres
    from tests.standin import Bot, Standin

    def bot(standin: Standin, *run: str, **environment: str) -> Callable[[], Bot]:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def make() -> Bot:
            made = Bot(standin, folder, ROOT / "knowledge", **environment)
            made.run = run or made.run
            return made

        return make

    async with contextlib.AsyncExitStack() as stack:
        contenders = []
        for name, run, environment, processes in (
            ("immunobot", (), {}, 1),
            ("over HTTP", (), OVER_HTTP, 1),
            ("three, HTTP", (), OVER_HTTP, 3),
            ("echo, tuned", (__file__, "--echo", "tuned"), {}, 1),
            ("echo", (__file__, "--echo", "plain"), {}, 1),
        ):
            more = dict[str, str]()
            standin = await stack.enter_async_context(Standin())
            if processes > 1:
                if (programs := binaries()) is None:
                    continue  # several processes need PostgreSQL
                server = Server(programs)
                stack.callback(server.remove)
                server.make()
                more = on_postgres(server.new())
                standin.balanced = []
            bots = [bot(standin, *run, **environment, **more) for _ in range(processes)]
            contenders.append(Contender(name, standin, bots))
        for each in contenders:  # the first start registers the commands; the starts after it count
            for make in each.bots:
                each.running.append(await stack.enter_async_context(make()))
                await each.running[-1].ready()
            await each.one_at_a_time(50)
            each.latencies, each.slowest, each.typing = [], [], []
        for block in range(args.blocks):
            turn = block % len(contenders)
            order = contenders[turn:] + contenders[:turn]
            for each in order:
                await each.one_at_a_time(args.one)
            for each in order:
                await each.many_at_once(args.many, args.at_once)
        for each in contenders:
            each.memory = max(_memory_mb(bot.pid) for bot in each.running)
            for running in each.running:
                await running.stop()
            each.standin.balanced = None
        for _ in range(args.starts):
            for each in contenders:
                await each.start_once()
        return contenders


def _cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used; 0 where the system doesn't say (only Linux does)."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    """Return the memory that a process holds (RSS); 0 where the system doesn't say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def show(contenders: list[Contender]) -> None:
    """Print the medians, and this bot's ratios to each echo: the median over the blocks, with the least and the most."""
    rows: list[tuple[str, Callable[[Contender], list[float]], str]] = [
        ("one at a time, p50 (ms)", lambda c: c.latencies, "{:.2f}"),
        ("one at a time, p99 (ms)", lambda c: c.slowest, "{:.2f}"),
        ("suggestions, p50 (ms)", lambda c: c.typing, "{:.2f}"),
        ("at once, answers a second", lambda c: c.rates, "{:.0f}"),
        ("processor time an answer (ms)", lambda c: c.cpu, "{:.2f}"),
        ("process start to READY (s)", lambda c: c.starts, "{:.2f}"),
        ("memory after it all, RSS (MB)", lambda c: [c.memory], "{:.0f}"),
    ]
    ours, others = contenders[:-2], contenders[-2:]
    print(f"{'':31}" + "".join(f"{c.name:>13}" for c in contenders))
    for title, values, form in rows:
        print(f"{title:31}" + "".join(f"{form.format(statistics.median(values(c))):>13}" for c in contenders))
    for mine in ours:
        print(f"\n{mine.name:31}" + "".join(f"{'to ' + c.name:>26}" for c in others))
        for title, values, _form in rows:
            print(f"{title:31}" + "".join(f"{_spread(_ratios(values(mine), values(other))):>26}" for other in others))


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True) if b]


def _spread(ratios: list[float]) -> str:
    if not ratios:
        return "-"
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Time answers beside a bare discord.py bot.")
    parser.add_argument("--blocks", type=int, default=9, help="turns of each bot (default: 9)")
    parser.add_argument("--one", type=int, default=300, help="questions of a block asked one at a time (default: 300)")
    parser.add_argument("--many", type=int, default=1000, help="questions of a block asked at once (default: 1000)")
    parser.add_argument("--at-once", type=int, default=64, help="how many of those are open at a time (default: 64)")
    parser.add_argument("--starts", type=int, default=7, help="starts timed of each bot (default: 7)")
    parser.add_argument("--echo", choices=("plain", "tuned"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.echo:
        echo(tuned=args.echo == "tuned")
        return
    work: Any = compare(args)
    try:
        import uvloop
    except ImportError:
        contenders = asyncio.run(work)
    else:
        contenders = uvloop.run(work)
    show(contenders)


if __name__ == "__main__":
    main()
