"""What goes wrong with database, disk or files is said, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.publishing import folders
from bot.service.tryout import Stage

from .helpers import changed, changes, define, edit, files_of, form, noticed, press, publish, reads, run, send, written


@contextmanager
def locked(desk: Stage) -> Iterator[None]:
    """Let another process hold the database."""
    with closing(sqlite3.connect(desk.env.bot.deps.config.database_path(), isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
        lock.execute("ROLLBACK")


async def test_turned_off_says_so_and_the_rest_works(world: Stage) -> None:
    off = "Changing it in Discord is turned off (knowledge.changes is none)."
    for command, options in {
        "upload": {"file": ("t-cell.yaml", b"name: x")},
        "edit": {"entry": "t-cell"},
        "new": {"kind": "term", "name": "B cell"},
        "withdraw": {"entry": "t-cell", "why": "x"},
        "rollback": {"entry": "t-cell", "version": 0},
        "upgrades": {},
    }.items():
        assert (await run(world, command, **options)).content == off, command
    assert off in reads(await run(world, "status"))
    assert "no errors" in (await run(world, "check")).content
    assert "A white blood cell." in reads(await run(world, "preview", entry="t-cell"))
    assert (await run(world, "export")).attachments
    assert "never changed" in reads(await run(world, "history", entry="t-cell"))


AWAY = "Nothing was changed: the database can't be reached. Try again in a minute."


async def test_a_locked_database_is_said_and_nothing_typed_is_lost(desk: Stage) -> None:
    review, begun_form = await edit(desk, "t-cell", short="A cell."), await form(desk, "til")
    asked = await press(desk, review, "Publish")
    await desk.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    with locked(desk):
        lost = (await send(desk, begun_form, short="Typed long.")).followups[-1]
        assert lost.content == AWAY
        assert "Typed long." in (await files_of(lost))["what-you-typed.txt"]
        assert (await send(desk, asked, why="x", checked="no")).followups[-1].content == AWAY
        assert (await run(desk, "withdraw", entry="til", why="x")).content == AWAY
        assert "A white blood cell." in await define(desk, "T cell")
    assert written(desk) == {}
    assert "Published" in (await publish(desk, review)).response.content, "its button is still there"


async def test_a_database_that_cant_be_read_is_said_before_a_form(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    await desk.env.bot.deps.store.execute("ALTER TABLE proposals RENAME TO lost")
    for label in ("Publish", "Change it again"):
        assert (await press(desk, review, label)).response.content == AWAY


async def test_a_folder_that_cant_be_written_to_is_said_and_all_is_as_it_was(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = await edit(desk, "t-cell", short="A cell.")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        said = (await publish(desk, review)).followups[-1].content
    assert said.startswith(f"Nothing was changed: the folder {changes(desk)} can't be written to (No space left on device).")
    assert written(desk) == {}
    assert noticed(desk) == []
    assert "never changed" in reads(await run(desk, "history", entry="t-cell"))
    assert "Published" in (await publish(desk, review)).response.content


async def test_another_change_that_takes_too_long_is_said(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await changed(desk)
    monkeypatch.setattr(folders, "PATIENCE", 0)
    from filelock import FileLock

    with FileLock(changes(desk) / folders.LOCK):
        answer = await run(desk, "withdraw", entry="til", why="x")
    assert answer.content == "Another change is just being published; nothing was changed. Try again in a minute."


async def test_a_change_that_is_good_alone_but_not_with_the_rest_is_refused(desk: Stage) -> None:
    review = await edit(desk, "t-cell", also="T lymphocyte\nLympho")
    await publish(desk, await edit(desk, "tnf", also="Lympho"))
    refused = (await publish(desk, review)).followups[-1]
    assert refused.content == "Nothing was changed: with this, the knowledge would have errors."
    assert "Lympho" in reads(refused)
    assert list(written(desk)) == ["terms/tnf.yaml"]
