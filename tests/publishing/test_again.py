"""What is undone, put back, taken down and settled is what it was, whatever else changed or broke meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.rewrite import value_of
from bot.publishing.folders import FolderError, digest
from bot.publishing.publish import Change, Publisher
from bot.publishing.recover import recover
from bot.store import history

from .helpers import (
    NEW,
    NEW_TEXT,
    T_CELL,
    TNF,
    WHO,
    agree,
    files_of,
    said,
    say,
    text_in,
    today,
    upgrade,
)

LATIN = "name: T cell\ntopic: cells\nshort: Hours of work, café.\n".encode("latin-1")
BROKEN = "name: T cell\nshort: [\n"


async def head(desk: Publisher, file: str = T_CELL) -> history.Version:
    return (await history.heads(desk.store))[file]


# Undo -----------------------------------------------------------------------------------------------------------------------


async def test_undo_puts_back_what_was_there_also_after_an_upgrade(desk: Publisher) -> None:
    await say(desk, "Mine.")
    await desk.undo(await head(desk), who=WHO)
    newer = await upgrade(desk)
    await say(desk, "Mine again.")
    (made,) = await desk.undo(await head(desk), who=WHO)
    assert text_in(desk) == made.after == newer
    assert files_of(desk) == {}, "the newer shipped one, with no file of its own"
    assert made.why == "", "version 2 was another text"
    assert desk.library.current.entries["t-cell"].short == "The newer shipped one."
    await agree(desk, upgraded=True)


async def test_what_was_taken_down_comes_back_as_it_was_also_after_an_upgrade(desk: Publisher) -> None:
    await say(desk, "Mine.")
    await desk.undo(await head(desk), who=WHO)
    await upgrade(desk)
    await desk.withdraw(T_CELL, who=WHO, why="")
    await desk.undo(await head(desk), who=WHO)
    assert "t-cell" not in desk.library.current.withdrawn
    assert desk.library.current.entries["t-cell"].short == "The newer shipped one."
    assert files_of(desk) == {}


@pytest.mark.parametrize("how", ["roll back", "undo"])
async def test_an_older_shipped_text_is_put_back_as_one_that_is_behind(desk: Publisher, how: str) -> None:
    older = text_in(desk)
    await say(desk, "Mine.")
    await upgrade(desk)
    if how == "roll back":
        await desk.roll_back(T_CELL, 0, who=WHO)
    else:
        await desk.undo(await head(desk), who=WHO)
    assert text_in(desk) == f"{older}based_on: {digest(older)}\n"
    assert desk.outdated() == [T_CELL]
    assert await desk.shipped_before(T_CELL) == older
    assert await desk.roll_back(T_CELL, 0, who=WHO) == [], "it is there already"
    assert await desk.undo(await head(desk), who=WHO)
    assert value_of(text_in(desk), "short") == "Mine."
    await agree(desk, upgraded=True)


async def test_an_editors_text_without_a_base_is_put_back_to_the_letter(desk: Publisher, changes: Path) -> None:
    theirs = said(text_in(desk), "Theirs.")
    (changes / T_CELL).parent.mkdir(parents=True)
    (changes / T_CELL).write_text(theirs)
    await desk.note_editors()
    await say(desk, "Mine.")
    await desk.undo(await head(desk), who=WHO)
    assert text_in(desk) == theirs


# Other encodings ------------------------------------------------------------------------------------------------------------


async def test_a_file_in_another_encoding_is_neither_written_over_nor_given_up(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    text = text_in(desk)
    (changes / T_CELL).write_bytes(LATIN)
    for before in (text, None, desk.folders.shipped_text(T_CELL)):
        with pytest.raises(FolderError, match="UTF-8"):
            await desk.publish({T_CELL: Change(before, said(text, "y"))}, who=WHO, why="")
    with pytest.raises(FolderError, match="UTF-8"):
        await desk.roll_back(T_CELL, 0, who=WHO)
    assert not await desk.library.reload()
    assert await desk.note_editors() == []
    await say(desk, "y", TNF)
    assert (changes / T_CELL).read_bytes() == LATIN
    assert (await head(desk)).number == 1
    assert desk.folders.all_changed()[T_CELL] is None
    assert list(desk.folders.changed()) == [TNF]


async def test_a_change_that_was_begun_leaves_such_a_file_as_it_is(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    await desk.store.execute("UPDATE history SET done = FALSE")
    (changes / T_CELL).write_bytes(LATIN)
    assert await recover(desk.folders, desk.store) == 1
    assert (changes / T_CELL).read_bytes() == LATIN


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
async def test_an_entry_in_another_encoding_is_taken_down_and_its_text_kept(
    desk: Publisher, changes: Path, encoding: str
) -> None:
    await say(desk, "x")
    theirs = said(text_in(desk), "Hours of work, café.")
    (changes / T_CELL).write_bytes(theirs.encode(encoding))
    (made,) = [v for v in await desk.withdraw(T_CELL, who=WHO, why="") if v.action == "withdraw"]
    assert list(desk.library.current.withdrawn) == ["t-cell"]
    assert made.before == theirs
    await agree(desk)


async def test_what_is_no_text_at_all_is_not_touched(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    (changes / T_CELL).write_bytes(b"\0\xff\0")
    with pytest.raises(FolderError, match="UTF-8"):
        await desk.withdraw(T_CELL, who=WHO, why="")
    assert (changes / T_CELL).read_bytes() == b"\0\xff\0"


# Withdraw -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [BROKEN, "colour: red\n"])
@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize("noted", [True, False])
async def test_an_entry_whose_own_file_is_broken_is_taken_down_with_its_last_good_text(
    desk: Publisher, changes: Path, wrong: str, changed: bool, noted: bool
) -> None:
    if changed:
        await say(desk, "x")
    good = text_in(desk)
    broken = wrong if wrong == BROKEN else good + wrong
    (changes / T_CELL).parent.mkdir(parents=True, exist_ok=True)
    (changes / T_CELL).write_text(broken)
    if noted:
        await desk.note_editors()
    (made,) = [v for v in await desk.withdraw(T_CELL, who=WHO, why="") if v.action == "withdraw"]
    assert "t-cell" not in desk.library.current.entries
    assert desk.library.current.withdrawn["t-cell"].short == value_of(good, "short")
    assert made.before == broken, "nothing is lost"
    assert value_of(text_in(desk), "short") == value_of(good, "short")
    await agree(desk)


@pytest.mark.parametrize("good", [False, True])
async def test_what_another_process_took_down_is_taken_down_here_too_whatever_is_broken(
    desk: Publisher, other: Publisher, changes: Path, good: bool
) -> None:
    await say(desk, "x", TNF)
    assert await other.library.reload()
    (changes / TNF).write_text("name: [\n")
    await desk.withdraw(T_CELL, who=WHO, why="")
    if not good:
        (changes / T_CELL).write_text(text_in(desk) + "colour: red\n")
    assert not await other.library.reload()
    assert "t-cell" not in other.library.current.entries
    assert [entry.id for entry in other.library.current.under_review("T cell")] == ["t-cell"]
    assert other.library.current.entries["tnf"].short == "x"
    current = other.library.current
    assert not await other.library.reload()
    assert other.library.current is current, "once is enough"


# Upgrades -------------------------------------------------------------------------------------------------------------------


async def test_what_is_under_review_stays_so_when_the_shipped_one_is_taken(desk: Publisher) -> None:
    await say(desk, "Mine.")
    newer = await upgrade(desk)
    await desk.withdraw(T_CELL, who=WHO, why="")
    down = text_in(desk)
    await desk.publish({T_CELL: Change(down, down.replace(today(), "2026-02-03"))}, who=WHO, why="")
    await desk.take_theirs(T_CELL, who=WHO)
    assert value_of(text_in(desk), "withdrawn") == "2026-02-03"
    assert list(desk.library.current.withdrawn) == ["t-cell"]
    assert value_of(text_in(desk), "short") == "The newer shipped one."
    assert value_of(text_in(desk), "based_on") == digest(newer)
    assert desk.outdated() == []
    await desk.undo(await head(desk), who=WHO)
    assert value_of(text_in(desk), "short") == "Mine."
    await agree(desk)


async def test_a_new_entry_that_is_undone_twice_is_there(desk: Publisher) -> None:
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    for there in (False, True):
        await desk.undo(await head(desk, NEW), who=WHO)
        assert ("b-cell" in desk.library.current.entries) is there
