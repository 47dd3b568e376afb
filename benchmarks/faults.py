"""Make faults against a real `immunobot run` that is asked 50 questions a second over real sockets; print what came of each.

    python benchmarks/faults.py [--quick] [--only NAME ...] [--list]
    python benchmarks/faults.py --soak MINUTES

Of each fault: how many questions were asked in all, before, meanwhile and after; how many were answered, later than Discord
waits for (3 s after sending), or with something else than they should be; answers of which no row is in the log of use;
seconds from when the fault was undone until everything was answered right and in time again; the most memory the bot
needed; lines of the log that are more than information. What was promised and isn't kept stands behind. `--only` takes
a part of a name. Some faults need root (a full disk), or a C compiler (a wrong clock), and are skipped without.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.fault_scene import IN_TIME, RATE, SHIPPED, Fault, Scene, Skip, memory, run, seconds  # noqa: E402
from benchmarks.fault_table import FAULTS  # noqa: E402
from tests.standin import Standin  # noqa: E402
from tests.wire.helpers import not_logged  # noqa: E402

HEAD = "{:60}{:>7}{:>9}{:>6}{:>6}{:>10}{:>11}{:>8}{:>6}".format(
    "fault", "asked", "answered", "late", "wrong", "rows lost", "recovery s", "peak MB", "lines"
)


async def table(faults: Sequence[Fault], *, rate: int, show: bool) -> int:
    """Print the table, and return how many promises weren't kept."""
    print(HEAD, flush=True)
    broken = 0
    for fault in faults:
        try:
            row = await run(fault, rate=rate)
        except Skip as why:
            print(f"{fault.name:60}skipped: {why}", flush=True)
            continue
        except Exception as error:  # of one that can't be made as it is meant, the others tell all the same
            print(f"{fault.name:60}not made: {type(error).__name__}: {error}", flush=True)
            broken += 1
            continue
        recovery = "never" if row.recovery is None else f"{row.recovery:.1f}"
        line = f"{fault.name:60}{row.asked:>7}{row.answered:>9}{row.late:>6}{len(row.wrong):>6}{row.lost:>10}{recovery:>11}"
        print(f"{line}{row.peak:>8.0f}{len(row.lines):>6}  {', '.join(row.broken())}", flush=True)
        if show:
            print(*(f"    {line}" for line in (*row.wrong, *row.lines)), sep="\n", flush=True)
        broken += bool(row.broken())
    return broken


async def soak(minutes: int) -> None:
    """Ask for so many minutes, save a file of knowledge each minute, and print what the bot needs then."""
    print(
        "{:>6}{:>8}{:>6}{:>6}{:>8}{:>8}{:>11}{:>12}{:>6}".format(
            "minute", "asked", "late", "wrong", "p50 ms", "p99 ms", "memory MB", "descriptors", "lines"
        )
    )
    with tempfile.TemporaryDirectory() as name:
        async with Standin() as standin:
            standin.pace = 0
            scene = Scene(standin, Path(name).resolve())  # noqa: ASYNC240
            shutil.copytree(SHIPPED, scene.knowledge)
            await scene.start()
            asking = asyncio.create_task(scene.load.ask_on())
            for minute in range(minutes):
                await asyncio.sleep(60)
                await scene.shows_what_is_saved()
                load, began = scene.load, time.perf_counter()
                done = [each for each in load.asked if each[1].answer.done() or each[1].sent_at < began - IN_TIME]
                late = sum(not asked.answer.done() or seconds(asked) > IN_TIME for _, asked in done)
                took = sorted(seconds(asked) * 1000 for _, asked in done if asked.answer.done())
                wrong = sum(load.is_wrong(*each) for each in done)
                descriptors = len(list(Path(f"/proc/{scene.bot.pid}/fd").iterdir()))  # noqa: ASYNC240
                middle, slowest = took[len(took) // 2], took[len(took) * 99 // 100]
                print(
                    f"{minute + 1:>6}{len(done):>8}{late:>6}{wrong:>6}{middle:>8.1f}{slowest:>8.1f}"
                    f"{memory(scene.bot.pid):>11.1f}{descriptors:>12}{len(not_logged(scene.bot)):>6}",
                    flush=True,
                )
                scene.forget(done)
            asking.cancel()
            await scene.end()
            print(*(scene.failed or ["It stopped as it should."]), sep="\n")


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Make faults against the bot while it is asked 50 questions a second.")
    parser.add_argument("--quick", action="store_true", help="only those that take less than 20 seconds and need no root")
    parser.add_argument("--only", nargs="+", default=[""], metavar="NAME", help="only those that have this in their name")
    parser.add_argument(
        "--rate", type=int, default=RATE, help="questions a second, fewer on a machine that is busy (%(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--show", action="store_true", help="also print what was logged")
    parser.add_argument("--soak", type=int, metavar="MINUTES", help="ask for so long instead, and print what is needed")
    args = parser.parse_args()
    faults = [each for each in FAULTS.values() if any(name in each.name for name in args.only)]
    if args.quick:
        faults = [each for each in faults if each.quick]
    if args.list:
        print(*(each.name for each in faults), sep="\n")
        return 0
    return _await(soak(args.soak)) or 0 if args.soak else min(_await(table(faults, rate=args.rate, show=args.show)), 1)


def _await(work: Coroutine[Any, Any, int | None]) -> int:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work) or 0
    return uvloop.run(work) or 0


if __name__ == "__main__":
    sys.exit(main())
