"""Figures over days, read from the counts by day that each answer's transaction keeps."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, islice
from typing import Literal

from bot.store.database import Ask
from bot.store.usage import FEWEST, Store, today

NAMED = ("define", "therapy", "medicine", "condition", "compare")
"""Commands that ask for a name, which is found or isn't; a search or a list always offers, a page is always there."""

TOP = 20

FEWEST_URGENT = 5
"""Times that an entry about danger must have been shown to be among the figures: who was in danger is nobody's to guess."""

FEWEST_SAID = 5
"""Times that it must have been said of an entry whether it answered, for that to be shown."""

Said = Literal["yes", "partly", "no"]

Span = tuple[str, str]
"""The first and the last day, as the database writes them."""


@dataclass(frozen=True, slots=True)
class Day:
    """How much a day had, in UTC."""

    day: date
    answers: int
    people: int | None
    """None for fewer than ten, who are not counted"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in some days up to today, which is one of them."""

    days: tuple[Day, ...]
    """every day, also those on which nothing happened"""
    answers: int
    people: int | None
    """different people at least, each once, however many days they came on; None for fewer than ten"""
    found: int
    """of the questions for a name: it was served"""
    offered: int
    """close names were offered, or several share it"""
    nothing: int
    failed: int
    """answers that failed on the bot's side, of all commands"""
    p50: float | None
    """milliseconds until half of the answers were ready; at most 5% off, because times are kept to two digits"""
    p95: float | None
    entries: dict[str, int]
    """the entries that were shown most, at most 20; a page turned or a card shared is shown once more"""
    commands: dict[str, int]
    languages: dict[str, int]
    places: dict[str, int]
    answered: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """entry -> how often it was said to have answered, partly, and not; at most 20, those that failed most often first"""


async def say_whether(store: Store, entry: str, said: Said) -> bool:
    """Count whether an entry answered, and return that it is counted. Raises StoreUnavailable."""
    query = "INSERT INTO said_by_day VALUES (?, ?, ?, 1) ON CONFLICT (day, entry, said) DO UPDATE "
    query += "SET answers = said_by_day.answers + 1"
    await store.execute(query, (today(), entry, said))
    return True


async def read(store: Store, days: int, *, urgent: Callable[[str], bool], today: date | None = None) -> Figures:
    """Return the figures of so many days, today among them; all are of one moment, and no answer's row waits for them.

    `urgent` says of an entry's id whether it may be about danger. Raises StoreUnavailable.
    """
    last = today or datetime.now(UTC).date()
    first = last - timedelta(days=days - 1)
    span = (first.isoformat(), last.isoformat())

    def work(ask: Ask) -> Figures:
        answers = counted(ask, span)
        people = people_by_day(ask, span)
        by_day = Counter(_by(answers, 0))
        outcomes = Counter(_by({key: count for key, count in answers.items() if key[1] in NAMED}, 2))
        p50, p95 = percentiles(ask, span, (50, 95))
        return Figures(
            days=tuple(
                Day(day, by_day[day.isoformat()], people.get(day.isoformat()))
                for day in (first + timedelta(days=number) for number in range(days))
            ),
            answers=by_day.total(),
            people=different_people(ask, span),
            found=outcomes["served"],
            offered=outcomes["offered"] + outcomes["asked which"],
            nothing=outcomes["nothing"],
            failed=_by(answers, 2).get("failed", 0),
            p50=p50,
            p95=p95,
            entries=top_entries(ask, span, urgent),
            commands=_by(answers, 1),
            languages=_by(answers, 4),
            places=_by(answers, 3),
            answered=whether_answered(ask, span),
        )

    return await store.read(work)


def _by(answers: Mapping[tuple[str, ...], int], column: int) -> dict[str, int]:
    """Add up by one of the columns, the most first."""
    sums: Counter[str] = Counter()
    for key, count in answers.items():
        sums[key[column]] += count
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def counted(ask: Ask, span: Span) -> dict[tuple[str, ...], int]:
    """Return how many answers there were: (day, command, outcome, place, language) -> answers."""
    rows = ask("SELECT * FROM answers_by_day WHERE day BETWEEN ? AND ?", span)
    return {tuple(key): answers for *key, answers in rows}


def people_by_day(ask: Ask, span: Span) -> dict[str, int]:
    """Return how many people were counted on each day that had enough of them."""
    query = "SELECT day, COUNT(*) FROM people WHERE day BETWEEN ? AND ? GROUP BY day HAVING COUNT(*) >= ?"
    return dict(ask(query, (*span, FEWEST)))


def different_people(ask: Ask, span: Span) -> int | None:
    """Return how many different people were counted, None for too few."""
    ((people,),) = ask("SELECT COUNT(DISTINCT person) FROM people WHERE day BETWEEN ? AND ?", span)
    return int(people) if people >= FEWEST else None


def top_entries(ask: Ask, span: Span, urgent: Callable[[str], bool]) -> dict[str, int]:
    """Return the entries that were shown most, and how often; urgent ones only where that was often enough."""
    query = "SELECT entry, SUM(answers) FROM entries_by_day WHERE day BETWEEN ? AND ? GROUP BY entry ORDER BY 2 DESC, 1"
    found = ask(query, span)
    return dict(islice((row for row in found if row[1] >= FEWEST_URGENT or not urgent(row[0])), TOP))


def whether_answered(ask: Ask, span: Span) -> dict[str, tuple[int, int, int]]:
    """Return for entries how often they were said to answer, partly, and not; those that left most unanswered first."""
    query = """
    SELECT entry, SUM(CASE said WHEN 'yes' THEN answers ELSE 0 END), SUM(CASE said WHEN 'partly' THEN answers ELSE 0 END),
      SUM(CASE said WHEN 'no' THEN answers ELSE 0 END)
    FROM said_by_day WHERE day BETWEEN ? AND ? GROUP BY entry HAVING SUM(answers) >= ?
    ORDER BY SUM(CASE said WHEN 'no' THEN answers * 2 WHEN 'partly' THEN answers ELSE 0 END) DESC, entry LIMIT ?
    """
    return {entry: (yes, partly, no) for entry, yes, partly, no in ask(query, (*span, FEWEST_SAID, TOP))}


def percentiles(ask: Ask, span: Span, wanted: tuple[int, ...]) -> list[float | None]:
    """Return the time within which so many in a hundred answers were ready; None for each where there were none.

    It is the time of one of the answers (the nearest rank), as it is kept: to two significant digits, at most 5% off.
    """
    times = ask("SELECT ms, SUM(answers) FROM times_by_day WHERE day BETWEEN ? AND ? GROUP BY ms ORDER BY ms", span)
    passed = list(accumulate(answers for _, answers in times))
    return [times[bisect_left(passed, passed[-1] * percent / 100)][0] if times else None for percent in wanted]
