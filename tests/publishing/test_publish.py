"""A change of the knowledge is whole or not at all, and is written down."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path

import pytest

from bot.knowledge.library import KnowledgeError
from bot.knowledge.rewrite import value_of
from bot.publishing.folders import digest
from bot.publishing.publish import Change, EditConflictError, Publisher
from bot.publishing.unpack import unpack
from bot.store import history
from bot.store.history import Version

from ..conftest import SOURCES
from .helpers import NEW, NEW_TEXT, T_CELL, TNF, WHO, agree, everything, files_of, said, say, text_in


async def test_a_change_is_live_written_down_and_whole(desk: Publisher) -> None:
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
        T_CELL,
        1,
        row.at,
        str(WHO),
        "publish",
        "A source says so: é😀",
        text,
        on_disk,
        changed=True,
        done=True,
        step=row.step,
    )
    assert abs(row.at - history.now()) < 1000
    await agree(desk)


async def test_each_change_is_a_version_of_its_own(desk: Publisher) -> None:
    for number in range(1, 4):
        (made,) = await say(desk, f"Version {number}.")
        assert made.number == number
    found = await history.versions(desk.store, T_CELL)
    assert [version.number for version in found] == [3, 2, 1]
    assert [value_of(version.after or "", "short") for version in found] == ["Version 3.", "Version 2.", "Version 1."]
    assert [v.number for v in await history.versions(desk.store, T_CELL, before=3, most=1)] == [2]
    assert [v.number for v in await history.recent(desk.store, 2)] in ([3, 2], [1, 2])
    await agree(desk)


async def test_many_files_are_one_change_with_new_folders(desk: Publisher) -> None:
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
    "too long": ("name: T cell\n" + "# x\n" * 70_000, "more than 256,000 bytes"),
    "a list": ("- T cell\n", "a term is not a mapping of keys to values"),
    "nothing": ("", "the file is empty"),
    "no source": ("name: T cell\ntopic: cells\nshort: x\nchecked: 2026-01-01\n", "a term has no `sources`"),
    "a link to nothing": (f"name: T cell\ntopic: cells\nshort: x\nrelated: [nope]\n{SOURCES}", "links to `nope`"),
    "another's name": (f"name: TNF-α\ntopic: cells\nshort: x\n{SOURCES}", "is also a name of `tnf`"),
}


@pytest.mark.parametrize("checked", [None, True, False])
@pytest.mark.parametrize("mistake", MISTAKES)
async def test_what_has_a_mistake_is_refused_and_leaves_everything_as_it_was(
    desk: Publisher, mistake: str, checked: bool | None
) -> None:
    await say(desk, "A first change.", TNF)
    text, (new, sentence) = text_in(desk), MISTAKES[mistake]
    before = await everything(desk)
    with pytest.raises(KnowledgeError) as error:
        await desk.publish(
            {TNF: Change(text_in(desk, TNF), said(text_in(desk, TNF), "good")), T_CELL: Change(text, new)},
            who=WHO,
            why="",
            checked=checked,
        )
    assert sentence in str(error.value)
    assert await everything(desk) == before
    await agree(desk)


async def test_an_id_that_is_not_the_files_name_is_found_before_it_is_published(desk: Publisher) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(T_CELL, f"id: b-cell\n{text_in(desk)}")
    files, problems = unpack(data.getvalue(), "new.zip")
    assert problems == [], "alone it is a file like others"
    changes = {file: Change(text_in(desk), text) for file, text in files.items()}
    with pytest.raises(KnowledgeError) as error:
        await desk.candidate(changes)
    assert str(error.value) == (
        "terms/t-cell.yaml:1: the id `b-cell` is not the file's name; delete the line, or rename the file"
    )
    with pytest.raises(KnowledgeError):
        await desk.publish(changes, who=WHO, why="")
    assert files_of(desk) == {}


async def test_a_mistake_that_an_editor_left_elsewhere_is_named_and_keeps_nobody_from_working(
    desk: Publisher, changes: Path
) -> None:
    await say(desk, "x")
    good = text_in(desk, TNF)
    (changes / TNF).write_text("name: [\n")
    with pytest.raises(KnowledgeError) as error:
        await desk.candidate({T_CELL: Change(text_in(desk), said(text_in(desk), "y"))})
    assert f"{changes.as_posix()}/{TNF}:2: this is not valid YAML" in str(error.value)
    await say(desk, "y")
    assert value_of(text_in(desk), "short") == "y"
    assert desk.library.current.entries["t-cell"].short == "x", "members see the last good knowledge"
    assert [Path(problem.file).name for problem in desk.library.problems] == ["tnf.yaml"]
    (changes / TNF).write_text(good)
    assert await desk.library.reload()
    assert desk.library.current.entries["t-cell"].short == "y"


async def test_what_was_changed_meanwhile_is_refused_with_both_texts(desk: Publisher, other: Publisher) -> None:
    text = text_in(desk)
    await say(other, "The other moderator was faster.")
    before = await everything(other)
    now = text_in(other)
    with pytest.raises(EditConflictError) as error:
        await desk.publish(
            {T_CELL: Change(text, said(text, "Mine.")), TNF: Change(text_in(desk, TNF), said(text_in(desk, TNF), "x"))},
            who=WHO,
            why="",
        )
    assert error.value.now == {T_CELL: now}
    assert error.value.changes == {T_CELL: Change(text, said(text, "Mine."))}
    assert await everything(other) == before
    with pytest.raises(EditConflictError) as error:
        await desk.publish({TNF: Change(None, "name: x\n"), NEW: Change("there was one", NEW_TEXT)}, who=WHO, why="")
    assert error.value.now == {TNF: text_in(desk, TNF), NEW: None}
    await other.library.reload()
    await agree(other)


async def test_what_an_editor_changed_meanwhile_is_refused_and_stays(desk: Publisher, changes: Path) -> None:
    await say(desk, "x")
    text = text_in(desk)
    (changes / T_CELL).write_text(said(text, "In an editor."))
    with pytest.raises(EditConflictError):
        await desk.publish({T_CELL: Change(text, said(text, "Mine."))}, who=WHO, why="")
    assert value_of(text_in(desk), "short") == "In an editor."
    assert [version.action for version in await history.versions(desk.store, T_CELL)] == ["editor", "publish"]


async def test_two_at_once_one_wins_and_the_other_is_told(desk: Publisher, other: Publisher) -> None:
    text = text_in(desk)
    outcomes = await asyncio.gather(
        *(
            one.publish({T_CELL: Change(text, said(text, short))}, who=WHO, why="")
            for one, short in ((desk, "One."), (other, "Two."), (desk, "Three."))
        ),
        return_exceptions=True,
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, list)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, EditConflictError)]
    assert (len(won), len(lost)) == (1, 2)
    assert all(error.now == {T_CELL: won[0][0].after} for error in lost)
    for one in (desk, other):
        assert await one.library.reload()
        await agree(one)


async def test_different_files_at_once_are_all_published(desk: Publisher, other: Publisher) -> None:
    await asyncio.gather(say(desk, "One."), say(other, "Two.", TNF), say(desk, "Three.", "terms/ms-term.yaml"))
    for one in (desk, other):
        assert await one.library.reload()
        assert one.library.current.entries["t-cell"].short == "One."
        await agree(one)
