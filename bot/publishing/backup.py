"""Back up the database and the folder of changes while the bot goes on."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bot.publishing.folders import FolderError, Folders, NotTextError
from bot.store import backups
from bot.store.backups import Backup, BackupError
from bot.store.sqlite_file import copy, have_file


async def make(database: Path, folders: Folders | None, target: Path) -> Backup:
    """Write a backup, which is there whole or not at all. Raises BackupError and StoreUnavailable.

    Database and files are of one moment: nothing is published while they are copied.
    """
    have_file(database, make=False)
    copied, left_out = await asyncio.to_thread(backups.begin, target), list[str]()
    try:
        async with AsyncExitStack() as stack:
            texts = None
            if folders is not None and folders.changes.is_dir():
                await stack.enter_async_context(folders.locked())
                texts = await asyncio.to_thread(_texts, folders, left_out)
            await asyncio.to_thread(copy, database, copied)
        return await asyncio.to_thread(backups.pack, copied, texts, target, left_out)
    except FolderError as error:
        raise BackupError(f"The changed entries can't be read ({error}); mend that, and try again.") from None
    finally:
        await asyncio.to_thread(backups.delete, copied)


def _texts(folders: Folders, left_out: list[str]) -> dict[str, str]:
    """Return the files of the folder of changes, those of another encoding too; note those that are no text."""
    found = dict[str, str]()
    for file, text in folders.all_changed().items():
        try:
            found[file] = folders.mended(file) if text is None else text
        except NotTextError:
            left_out.append(file)
    return found
