"""Time the figures of `/stats` over many answers, and what keeping the counts by day costs an answer.

    python benchmarks/figures.py [--rows 10000000] [--days 30] [--people 20000]

Rows of a year are made in a temporary folder (about 1.5 GB for ten million, removed after), with 2,000 entries, some asked
for far more than others, and five answers for each person who comes on a day. Beside each figure, in the same run: the same
read from the rows themselves. Each time is the best of three.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot.store import statistics as figures
from bot.store.migrations import migrations
from bot.store.usage import Store, Use

YEAR = 365
ENTRIES = 2_000
ANSWERS_EACH = 5
COUNTED_BY_DAY = 7
"""The migration that counts the rows there are."""

ROWS = """
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows - 1),
chance (n, a, b, c) AS (SELECT n, abs(random() % 1000) / 1000.0, abs(random() % 100), abs(random() % 100) FROM numbers)
INSERT INTO usage
SELECT
  n + 1,
  :first + CAST(n * 1.0 * :seconds / :rows AS INTEGER),
  CASE WHEN b < 50 THEN 'define' WHEN b < 65 THEN 'therapy' WHEN b < 85 THEN 'medicine' WHEN b < 95 THEN 'open'
    ELSE 'search' END,
  CASE WHEN c < 80 THEN 'entry-' || CAST(:entries * a * a * a AS INTEGER) END,
  CASE WHEN c < 80 THEN 'served' WHEN c < 92 THEN 'offered' WHEN c < 95 THEN 'asked which' WHEN c < 99 THEN 'nothing'
    ELSE 'failed' END,
  round(0.3 + 20 * a * a * a * a + b / 100.0, 3),
  CASE WHEN b % 10 < 7 THEN 'server' WHEN b % 10 < 9 THEN 'direct message' ELSE 'user install' END,
  CASE WHEN c % 5 THEN 'en' ELSE 'es' END
FROM chance
"""


def make(path: Path, rows: int, people: int) -> None:
    """Write a database as it was before counts by day were kept."""
    seconds = YEAR * 86_400
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=YEAR - 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        for migration in migrations()[: COUNTED_BY_DAY - 1]:
            connection.executescript(migration.read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA user_version = {COUNTED_BY_DAY - 1}")
        values = {"rows": rows, "first": int(first.timestamp()), "seconds": seconds, "entries": ENTRIES}
        connection.execute(ROWS, values)
        hashes = [random.randbytes(16).hex() for _ in range(people)]
        each_day = min(people, rows // YEAR // ANSWERS_EACH)
        connection.execute("BEGIN")
        for number in range(YEAR):
            day = (first + timedelta(days=number)).date().isoformat()
            there = sorted(random.sample(hashes, each_day))
            connection.executemany("INSERT INTO people VALUES (?, ?)", [(day, person) for person in there])
        connection.execute("COMMIT")


def best(work: Callable[[], object]) -> float:
    """Return the shortest of three times, in milliseconds."""
    took = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return min(took)


async def answer(store: Store, number: int, count: int = 2_000) -> float:
    """Return the median microseconds until a row is committed, the way an answer waits for it."""
    took = []
    for offset in range(count):
        use = Use(number + offset, int(time.time()), "define", f"entry-{offset % ENTRIES}", "served", 1.234, "server", "en")
        started = time.perf_counter()
        await store.record(use, None)
        took.append((time.perf_counter() - started) * 1e6)
    return statistics.median(took)


async def cost(path: Path, rows: int) -> tuple[list[float], list[float]]:
    """Return the medians of alternating blocks: with the counts by day kept, and without."""
    store = await Store.open(path)
    ((trigger,),) = await store.execute("SELECT sql FROM sqlite_master WHERE name = 'usage_counted'")
    number, kept, bare = rows + 1, [], []
    for _ in range(5):
        for medians in (kept, bare):
            if medians is bare:
                await store.execute("DROP TRIGGER usage_counted")
            medians.append(await answer(store, number))
            number += 10_000
        await store.execute(trigger)
    await store.close()
    return kept, bare


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time the figures.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--people", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "immunobot.db"
        started = time.perf_counter()
        make(path, options.rows, options.people)
        made = time.perf_counter() - started
        print(f"{options.rows} rows of {YEAR} days made in {made:.0f} s, {path.stat().st_size / 1e6:.0f} MB")
        started = time.perf_counter()
        asyncio.run(_opened(path))
        print(f"counted by day at the first start in {time.perf_counter() - started:.1f} s\n")

        last = datetime.now(UTC).date()
        first = last - timedelta(days=options.days - 1)
        span = (first.isoformat(), last.isoformat())
        reading = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        with closing(reading) as connection, asyncio.Runner() as runner:
            store = runner.run(Store.open_without_key(path))
            everything = partial(figures.read, store, options.days, urgent=nothing_urgent)
            _table(connection, lambda: runner.run(everything()), span, options.days)
            runner.run(store.close())
        kept, bare = asyncio.run(cost(path, options.rows))
        ratio = statistics.median(a / b for a, b in zip(kept, bare, strict=True))
        print(
            f"\na row committed: {statistics.median(kept):.0f} us, without counts {statistics.median(bare):.0f} us", end=""
        )
        print(f" (ratio {ratio:.2f}), medians of five alternating blocks")


def nothing_urgent(_: str) -> bool:
    """Say that no entry is about danger."""
    return False


async def _opened(path: Path) -> None:
    await (await Store.open(path)).close()


def _table(connection: sqlite3.Connection, everything: Callable[[], object], span: figures.Span, days: int) -> None:
    def ask(query: str, values: tuple[object, ...] = (), /) -> list[tuple[Any, ...]]:
        return connection.execute(query, values).fetchall()

    rows = "FROM usage WHERE at >= unixepoch(?) AND at < unixepoch(?) + 86400"
    lines: tuple[tuple[str, int | None, Callable[[], object], str], ...] = (
        (
            f"top {figures.TOP} entries", 20, lambda: figures.top_entries(ask, span, nothing_urgent),
            f"SELECT entry, COUNT(*) {rows} GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
        ),
        (
            "answers by day", 10, lambda: figures.counted(ask, span),
            f"SELECT date(at, 'unixepoch'), command, outcome, place, language, COUNT(*) {rows} GROUP BY 1, 2, 3, 4, 5",
        ),
        ("people by day", None, lambda: figures.people_by_day(ask, span), ""),
        ("different people", 100, lambda: figures.different_people(ask, span), ""),
        (
            "p50 and p95", None, lambda: figures.percentiles(ask, span, (50, 95)),
            f"SELECT latency_ms {rows} ORDER BY 1",
        ),
        ("all of /stats", None, everything, ""),
    )  # fmt: skip
    print(f"{f'{days} days':>18}{'ms':>9}{'goal':>7}{'from rows, ms':>15}{'ratio':>8}")
    for name, goal, work, plain in lines:
        ours = best(work)
        line = f"{name:>18}{ours:>9.1f}{goal or '':>7}"
        if plain:
            theirs = best(lambda plain=plain: connection.execute(plain, span).fetchall())  # type: ignore[misc]
            line += f"{theirs:>15.0f}{theirs / ours:>8.0f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
