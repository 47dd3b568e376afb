"""Time how long knowledge of many entries takes to load, and how long the event loop stands still while it is reloaded.

    python benchmarks/loading.py [--sizes 200 2000 20000]

Entries are made by rule, about 1 kB each. Beside ours, in the same run: PyYAML's CSafeLoader, which only reads.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import yaml

from bot.knowledge.library import Library, build


def make(folder: Path, count: int) -> None:
    """Write a folder of so many entries."""
    (folder / "terms").mkdir()
    kinds = ("general", "therapy", "medicine", "condition", "urgent")
    (folder / "disclaimers.yaml").write_text("".join(f"{kind}: The {kind} disclaimer.\n" for kind in kinds))
    page = "{title: A page about it, publisher: A health agency, url: 'https://www.example.org/pages/%d', seen: 2026-01-02}"
    for number in range(count):
        (folder / f"terms/entry-{number}.yaml").write_text(
            f"name: Entry {number}x\ntopic: cells\nalso: [other name {number}a, third name {number}b]\nsay: EN-tree\n"
            f"short: {'A plain sentence about it ' * 4}.\nmore: {'Some more of what it is and does ' * 7}.\n"
            f"related: [entry-{(number + 1) % count}, entry-{(number + 2) % count}]\n"
            f"sources:\n  - {page % number}\n  - {page % (number + 1)}\n  - {page % (number + 2)}\nchecked: 2026-01-02\n"
        )


async def longest_stall(library: Library) -> float:
    """Return the longest time, in seconds, between two turns of the loop while the library reloads."""
    longest, reloading = 0.0, asyncio.create_task(library.reload())
    before = time.perf_counter()
    while not reloading.done():
        await asyncio.sleep(0.001)
        longest, before = max(longest, time.perf_counter() - before - 0.001), time.perf_counter()
    assert await reloading, library.problems
    return longest


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time loading and reloading.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2_000, 20_000])
    print(f"{'entries':>8}{'bytes each':>12}{'CSafeLoader, s':>16}{'load, s':>10}{'ratio':>8}{'stall, ms':>11}")
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder, size)
            files = [path.read_bytes() for path in (folder / "terms").iterdir()]
            started = time.perf_counter()
            for data in files:
                yaml.load(data, Loader=yaml.CSafeLoader)
            theirs = time.perf_counter() - started
            build([folder])
            started = time.perf_counter()
            build([folder])
            ours = time.perf_counter() - started
            stall = asyncio.run(longest_stall(Library([folder])))
            each = sum(map(len, files)) // size
            print(f"{size:>8}{each:>12}{theirs:>16.3f}{ours:>10.3f}{theirs / ours:>8.2f}{stall * 1000:>11.1f}", flush=True)


if __name__ == "__main__":
    main()
