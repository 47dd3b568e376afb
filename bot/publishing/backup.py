"""Back up the database and the folder of changes while the bot goes on, and put a backup in their place.

One step restores all: the database takes its place. Its history says by then which files are to be put where, so that a
process that is killed later is finished by `recover` at the bot's next start, as a change that was begun.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from bot.knowledge.rewrite import is_withdrawn
from bot.publishing.folders import FolderError, Folders, NotTextError, sync_folder
from bot.publishing.recover import finish
from bot.settings import Config
from bot.store import backups, history
from bot.store.backups import Backup, BackupError
from bot.store.errors import StoreUnavailable
from bot.store.history import Version
from bot.store.sqlite_file import beside, have_file, is_ours_alone, put_in_place, set_aside
from bot.store.usage import Store


async def make(database: Path, folders: Folders | None, target: Path) -> Backup:
    """Write a backup, which is there whole or not at all. Raises BackupError and StoreUnavailable.

    Database and files are of one moment: nothing is published meanwhile.
    """
    have_file(database, make=False)
    texts, left_out = None if folders is None else dict[str, str](), list[str]()
    try:
        async with AsyncExitStack() as stack:
            if folders is not None and folders.changes.is_dir():
                await stack.enter_async_context(folders.locked())
                texts = await asyncio.to_thread(_texts, folders, left_out)
            return await asyncio.to_thread(backups.write, database, texts, target, left_out)
    except FolderError as error:
        raise BackupError(f"The changed entries can't be read ({error}); mend that, and try again.") from None


def _texts(folders: Folders, left_out: list[str]) -> dict[str, str]:
    """Return the files of the folder of changes, those of another encoding too; note those that are no text."""
    found = dict[str, str]()
    for file, text in folders.all_changed().items():
        try:
            found[file] = folders.mended(file) if text is None else text
        except NotTextError:
            left_out.append(file)
    return found


async def keep(config: Config, now: datetime) -> Backup | None:
    """Make a backup where one is due by the settings, and return it; delete those that are too many or too old.

    Raises BackupError and StoreUnavailable; then all are kept but those that are too old.
    """
    if config.is_remote:
        return None  # PostgreSQL's own tools do that
    database, made, hours = config.database_path(), None, config.backup.hours
    there = await asyncio.to_thread(backups.own_files, database)
    for when, file in there:
        if now - when > timedelta(days=config.privacy.retention_days):
            backups.delete(file)
    if hours and (not there or now - there[-1][0] >= timedelta(hours=hours)):
        made = await make(database, Folders.of(config), await asyncio.to_thread(backups.new_file, database, now))
        for _, file in [*there, (now, made.file)][: -config.backup.keep]:
            backups.delete(file)
    return made


def overdue(config: Config, now: datetime) -> bool:
    """Say whether the last backup that the bot made is twice as old as the settings let it become."""
    there, hours = backups.own_files(config.database_path()), config.backup.hours
    return bool(hours and there) and now - there[-1][0] > 2 * timedelta(hours=hours or 0)


async def restore(backup: Backup, database: Path, folders: Folders | None, *, force: bool) -> tuple[list[str], list[str]]:
    """Put a backup in place, whole or not at all; return sentences that say what was done, and of what to beware.

    What was there before is backed up first; a database that is damaged is set aside instead. Raises BackupError and
    StoreUnavailable.
    """
    staged = beside(database, ".restored")
    begun, down, beware = list[Version](), list[str](), list[str]()
    if folders is None and len(backup.sha256) > 1:
        beware.append("Its changed files are put nowhere, as `knowledge.changes` is none; what was withdrawn stays so.")
    folders = folders if backup.changes else None
    backup.refuse_newer()
    try:
        if not force and (there := _there(database, folders)):
            raise BackupError(f"{there}; stop the bot, and give --force to put the backup in its place.")
        former = await _former(database, folders)
        backups.delete(staged)
        backup.unpack(staged)
        heeded, numbers = backups.heed(staged, backup.made, database if former else None)
        async with AsyncExitStack() as stack:
            if folders:
                await stack.enter_async_context(folders.locked())
                async with await Store.open_without_key(staged) as store:
                    begun = await _begun(folders, store, backup, numbers, down)
                    await history.begin(store, begun)
            if not former and await asyncio.to_thread(database.exists):
                former = set_aside(database)
            put_in_place(staged, database)
            sync_folder(database.parent)
            if folders:
                async with await Store.open_without_key(database) as store:
                    await finish(folders, store)
    except FolderError as error:
        raise BackupError(f"The changed entries can't be used ({error}); mend that, and try again.") from None
    finally:
        for end in ("", "-wal", "-shm"):
            backups.delete(beside(staged, end))
    done = [f"The database {database} is as it was at {backup.when}; {len(begun) - len(down)} changed files were put back."]
    if former:
        done.append(f"What was there before is in {former}; delete that when it is of no use any more.")
    beware += [f"{file} was withdrawn since, and stays so." for file in down]
    if heeded:
        done.append(f"What members chose since was done again: {heeded}.")
    else:
        why = "the database of since is not here, is damaged or another one, or was itself restored meanwhile"
        beware.append(f"Who deleted their data or opted out after {backup.when} may be in it again: {why}.")
    return done, beware


def _there(database: Path, folders: Folders | None) -> str:
    """Return what is there already, as a sentence begins; empty where nothing is."""
    if database.exists():
        return f"There is a database {database} already"
    changed = folders is not None and folders.changes.is_dir() and folders.all_changed()
    return f"There are changed entries in {folders.changes} already" if folders and changed else ""


async def _former(database: Path, folders: Folders | None) -> Path | None:
    """Back up the database that is there, which nobody may have open; None where there is none, or it is damaged."""
    if not await asyncio.to_thread(database.exists):
        return None
    try:
        if not is_ours_alone(database):
            raise BackupError(f"The bot, or another program, has the database {database} open; stop it first.")
        return (await make(database, folders, backups.new_file(database))).file
    except StoreUnavailable as error:
        if error.damaged or error.lasts:
            return None
        raise


async def _begun(
    folders: Folders, store: Store, backup: Backup, numbers: Mapping[str, int], down: list[str]
) -> list[Version]:
    """Return what is to become of each changed file; note those that were withdrawn since, and stay so."""
    heads = await history.heads(store)
    known = {file: head.after for file, head in heads.items() if head.changed}
    folders.put({file: folders.mended(file) for file, text in folders.all_changed().items() if text is None})
    # A folder without files was lost, or none was ever changed: the history knows.
    wanted, now = backup.texts() or known, folders.all_changed() or known
    versions = []
    for file in sorted({*wanted, *now, *known}):
        text, there, shipped = wanted.get(file), now.get(file), folders.shipped_text(file)
        if is_withdrawn(there) and not is_withdrawn(text):
            down.append(file)
            text = there
        if not text == there == known.get(file):
            number = max(heads[file].number if file in heads else 0, numbers.get(file, 0)) + 1
            before, after = (shipped if it is None else it for it in (there, text))
            at = history.now()
            versions.append(Version(file, number, at, "", "restore", backup.when, before, after, text is not None, False))
    return versions
