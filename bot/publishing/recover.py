"""Bring a folder of changes to what the history says: after a kill, where the folder was lost, where others changed it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.publishing.folders import FolderError, Folders, NotTextError
from bot.store import history
from bot.store.errors import StoreUnavailable
from bot.store.usage import Store

FOLLOWED = ".followed"
"""In a folder that is one copy of several: which version of each file it has."""


@asynccontextmanager
async def alone(folders: Folders, store: Store) -> AsyncIterator[int]:
    """Let one change at a time be made, in a folder that has what the history says; give how many were finished first.

    Of all processes that use this folder, and of all that share the database. Raises FolderError and StoreUnavailable.
    """
    async with folders.locked(), store.database.locked("publish"):
        yield await finish(folders, store)
        if store.database.shared:
            with suppress(FolderError, OSError, StoreUnavailable):  # what is done is done; it is noted the next time
                await _note_followed(folders, store)


async def recover(folders: Folders, store: Store) -> int:
    """Finish the changes that a killed process had begun, and return how many. Raises FolderError and StoreUnavailable.

    Call it before the knowledge is loaded: half of a change may not be good.
    """
    if not (store.database.shared or await history.unfinished(store) or folders.left_over()):
        return 0
    async with alone(folders, store) as finished:
        return finished


async def finish(folders: Folders, store: Store) -> int:
    """Finish what was begun, in a folder that has what the history says; the lock is held."""
    folders.clear()
    if store.database.shared:
        await _follow(folders, store)
    elif not await asyncio.to_thread(folders.all_changed):
        lost = {file: text.decode() for file, text in (await history.standing(store)).items()}
        await asyncio.to_thread(folders.put, lost)
    begun = await history.unfinished(store)
    # Where an editor has changed the file since, that stands; the history then tells of both.
    files = {v.file: v.after if v.changed else None for v in begun if _stands(folders, v.file, v.before)}
    await asyncio.to_thread(folders.put, files)
    await history.end(store, begun)
    return len(begun)


async def _follow(folders: Folders, store: Store) -> None:
    """Put into a folder, which is one copy of several, what was changed elsewhere.

    A file that isn't there, or is as a version was since the one that it had, is behind; any other is an editor's.
    """
    there, behind = await asyncio.to_thread(folders.all_changed), dict[str, str | None]()
    had = await asyncio.to_thread(_followed, folders)
    for file, head in (await history.heads(store)).items():
        wanted, text = (head.after if head.changed else None), there.get(file)
        if text != wanted and (text is not None or file not in there):
            versions = await history.versions(store, file, most=2**31) if text is not None else []
            since = (v for v in versions if had.get(file, 0) <= v.number < head.number or file not in had)
            if text is None or any(text in (version.before, version.after) for version in since):
                behind[file] = wanted
    await asyncio.to_thread(folders.put, behind)


async def _note_followed(folders: Folders, store: Store) -> None:
    """Note which version of each file this folder has, so that an editor may go back to an earlier one."""
    there, had = await asyncio.to_thread(folders.all_changed), await asyncio.to_thread(_followed, folders)
    heads = (await history.heads(store)).items()
    now = had | {file: head.number for file, head in heads if there.get(file) == (head.after if head.changed else None)}
    if now != had:
        await asyncio.to_thread((folders.changes / FOLLOWED).write_text, json.dumps(now), encoding="utf-8")


def _followed(folders: Folders) -> dict[str, int]:
    with suppress(OSError, ValueError):
        return dict(json.loads((folders.changes / FOLLOWED).read_text(encoding="utf-8")))
    return {}


def _stands(folders: Folders, file: str, text: str | None) -> bool:
    """Say whether this text of a file is in force."""
    with suppress(NotTextError):
        return folders.text(file) == text
    return False


async def make_anew(folders: Folders, store: Store) -> None:
    """Make a lost folder anew, so that a change begins with what members see. Raises FolderError and StoreUnavailable."""
    if store.database.shared or (await history.standing(store) and not folders.all_changed()):
        async with alone(folders, store):
            pass
