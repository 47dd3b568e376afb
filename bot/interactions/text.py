"""What someone typed, as it can be shown."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import discord

from bot.interactions.limits import size

MOST_TYPED = 80

_JOINERS = "\u200c\u200d"
"""Nobody sees them, but words of Persian, Hindi and others are written with them, and emoji joined."""

_ISOLATED = "\u2068{}\u2069"
"""What is written from right to left, so that the sentence it stands in keeps its order
(https://www.w3.org/International/questions/qa-bidi-unicode-controls)."""


def typed(text: str) -> str:
    """Return what someone typed as it can be shown: one line, at most 80 characters, no markdown, no mention, no link."""
    text = cleaned(text)
    text = text[: MOST_TYPED - 1] + "…" if len(text) > MOST_TYPED else text
    # First, because markdown inside an address would be left alone.
    text = text.replace("://", ":\u200b//")
    text = discord.utils.escape_mentions(discord.utils.escape_markdown(text, as_needed=False))
    text = text.replace("<", "\\<")
    return _ISOLATED.format(text) if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text) else text


def escaped(text: str) -> str:
    """Return a text as it is, where markdown would change it."""
    return discord.utils.escape_markdown(text)


def cleaned(text: str) -> str:
    """Return a text in one line, without what nobody sees; for a button's label, say, where nothing needs to be inert."""
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in text).split())


def typed_whole(text: str, most: int) -> str:
    """Return all that someone typed as it can be shown, as inert, its lines kept; cut to so many units, with an ellipsis.

    Every mark has a backslash before it: whatever it begins, Discord then shows the mark itself.
    """
    text = re.sub("\n{3,}", "\n\n", "\n".join(cleaned(line) for line in text.strip().splitlines()))
    parts: list[str] = []
    left = most - 1
    for letter in text:
        shown = f"\\{letter}" if letter in string.punctuation else letter
        left -= size(shown)
        if left < 0:
            return "".join(parts).rstrip() + "…"
        parts.append(shown)
    return "".join(parts)


def texts_in(message: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text that a reader sees of a message, as Discord's JSON has it: what it forwards and embeds, too."""
    yield message.get("content") or ""
    for embed in message.get("embeds", ()):
        yield from (embed.get(part) or "" for part in ("title", "description"))
        yield from ((embed.get("author") or {}).get("name") or "", (embed.get("footer") or {}).get("text") or "")
        for field in embed.get("fields", ()):
            yield from (field.get("name") or "", field.get("value") or "")
    yield from _texts_of_components(message.get("components", ()))
    for forwarded in message.get("message_snapshots", ()):
        yield from texts_in(forwarded.get("message") or {})


def _texts_of_components(components: Any) -> Iterator[str]:
    """Yield what text displays say, wherever they stand; labels of buttons are no text of the message."""
    for component in components:
        yield component.get("content") or ""
        yield from _texts_of_components(component.get("components", ()))
