"""What people really type, and misspell, gets them what they meant: the counts of benchmarks/quality.py reach their goals."""

from __future__ import annotations

import pytest

from benchmarks.quality import TABLES, Line, Measure, read_tables
from bot.knowledge.library import Snapshot

GOALS = (
    "wrong entries served",
    "misspellings: right one offered",
    "misspellings: right one first, or another medicine is nearer",
    "misspellings: right one in autocomplete, all typed (5+ letters)",
    "English phrases: on the first page of /search",
    "English phrases: served or offered by /define",
    "negative: what is not meant is reached",
)


@pytest.fixture(scope="module")
def measure(shipped: Snapshot) -> Measure:
    try:
        queries, typos = read_tables(TABLES)
    except FileNotFoundError as error:
        pytest.skip(f"the tables of queries and misspellings are not here ({error.filename})")
    return Measure(shipped, queries, typos)


@pytest.mark.parametrize("name", GOALS)
def test_a_goal_is_reached(measure: Measure, name: str) -> None:
    line = measure.line(name)
    assert line.rows > 0
    assert line.met, "\n".join([f"{line.share:.1%} of {line.rows}, goal {line.goal}", *line.failing])


def test_every_goal_of_the_table_is_among_these(measure: Measure) -> None:
    assert {line.what for line in measure.lines if line.goal is not None} == set(GOALS)


def test_most_rows_have_an_entry(measure: Measure) -> None:
    """The shares leave out rows without an entry: they would say nothing if those were many."""
    for name in GOALS[1:-1]:
        line = measure.line(name)
        assert line.without < 0.05 * (line.rows + line.without)


def test_a_missed_goal_is_seen() -> None:
    line = Line("shares", goal=0.9)
    for good in [True] * 8 + [False]:
        line.add(good)
    assert not line.met
    line.add(True)
    assert line.met
    assert not Line("wrong ones", goal=0, counts=True, failing=["one"]).met
