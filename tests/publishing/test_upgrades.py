"""A change stands until it is chosen between it and the newer shipped version."""

from __future__ import annotations

import pytest

from bot.knowledge.rewrite import value_of
from bot.publishing.folders import digest
from bot.publishing.publish import Change, Publisher

from .helpers import NEW, NEW_TEXT, ON_ONE_LINE, T_CELL, TNF, WHO, agree, files_of, say, text_in, upgrade

pytestmark = pytest.mark.only("sqlite")


async def test_a_change_is_outdated_when_the_shipped_version_is_newer(desk: Publisher) -> None:
    old = text_in(desk)
    await say(desk, "Mine.")
    await say(desk, "Mine too.", TNF)
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="")
    assert desk.outdated() == []
    await upgrade(desk)
    assert desk.outdated() == [T_CELL]
    assert await desk.shipped_before(T_CELL) == old
    assert desk.library.current.entries["t-cell"].short == "Mine.", "until someone says otherwise"


async def test_mine_is_kept_and_no_longer_outdated(desk: Publisher) -> None:
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


async def test_mine_is_kept_however_its_file_is_written(desk: Publisher) -> None:
    await desk.publish({T_CELL: Change(text_in(desk), ON_ONE_LINE)}, who=WHO, why="")
    await upgrade(desk)
    assert desk.outdated() == [T_CELL]
    await desk.keep_mine(T_CELL, who=WHO)
    assert desk.outdated() == []


async def test_theirs_is_taken_and_mine_can_be_brought_back(desk: Publisher) -> None:
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
