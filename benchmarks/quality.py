"""Count how often the knowledge gives what people meant: real search phrases and misspellings made by rule.

    python benchmarks/quality.py [FOLDER] [--knowledge FOLDER] [--show]

FOLDER holds queries.tsv and typos.tsv. The exit status is 1 where a goal is missed. A row counts where the knowledge has
an entry for what it means; the last column is the share of all rows, those without an entry included.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import OSA

from bot.features.cards.offers import offered
from bot.knowledge.kinds import Kind
from bot.knowledge.library import Snapshot, build
from bot.knowledge.names import normalise

TABLES = Path(__file__).resolve().parent.parent.parent / "shared" / "knowledge"
SHIPPED = Path(__file__).resolve().parent.parent / "knowledge"

PAGE = 5
"""Entries on a page of /search."""

MOST = 25
"""Entries that /search ranks and that autocomplete shows."""

TYPED = 5
"""Autocomplete has to cope with a slip from this many letters on."""

_MUST_NOT = re.compile(r"must NOT lead to (.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """What someone typed, and what they meant."""

    text: str
    meant: tuple[str, ...]
    group: str
    real: bool = True
    not_meant: str = ""


@dataclass
class Line:
    """A line of the table: the share of rows that are as they should be, or, where it counts, how many are not."""

    what: str
    goal: float | None = None
    counts: bool = False
    good: int = 0
    rows: int = 0
    without: int = 0
    failing: list[str] = field(default_factory=list)

    def add(self, good: bool, why: str = "") -> None:
        """Count a row."""
        self.rows += 1
        self.good += good
        if not good:
            self.failing.append(why)

    @property
    def share(self) -> float:
        """The share of the rows whose entry the knowledge has."""
        return self.good / self.rows if self.rows else 1.0

    @property
    def share_of_all(self) -> float:
        """The share of all rows; one without an entry is a miss."""
        return self.good / (self.rows + self.without) if self.rows + self.without else 1.0

    @property
    def met(self) -> bool:
        """Whether the goal is reached; a line without a goal always is."""
        if self.goal is None:
            return True
        return len(self.failing) <= self.goal if self.counts else self.share >= self.goal

    def figures(self) -> tuple[str, ...]:
        """Return the goal, what is, the rows, those without an entry, and the share of all."""
        goal = "" if self.goal is None else f"{self.goal:.0f}" if self.counts else f"{self.goal:.0%}"
        value = str(len(self.failing)) if self.counts else f"{self.share:.1%}"
        return goal, value, str(self.rows), str(self.without), "" if self.counts else f"{self.share_of_all:.1%}"


def read_tables(folder: Path) -> tuple[list[Row], list[Row]]:
    """Return the rows of queries.tsv and of typos.tsv. Raises FileNotFoundError where one is absent."""
    queries, typos = (_read(folder / name) for name in ("queries.tsv", "typos.tsv"))
    return (
        [
            Row(r["query"], tuple(c.strip() for c in r["concepts"].split(";")), r["type"], r["real"].startswith("yes"),
                m[1] if (m := _MUST_NOT.search(r["extra"] or "")) else "")
            for r in queries
        ],
        [Row(r["query"], (r["concept"],), r["rule"]) for r in typos],
    )  # fmt: skip


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Measure:
    """The counts over both tables, on one snapshot."""

    def __init__(self, snapshot: Snapshot, queries: Sequence[Row], typos: Sequence[Row]) -> None:
        self.snapshot = snapshot
        self.index = snapshot.index
        self.medicines = [
            (entry.id, normalise(name))
            for entry in snapshot.entries.values() if entry.kind is Kind.MEDICINE for name in entry.names()
        ]  # fmt: skip
        kinds: defaultdict[str, list[Row]] = defaultdict(list)
        for row in queries:
            kinds[_sort(row)].append(row)
        self.lines: list[Line] = []
        self._served("wrong entries served", [*queries, *typos], goal=0)
        self._served("  to misspellings", [*typos, *kinds["misspelling"]])
        self._misspellings([*typos, *kinds["misspelling"]])
        self._phrases("English phrases", kinds["English"], goals=(0.95, 0.85))
        self._phrases("Spanish phrases", kinds["Spanish"])
        self._phrases("questions from page headings", kinds["question"])
        self._choices(kinds["ambiguous"])
        self._not_meant(kinds["negative"])

    def line(self, name: str) -> Line:
        """Return a line by what it says."""
        return next(line for line in self.lines if line.what == name)

    def meant(self, row: Row) -> set[str]:
        """Return the entries that are right for a row: every one that has the name of what is meant."""
        return {i for concept in row.meant for i in self.index.exact(concept)}

    def define(self, text: str) -> list[str]:
        """Return what /define answers with: the one entry, those that share the name, or those it offers."""
        return list(self.index.exact(text) or offered(self.snapshot, text))

    def _line(self, what: str, goal: float | None = None, counts: bool = False) -> Line:
        self.lines.append(Line(what, goal, counts))
        return self.lines[-1]

    def _known(self, rows: Iterable[Row], *lines: Line) -> list[tuple[Row, set[str]]]:
        """Return the rows that the knowledge has an entry for; count the others on these lines."""
        pairs = [(row, self.meant(row)) for row in rows]
        for line in lines:
            line.without += sum(not meant for _, meant in pairs)
        return [(row, meant) for row, meant in pairs if meant]

    def _served(self, what: str, rows: Sequence[Row], goal: float | None = None) -> None:
        """Count entries served that are not meant, and apart from them those that are finer or broader than what is meant.

        An entry is served under its own name alone. Where the row means a broader entry that is linked with it (CML, and
        the row means leukemia), it is no wrong one; a row may be judged otherwise, so these are counted where all see them.
        """
        line = self._line(what, goal, counts=True)
        own = self._line("  served under its own name, and linked with what the row means", counts=True)
        for row, meant in self._known(rows, line, own):
            found = self.index.exact(row.text)
            not_meant = len(found) == 1 and found[0] not in meant
            linked = not_meant and self._linked(found[0], meant)
            told = f"{_told(row)}: served {found[0] if found else ''}"
            line.add(not not_meant or linked, told)
            own.add(not linked, told)

    def _linked(self, entry_id: str, meant: set[str]) -> bool:
        """Say whether an entry and what was meant link to each other."""
        entries = self.snapshot.entries
        return bool(meant & set(entries[entry_id].links())) or any(entry_id in entries[i].links() for i in meant)

    def _misspellings(self, rows: Sequence[Row]) -> None:
        shown = self._line("misspellings: right one offered", goal=0.97)
        first = self._line("misspellings: right one first, or another medicine is nearer", goal=0.93)
        close = self._line("misspellings: right one close, whatever /define makes of it")
        whole = self._line(f"misspellings: right one in autocomplete, all typed ({TYPED}+ letters)", goal=0.97)
        strokes = self._line(f"misspellings: right one in autocomplete, each keystroke from {TYPED} letters")
        rules: dict[str, tuple[Line, Line]] = {}
        for group in dict.fromkeys(row.group for row in rows):
            rules[group] = (self._line(f"  {group}: offered"), self._line(f"  {group}: in autocomplete"))
        for row, meant in self._known(rows, shown, first, close, whole):
            answer = self.define(row.text)
            is_shown = bool(meant & set(answer))
            told = f"{_told(row)}: {_list(answer)}"
            shown.add(is_shown, told)
            rules[row.group][0].add(is_shown, told)
            is_first = is_shown and (answer[0] in meant or self._nearer_medicine(row.text, meant) in answer)
            first.add(is_first, told)
            close.add(bool(meant & {*self.index.exact(row.text), *self.index.close(row.text)}), told)
            for length in range(TYPED, len(row.text) + 1):
                found = self.suggested(row.text[:length])
                good = bool(meant & set(found))
                strokes.add(good, f"{row.text[:length]}| {_told(row)}")
                if length == len(row.text):
                    whole.add(good, f"{_told(row)}: {_list(found)}")
                    rules[row.group][1].add(good)

    def suggested(self, text: str) -> list[str]:
        """Return the entries that autocomplete shows, in order; a row that leads to no single entry leads nowhere."""
        picked = (self.index.exact(s.value) for s in self.index.suggest(text, most=MOST))
        return [found[0] for found in picked if len(found) == 1]

    def _nearer_medicine(self, text: str, meant: set[str]) -> str | None:
        """Return the medicine that is nearest to a text where that is nearer than every name of what was meant."""
        same = normalise(text)
        mine = min(
            OSA.distance(same, normalise(name)) for i in meant for name in self.snapshot.entries[i].names()
        )  # fmt: skip
        others = [(OSA.distance(same, name, score_cutoff=mine), i) for i, name in self.medicines if i not in meant]
        distance, nearest = min(others, default=(mine, ""))
        return nearest if distance < mine else None

    def _phrases(self, what: str, rows: Sequence[Row], goals: tuple[float | None, float | None] = (None, None)) -> None:
        page = self._line(f"{what}: on the first page of /search", goal=goals[0])
        any_page = self._line(f"{what}: anywhere in /search")
        define = self._line(f"{what}: served or offered by /define", goal=goals[1])
        served = self._line(f"{what}: served by /define")
        for row, meant in self._known(rows, page, any_page, define, served):
            found = self.snapshot.search.find(row.text, most=MOST)
            answer = self.define(row.text)
            page.add(bool(meant & set(found[:PAGE])), f"{_told(row)}: {_list(found)}")
            any_page.add(bool(meant & set(found)), f"{_told(row)}: {_list(found)}")
            define.add(bool(meant & set(answer)), f"{_told(row)}: {_list(answer)}")
            exact = self.index.exact(row.text)
            served.add(len(exact) == 1 and exact[0] in meant)

    def _choices(self, rows: Sequence[Row]) -> None:
        choice = self._line("ambiguous: a choice")
        among = self._line("  with one that is meant")
        for row, meant in self._known(rows, choice, among):
            answer = self.define(row.text)
            choice.add(len(answer) > 1, f"{_told(row)}: {_list(answer)}")
            among.add(len(answer) > 1 and bool(meant & set(answer)), f"{_told(row)}: {_list(answer)}")

    def _not_meant(self, rows: Sequence[Row]) -> None:
        line = self._line("negative: what is not meant is reached", goal=0, counts=True)
        for row in rows:
            wrong = set(self.index.exact(row.not_meant))
            if not wrong:
                line.without += 1
                continue
            ways: dict[str, Callable[[str], list[str]]] = {
                "/define": self.define,
                "autocomplete": self.suggested,
                "/search, first page": lambda text: self.snapshot.search.find(text)[:PAGE],
            }
            reached = [way for way, find in ways.items() if wrong & set(find(row.text))]
            line.add(not reached, f"{row.text} -> {row.not_meant}: by {', '.join(reached)}")


def _sort(row: Row) -> str:
    """Return which lines a row of queries.tsv counts on."""
    marks = {"ambiguous": "(ambiguous)", "negative": "(negative)", "Spanish": "(es)", "misspelling": "misspelling"}
    for name, mark in marks.items():
        if mark in row.group:
            return name
    return "English" if row.real else "question"


def _told(row: Row) -> str:
    return f"{row.text} -> {'; '.join(row.meant)} [{row.group}]"


def _list(ids: Sequence[str]) -> str:
    return ", ".join(ids[:8]) + (" ..." if len(ids) > 8 else "") if ids else "nothing"


def report(lines: Sequence[Line], show: bool) -> str:
    """Return the table, and the failing rows below it."""
    width = max(len(line.what) for line in lines)
    out = [f"{'':{width}}    goal      is   rows  no entry  of all"]
    for line in lines:
        goal, value, rows, without, of_all = line.figures()
        missed = "" if line.met else "  MISSED"
        out.append(f"{line.what:{width}}  {goal:>6}  {value:>6}  {rows:>5}  {without:>8}  {of_all:>6}{missed}".rstrip())
    for line in lines:
        if any(line.failing) and (show or (line.counts and line.goal is not None)):
            out += ["", f"{line.what.strip()}: {len(line.failing)}", *(f"  {why}" for why in line.failing if why)]
    return "\n".join(out)


def main() -> int:
    """Print the table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=TABLES, help="holds queries.tsv and typos.tsv")
    parser.add_argument("--knowledge", type=Path, default=SHIPPED, help="the knowledge folder")
    parser.add_argument("--show", action="store_true", help="list the failing rows")
    options = parser.parse_args()
    try:
        queries, typos = read_tables(options.folder)
    except FileNotFoundError as error:
        print(f"{error.filename} is not there: name the folder that holds queries.tsv and typos.tsv.")
        return 2
    lines = Measure(build([options.knowledge]), queries, typos).lines
    print(report(lines, options.show))
    return 0 if all(line.met for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
