"""A full disk, a locked database or a cancelled task leaves everything as it was."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from bot.knowledge.rewrite import value_of
from bot.publishing import folders as folders_module
from bot.publishing.folders import LOCK, FolderError
from bot.publishing.publish import Change, Publisher
from bot.publishing.recover import recover
from bot.store import history
from bot.store.errors import StoreUnavailable
from bot.store.sqlite import connect
from bot.store.usage import Store

from .helpers import NEW_TEXT, T_CELL, TNF, WHO, agree, everything, files_of, say, some_changes, steps, text_in

pytestmark = pytest.mark.only("sqlite")


@pytest.mark.parametrize(("number", "stays"), [(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EROFS, False)])
async def test_a_disk_that_is_full_at_any_step_leaves_everything_as_it_was(
    desk: Publisher, changes: Path, number: int, stays: bool
) -> None:
    """A full disk that stays full takes nothing new, but lets files be renamed and taken away."""
    change = await some_changes(desk)
    before = await everything(desk)
    refused = 0
    for at in itertools.count(1):
        count = 0

        def step(name: str, path: Path | None, at: int = at) -> None:
            nonlocal count
            if path is None or not path.is_relative_to(changes) or name.startswith("after"):
                return
            count += 1
            takes_room = name not in ("before replace", "before unlink", "before read_bytes")
            if count == at or (stays and count > at and takes_room):
                raise OSError(number, os.strerror(number))

        try:
            with steps(step):
                await desk.publish(change, who=WHO, why="")
            told = None
        except FolderError as error:
            told = (error.folder, error.reason)
        if not told and count < at:
            break
        if told:
            refused += 1
            assert told == (changes, os.strerror(number))
            left = await everything(desk)
            assert left == before, f"step {at}"
            await agree(desk)
        else:  # what failed did not matter, as when what is done with can't be taken away, or can't be read this once
            await recover(desk.folders, desk.store)
            await desk.library.reload()
            await desk.note_editors()
            await agree(desk)
            for file in change:
                await desk.roll_back(file, (await history.heads(desk.store))[file].number - 1, who=WHO)
            change = {f: Change(desk.folders.text(f), c.after) for f, c in change.items()}
            before = await everything(desk)
    assert refused > 15
    assert desk.library.current.entries["t-cell"].related[0] == "b-cell"
    await agree(desk)


async def test_a_folder_that_can_not_be_made_or_locked_is_told(desk: Publisher, changes: Path) -> None:
    changes.parent.write_text("a file where the folder should be")
    with pytest.raises(FolderError) as error:
        await say(desk, "x")
    assert (error.value.folder, error.value.reason) == (changes, "Not a directory")
    changes.parent.unlink()
    await say(desk, "x")
    (changes / LOCK).unlink()
    (changes / LOCK).mkdir()
    before = await everything(desk)
    with pytest.raises(FolderError):
        await say(desk, "y")
    assert await everything(desk) == before


async def test_a_change_that_takes_too_long_keeps_nobody_waiting_for_ever(
    desk: Publisher, changes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(desk, "x")
    monkeypatch.setattr(folders_module, "PATIENCE", 0)
    before = await everything(desk)
    with FileLock(changes / LOCK), pytest.raises(FolderError) as error:
        await say(desk, "y")
    assert error.value.reason == "", "nothing is wrong with the folder"
    assert await everything(desk) == before
    await say(desk, "y")
    await agree(desk)


async def test_a_text_in_another_encoding_is_put_back_to_the_byte(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    (changes / T_CELL).write_bytes("name: célula\n".encode("latin-1"))
    before = files_of(desk)

    def step(name: str, path: Path | None) -> None:
        if name == "after replace" and path is not None and path.name.endswith(".new"):
            raise OSError(errno.ENOSPC, "full")

    with steps(step), pytest.raises(FolderError, match="full"):
        folders_module.StagedFiles(desk.folders, {T_CELL: "name: x\n"}).put()
    desk.folders.clear()
    assert files_of(desk) == before


@pytest.mark.parametrize("kind", ["file", "folder"])
async def test_nothing_is_written_through_a_link(desk: Publisher, changes: Path, tmp_path: Path, kind: str) -> None:
    await say(desk, "x", TNF)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "t-cell.yaml").write_text(text_in(desk))
    if kind == "file":
        (changes / T_CELL).symlink_to(elsewhere / "t-cell.yaml")
    else:
        shutil.rmtree(changes / "terms")
        (changes / "terms").symlink_to(elsewhere)
    content = (elsewhere / "t-cell.yaml").read_text()
    with pytest.raises(FolderError):
        await say(desk, "y")
    assert {path.name: path.read_text() for path in elsewhere.iterdir()} == {"t-cell.yaml": content}
    assert [v.file for v in await history.unfinished(desk.store)] == []
    assert not [v for v in await history.versions(desk.store, T_CELL) if v.action == "publish"]


@pytest.mark.parametrize("file", ["../x.yaml", "terms/../../x.yaml", "x.yaml", "words/x.yaml", "/x.yaml", "terms/x.txt"])
async def test_a_place_outside_of_the_folder_is_refused(desk: Publisher, changes: Path, file: str) -> None:
    with pytest.raises(FolderError):
        await desk.publish({file: Change(None, NEW_TEXT)}, who=WHO, why="")
    assert files_of(desk) == {}
    assert not (changes.parent / "x.yaml").exists()


@contextlib.asynccontextmanager
async def impatient(desk: Publisher, path: Path) -> AsyncIterator[Publisher]:
    """The same desk on a store that does not wait for a lock."""
    store = Store(await connect(path, busy_ms=1), b"k" * 32)
    yield Publisher(desk.folders, desk.library, store)
    await store.close()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


async def test_a_locked_database_leaves_everything_as_it_was(desk: Publisher, where: Path) -> None:
    change, path = await some_changes(desk), where
    before = await everything(desk)
    async with impatient(desk, path) as hasty:
        with locked(path), pytest.raises(StoreUnavailable):
            await hasty.publish(change, who=WHO, why="")
        assert await everything(desk) == before
        lock = contextlib.ExitStack()

        def step(name: str, _: Path | None) -> None:
            if name == "before INSERT INTO history":
                lock.enter_context(locked(path))

        with lock, steps(step), pytest.raises(StoreUnavailable):
            await hasty.publish(change, who=WHO, why="")
        assert await everything(desk) == before
        await agree(desk)


async def test_a_database_that_refuses_the_last_step_is_told_later(desk: Publisher, where: Path) -> None:
    change, path = await some_changes(desk), where
    lock = contextlib.ExitStack()
    count = 0

    def step(name: str, _: Path | None) -> None:
        nonlocal count
        count += name == "before UPDATE history"
        if name == "before UPDATE history" and count == 2:  # the first is of what was begun before, which is nothing
            lock.enter_context(locked(path))

    async with impatient(desk, path) as hasty:
        with lock, steps(step):
            made = await hasty.publish(change, who=WHO, why="")
    assert [version.done for version in made] == [True] * 4, "the files are in their places"
    assert len(await history.unfinished(desk.store)) == 4
    await say(desk, "The next change.")
    await agree(desk)


async def test_a_change_that_is_cancelled_is_whole_or_not_at_all(desk: Publisher) -> None:
    for file in (T_CELL, TNF):
        for turns in range(0, 60, 3):
            before = files_of(desk)
            task = asyncio.create_task(say(desk, f"Turn {turns}.", file))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await recover(desk.folders, desk.store)
            await desk.library.reload()
            await agree(desk)
            if files_of(desk) != before:
                assert value_of(text_in(desk, file), "short") == f"Turn {turns}."


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
async def test_a_folder_that_cant_be_synced_itself_is_changed_all_the_same(
    desk: Publisher, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """So are folders that are shared with virtual machines."""
    real = os.fsync

    def refuses_folders(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").is_dir():
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", refuses_folders)
    await say(desk, "Said all the same.")
    assert "Said all the same." in text_in(desk)
    await agree(desk)
