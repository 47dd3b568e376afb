"""What someone typed, as it can be shown."""

from __future__ import annotations

import discord

MOST_TYPED = 80


def typed(text: str) -> str:
    """Return what someone typed as it can be shown: one line, at most 80 characters, no markdown, no mention, no link."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = text[: MOST_TYPED - 1] + "…" if len(text) > MOST_TYPED else text
    # First, because markdown inside an address would be left alone.
    text = text.replace("://", ":\u200b//")
    text = discord.utils.escape_mentions(discord.utils.escape_markdown(text, as_needed=False))
    return text.replace("<", "\\<")
