"""How the log is written: the same trouble once a minute, and nothing waits for whoever reads it."""

import contextlib
import json
import logging
import os
import queue
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Literal, TextIO

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


class AsJson(logging.Formatter):
    """Writes a line as an object: when, how bad, from where, what; with a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(line | ({"traceback": self.formatException(record.exc_info)} if record.exc_info else {}))


LINES = 1000
"""Lines that wait for whoever reads the log; more are dropped."""

PATIENCE = 1.0
"""Seconds that the end of the process waits for it."""


class Unhurried(logging.Handler):
    """Writes lines on a thread of its own; where nobody reads them, as in a full pipe, they are dropped and counted."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream; past its buffer, which would be locked for ever where the pipe is full."""
        super().__init__()
        self._file, self._encoding = stream.fileno(), stream.encoding
        self._lines = queue.Queue[str](LINES)
        self._dropped = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line over, and say how many were dropped before it."""
        try:
            if self._dropped:
                more = f"{self._dropped} lines of the log were dropped, as they were not read."
                said = logging.LogRecord(__name__, logging.WARNING, __file__, 0, more, None, None)
                self._lines.put_nowait(self.format(said))
                self._dropped = 0
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while True:
            data = f"{self._lines.get()}\n".encode(self._encoding, "backslashreplace")
            with contextlib.suppress(OSError):  # nobody is there any more
                while data:
                    data = data[os.write(self._file, data) :]
            self._lines.task_done()

    def flush(self) -> None:
        """Wait a moment until all is written."""
        with self._lines.all_tasks_done:
            self._lines.all_tasks_done.wait_for(lambda: not self._lines.unfinished_tasks, PATIENCE)


def log_to_stderr(form: Literal["plain", "json"]) -> None:
    """Have all that is logged written to stderr, for people or for programs."""
    handler = Unhurried(sys.stderr)
    handler.addFilter(Sparingly())
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(AsJson() if form == "json" else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("discord").setLevel(logging.WARNING)
    for noisy in ("discord.state", "discord.client"):  # warnings about intents and voice that this bot never needs
        logging.getLogger(noisy).setLevel(logging.ERROR)
