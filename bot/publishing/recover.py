"""Finish what a killed process had begun, and make a lost folder of changes anew: the history has the whole texts."""

import asyncio
from contextlib import suppress

from bot.publishing.folders import Folders, NotTextError
from bot.store import history
from bot.store.usage import Store


async def recover(folders: Folders, store: Store) -> int:
    """Finish the changes that a killed process had begun, and return how many. Raises FolderError and StoreUnavailable.

    Call it before the knowledge is loaded: half of a change may not be good.
    """
    if not await history.unfinished(store) and not folders.left_over():
        return 0
    async with folders.locked():
        return await finish(folders, store)


async def finish(folders: Folders, store: Store) -> int:
    """Finish what was begun, in a folder that has what the history says; the lock is held."""
    folders.clear()
    if not await asyncio.to_thread(folders.all_changed):
        lost = {file: text.decode() for file, text in (await history.standing(store)).items()}
        await asyncio.to_thread(folders.put, lost)
    begun = await history.unfinished(store)
    # Where an editor has changed the file since, that stands; the history then tells of both.
    files = {v.file: v.after if v.changed else None for v in begun if _stands(folders, v.file, v.before)}
    await asyncio.to_thread(folders.put, files)
    await history.end(store, begun)
    return len(begun)


def _stands(folders: Folders, file: str, text: str | None) -> bool:
    """Say whether this text of a file is in force."""
    with suppress(NotTextError):
        return folders.text(file) == text
    return False


async def make_anew(folders: Folders, store: Store) -> None:
    """Make a lost folder anew, so that a change begins with what members see. Raises FolderError and StoreUnavailable."""
    if await history.standing(store) and not folders.all_changed():
        async with folders.locked():
            await finish(folders, store)
