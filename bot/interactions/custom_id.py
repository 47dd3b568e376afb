"""The ids of buttons, selects and forms: all that a press needs, so that it works after a restart."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from bot.language import spoken

VERSION = "im1"
"""Starts every id; raised when old ids could be misread, so that older buttons say that they have expired."""

LONGEST = 100
"""Discord's limit of an id."""

MOST_TEXT = 60
"""Bytes of a text that an id can carry: 80 of its 100 characters, as base64."""

_PART = re.compile(r"[A-Za-z0-9_-]*")
_ACTION = re.compile(r"[a-z]+")
_START = re.compile(rf"{VERSION}(?:\.([a-z]+))?")


def join(action: str, *parts: str) -> str:
    """Return the id for an action and its arguments, in the language where that was chosen.

    Raises ValueError for one that no press could be read from.
    """
    start = f"{VERSION}.{spoken().code}" if spoken().chosen else VERSION
    whole = ":".join((start, action, *parts)).rstrip(":")
    if len(whole) > LONGEST or not _ACTION.fullmatch(action) or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError(f"no id for a press: {whole}")
    return whole


def split(custom_id: str) -> tuple[str, list[str]] | None:
    """Return the action and the arguments that an id says; None for one of another version or another bot."""
    start, *rest = custom_id.split(":")
    if (
        not _START.fullmatch(start)
        or not rest
        or not _ACTION.fullmatch(rest[0])
        or not all(_PART.fullmatch(part) for part in rest)
    ):
        return None
    return rest[0], rest[1:]


def in_language(custom_id: str, code: str) -> str:
    """Return the same id, for an answer in this language."""
    return ":".join((f"{VERSION}.{code}", *custom_id.split(":")[1:]))


def language_of(custom_id: str) -> str:
    """Return the code of the language that an id asks for; empty where none was chosen."""
    start = _START.fullmatch(custom_id.split(":")[0])
    return (start[1] or "") if start else ""


def encode_text(text: str) -> str:
    """Return a text, cut to what an id can carry, in the letters that an id may have."""
    kept = text.encode()[:MOST_TEXT].decode(errors="ignore")
    return urlsafe_b64encode(kept.encode()).decode().rstrip("=")


def decode_text(text: str) -> str:
    """Return the text that an id carries; empty for one that is damaged."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""
