"""Send an answer: log it first, keep it within the limits, show it to the asker alone or where everyone may see it."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import discord

from bot.commands.deps import Interaction, deps, for_all, place, spoken, where
from bot.knowledge.kinds import is_urgent
from bot.replies.answers import shared
from bot.replies.card import OVERVIEW, Where, card
from bot.replies.reply import Reply, clamp
from bot.store.errors import StoreUnavailable
from bot.store.usage import Outcome, Use

log = logging.getLogger(__name__)

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
    interaction: Interaction,
    reply: Reply,
    *,
    command: str,
    outcome: Outcome = "served",
    entry: str | None = None,
    visible: bool = False,
) -> None:
    """Log the use, then send the reply to the asker alone.

    `visible` says that it may be seen by everyone, where the server's managers want that: it comes from the knowledge
    alone, repeats nothing that anyone typed, and answers no words of danger and no press (what others see stays as it is).
    """
    visible = visible and for_all(interaction)
    await log_use(interaction, command, outcome, entry)
    if visible:
        reply = shared(reply, seal(interaction), spoken(interaction))
    await interaction.response.send_message(**message(reply), ephemeral=not visible)


async def answer_card(
    interaction: Interaction, entry_id: str, *, command: str, tab: str = OVERVIEW, visible: bool = False
) -> bool:
    """Log the use, then send an entry's card to the asker alone; return False where there is no such entry.

    `visible` is as in `answer`; an urgent entry is its asker's alone all the same.
    """
    if visible and for_all(interaction):
        entry, reply = deps(interaction).library.current.entries.get(entry_id), copy(interaction, entry_id, tab)
        if entry is not None and reply is not None and not is_urgent(entry):
            await answer(interaction, reply, command=command, entry=entry_id, visible=True)
            return True
    sendable = card_message(interaction, entry_id, tab)
    if sendable is None:
        return False
    await log_use(interaction, command, "served", entry_id)
    await interaction.response.send_message(**sendable, ephemeral=True)
    return True


@contextlib.asynccontextmanager
async def in_time(interaction: Interaction, *, new: bool) -> AsyncIterator[None]:
    """Let the database take its time: Discord waits after this; where it refuses, the asker is told to try again.

    `new` begins an answer of its own; otherwise the pressed message is changed.
    """
    await interaction.response.defer(ephemeral=True, thinking=new)
    try:
        yield
    except StoreUnavailable as error:
        log.warning("The database could not be reached (%s); the asker was told to try again.", error.reason)
        _ = spoken(interaction).gettext
        await interaction.followup.send(_("I can't reach that right now. Please try again in a minute."), ephemeral=True)


def copy(interaction: Interaction, entry_id: str, tab: str) -> Reply | None:
    """Return a card as it stands outside of a private answer, without Share and Keep; None where the entry is gone."""
    bare = Where(emergency=deps(interaction).config.operator.emergency)
    return card(deps(interaction).library.current, entry_id, spoken(interaction), bare, tab)


def seal(interaction: Interaction) -> str:
    """Return what stands for the asker on a message that everyone sees, so that they alone can remove it."""
    return deps(interaction).store.hashed("shared", interaction.user.id)[:16]


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
