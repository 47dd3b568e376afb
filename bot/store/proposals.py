"""What moderators have proposed and not yet published: it survives a restart, and expires after a day."""

from __future__ import annotations

import asyncio
import json
import secrets

from bot.store.usage import Store

LASTS = 86_400
"""Seconds that a proposal can be published."""

MOST = 20
"""Proposals kept of one person; older ones go."""


async def keep(store: Store, user_id: int, content: object) -> str:
    """Keep a proposal and return its id. Raises StoreUnavailable, as all here."""
    proposal, person = secrets.token_hex(8), store.hashed("moderator", user_id)
    written = await asyncio.to_thread(json.dumps, content, ensure_ascii=False)
    await store.execute("INSERT INTO proposals VALUES (?, ?, unixepoch(), ?)", (proposal, person, written))
    await store.execute(
        "DELETE FROM proposals WHERE person = ? AND id NOT IN "
        "(SELECT id FROM proposals WHERE person = ? ORDER BY id = ? DESC, at DESC LIMIT ?)",
        (person, person, proposal, MOST),
    )
    return proposal


async def find(store: Store, user_id: int, proposal: str) -> object | None:
    """Return a person's own proposal; None where it is someone else's, expired, or done with."""
    rows = await store.execute(
        "SELECT content FROM proposals WHERE id = ? AND person = ? AND at > unixepoch() - ?",
        (proposal, store.hashed("moderator", user_id), LASTS),
    )
    return await asyncio.to_thread(json.loads, rows[0][0]) if rows else None


async def drop(store: Store, proposal: str) -> None:
    """Let go of a proposal."""
    await store.execute("DELETE FROM proposals WHERE id = ?", (proposal,))
