"""Which entries should be checked against their sources again."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.knowledge.kinds import Entry, Kind
from bot.settings import Knowledge


@dataclass(frozen=True, slots=True)
class Due:
    """An entry whose check is too long ago, or soon will be."""

    entry: Entry
    on: date
    """the last day on which its check is not too old"""
    overdue: bool


def due(entries: Iterable[Entry], today: date, settings: Knowledge) -> list[Due]:
    """Return the entries whose check is older than the settings let it be, or soon will be.

    Those that have been due the longest come first.
    """
    last = today + timedelta(days=settings.due_soon_days)
    days: dict[tuple[date, int], date] = {}
    found = []
    for entry in entries:
        key = (entry.checked, settings.due_months_medicines if entry.kind is Kind.MEDICINE else settings.due_months)
        if key not in days:  # most entries share a few days
            days[key] = months_after(*key)
        if days[key] <= last:
            found.append(Due(entry, days[key], days[key] < today))
    return sorted(found, key=lambda each: (each.on, each.entry.name.casefold(), each.entry.id))


def months_after(day: date, months: int) -> date:
    """Return the same day of the month so many months later; the month's last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
