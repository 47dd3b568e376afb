"""Which entries should be checked against their sources again."""

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.knowledge.kinds import Calling, Entry, Kind, Symptom, Urgency
from bot.settings import Knowledge


@dataclass(frozen=True, slots=True)
class Due:
    """An entry whose check is too long ago, or soon will be."""

    entry: Entry
    on: date
    """the last day on which its check is not too old"""
    overdue: bool


def due(entries: Iterable[Entry], today: date, settings: Knowledge, asked: Mapping[str, int] | None = None) -> list[Due]:
    """Return the entries whose check is older than the settings let it be, or soon will be.

    Overdue ones come first; of them, what is shown most, by `asked`, and is most dangerous; then those due the longest.
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
    weights = {each.entry.id: weight(each.entry, asked or {}) for each in found}
    return sorted(
        found,
        key=lambda each: (not each.overdue, -weights[each.entry.id], each.on, each.entry.name.casefold(), each.entry.id),
    )


def weight(entry: Entry, asked: Mapping[str, int]) -> int:
    """Return how much hangs of an entry: how often it was shown, times how dangerous is what it is about."""
    danger = 1
    if isinstance(entry, Calling) and entry.call_now.urgencies():
        danger = 4 if entry.call_now.emergency or getattr(entry, "boxed", ()) else 2
    elif isinstance(entry, Symptom):
        danger = {Urgency.EMERGENCY: 8, Urgency.NOW: 4, Urgency.TODAY: 2}[entry.urgency]
    return danger * (1 + asked.get(entry.id, 0))


def months_after(day: date, months: int) -> date:
    """Return the same day of the month so many months later; the month's last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def as_json(each: Due) -> dict[str, Any]:
    """Return an entry that is to be checked again, as JSON has it."""
    entry = each.entry
    return {
        "id": entry.id, "name": entry.name, "checked": entry.checked.isoformat(), "due": each.on.isoformat(),
        "overdue": each.overdue,
    }  # fmt: skip


def lines_of(late: Sequence[Due], numbers: Mapping[str, date]) -> Iterator[str]:
    """Yield the entries that are to be checked again, how many are overdue, and the countries whose numbers are."""
    overdue = sum(each.overdue for each in late)
    yield f"\nTo be checked against their sources again: {overdue} overdue, {len(late) - overdue} soon."
    for each in late:
        when = "overdue since" if each.overdue else "due on"
        yield f"  {when} {each.on}  {each.entry.folder}/{each.entry.id}.yaml, checked {each.entry.checked}"
    for code, day in numbers.items():
        yield f"  overdue, so not shown  helplines.yaml, `{code}`, checked {day}"
