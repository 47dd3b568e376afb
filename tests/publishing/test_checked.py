"""The day it was checked, and the version that a change is based on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.rewrite import value_of
from bot.publishing.folders import digest
from bot.publishing.publish import Change, Publisher, day_of
from bot.store import history

from ..conftest import SOURCES
from .helpers import NEW, NEW_TEXT, SPANISH, T_CELL, WHO, agree, files_of, said, say, text_in, today

pytestmark = pytest.mark.only("sqlite")


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
    desk: Publisher, checked: bool | None, typed: str, day: str, one_line: bool
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


async def test_a_new_entry_has_the_day_that_it_says_or_today(desk: Publisher) -> None:
    await desk.publish({NEW: Change(None, NEW_TEXT)}, who=WHO, why="", checked=None)
    assert day_of(text_in(desk, NEW), "checked") == date(2026, 1, 2)
    await desk.roll_back(NEW, 0, who=WHO)
    await desk.publish({NEW: Change(None, NEW_TEXT.replace("checked: 2026-01-02\n", ""))}, who=WHO, why="", checked=True)
    assert text_in(desk, NEW).endswith(f"checked: {today()}\n")
    await agree(desk)


async def test_only_entries_have_a_day(desk: Publisher) -> None:
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


async def test_the_shipped_text_checked_today_is_a_change_and_without_it_is_none(desk: Publisher) -> None:
    text = text_in(desk)
    await desk.publish({T_CELL: Change(text, text)}, who=WHO, why="", checked=True)
    assert desk.library.current.entries["t-cell"].checked.isoformat() == today()
    await desk.publish({T_CELL: Change(text_in(desk), text)}, who=WHO, why="", checked=False)
    assert files_of(desk) == {}
    await agree(desk)


async def test_it_stays_based_on_the_version_that_was_changed_first(desk: Publisher, folder: Path) -> None:
    text = text_in(desk)
    await say(desk, "One.")
    (folder / T_CELL).write_text(said(text, "A newer one."))
    await say(desk, "Two.")
    assert value_of(text_in(desk), "based_on") == digest(text)


async def test_the_text_that_is_shipped_needs_no_file_of_its_own(desk: Publisher, folder: Path) -> None:
    text = text_in(desk)
    await say(desk, "One.")
    (made,) = await desk.publish({T_CELL: Change(text_in(desk), text)}, who=WHO, why="")
    assert (made.after, made.changed) == (text, False)
    assert files_of(desk) == {}
    await agree(desk)
    (folder / T_CELL).write_text(said(text, "An upgrade."))
    await desk.library.reload()
    assert desk.library.current.entries["t-cell"].short == "An upgrade.", "upgrades reach it again"


async def test_what_was_done_is_never_struck_out(desk: Publisher) -> None:
    made = await say(desk, "x")
    await history.forget(desk.store, made)
    assert await history.versions(desk.store, T_CELL) == made
