"""Give the bot what nobody would: files, names, ids of buttons, interactions, zips and requests that hypothesis makes up.

    python benchmarks/fuzz.py [--seed 0] [--times 100000] [yaml names ids interactions zips http]

What is made is settled by the seed: each thousand has one of its own, and what fails is printed with it and can be had again
by `--seed N --times 1000`. Prints how many were tried, how many ended in an exception or an incident, how many ids that are
none had another answer than that the button has expired, and how much processor time the slowest took, the garbage
collector's apart. One that took over 200 ms is tried three times more, and counts with the shortest. Interactions and ids go
through the bot's own client and database, from the frame of the gateway on; only the network is left out. Requests go over
sockets: none may be answered with a status from 500 on, and none but Discord's own with one below 400.
"""

from __future__ import annotations

import argparse
import gc
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.fuzz_inputs import ids, interactions, names, requests, yamls, zips  # noqa: E402
from benchmarks.fuzz_world import EXPIRED, World, is_none, on  # noqa: E402

BATCH = 1000
LONG = 200.0
"""Milliseconds."""


class Stopwatch:
    """Processor time of this thread, without the garbage collector's."""

    def __init__(self) -> None:
        self._collecting, self._began = 0.0, 0.0
        gc.callbacks.append(self._collector)

    def _collector(self, phase: str, _: object) -> None:
        if phase == "start":
            self._began = time.thread_time()
        else:
            self._collecting += time.thread_time() - self._began

    def of(self, work: Callable[[], object]) -> float:
        """Return the milliseconds that work takes."""
        began, collecting = time.thread_time(), self._collecting
        work()
        return (time.thread_time() - began - (self._collecting - collecting)) * 1000

    def close(self) -> None:
        """Measure no more."""
        gc.callbacks.remove(self._collector)


@dataclass
class Found:
    """What came of so many."""

    kind: str
    times: int = 0
    none: int = 0
    """ids that are no id of a press"""
    slowest: float = 0.0
    failed: list[str] = field(default_factory=list)
    """what went wrong, with what it was given and its seed"""

    def __str__(self) -> str:
        ids = f", {self.none:,} of them no ids" if self.none else ""
        return f"{self.kind}: {self.times:,} tried{ids}; {len(self.failed)} failed; the slowest took {self.slowest:.0f} ms"


def fuzz(world: World, kind: str, times: int, first: int = 0, *, show: bool = False) -> Found:
    """Try so many of a kind, from this seed on."""
    found, watch = Found(kind), Stopwatch()
    strategy, work = _kinds(world)[kind]
    told: set[str] = set()
    try:
        for number in range(first, first + -(-times // BATCH)):
            before = len(found.failed)
            _batch(found, number, min(BATCH, times - found.times), strategy, work, watch, world)
            for each in found.failed[before:] if show else ():
                if _told(each) not in told:
                    told.add(_told(each))
                    print(each, flush=True)
            if show and number % 10 == 9:
                print(f"  {found}", file=sys.stderr, flush=True)
    finally:
        watch.close()
    return found


def _told(failed: str) -> str:
    """Return what is the same of all that failed alike."""
    return re.sub(r"[0-9a-f]{8}|\d+", "", failed.partition(" -- ")[0].partition(": ")[2])


def _batch(
    found: Found, number: int, times: int, strategy: Any, work: Callable[[Any], str], watch: Stopwatch, world: World
) -> None:
    def once(value: Any) -> None:
        wrong, took = [], _LAST_IS_LONG

        def tried() -> None:
            try:
                wrong.append(work(value))
            except Exception as error:  # what is looked for
                wrong.append(f"{type(error).__name__}: {error}")

        for _ in range(4):
            took = min(took, watch.of(tried))
            if took <= LONG:
                break
        said = "; ".join(filter(None, (*wrong[:1], f"{took:.0f} ms" if took > LONG else "", *world.complaints())))
        if said:
            found.failed.append(f"{found.kind}, seed {number}: {said} -- {value!r:.1500}")
        found.slowest = max(found.slowest, took)
        found.times += 1
        found.none += found.kind == "ids" and is_none(value)

    @seed(number)
    @settings(
        max_examples=times, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def all_of_them(value: Any) -> None:
        once(value)

    all_of_them()


_LAST_IS_LONG = float("inf")
_ONLY_MADE = settings(database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def _kinds(world: World) -> dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], str]]]:
    """Return of each kind what is made up, and what is done with it: it returns what is wrong, else nothing."""

    def pressed(custom_id: str) -> str:
        said = world.answers(on(custom_id))
        expired = any(sentence in each for each in said for sentence in EXPIRED)
        return "" if expired or not is_none(custom_id) else f"not expired, but {said!s:.200}"

    def asked(frame: str) -> str:
        world.answers(frame)
        return ""

    return {
        "yaml": (yamls(), world.reads),
        "names": (names(world.names), world.looks_up),
        "ids": (ids(world.ids, world.actions), pressed),
        "interactions": (interactions(world.corpus), asked),
        "zips": (zips(), world.unpacks),
        "http": (requests(world.corpus), world.responds),
    }


KINDS = ("yaml", "names", "ids", "interactions", "zips", "http")


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Give the bot what nobody would.")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], default=KINDS, help="what is made up (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--times", type=int, default=100_000, help="how many of each")
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, World(Path(folder)) as world:
        for kind in args.kinds or KINDS:
            found = fuzz(world, kind, args.times, args.seed, show=True)
            print(found, flush=True)
            failed += len(found.failed)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
