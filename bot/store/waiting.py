"""Changes that wait for a second moderator to agree; each waits until it is made, or taken back."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.store.history import Action
from bot.store.usage import Store


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits."""

    id: str
    at: int
    """seconds since 1970, UTC"""
    who: str
    """the number of whoever proposed it"""
    why: str
    action: Action
    checked: bool | None
    files: Mapping[str, tuple[str | None, str | None]]
    """file -> its text before and after"""


async def keep(
    store: Store,
    who: int,
    why: str,
    action: Action,
    checked: bool | None,
    files: Mapping[str, tuple[str | None, str | None]],
) -> str:
    """Let a change wait and return its id; the same change waits once. Raises StoreUnavailable, as all here."""
    written = json.dumps(files, ensure_ascii=False)
    key = hashlib.sha256(written.encode()).hexdigest()[:16]
    await store.execute(
        "INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, "
        "who = excluded.who, why = excluded.why, action = excluded.action, checked = excluded.checked",
        (key, int(time.time()), str(who), why, action, checked, written),
    )
    return key


async def every(store: Store) -> list[Waiting]:
    """Return all that waits, the oldest first."""
    rows = await store.execute("SELECT id, at, who, why, action, checked, files FROM waiting ORDER BY at, id")
    found = []
    for key, at, who, why, action, checked, written in rows:
        files = {file: (before, after) for file, (before, after) in json.loads(written).items()}
        found.append(Waiting(key, at, who, why, action, None if checked is None else bool(checked), files))
    return found


async def drop(store: Store, key: str) -> bool:
    """Let a change wait no longer; False where it does not any more."""
    return bool(await store.execute("DELETE FROM waiting WHERE id = ? RETURNING 1", (key,)))
