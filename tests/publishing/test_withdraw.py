"""An entry can be withdrawn, however its file is written and whatever links to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.publishing.folders import digest
from bot.publishing.publish import Publisher

from ..conftest import SMALL, SOURCES
from .helpers import ON_ONE_LINE, T_CELL, TNF, WHO, agree, say, text_in, today


async def test_a_withdrawn_entry_is_gone_its_names_are_under_review_and_links_to_it_are_no_mistake(desk: Publisher) -> None:
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
async def test_every_entry_can_be_withdrawn_whatever_links_to_it(desk: Publisher, entry: str) -> None:
    await desk.withdraw(entry, who=WHO, why="")
    assert list(desk.library.current.withdrawn) == [Path(entry).stem]
    await agree(desk)


async def test_an_urgent_entry_that_is_withdrawn_still_means_danger(desk: Publisher) -> None:
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
async def test_an_entry_can_be_withdrawn_however_its_file_is_written(desk: Publisher, changes: Path, text: str) -> None:
    (changes / T_CELL).parent.mkdir(parents=True)
    (changes / T_CELL).write_text(text)
    assert await desk.library.reload()
    await desk.withdraw(T_CELL, who=WHO, why="")
    assert list(desk.library.current.withdrawn) == ["t-cell"]
    assert ("# as in {this}" in text_in(desk)) is ("# as in {this}" in text)
    await agree(desk)


async def test_withdrawing_needs_no_other_file_to_be_good(desk: Publisher, changes: Path) -> None:
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
