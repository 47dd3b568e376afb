"""Say the same trouble once a minute, with how often it came: thousands of equal lines tell less, and fill disks."""

from __future__ import annotations

import logging
import time

SECONDS = 60.0
"""How often the same trouble is said."""

MOST = 1000
"""Kinds of trouble remembered at once; beyond that, the one said longest ago is said anew."""


class Sparingly(logging.Filter):
    """Lets a warning or an error through once a minute; the next one says how many were left out.

    Put on a handler, it holds for whatever logs, without a word from there. Lines are the same where logger, text and
    what is put into it are, numbers apart: write what differs each time as a number, or leave it out. An error's traceback
    goes with the first of a minute.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is logged now."""
        if record.levelno < logging.WARNING:
            return True
        given = record.args.values() if isinstance(record.args, dict) else record.args or ()
        line = record.name, record.msg, *(str(each) for each in given if not isinstance(each, int | float))
        now = time.monotonic()
        at, more = self._said.get(line, (-SECONDS, 0))
        if now - at < SECONDS:
            self._said[line] = at, more + 1
            return False
        self._said.pop(line, None)
        self._said[line] = now, 0
        if len(self._said) > MOST:
            del self._said[next(iter(self._said))]
        if more:
            record.msg = f"{record.msg} ({more} times more since it was said)"
        return True
