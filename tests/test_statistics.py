"""Figures are what a plain count of the answers gives, however old the answers are, and name nobody."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.features.figures.stats import described
from bot.language import language
from bot.store import privacy
from bot.store.statistics import NAMED, Figures, read
from bot.store.usage import Store, Use

from .conftest import spoken_in
from .test_store import made_by, rows, use

TODAY = date(2026, 11, 22)
NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
DAY = 86_400

COMMANDS = ("define", "medicine", "search", "page")
OUTCOMES = ("served", "offered", "asked which", "nothing", "failed")
PLACES = ("server", "direct message", "user install")


def nothing(_: str) -> bool:
    """Say that no entry is urgent."""
    return False


async def figures_of(path: Path, days: int, urgent: Callable[[str], bool] = nothing, today: date | None = TODAY) -> Figures:
    """The figures of a database, as whoever runs the bot reads them."""
    store = await Store.open_without_key(path)
    try:
        return await read(store, days, urgent=urgent, today=today)
    finally:
        await store.close()


def day_of(row: Use) -> date:
    return datetime.fromtimestamp(row.at, UTC).date()


def plainly(written: list[Use], days: int) -> dict[str, Any]:
    """The figures, counted from the answers one by one."""
    first = TODAY - timedelta(days=days - 1)
    kept = [row for row in {row.interaction_id: row for row in reversed(written)}.values() if first <= day_of(row) <= TODAY]
    named = Counter(row.outcome for row in kept if row.command in NAMED)
    times = sorted(row.latency_ms for row in kept)
    return {
        "answers": len(kept),
        "found": named["served"],
        "offered": named["offered"] + named["asked which"],
        "nothing": named["nothing"],
        "failed": sum(row.outcome == "failed" for row in kept),
        "entries": dict(Counter(row.entry for row in kept if row.entry and row.outcome == "served")),
        "commands": dict(Counter(row.command for row in kept)),
        "languages": dict(Counter(row.language for row in kept)),
        "places": dict(Counter(row.place for row in kept)),
        "by_day": [sum(day_of(row) == first + timedelta(days=number) for row in kept) for number in range(days)],
        "p50": times[-(-len(times) * 50 // 100) - 1] if times else None,
        "p95": times[-(-len(times) * 95 // 100) - 1] if times else None,
    }


def same(figures: Figures, plain: dict[str, Any]) -> None:
    for name in ("answers", "found", "offered", "nothing", "failed", "entries", "commands", "languages", "places"):
        assert getattr(figures, name) == plain[name], name
    assert [day.answers for day in figures.days] == plain["by_day"]
    for percentile in ("p50", "p95"):
        exact = plain[percentile]
        assert getattr(figures, percentile) == (None if exact is None else pytest.approx(exact, rel=0.05)), percentile


uses = st.builds(
    Use,
    interaction_id=st.integers(1, 60),  # some are sent twice
    at=st.integers(NOON - 12 * DAY, NOON + DAY),
    command=st.sampled_from(COMMANDS),
    entry=st.sampled_from((None, "t-cell", "tnf", "til")),
    outcome=st.sampled_from(OUTCOMES),
    latency_ms=st.floats(0.001, 5_000).map(lambda ms: round(ms, 3)),
    place=st.sampled_from(PLACES),
    language=st.sampled_from(("en", "es")),
)


@given(written=st.lists(uses, max_size=60), days=st.sampled_from((1, 7, 30)))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_are_what_a_plain_count_gives(
    written: list[Use], days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("figures") / "immunobot.db"

    async def figures() -> Figures:
        store = await Store.open(path)
        for row in written:
            await store.record(row, None)
        await store.close()
        return await figures_of(path, days)

    same(asyncio.run(figures()), plainly(written, days))


async def test_rows_from_before_counts_were_kept_are_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    older = made_by(path, 6)
    chance = random.Random(7)
    written = [
        use(number, at=NOON - chance.randrange(40 * DAY), command=chance.choice(COMMANDS), outcome=chance.choice(OUTCOMES),
            entry=chance.choice((None, "t-cell", "tnf")), latency_ms=round(chance.expovariate(0.2) + 0.1, 3))
        for number in range(300)
    ]  # fmt: skip
    insert = "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    for row in written:
        values = (row.interaction_id, row.at, row.command, row.entry, row.outcome, row.latency_ms, row.place, row.language)
        older.execute(insert, values)
    gone = [row.latency_ms for row in written[:100]]
    older.execute("DELETE FROM usage WHERE interaction_id < 100")  # these have left counts alone
    older.close()
    figures = await figures_of(path, 40)
    plain = plainly(written, 40)
    times = sorted(
        row.latency_ms for row in written if row.latency_ms not in gone and day_of(row) > TODAY - timedelta(days=40)
    )
    plain["p50"], plain["p95"] = (times[-(-len(times) * percent // 100) - 1] for percent in (50, 95))
    same(figures, plain)
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'usage_days'") == []


async def test_an_empty_database_has_figures_and_every_day(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    await (await Store.open(path)).close()
    figures = await figures_of(path, 7)
    assert (figures.answers, figures.people, figures.p50, figures.entries) == (0, None, None, {})
    assert [day.day for day in figures.days] == [TODAY - timedelta(days=back) for back in range(6, -1, -1)]
    assert spoken_in(language("en"), described, figures)


async def test_a_day_begins_at_midnight_utc(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    midnight = NOON - DAY // 2
    for number, at in enumerate((midnight - 1, midnight, midnight + DAY - 1, midnight + DAY)):
        await store.record(use(number, at=at, entry=f"entry-{number}", latency_ms=float(number)), None)
    await store.close()
    today = await figures_of(path, 1)
    assert (today.answers, today.p50, today.p95) == (2, 1.0, 2.0)
    assert today.entries == {"entry-1": 1, "entry-2": 1}
    assert [day.answers for day in (await figures_of(path, 2)).days] == [1, 2]


async def test_what_expires_changes_no_figure_but_the_people(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    now = int(time.time())
    for number in range(30):
        await store.record(use(number, at=now - number * 10 * DAY, latency_ms=float(number + 1)), 42)
    before = await read(store, 300, urgent=nothing)
    assert await privacy.expire(store, 90) == 20
    assert await read(store, 300, urgent=nothing) == before
    assert before.answers == 30
    await store.close()


async def test_people_count_once_however_often_they_come_and_fewer_than_ten_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    days = [(TODAY - timedelta(days=back)).isoformat() for back in range(4)]
    for day, people in ((days[0], range(12)), (days[1], range(5, 20)), (days[3], range(50, 59))):
        for person in people:
            await store.execute("INSERT INTO people VALUES (?, ?)", (day, str(person)))
    assert (figures := await figures_of(path, 5)).people == 29
    assert [day.people for day in figures.days] == [None, None, None, 15, 12]
    assert (await figures_of(path, 2)).people == 20
    assert (await figures_of(path, 3, today=TODAY - timedelta(days=2))).people is None
    await store.close()


async def test_how_often_few_were_in_danger_is_shown_to_nobody(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    for number in range(14):
        entry = ("chest-pain", "t-cell", "cough", "chest-pain", "chest-pain")[number % 5]
        await store.record(use(number, at=NOON - number % 2 * DAY, entry=entry), None)
    await store.close()

    def urgent(entry: str) -> bool:
        return entry in ("chest-pain", "cough")

    assert (await figures_of(path, 2, urgent)).entries == {"chest-pain": 8, "t-cell": 3}
    assert (await figures_of(path, 1, urgent)).entries == {"t-cell": 1}


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.store.usage import Store, Use
async def write(path, first):
    store = await Store.open(path)
    for number in range(first, first + 150):
        use = Use(number, {at}, "define", "t-cell", "served", 1.0, "server", "en")
        await store.record(use, None)
    await store.close()
asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
"""


def test_two_processes_that_write_at_once_are_counted_right(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    code = WRITER.replace("{at}", str(NOON))
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), str(first)]) for first in (0, 150)]
    assert [process.wait() for process in both] == [0, 0]
    figures = asyncio.run(figures_of(path, 1))
    assert (figures.answers, figures.entries, figures.p50) == (300, {"t-cell": 300}, 1.0)


async def test_figures_are_read_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    await store.record(use(1, at=NOON), None)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert (await read(store, 1, urgent=nothing, today=TODAY)).answers == 1
    lock.execute("COMMIT")
    lock.close()
    await store.close()
