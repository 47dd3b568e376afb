"""A change of the knowledge is whole or not at all, is written down, and can be undone."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import io
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.library import Library, build
from bot.knowledge.rewrite import value_of
from bot.moderation import folders as folders_module
from bot.moderation.folders import LOCK, FolderError, Folders, digest
from bot.moderation.publish import Change, ChangedMeanwhileError, Desk, NotGoodError, day_checked
from bot.moderation.recover import recover
from bot.moderation.unpack import unpack
from bot.store import history, proposals
from bot.store.errors import StoreUnavailable
from bot.store.history import Version
from bot.store.sqlite import connect
from bot.store.usage import Store

from .conftest import SMALL, SOURCES
from .test_store import rows

WHO = 4242424242
T_CELL, TNF, NEW, SPANISH = "terms/t-cell.yaml", "terms/tnf.yaml", "terms/b-cell.yaml", "es/terms/t-cell.yaml"
NEW_TEXT = f"name: B cell\ntopic: cells\nshort: A new entry.\n{SOURCES}"
ON_ONE_LINE = "{name: T cell, topic: cells, short: New., " + SOURCES.replace("\n", ", ") + "}\n"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def desk_on(shipped: Path, changes: Path, store: Store) -> Desk:
    folders = Folders(shipped, changes)
    return Desk(folders, Library(folders.paths()), store)


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """The writable folder; it isn't there yet."""
    return tmp_path / "data" / "changes"


@pytest_asyncio.fixture
async def desk(folder: Path, changes: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    store = await Store.open(tmp_path / "immunobot.db")
    yield desk_on(folder, changes, store)
    await store.close()


@pytest_asyncio.fixture
async def other(folder: Path, changes: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """Another process on the same files and the same database."""
    store = await Store.open(tmp_path / "immunobot.db")
    yield desk_on(folder, changes, store)
    await store.close()


def text_in(desk: Desk, file: str = T_CELL) -> str:
    text = desk.folders.text(file)
    assert text is not None
    return text


def said(text: str, short: str) -> str:
    """A file's text with another `short`."""
    (line,) = [line for line in text.splitlines() if line.startswith("short:")]
    return text.replace(line, f"short: {short}")


async def say(desk: Desk, short: str, file: str = T_CELL, **options: Any) -> list[Version]:
    """Publish another `short`."""
    text = text_in(desk, file)
    return await desk.publish({file: Change(text, said(text, short))}, who=WHO, why="why", **options)


def files_of(desk: Desk) -> dict[str, bytes]:
    """What stands in the writable folder, whatever it is called, but for the lock."""
    base = desk.folders.changes
    found = {path.relative_to(base).as_posix(): path for path in base.rglob("*") if not path.is_dir() or path.is_symlink()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if name != LOCK}


async def everything(desk: Desk) -> tuple[Any, ...]:
    """Files, history, and what members see."""
    versions = await desk.store.execute("SELECT * FROM history ORDER BY file, number")
    return files_of(desk), versions, desk.library.current.version, dict(desk.library.current.entries)


async def agree(desk: Desk, *, upgraded: bool = False) -> None:
    """Files, history and index say the same; nothing is left half done."""
    heads, files = await history.heads(desk.store), files_of(desk)
    assert await history.unfinished(desk.store) == []
    assert {file: text.decode() for file, text in files.items()} == {
        file: head.after for file, head in heads.items() if head.changed
    }, "every file is in the history, and nothing else lies there"
    for file, head in heads.items():
        found = await history.versions(desk.store, file, most=1000)
        assert [version.number for version in found] == list(range(head.number, 0, -1))
        if not upgraded:
            assert head.after == desk.folders.text(file)
            assert all(new.before == old.after for new, old in itertools.pairwise(found)), "no change is missing"
    fresh = build(desk.folders.paths())
    current = desk.library.current
    assert (current.version, dict(current.entries), current.withdrawn) == (
        fresh.version,
        dict(fresh.entries),
        fresh.withdrawn,
    )
    assert desk.library.problems == ()
    for entry in current.entries.values():
        assert entry.id in current.index.exact(entry.name)


# Publish --------------------------------------------------------------------------------------------------------------------


async def test_a_change_is_live_written_down_and_whole(desk: Desk) -> None:
    text = text_in(desk)
    new = said(text, "A changed cell.").replace("[T lymphocyte]", "[T lymphocyte, killer]") + "# a comment"
    (made,) = await desk.publish({T_CELL: Change(text, new)}, who=WHO, why="A source says so: é😀")
    on_disk = f"{new}\nbased_on: {digest(text)}\n"
    assert files_of(desk) == {T_CELL: on_disk.encode()}
    assert desk.library.current.entries["t-cell"].short == "A changed cell."
    assert desk.library.current.index.exact("killer") == ("t-cell",)
    (row,) = await history.versions(desk.store, T_CELL)
    assert row == made
    assert row == Version(
        T_CELL, 1, row.at, str(WHO), "publish", "A source says so: é😀", text, on_disk, changed=True, done=True
    )
    assert abs(row.at - history.now()) < 1000
    await agree(desk)


async def test_each_change_is_a_version_of_its_own(desk: Desk) -> None:
    for number in range(1, 4):
        (made,) = await say(desk, f"Version {number}.")
        assert made.number == number
    found = await history.versions(desk.store, T_CELL)
    assert [version.number for version in found] == [3, 2, 1]
    assert [value_of(version.after or "", "short") for version in found] == ["Version 3.", "Version 2.", "Version 1."]
    assert [v.number for v in await history.versions(desk.store, T_CELL, before=3, most=1)] == [2]
    assert [v.number for v in await history.recent(desk.store, 2)] in ([3, 2], [1, 2])
    await agree(desk)


async def test_many_files_are_one_change_with_new_folders(desk: Desk) -> None:
    text = text_in(desk)
    linked = text.replace("related: [", "related: [b-cell, ")
    spanish = "name: Linfocito B\nshort: Una célula.\n"
    made = await desk.publish(
        {T_CELL: Change(text, linked), NEW: Change(None, NEW_TEXT), "es/terms/b-cell.yaml": Change(None, spanish)},
        who=WHO,
        why="",
    )
    assert [(version.number, version.before) for version in made] == [(1, text), (1, None), (1, None)]
    assert files_of(desk)[NEW] == NEW_TEXT.encode(), "based on nothing that is shipped"
    assert desk.library.current.entries["t-cell"].related[0] == "b-cell"
    assert desk.library.current.entry("b-cell", "es").short == "Una célula."  # type: ignore[union-attr]
    await agree(desk)


MISTAKES = {
    "no YAML": ("name: [T cell\n", "terms/t-cell.yaml:2: this is not valid YAML"),
    "no YAML, and a day": ("checked: 2026-01-01\nname: [T cell\n", "terms/t-cell.yaml:3: this is not valid YAML"),
    "30,000 brackets": ("[" * 30_000 + "]" * 30_000, "nested more than 12 deep"),
    "an alias": ("name: &a T cell\nshort: *a\n", "`&a` is an anchor"),
    "two documents": ("name: T cell\n---\nname: T cell\n", "a second document begins here"),
    "too long": ("name: T cell\n" + "# x\n" * 70_000, "and 256,000 is the most"),
    "a list": ("- T cell\n", "a term is not a mapping of keys to values"),
    "nothing": ("", "the file is empty"),
    "no source": ("name: T cell\ntopic: cells\nshort: x\nchecked: 2026-01-01\n", "a term has no `sources`"),
    "a link to nothing": (f"name: T cell\ntopic: cells\nshort: x\nrelated: [nope]\n{SOURCES}", "links to `nope`"),
    "another's name": (f"name: TNF-α\ntopic: cells\nshort: x\n{SOURCES}", "is also a name of `tnf`"),
}


@pytest.mark.parametrize("checked", [None, True, False])
@pytest.mark.parametrize("mistake", MISTAKES)
async def test_what_has_a_mistake_is_refused_and_leaves_everything_as_it_was(
    desk: Desk, mistake: str, checked: bool | None
) -> None:
    await say(desk, "A first change.", TNF)
    text, (new, sentence) = text_in(desk), MISTAKES[mistake]
    before = await everything(desk)
    with pytest.raises(NotGoodError) as error:
        await desk.publish(
            {TNF: Change(text_in(desk, TNF), said(text_in(desk, TNF), "good")), T_CELL: Change(text, new)},
            who=WHO,
            why="",
            checked=checked,
        )
    assert sentence in str(error.value)
    assert await everything(desk) == before
    await agree(desk)


async def test_an_id_that_is_not_the_files_name_is_found_before_it_is_published(desk: Desk) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(T_CELL, f"id: b-cell\n{text_in(desk)}")
    files, problems = unpack(data.getvalue(), "new.zip")
    assert problems == [], "alone it is a file like others"
    changes = {file: Change(text_in(desk), text) for file, text in files.items()}
    with pytest.raises(NotGoodError) as error:
        await desk.candidate(changes)
    assert str(error.value) == (
        "terms/t-cell.yaml:1: the id `b-cell` is not the file's name; delete the line, or rename the file"
    )
    with pytest.raises(NotGoodError):
        await desk.publish(changes, who=WHO, why="")
    assert files_of(desk) == {}


async def test_a_mistake_that_an_editor_left_elsewhere_is_named_and_keeps_nobody_from_working(
    desk: Desk, changes: Path
) -> None:
    await say(desk, "x")
    good = text_in(desk, TNF)
    (changes / TNF).write_text("name: [\n")
    with pytest.raises(NotGoodError) as error:
        await desk.candidate({T_CELL: Change(text_in(desk), said(text_in(desk), "y"))})
    assert f"{changes.as_posix()}/{TNF}:2: this is not valid YAML" in str(error.value)
    await say(desk, "y")
    assert value_of(text_in(desk), "short") == "y"
    assert desk.library.current.entries["t-cell"].short == "x", "members see the last good knowledge"
    assert [Path(problem.file).name for problem in desk.library.problems] == ["tnf.yaml"]
    (changes / TNF).write_text(good)
    assert await desk.library.reload()
    assert desk.library.current.entries["t-cell"].short == "y"


async def test_what_was_changed_meanwhile_is_refused_with_both_texts(desk: Desk, other: Desk) -> None:
    text = text_in(desk)
    await say(other, "The other moderator was faster.")
    before = await everything(other)
    now = text_in(other)
    with pytest.raises(ChangedMeanwhileError) as error:
        await desk.publish(
            {T_CELL: Change(text, said(text, "Mine.")), TNF: Change(text_in(desk, TNF), said(text_in(desk, TNF), "x"))},
            who=WHO,
            why="",
        )
    assert error.value.now == {T_CELL: (text, now)}
    assert await everything(other) == before
    with pytest.raises(ChangedMeanwhileError) as error:
        await desk.publish({TNF: Change(None, "name: x\n"), NEW: Change("there was one", NEW_TEXT)}, who=WHO, why="")
    assert error.value.now == {TNF: (None, text_in(desk, TNF)), NEW: ("there was one", None)}
    await other.library.reload()
    await agree(other)


async def test_what_an_editor_changed_meanwhile_is_refused_and_stays(desk: Desk, changes: Path) -> None:
    await say(desk, "x")
    text = text_in(desk)
    (changes / T_CELL).write_text(said(text, "In an editor."))
    with pytest.raises(ChangedMeanwhileError):
        await desk.publish({T_CELL: Change(text, said(text, "Mine."))}, who=WHO, why="")
    assert value_of(text_in(desk), "short") == "In an editor."
    assert [version.action for version in await history.versions(desk.store, T_CELL)] == ["editor", "publish"]


async def test_two_at_once_one_wins_and_the_other_is_told(desk: Desk, other: Desk) -> None:
    text = text_in(desk)
    outcomes = await asyncio.gather(
        *(
            one.publish({T_CELL: Change(text, said(text, short))}, who=WHO, why="")
            for one, short in ((desk, "One."), (other, "Two."), (desk, "Three."))
        ),
        return_exceptions=True,
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, list)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, ChangedMeanwhileError)]
    assert (len(won), len(lost)) == (1, 2)
    assert all(error.now == {T_CELL: (text, won[0][0].after)} for error in lost)
    for one in (desk, other):
        assert await one.library.reload()
        await agree(one)


async def test_different_files_at_once_are_all_published(desk: Desk, other: Desk) -> None:
    await asyncio.gather(say(desk, "One."), say(other, "Two.", TNF), say(desk, "Three.", "terms/ms-term.yaml"))
    for one in (desk, other):
        assert await one.library.reload()
        assert one.library.current.entries["t-cell"].short == "One."
        await agree(one)


# The day it was checked, and the version it is based on ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checked", "typed", "day"),
    [
        (True, "2026-01-02", "today"),
        (True, "2026-02-03", "today"),
        (False, "2026-01-02", "2026-01-02"),
        (False, "2026-02-03", "2026-01-02"),
        (None, "2026-01-02", "2026-01-02"),
        (None, "2026-02-03", "2026-02-03"),
    ],
)
@pytest.mark.parametrize("one_line", [False, True])
async def test_the_day_is_moved_only_when_it_was_said(
    desk: Desk, checked: bool | None, typed: str, day: str, one_line: bool
) -> None:
    text = text_in(desk)
    new = said(text, "New.").replace("checked: 2026-01-02", f"checked: {typed}  # by hand")
    if one_line:
        new = (
            "{name: T cell, topic: cells, short: New., "
            + SOURCES.replace("2026-01-02\n", typed).replace("]\n", "], ")
            + "}\n"
        )
    await desk.publish({T_CELL: Change(text, new)}, who=WHO, why="", checked=checked)
    entry = desk.library.current.entries["t-cell"]
    assert entry.checked.isoformat() == (today() if day == "today" else day)
    assert entry.short == "New."
    assert value_of(text_in(desk), "based_on") == digest(text)
    assert ("# by hand" in text_in(desk)) is not one_line
    await agree(desk)


async def test_a_new_entry_has_the_day_that_it_says_or_today(desk: Desk) -> None:
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="", checked=None)
    assert day_checked(text_in(desk, NEW)) == date(2026, 1, 2)
    await desk.roll_back(NEW, 0, who=WHO)
    await desk.publish({NEW: Change(None, NEW_TEXT.replace("checked: 2026-01-02\n", ""))}, who=WHO, why="", checked=True)
    assert text_in(desk, NEW).endswith(f"checked: {today()}\n")
    await agree(desk)


async def test_only_entries_have_a_day(desk: Desk) -> None:
    text, disclaimers = text_in(desk, SPANISH), text_in(desk, "disclaimers.yaml")
    await desk.publish(
        {SPANISH: Change(text, said(text, "Otra.")), "disclaimers.yaml": Change(disclaimers, disclaimers + "more: x\n")},
        who=WHO,
        why="",
        checked=True,
    )
    assert all("checked" not in text_in(desk, file) for file in (SPANISH, "disclaimers.yaml"))
    assert value_of(text_in(desk, "disclaimers.yaml"), "based_on") == digest(disclaimers)
    await agree(desk)


async def test_the_shipped_text_checked_today_is_a_change_and_without_it_is_none(desk: Desk) -> None:
    text = text_in(desk)
    await desk.publish({T_CELL: Change(text, text)}, who=WHO, why="", checked=True)
    assert desk.library.current.entries["t-cell"].checked.isoformat() == today()
    await desk.publish({T_CELL: Change(text_in(desk), text)}, who=WHO, why="", checked=False)
    assert files_of(desk) == {}
    await agree(desk)


async def test_it_stays_based_on_the_version_that_was_changed_first(desk: Desk, folder: Path) -> None:
    text = text_in(desk)
    await say(desk, "One.")
    (folder / T_CELL).write_text(said(text, "A newer one."))
    await say(desk, "Two.")
    assert value_of(text_in(desk), "based_on") == digest(text)


async def test_the_text_that_is_shipped_needs_no_file_of_its_own(desk: Desk, folder: Path) -> None:
    text = text_in(desk)
    await say(desk, "One.")
    (made,) = await desk.publish({T_CELL: Change(text_in(desk), text)}, who=WHO, why="")
    assert (made.after, made.changed) == (text, False)
    assert files_of(desk) == {}
    await agree(desk)
    (folder / T_CELL).write_text(said(text, "An upgrade."))
    await desk.library.reload()
    assert desk.library.current.entries["t-cell"].short == "An upgrade.", "upgrades reach it again"


async def test_what_was_done_is_never_struck_out(desk: Desk) -> None:
    made = await say(desk, "x")
    await history.forget(desk.store, made)
    assert await history.versions(desk.store, T_CELL) == made


# Roll back ------------------------------------------------------------------------------------------------------------------


async def test_any_version_can_be_put_in_force_again(desk: Desk) -> None:
    first = text_in(desk)
    for number in (1, 2, 3):
        await say(desk, f"Version {number}.")
    texts = [first, *[v.after for v in reversed(await history.versions(desk.store, T_CELL))]]
    for number in (1, 0, 3, 2, 4, 0):
        (made,) = await desk.roll_back(T_CELL, number, who=7)
        texts.append(made.after)
        assert text_in(desk) == texts[number]
        assert (made.action, made.who, made.why) == ("roll back", "7", f"#{number}")
        assert made.number == len(texts) - 1, "itself a version"
        assert await desk.roll_back(T_CELL, number, who=7) == [], "it is there already"
        await agree(desk)
    assert files_of(desk) == {}, "the shipped text"


async def test_there_is_no_rolling_back_to_what_never_was(desk: Desk) -> None:
    for number in (0, 1):
        with pytest.raises(LookupError):
            await desk.roll_back(T_CELL, number, who=WHO)
    await say(desk, "x")
    for number in (2, 99, -1):
        with pytest.raises(LookupError):
            await desk.roll_back(T_CELL, number, who=WHO)
    assert len(await history.versions(desk.store, T_CELL)) == 1


async def test_a_new_entry_is_rolled_back_to_nothing_and_brought_back(desk: Desk) -> None:
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    (made,) = await desk.roll_back(NEW, 0, who=WHO)
    assert (made.before, made.after, made.changed) == (NEW_TEXT, None, False)
    assert "b-cell" not in desk.library.current.entries
    assert files_of(desk) == {}
    await agree(desk)
    await desk.roll_back(NEW, 1, who=WHO)
    assert desk.library.current.entries["b-cell"].short == "A new entry."
    await agree(desk)


async def test_an_entry_that_others_link_to_can_not_be_rolled_back_to_nothing(desk: Desk) -> None:
    text = text_in(desk)
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    await desk.publish({T_CELL: Change(text, text.replace("related: [", "related: [b-cell, "))}, who=WHO, why="")
    before = await everything(desk)
    with pytest.raises(NotGoodError, match="links to `b-cell`, and there is no such entry"):
        await desk.roll_back(NEW, 0, who=WHO)
    assert await everything(desk) == before
    await desk.withdraw(NEW, who=WHO, why="")
    assert desk.library.current.under_review("B cell"), "but it can be taken down"
    await agree(desk)


async def test_a_version_that_an_editor_broke_can_not_be_put_in_force_again(desk: Desk, changes: Path) -> None:
    await say(desk, "x")
    good = text_in(desk)
    (changes / T_CELL).write_text("name: [\n")
    await desk.note_editors()
    await desk.roll_back(T_CELL, 1, who=WHO)
    assert text_in(desk) == good
    before = await everything(desk)
    with pytest.raises(NotGoodError, match="this is not valid YAML"):
        await desk.roll_back(T_CELL, 2, who=WHO)
    assert await everything(desk) == before
    await agree(desk)


# Withdraw -------------------------------------------------------------------------------------------------------------------


async def test_a_withdrawn_entry_is_gone_its_names_are_under_review_and_links_to_it_are_no_mistake(desk: Desk) -> None:
    text = text_in(desk)
    (made,) = await desk.withdraw(T_CELL, who=WHO, why="It is wrong.")
    current = desk.library.current
    assert "t-cell" not in current.entries
    assert current.index.exact("T cell") == current.index.exact("T lymphocyte") == ()
    for name in ("t cell", "T-Lymphocyte", "célula T"):
        assert [entry.id for entry in current.under_review(name)] == ["t-cell"]
    assert current.under_review("interleukin-2") == ()
    assert current.entries["interleukin-2"].related == ("t-cell",), "whoever linked to it is as it was"
    assert (made.action, made.why) == ("withdraw", "It is wrong.")
    assert made.after == f"{text}withdrawn: {today()}\nbased_on: {digest(text)}\n", "its text stays"
    await agree(desk)
    await desk.roll_back(T_CELL, 0, who=WHO)
    assert desk.library.current.index.exact("t cell") == ("t-cell",)
    assert desk.library.current.withdrawn == {}
    await agree(desk)


@pytest.mark.parametrize("entry", sorted(name for name in SMALL if not name.startswith(("es/", "disc"))))
async def test_every_entry_can_be_withdrawn_whatever_links_to_it(desk: Desk, entry: str) -> None:
    await desk.withdraw(entry, who=WHO, why="")
    assert list(desk.library.current.withdrawn) == [Path(entry).stem]
    await agree(desk)


async def test_an_urgent_entry_that_is_withdrawn_still_means_danger(desk: Desk) -> None:
    assert desk.library.current.index.danger("my chest hurts so") == ("chest-pain",)
    await desk.withdraw("symptoms/chest-pain.yaml", who=WHO, why="")
    assert "chest-pain" not in desk.library.current.entries
    assert desk.library.current.index.danger("my chest hurts so") == ("chest-pain",)


@pytest.mark.parametrize(
    "text",
    [
        ON_ONE_LINE,
        f"# as in {{this}}\n{ON_ONE_LINE}",
        "".join(f"  {line}\n" for line in f"name: T cell\ntopic: cells\nshort: x\n{SOURCES}".splitlines()),
        "? name\n: T cell\n" + f"topic: cells\nshort: x\n{SOURCES}",
    ],
)
async def test_an_entry_can_be_withdrawn_however_its_file_is_written(desk: Desk, changes: Path, text: str) -> None:
    (changes / T_CELL).parent.mkdir(parents=True)
    (changes / T_CELL).write_text(text)
    assert await desk.library.reload()
    await desk.withdraw(T_CELL, who=WHO, why="")
    assert list(desk.library.current.withdrawn) == ["t-cell"]
    assert ("# as in {this}" in text_in(desk)) is ("# as in {this}" in text)
    await agree(desk)


async def test_withdrawing_needs_no_other_file_to_be_good(desk: Desk, changes: Path) -> None:
    await say(desk, "x", TNF)
    good = text_in(desk, TNF)
    (changes / TNF).write_text("name: [\n")
    assert not await desk.library.reload()
    await desk.withdraw(T_CELL, who=WHO, why="")
    assert "t-cell" not in desk.library.current.entries
    assert desk.library.current.index.exact("T cell") == ()
    assert [entry.id for entry in desk.library.current.under_review("T cell")] == ["t-cell"]
    assert desk.library.current.entries["tnf"].short == "x", "the last good version of what is broken"
    assert not await desk.library.reload()
    assert "t-cell" not in desk.library.current.entries
    (changes / TNF).write_text(good)
    assert await desk.library.reload()
    assert list(desk.library.current.withdrawn) == ["t-cell"]
    assert await desk.note_editors()
    await agree(desk)


# Upgrades -------------------------------------------------------------------------------------------------------------------


async def upgrade(desk: Desk, short: str = "The newer shipped one.", file: str = T_CELL) -> str:
    path = desk.folders.shipped / file
    path.write_text(said(path.read_text(), short))
    assert await desk.library.reload()
    return path.read_text()


async def test_a_change_is_outdated_when_the_shipped_version_is_newer(desk: Desk) -> None:
    old = text_in(desk)
    await say(desk, "Mine.")
    await say(desk, "Mine too.", TNF)
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    assert desk.outdated() == []
    await upgrade(desk)
    assert desk.outdated() == [T_CELL]
    assert await desk.shipped_before(T_CELL) == old
    assert desk.library.current.entries["t-cell"].short == "Mine.", "until someone says otherwise"


async def test_mine_is_kept_and_no_longer_outdated(desk: Desk) -> None:
    await say(desk, "Mine.")
    mine, newer = text_in(desk), await upgrade(desk)
    (made,) = await desk.keep_mine(T_CELL, who=WHO)
    assert desk.outdated() == []
    assert made.action == "keep mine"
    assert text_in(desk) == mine.replace(value_of(mine, "based_on") or "", digest(newer))
    assert desk.library.current.entries["t-cell"].short == "Mine."
    await agree(desk)
    await upgrade(desk, "The newest.")
    assert desk.outdated() == [T_CELL]


async def test_mine_is_kept_however_its_file_is_written(desk: Desk) -> None:
    await desk.publish({T_CELL: Change(text_in(desk), ON_ONE_LINE)}, who=WHO, why="")
    await upgrade(desk)
    assert desk.outdated() == [T_CELL]
    await desk.keep_mine(T_CELL, who=WHO)
    assert desk.outdated() == []


async def test_theirs_is_taken_and_mine_can_be_brought_back(desk: Desk) -> None:
    await say(desk, "Mine.")
    mine, newer = text_in(desk), await upgrade(desk)
    (made,) = await desk.take_theirs(T_CELL, who=WHO)
    assert (made.action, made.before, made.after, made.changed) == ("take theirs", mine, newer, False)
    assert files_of(desk) == {}
    assert desk.outdated() == []
    assert desk.library.current.entries["t-cell"].short == "The newer shipped one."
    await agree(desk)
    await desk.roll_back(T_CELL, 1, who=WHO)
    assert text_in(desk) == mine
    assert desk.outdated() == [T_CELL], "it is still based on the older one"


# Editors --------------------------------------------------------------------------------------------------------------------


async def test_what_an_editor_changed_is_written_down_once_however_many_look(
    desk: Desk, other: Desk, changes: Path, tmp_path: Path
) -> None:
    shipped = text_in(desk)
    (changes / T_CELL).parent.mkdir(parents=True)
    (changes / T_CELL).write_text(said(shipped, "One."))
    (changes / NEW).write_text(NEW_TEXT)
    found = await asyncio.gather(*(one.note_editors() for one in (desk, other) * 3))
    assert sorted((v.file, v.before, v.after, v.action, v.who) for versions in found for v in versions) == [
        (NEW, None, NEW_TEXT, "editor", ""),
        (T_CELL, shipped, said(shipped, "One."), "editor", ""),
    ]
    for one in (desk, other):
        assert await one.note_editors() == []
    (changes / T_CELL).write_text(said(shipped, "Two."))
    (changes / NEW).unlink()
    noted = [v for one in (desk, other) for v in await one.note_editors()]
    assert [(v.file, v.number, v.before, v.after, v.changed) for v in noted] == [
        (NEW, 2, NEW_TEXT, None, False),
        (T_CELL, 2, said(shipped, "One."), said(shipped, "Two."), True),
    ]
    assert rows(tmp_path / "immunobot.db", "SELECT COUNT(*), MIN(done) FROM history") == [(4, 1)]
    for one in (desk, other):
        await one.library.reload()
        await agree(one)


async def test_a_copy_of_the_shipped_file_is_an_editors_change_too(desk: Desk, changes: Path) -> None:
    shipped = text_in(desk)
    await say(desk, "x")
    await desk.take_theirs(T_CELL, who=WHO)
    (changes / T_CELL).write_text(shipped)
    assert [(v.after, v.changed) for v in await desk.note_editors()] == [(shipped, True)]
    await desk.library.reload()
    await agree(desk)


async def test_what_an_editor_changed_can_be_undone(desk: Desk, changes: Path) -> None:
    await say(desk, "x")
    text = text_in(desk)
    (changes / T_CELL).unlink()
    await desk.note_editors()
    await desk.roll_back(T_CELL, 1, who=WHO)
    assert text_in(desk) == text
    await agree(desk)


async def test_what_is_published_here_is_no_editors_change_anywhere(desk: Desk, other: Desk) -> None:
    await asyncio.gather(say(desk, "x"), *(other.note_editors() for _ in range(5)))
    assert [v.action for v in await history.recent(desk.store)] == ["publish"]


async def test_what_is_no_knowledge_file_is_nobodys_change(desk: Desk, changes: Path) -> None:
    await say(desk, "x")
    (changes / "terms/.#t-cell.yaml").write_text("an editor's own")
    (changes / "terms/.t-cell.yaml").write_text("an editor's own")
    (changes / "terms/#t-cell.yaml").write_text("an editor's own")
    (changes / "terms/t-cell.yaml~").write_text("an editor's own")
    (changes / "notes.yaml").write_text("notes")
    (changes / "terms/README.md").write_text("notes")
    (changes / "terms/link.yaml").symlink_to(changes / T_CELL)
    assert await desk.note_editors() == []


# What fails -----------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def steps(step: Callable[[str, Path | None], None]) -> Iterator[None]:
    """Have every step of a change announced before and after it is made."""
    with pytest.MonkeyPatch.context() as patch:

        def watch(owner: Any, name: str, path_of: Callable[..., Path | None]) -> None:
            real = getattr(owner, name)

            @functools.wraps(real)
            def announced(*given: Any, **options: Any) -> Any:
                path = path_of(*given, *options.values())
                step(f"before {name}", path)
                result = real(*given, **options)
                step(f"after {name}", path)
                return result

            patch.setattr(owner, name, announced)

        for name in ("replace", "unlink", "mkdir", "read_bytes"):
            watch(Path, name, lambda path, *_: path)
        watch(Path, "open", lambda path, mode="r", *_: path if "w" in mode else None)
        watch(os, "open", lambda path, *_: Path(os.fsdecode(path)))
        watch(os, "fsync", lambda handle: Path(f"/proc/self/fd/{handle}").resolve())
        for name in ("begin", "end"):
            real = getattr(history, name)

            async def announced(*given: Any, name: str = name, real: Any = real) -> None:
                step(f"before {name}", None)
                await real(*given)
                step(f"after {name}", None)

            patch.setattr(history, name, announced)
        yield


async def some_changes(desk: Desk) -> dict[str, Change]:
    """A change of four files that is good as a whole only: changed again, new, given up for the shipped one, translated."""
    await say(desk, "A first change.")
    await say(desk, "A first change.", TNF)
    text, tnf, spanish = text_in(desk), text_in(desk, TNF), text_in(desk, SPANISH)
    return {
        T_CELL: Change(text, text.replace("related: [", "related: [b-cell, ")),
        TNF: Change(tnf, desk.folders.shipped_text(TNF)),
        NEW: Change(None, NEW_TEXT),
        SPANISH: Change(spanish, said(spanish, "Otra célula.")),
    }


@pytest.mark.parametrize(("number", "stays"), [(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EROFS, False)])
async def test_a_disk_that_is_full_at_any_step_leaves_everything_as_it_was(
    desk: Desk, changes: Path, number: int, stays: bool
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


async def test_a_folder_that_can_not_be_made_or_locked_is_told(desk: Desk, changes: Path) -> None:
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
    desk: Desk, changes: Path, monkeypatch: pytest.MonkeyPatch
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


async def test_a_text_in_another_encoding_is_put_back_to_the_byte(desk: Desk, changes: Path) -> None:
    await say(desk, "x")
    (changes / T_CELL).write_bytes("name: célula\n".encode("latin-1"))
    before = files_of(desk)

    def step(name: str, path: Path | None) -> None:
        if name == "after replace" and path is not None and path.name.endswith(".new"):
            raise OSError(errno.ENOSPC, "full")

    with steps(step), pytest.raises(FolderError, match="full"):
        folders_module.Prepared(desk.folders, {T_CELL: "name: x\n"}).put()
    desk.folders.clear()
    assert files_of(desk) == before


@pytest.mark.parametrize("kind", ["file", "folder"])
async def test_nothing_is_written_through_a_link(desk: Desk, changes: Path, tmp_path: Path, kind: str) -> None:
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
async def test_a_place_outside_of_the_folder_is_refused(desk: Desk, changes: Path, file: str) -> None:
    with pytest.raises(FolderError):
        await desk.publish({file: Change(None, NEW_TEXT)}, who=WHO, why="")
    assert files_of(desk) == {}
    assert not (changes.parent / "x.yaml").exists()


@contextlib.asynccontextmanager
async def impatient(desk: Desk, path: Path) -> AsyncIterator[Desk]:
    """The same desk on a store that does not wait for a lock."""
    store = Store(await connect(path, busy_ms=1), b"k" * 32)
    yield Desk(desk.folders, desk.library, store)
    await store.close()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


async def test_a_locked_database_leaves_everything_as_it_was(desk: Desk, tmp_path: Path) -> None:
    change, path = await some_changes(desk), tmp_path / "immunobot.db"
    before = await everything(desk)
    async with impatient(desk, path) as hasty:
        with locked(path), pytest.raises(StoreUnavailable):
            await hasty.publish(change, who=WHO, why="")
        assert await everything(desk) == before
        lock = contextlib.ExitStack()

        def step(name: str, _: Path | None) -> None:
            if name == "before begin":
                lock.enter_context(locked(path))

        with lock, steps(step), pytest.raises(StoreUnavailable):
            await hasty.publish(change, who=WHO, why="")
        assert await everything(desk) == before
        await agree(desk)


async def test_a_database_that_refuses_the_last_step_is_told_later(desk: Desk, tmp_path: Path) -> None:
    change, path = await some_changes(desk), tmp_path / "immunobot.db"
    lock = contextlib.ExitStack()
    count = 0

    def step(name: str, _: Path | None) -> None:
        nonlocal count
        count += name == "before end"
        if name == "before end" and count == 2:  # the first is of what was begun before, which is nothing
            lock.enter_context(locked(path))

    async with impatient(desk, path) as hasty:
        with lock, steps(step):
            made = await hasty.publish(change, who=WHO, why="")
    assert [version.done for version in made] == [True] * 4, "the files are in their places"
    assert len(await history.unfinished(desk.store)) == 4
    await say(desk, "The next change.")
    await agree(desk)


async def test_a_change_that_is_cancelled_is_whole_or_not_at_all(desk: Desk) -> None:
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


# Killed ---------------------------------------------------------------------------------------------------------------------

ROOT = Path(__file__).parent.parent


def die_at_every_step(base: str, action: str) -> None:
    """In a process of its own: do it again and again, each time killed one step later, until it comes through."""
    for at in itertools.count():
        place = Path(base) / action / str(at)
        shutil.copytree(Path(base) / "before" / action, place)
        if pid := os.fork():
            if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != -signal.SIGKILL:
                print(at)
                return
            continue
        left = at

        def step(name: str, path: Path | None, place: Path = place) -> None:
            nonlocal left
            if path is None or path.is_relative_to(place / "changes"):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(_do(place, action, step))
        os._exit(0)


async def _do(place: Path, action: str, step: Callable[[str, Path | None], None]) -> None:
    store = await Store.open(place / "immunobot.db", "a key of the hashes")
    if action == "recover":
        with steps(step):
            await recover(Folders(place / "knowledge", place / "changes"), store)
    else:
        desk = desk_on(place / "knowledge", place / "changes", store)
        change = {f: Change(*texts) for f, texts in json.loads((place / "change.json").read_text()).items()}
        with steps(step):
            await desk.publish(change, who=WHO, why="")
    os._exit(0)


def killed(base: Path, action: str) -> int:
    """Return how many steps there are at which it was killed."""
    script = (
        f"import sys; sys.path.insert(0, ''); from tests.test_publish import *; die_at_every_step({str(base)!r}, {action!r})"
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
    desk = Desk(folders, Library(folders.paths()), store)
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
        with sqlite3.connect(place / "immunobot.db") as connection:
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


async def test_what_an_editor_changed_since_a_kill_stands(desk: Desk, changes: Path) -> None:
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


async def test_recovering_nothing_touches_nothing(desk: Desk, changes: Path) -> None:
    assert await recover(desk.folders, desk.store) == 0
    assert not changes.exists(), "a folder that may not be written to is no trouble until something is to be written"


# Anything, in any order --------------------------------------------------------------------------------------------------------

FILES = (T_CELL, TNF, NEW, SPANISH)
ACTIONS = ("publish", "publish", "checked", "roll back", "withdraw", "keep mine", "take theirs", "editor", "editor deletes",
           "editor breaks", "upgrade", "give up")  # fmt: skip


async def act(desk: Desk, action: str, file: str, number: int) -> None:
    """Do one thing that moderators, editors or operators do."""
    text, path = desk.folders.text(file), desk.folders.changes / file
    new = said(text or (NEW_TEXT if file == NEW else ""), f"Number {number}.")
    match action:
        case "publish" | "checked":
            await desk.publish({file: Change(text, new)}, who=WHO, why="", checked=True if action == "checked" else None)
        case "roll back":
            head = (await history.heads(desk.store)).get(file)
            await desk.roll_back(file, number % (head.number + 1 if head else 1), who=WHO)
        case "withdraw":
            await desk.withdraw(file, who=WHO, why="")
        case "keep mine":
            await desk.keep_mine(file, who=WHO)
        case "take theirs":
            await desk.take_theirs(file, who=WHO)
        case "give up":
            await desk.publish({file: Change(text, desk.folders.shipped_text(file))}, who=WHO, why="")
        case "upgrade":
            if file != NEW:
                (desk.folders.shipped / file).write_text(said(desk.folders.shipped_text(file) or "", f"Shipped {number}."))
        case "editor":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new)
        case "editor deletes":
            if desk.folders.changed().keys() - {file}:  # a folder without any file is a lost one
                path.unlink(missing_ok=True)
        case "editor breaks":
            before = path.read_bytes() if path.exists() else None
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("name: [\n")
            assert not await desk.library.reload()
            with contextlib.suppress(NotGoodError, ChangedMeanwhileError, LookupError):
                await desk.roll_back(file, 0, who=WHO)
            if desk.folders.changed_text(file) == "name: [\n":
                path.unlink() if before is None else path.write_bytes(before)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.sampled_from(FILES), st.integers(0, 9), st.booleans()),
        min_size=3,
        max_size=12,
    )
)
def test_in_whatever_order_things_are_done_files_history_and_index_say_the_same(
    done: list[tuple[str, str, int, bool]],
) -> None:
    async def run(base: Path) -> None:
        for name, text in SMALL.items():
            path = base / "knowledge" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + ("" if name.startswith(("es/", "disc")) else SOURCES), encoding="utf-8")
        stores = [await Store.open(base / "immunobot.db") for _ in range(2)]
        desks = [desk_on(base / "knowledge", base / "changes", store) for store in stores]
        for action, file, number, second in done:
            desk = desks[second]
            before = await everything(desk)
            try:
                await act(desk, action, file, number)
            except (NotGoodError, ChangedMeanwhileError, LookupError):
                assert await everything(desk) == before
            noted = 0
            for one in desks:  # as each does whose watcher saw the files
                one.library.remembered = await history.standing(one.store)
                assert await one.library.reload(), one.library.problems
                noted += len(await one.note_editors())
            assert noted <= 1
            for one in desks:
                await agree(one, upgraded="upgrade" in [action for action, *_ in done])
        for store in stores:
            await store.close()

    with tempfile.TemporaryDirectory() as base:
        asyncio.run(run(Path(base)))


# Proposals ------------------------------------------------------------------------------------------------------------------


async def test_a_proposal_survives_a_restart_and_is_its_own_persons_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    content = {"files": {T_CELL: [None, "name: 😀\r\n"]}, "form": True}
    kept = await proposals.keep(store, WHO, content)
    await store.close()
    store = await Store.open(path)
    assert await proposals.find(store, WHO, kept) == content
    assert await proposals.find(store, WHO + 1, kept) is None, "someone else's"
    assert await proposals.find(store, WHO, "0" * 16) is None
    assert await proposals.find(store, WHO, "") is None
    await store.execute("UPDATE proposals SET at = unixepoch() - ?", (proposals.LASTS - 100,))
    assert await proposals.find(store, WHO, kept) == content
    await store.execute("UPDATE proposals SET at = unixepoch() - ?", (proposals.LASTS,))
    assert await proposals.find(store, WHO, kept) is None, "a day is over"
    assert str(WHO) not in str(rows(path, "SELECT * FROM proposals")), "kept under a hash"
    await store.close()


async def test_a_proposal_that_was_published_or_dropped_is_gone(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "immunobot.db")
    one, two = [await proposals.keep(store, WHO, {"n": n}) for n in range(2)]
    assert one != two
    await proposals.drop(store, one)
    assert await proposals.find(store, WHO, one) is None
    assert await proposals.find(store, WHO, two) == {"n": 1}
    await store.close()


async def test_only_the_latest_proposals_of_a_person_are_kept_and_the_one_just_made_among_them(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    others = await proposals.keep(store, WHO + 1, {})
    for number in range(60):
        kept = await proposals.keep(store, WHO, {"n": number})
        assert await proposals.find(store, WHO, kept) == {"n": number}
    assert rows(path, "SELECT COUNT(*) FROM proposals")[0] == (proposals.MOST + 1,)
    assert await proposals.find(store, WHO + 1, others) == {}
    await store.close()


async def test_of_two_broken_files_one_is_mended_after_the_other(desk: Desk, changes: Path) -> None:
    await say(desk, "x")
    await say(desk, "x", TNF)
    good = {file: text_in(desk, file) for file in (T_CELL, TNF)}
    for file in good:
        (changes / file).write_text("name: [\n")
    assert not await desk.library.reload()
    for file, text in good.items():
        await desk.publish({file: Change("name: [\n", text)}, who=WHO, why="mended")
    assert desk.library.problems == ()
    await agree(desk)


async def test_a_change_that_would_break_another_file_is_refused_even_where_that_is_broken_already(
    desk: Desk, changes: Path
) -> None:
    text = text_in(desk)
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    await desk.publish({T_CELL: Change(text, text.replace("related: [", "related: [b-cell, "))}, who=WHO, why="")
    await say(desk, "x", TNF)
    (changes / TNF).write_text("name: [\n")
    with pytest.raises(NotGoodError, match="links to `b-cell`"):
        await desk.roll_back(NEW, 0, who=WHO)
