"""A process that is killed at any step leaves one whole version."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.knowledge.library import Library
from bot.publishing.folders import Folders
from bot.publishing.publish import Change, Publisher
from bot.publishing.recover import recover
from bot.store import history
from bot.store.history import Version
from bot.store.usage import Store

from .helpers import (
    NEW,
    NEW_TEXT,
    T_CELL,
    TNF,
    WHO,
    agree,
    desk_on,
    die_at_every_step,
    files_of,
    said,
    some_changes,
    text_in,
)

ROOT = Path(__file__).parent.parent.parent


def done_again_and_again(base: str, action: str) -> None:
    """In a process of its own: publish or recover until it comes through, each time killed one step later."""

    def copied(at: int) -> Path:
        return Path(shutil.copytree(Path(base) / "before" / action, Path(base) / action / str(at)))

    async def work(place: Path) -> None:
        store = await Store.open(place / "immunobot.db", "a key of the hashes")
        if action == "recover":
            await recover(Folders(place / "knowledge", place / "changes"), store)
        else:
            desk = desk_on(place / "knowledge", place / "changes", store)
            change = {f: Change(*texts) for f, texts in json.loads((place / "change.json").read_text()).items()}
            await desk.publish(change, who=WHO, why="")
        os._exit(0)

    die_at_every_step(copied, work, lambda place, path: path.is_relative_to(place / "changes"))


def killed(base: Path, action: str) -> int:
    """Return how many steps there are at which it was killed."""
    script = (
        f"from tests.publishing.test_killed import done_again_and_again; done_again_and_again({str(base)!r}, {action!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


async def prepared(base: Path, folder: Path, *, first: bool) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Make what is to be changed; return the files before and after the change."""
    place = base / "before" / "publish"
    shutil.copytree(folder, place / "knowledge")
    store = await Store.open(place / "immunobot.db", "a key of the hashes")
    desk = desk_on(place / "knowledge", place / "changes", store)
    change = {NEW: Change(None, NEW_TEXT)} if first else await some_changes(desk)
    before = files_of(desk)
    (place / "change.json").write_text(json.dumps({file: [c.before, c.after] for file, c in change.items()}))
    await store.close()
    done = base / "done"
    shutil.copytree(place, done)
    store = await Store.open(done / "immunobot.db", "a key of the hashes")
    desk = desk_on(done / "knowledge", done / "changes", store)
    await desk.publish(change, who=WHO, why="")
    await store.close()
    return before, files_of(desk)


async def after_a_restart(place: Path) -> dict[str, bytes]:
    """Start as the bot does; return the files after seeing that all is well."""
    store = await Store.open(place / "immunobot.db", "a key of the hashes")
    folders = Folders(place / "knowledge", place / "changes")
    await recover(folders, store)
    desk = Publisher(folders, Library((folders.shipped, folders.changes)), store)
    await agree(desk)
    assert await desk.note_editors() == []
    assert await recover(folders, store) == 0
    await store.close()
    return files_of(desk)


@pytest.mark.parametrize("first", [False, True])
async def test_kill_9_between_any_two_steps_leaves_one_whole_version(folder: Path, tmp_path: Path, first: bool) -> None:
    before, after = await prepared(tmp_path, folder, first=first)
    assert before != after
    steps_ = killed(tmp_path, "publish")
    found, unfinished = [], []
    for at in range(steps_):
        place = tmp_path / "publish" / str(at)
        with closing(sqlite3.connect(place / "immunobot.db")) as connection, connection:
            unfinished.append(connection.execute("SELECT COUNT(*) FROM history WHERE NOT done").fetchone()[0])
        if unfinished[-1] and not first and not (tmp_path / "before" / "recover").exists():
            shutil.copytree(place, tmp_path / "before" / "recover")
        found.append(await after_a_restart(place))
    assert all(files in (before, after) for files in found)
    assert found == sorted(found, key=lambda files: files == after), "what is begun is done, from one step on"
    assert found.count(before) >= 3
    assert found.count(after) >= 3
    assert 0 < sum(map(bool, unfinished)) < steps_
    if not first:
        for at in range(killed(tmp_path, "recover")):
            assert await after_a_restart(tmp_path / "recover" / str(at)) == after


async def test_what_an_editor_changed_since_a_kill_stands(desk: Publisher, changes: Path) -> None:
    change = await some_changes(desk)
    heads = await history.heads(desk.store)
    begun = [
        Version(
            f,
            heads[f].number + 1 if f in heads else 1,
            history.now(),
            "1",
            "publish",
            "",
            c.before,
            c.after,
            f != TNF,
            False,
        )
        for f, c in change.items()
    ]
    await history.begin(desk.store, begun)
    edited = said(text_in(desk), "In an editor.").replace("related: [", "related: [b-cell, ")
    (changes / T_CELL).write_text(edited)
    assert await recover(desk.folders, desk.store) == 4
    assert text_in(desk) == edited
    assert text_in(desk, NEW) == NEW_TEXT
    (noted,) = await desk.note_editors()
    assert (noted.file, noted.after, noted.action) == (T_CELL, edited, "editor")
    await desk.library.reload()
    assert (await history.heads(desk.store))[T_CELL].after == edited


@pytest.mark.only("sqlite")
async def test_recovering_nothing_touches_nothing(desk: Publisher, changes: Path) -> None:
    assert await recover(desk.folders, desk.store) == 0
    assert not changes.exists(), "a folder that may not be written to is no trouble until something is to be written"
