"""What the command line prints of figures and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.knowledge.due import Due
    from bot.knowledge.readability import Report
    from bot.store.statistics import Figures

WORST = 15
"""How many of the texts that are hardest to read are shown."""


def due_json(each: Due) -> dict[str, Any]:
    """Return an entry that is to be checked again, as JSON has it."""
    entry = each.entry
    return {
        "id": entry.id, "name": entry.name, "checked": entry.checked.isoformat(), "due": each.on.isoformat(),
        "overdue": each.overdue,
    }  # fmt: skip


def due_lines(late: Sequence[Due], numbers: Mapping[str, date]) -> Iterator[str]:
    """Yield the entries that are to be checked again, how many are overdue, and the countries whose numbers are."""
    overdue = sum(each.overdue for each in late)
    yield f"\nTo be checked against their sources again: {overdue} overdue, {len(late) - overdue} soon."
    for each in late:
        when = "overdue since" if each.overdue else "due on"
        yield f"  {when} {each.on}  {each.entry.folder}/{each.entry.id}.yaml, checked {each.entry.checked}"
    for code, day in numbers.items():
        yield f"  overdue, so not shown  helplines.yaml, `{code}`, checked {day}"


def level_json(level: Report) -> dict[str, Any]:
    """Return the reading level as JSON has it."""
    worst = [{"id": text.id, "grade": round(text.grade, 1), "text": text.text} for text in level.short.texts[:WORST]]
    return {
        "short": {**level.short.figures(), "worst": worst},
        "more": level.more.figures(),
        "short_with_names": level.with_names.figures(),
        "reached": level.reached,
    }


def level_lines(level: Report) -> Iterator[str]:
    """Yield the reading level, and the texts that are hardest to read."""
    from bot.knowledge.readability import GOAL, MOST, SHARE

    short, names = level.short, level.with_names
    yield (
        f"\nReading level of `short`, in school grades: median {short.median:.1f}, {short.over(GOAL)} over {GOAL} "
        f"(at most {1 - SHARE:.0%} is wanted), {short.over(MOST)} over {MOST} (none is wanted)."
    )
    yield f"Names counted too: median {names.median:.1f}, {names.over(GOAL)} over {GOAL}, {names.over(MOST)} over {MOST}."
    yield f"Of `more`: median {level.more.median:.1f}."
    yield "The hardest:"
    yield from (f"  {text.grade:4.1f}  {text.id}: {text.text}" for text in short.texts[:WORST])


def print_stats(found: dict[int, Figures]) -> None:
    """Print a column for each span of days."""

    def share(count: int, figures: Figures) -> str:
        named = figures.found + figures.offered + figures.nothing
        return f"{count / named:.0%}" if named else "-"

    def ms(time: float | None) -> str:
        return "-" if time is None else f"{time:g} ms"

    lines: dict[str, list[str]] = {
        "": ["today" if days == 1 else f"{days} days" for days in found],
        "answers": [str(f.answers) for f in found.values()],
        "people": ["fewer than 10" if f.people is None else f"at least {f.people}" for f in found.values()],
        "names found": [share(f.found, f) for f in found.values()],
        "names offered": [share(f.offered, f) for f in found.values()],
        "names not found": [share(f.nothing, f) for f in found.values()],
        "failed": [str(f.failed) for f in found.values()],
        "half ready within": [ms(f.p50) for f in found.values()],
        "95% ready within": [ms(f.p95) for f in found.values()],
    }
    for name, cells in lines.items():
        print(f"{name:18}" + "".join(f"{cell:>15}" for cell in cells))


def print_counts(figures: Figures) -> None:
    """Print what was counted apart: entries, languages, places, commands."""
    parts = {"shown most": figures.entries, "languages": figures.languages, "places": figures.places}
    for title, counts in (parts | {"commands": figures.commands}).items():
        if counts:
            print(f"\n{title}, {'today' if len(figures.days) == 1 else f'{len(figures.days)} days'}:")
            for name, count in counts.items():
                print(f"  {count:>8}  {name}")
    if figures.answered:
        print("\ndid it answer (yes, partly, no):")
    for name, said in figures.answered.items():
        print(f"  {'/'.join(map(str, said)):>8}  {name}")
