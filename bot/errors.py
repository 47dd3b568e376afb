"""The base of the errors that a person reads, and the exit statuses that the command line gives them."""

import os

# Those of sysexits.h: a supervisor should start the bot again after 69 alone (see README).
BAD_KNOWLEDGE = os.EX_DATAERR if hasattr(os, "EX_DATAERR") else 65
UNREACHABLE = 69  # Discord has no answer or no room now
BAD_DATABASE = 73
REFUSED = 77  # by Discord, for good: starting it again changes nothing
BAD_CONFIG = 78

USAGE = 2


class PlainError(Exception):
    """What went wrong, as one plain sentence: what, where, what to do. The command line prints that alone."""

    status = 1
    """the command line's exit status"""

    def __init__(self, text: str, status: int | None = None) -> None:
        """Take the sentence, and an exit status where it isn't the class's own."""
        super().__init__(text)
        if status is not None:
            self.status = status


def how_to_install(extra: str) -> str:
    """Return what to do where an extra of this project is missing: its name alone may be another's on the package index."""
    return f"run pip install '.[{extra}]' in the project's folder, or install the wheel with [{extra}]."
