"""Send an answer: log it first, keep it within the limits, show it to the asker alone."""

from __future__ import annotations

import time
from typing import Any

import discord

from bot.commands.deps import Interaction, deps, place, spoken, where
from bot.replies.card import OVERVIEW, card
from bot.replies.reply import Reply, clamp
from bot.store.usage import Outcome, Use

MOST_KEPT = 300
"""Finished cards kept in memory; the entries that most people ask for are far fewer."""


async def log_use(
    interaction: Interaction, command: str, outcome: Outcome, entry: str | None = None, *, counted: bool = True
) -> None:
    """Log one answer without its asker, and count the asker without the answer; waits at most 50 ms."""
    started = interaction.extras.get("started", time.perf_counter())
    use = Use(
        interaction_id=interaction.id,
        at=int(interaction.created_at.timestamp()),
        command=command,
        entry=entry,
        outcome=outcome,
        latency_ms=round((time.perf_counter() - started) * 1000, 3),
        place=place(interaction),
        language=spoken(interaction).code,
    )
    interaction.extras["logged"] = True
    await deps(interaction).store.record(use, interaction.user.id if counted else None)


async def answer(
    interaction: Interaction, reply: Reply, *, command: str, outcome: Outcome = "served", entry: str | None = None
) -> None:
    """Log the use, then send the reply to the asker alone."""
    await log_use(interaction, command, outcome, entry)
    await interaction.response.send_message(**message(reply), ephemeral=True)


async def answer_card(interaction: Interaction, entry_id: str, *, command: str, tab: str = OVERVIEW) -> bool:
    """Log the use, then send an entry's card to the asker alone; return False where there is no such entry."""
    sendable = card_message(interaction, entry_id, tab)
    if sendable is None:
        return False
    await log_use(interaction, command, "served", entry_id)
    await interaction.response.send_message(**sendable, ephemeral=True)
    return True


def card_message(interaction: Interaction, entry_id: str, tab: str = OVERVIEW) -> dict[str, Any] | None:
    """Return an entry's card as discord.py sends it, made once for all who ask the same; None where the entry is gone."""
    snapshot, lang, here = deps(interaction).library.current, spoken(interaction), where(interaction)
    key = (entry_id, lang.code, here, tab)
    if key not in snapshot.memo:
        reply = card(snapshot, entry_id, lang, here, tab)
        if reply is None:
            return None
        if len(snapshot.memo) >= MOST_KEPT:
            snapshot.memo.clear()
        snapshot.memo[key] = message(reply)
    kept: dict[str, Any] = snapshot.memo[key]
    return kept


def message(reply: Reply) -> dict[str, Any]:
    """Return a reply as discord.py sends it, within Discord's limits."""
    clamped = clamp(reply)
    view = clamped.view()
    return {
        "content": clamped.content or None,
        "embeds": list(clamped.embeds),
        "allowed_mentions": discord.AllowedMentions.none(),
    } | ({"view": view} if view else {})


def edited(reply: Reply) -> dict[str, Any]:
    """Return a reply as discord.py puts it in place of a message: what it lacks is taken away."""
    return {"view": None} | message(reply)
