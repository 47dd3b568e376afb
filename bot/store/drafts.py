"""What moderators have proposed and not yet published: it survives a restart, and expires after a day."""

from __future__ import annotations

import asyncio
import json
import secrets
import time

from bot.store.usage import Store

LASTS = 86_400
"""Seconds that a draft can be published."""

MOST = 20
"""Proposals kept of one person; older ones go."""


async def keep(store: Store, user_id: int, content: object) -> str:
    """Keep a draft and return its id. Raises StoreUnavailable, as all here."""
    draft, person = secrets.token_hex(8), store.hashed("moderator", user_id)
    written = await asyncio.to_thread(json.dumps, content, ensure_ascii=False)
    await store.execute("INSERT INTO proposals VALUES (?, ?, ?, ?)", (draft, person, int(time.time()), written))
    await store.execute(
        "DELETE FROM proposals WHERE person = ? AND id NOT IN "
        "(SELECT id FROM proposals WHERE person = ? ORDER BY id = ? DESC, at DESC LIMIT ?)",
        (person, person, draft, MOST),
    )
    return draft


async def find(store: Store, user_id: int, draft: str) -> object | None:
    """Return a person's own draft; None where it is someone else's, expired, or done with."""
    rows = await store.execute(
        "SELECT content FROM proposals WHERE id = ? AND person = ? AND at > ?",
        (draft, store.hashed("moderator", user_id), int(time.time()) - LASTS),
    )
    return await asyncio.to_thread(json.loads, rows[0][0]) if rows else None


async def drop(store: Store, draft: str) -> None:
    """Let go of a draft."""
    await store.execute("DELETE FROM proposals WHERE id = ?", (draft,))
