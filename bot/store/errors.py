"""The one error that the store raises, whatever keeps its rows."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from bot.errors import BAD_DATABASE, PlainError


class StoreUnavailable(PlainError):  # noqa: N818 (it is a state, that passes or is mended)
    """The database can't be used, now or at all; the text is one plain sentence for whoever runs the bot."""

    status = BAD_DATABASE

    def __init__(self, text: str, reason: str = "", *, lasts: bool = False, damaged: bool = False) -> None:
        """Take the sentence, and the database's own few words, for a line of the log."""
        super().__init__(text)
        self.reason = reason or text
        self.lasts = lasts
        """whether no waiting mends it"""
        self.damaged = damaged
        """whether it is a database that can't be read any more"""


def advice(path: Path, error: Exception) -> str:
    """Say in plain words why a file of the store can't be used, and what to do."""
    if getattr(error, "errno", 0) == errno.EROFS or _is_read_only(path.parent):
        return f"{path.parent} is on a disk that is mounted read-only; mount it so that it can be written to."
    if isinstance(error, PermissionError) or "readonly" in str(error) or not os.access(path.parent, os.W_OK):
        return (
            f"user {os.getuid() if hasattr(os, 'getuid') else '?'} may not write to {path.parent}; "
            "give the folder to that user, or name another one in database.url."
        )
    if getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error):
        return "there is no room left on the disk; make some."
    if "not a database" in str(error):
        return "it is no SQLite database; move the file away, or name another one in database.url."
    if "malformed" in str(error):
        return f"it is damaged ({error}); `immunobot restore` brings a backup back, or move the file away to begin anew."
    if "is locked" in str(error):
        return f"{error}, so another program is using it; try again in a minute."
    return f"{error}; check the folder, or name another file in database.url."


def _is_read_only(folder: Path) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except (OSError, AttributeError):
        return False
