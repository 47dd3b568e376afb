"""What is changed in an editor is written down once, and what an editor broke keeps nobody from working."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.knowledge.library import KnowledgeError
from bot.publishing.publish import Change, Publisher
from bot.store import history

from ..databases import Where
from ..test_store import rows
from .helpers import NEW, NEW_TEXT, T_CELL, TNF, WHO, agree, said, say, text_in

pytestmark = pytest.mark.only("sqlite")


async def test_what_an_editor_changed_is_written_down_once_however_many_look(
    desk: Publisher, other: Publisher, changes: Path, where: Where
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
    assert rows(where, "SELECT COUNT(*), MIN(done) FROM history") == [(4, 1)]
    for one in (desk, other):
        await one.library.reload()
        await agree(one)


async def test_a_copy_of_the_shipped_file_is_an_editors_change_too(desk: Publisher, changes: Path) -> None:
    shipped = text_in(desk)
    await say(desk, "x")
    await desk.take_theirs(T_CELL, who=WHO)
    (changes / T_CELL).write_text(shipped)
    assert [(v.after, v.changed) for v in await desk.note_editors()] == [(shipped, True)]
    await desk.library.reload()
    await agree(desk)


async def test_what_an_editor_changed_can_be_undone(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    text = text_in(desk)
    (changes / T_CELL).unlink()
    await desk.note_editors()
    await desk.roll_back(T_CELL, 1, who=WHO)
    assert text_in(desk) == text
    await agree(desk)


async def test_what_is_published_here_is_no_editors_change_anywhere(desk: Publisher, other: Publisher) -> None:
    await asyncio.gather(say(desk, "x"), *(other.note_editors() for _ in range(5)))
    assert [v.action for v in await history.recent(desk.store)] == ["publish"]


async def test_what_is_no_knowledge_file_is_nobodys_change(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    (changes / "terms/.#t-cell.yaml").write_text("an editor's own")
    (changes / "terms/.t-cell.yaml").write_text("an editor's own")
    (changes / "terms/#t-cell.yaml").write_text("an editor's own")
    (changes / "terms/t-cell.yaml~").write_text("an editor's own")
    (changes / "notes.yaml").write_text("notes")
    (changes / "terms/README.md").write_text("notes")
    (changes / "terms/link.yaml").symlink_to(changes / T_CELL)
    assert await desk.note_editors() == []


async def test_of_two_broken_files_one_is_mended_after_the_other(desk: Publisher, changes: Path) -> None:
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
    desk: Publisher, changes: Path
) -> None:
    text = text_in(desk)
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    await desk.publish({T_CELL: Change(text, text.replace("related: [", "related: [b-cell, "))}, who=WHO, why="")
    await say(desk, "x", TNF)
    (changes / TNF).write_text("name: [\n")
    with pytest.raises(KnowledgeError, match="links to `b-cell`"):
        await desk.roll_back(NEW, 0, who=WHO)
