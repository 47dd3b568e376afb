"""The same trouble is said once a minute, with how often it came."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot import repeats

log = logging.getLogger("tests.repeats")


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.addFilter(repeats.Sparingly())

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    handler = Lines()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What time it is; set `now`."""
    clock = type("Clock", (), {"now": 0.0})()
    monkeypatch.setattr(repeats.time, "monotonic", lambda: clock.now)
    return clock


def test_trouble_is_said_once_a_minute_with_how_often_it_came(lines: Lines, clock: Any) -> None:
    for clock.now in (0.0, 1.0, 59.0, 61.0, 62.0, 122.0):
        log.warning("%d rows wait (%s).", int(clock.now), "locked")
    assert lines.said == [
        "0 rows wait (locked).",
        "61 rows wait (locked). (2 times more since it was said)",
        "122 rows wait (locked). (1 times more since it was said)",
    ]


def test_other_trouble_and_what_is_no_trouble_is_said_at_once(lines: Lines, clock: Any) -> None:
    for file in ("a.yaml", "b.yaml", "a.yaml"):
        log.error("%s is wrong.", file)
        log.info("%s was read.", file)
    assert lines.said == ["a.yaml is wrong.", "a.yaml was read.", "b.yaml is wrong.", "b.yaml was read.", "a.yaml was read."]


def test_no_more_than_so_many_kinds_are_remembered(lines: Lines, clock: Any) -> None:
    for _ in range(2):
        for kind in range(repeats.MOST + 1):
            log.warning("Trouble of kind %s.", f"no. {kind}")
    assert len(lines.said) == 2 * (repeats.MOST + 1)
