"""Any version can be put in force again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.library import KnowledgeError
from bot.publishing.publish import Change, Publisher
from bot.store import history

from .helpers import NEW, NEW_TEXT, T_CELL, WHO, agree, everything, files_of, say, text_in

pytestmark = pytest.mark.only("sqlite")


async def test_any_version_can_be_put_in_force_again(desk: Publisher) -> None:
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


async def test_there_is_no_rolling_back_to_what_never_was(desk: Publisher) -> None:
    for number in (0, 1):
        with pytest.raises(LookupError):
            await desk.roll_back(T_CELL, number, who=WHO)
    await say(desk, "x")
    for number in (2, 99, -1):
        with pytest.raises(LookupError):
            await desk.roll_back(T_CELL, number, who=WHO)
    assert len(await history.versions(desk.store, T_CELL)) == 1


async def test_a_new_entry_is_rolled_back_to_nothing_and_brought_back(desk: Publisher) -> None:
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    (made,) = await desk.roll_back(NEW, 0, who=WHO)
    assert (made.before, made.after, made.changed) == (NEW_TEXT, None, False)
    assert "b-cell" not in desk.library.current.entries
    assert files_of(desk) == {}
    await agree(desk)
    await desk.roll_back(NEW, 1, who=WHO)
    assert desk.library.current.entries["b-cell"].short == "A new entry."
    await agree(desk)


async def test_an_entry_that_others_link_to_can_not_be_rolled_back_to_nothing(desk: Publisher) -> None:
    text = text_in(desk)
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    await desk.publish({T_CELL: Change(text, text.replace("related: [", "related: [b-cell, "))}, who=WHO, why="")
    before = await everything(desk)
    with pytest.raises(KnowledgeError, match="links to `b-cell`, and there is no such entry"):
        await desk.roll_back(NEW, 0, who=WHO)
    assert await everything(desk) == before
    await desk.withdraw(NEW, who=WHO, why="")
    assert desk.library.current.under_review("B cell"), "but it can be taken down"
    await agree(desk)


async def test_a_version_that_an_editor_broke_can_not_be_put_in_force_again(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    good = text_in(desk)
    (changes / T_CELL).write_text("name: [\n")
    await desk.note_editors()
    await desk.roll_back(T_CELL, 1, who=WHO)
    assert text_in(desk) == good
    before = await everything(desk)
    with pytest.raises(KnowledgeError, match="this is not valid YAML"):
        await desk.roll_back(T_CELL, 2, who=WHO)
    assert await everything(desk) == before
    await agree(desk)
