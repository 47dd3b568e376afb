"""A broken file never takes the knowledge away."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from pathlib import Path

import pytest

from bot.knowledge.kinds import Kind
from bot.knowledge.library import KnowledgeError, Library, build


async def test_a_good_change_is_swapped_in(library: Library, folder: Path) -> None:
    before = library.current
    path = folder / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("A white blood cell.", "A changed cell."))
    assert await library.reload()
    assert library.current.entries["t-cell"].short == "A changed cell."
    assert before.entries["t-cell"].short == "A white blood cell.", "a snapshot never changes"
    assert library.current.version != before.version


async def test_one_broken_file_keeps_the_last_good_knowledge_and_names_the_line(
    library: Library, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = library.current
    (folder / "terms/t-cell.yaml").write_text("name: T cell\nshort: [\n")
    assert not await library.reload()
    assert library.current is before
    assert "terms/t-cell.yaml:3: this is not valid YAML" in caplog.text
    assert library.problems
    (folder / "terms/t-cell.yaml").unlink()
    (folder / "terms/interleukin-2.yaml").unlink()
    (folder / "es/terms/t-cell.yaml").unlink()
    with caplog.at_level(logging.INFO):
        assert await library.reload()
    assert library.problems == ()


async def test_a_vanished_folder_keeps_the_last_good_knowledge(library: Library, folder: Path) -> None:
    before = library.current
    folder.rename(folder.with_name("elsewhere"))
    assert not await library.reload()
    assert library.current is before
    assert "there is no such folder; set knowledge.path" in str(library.problems[0])


def test_at_the_very_start_every_problem_is_told(folder: Path) -> None:
    (folder / "terms/t-cell.yaml").write_text("name: T cell\nshort: [\n")
    (folder / "disclaimers.yaml").write_text("general: x\n")
    with pytest.raises(KnowledgeError) as error:
        Library([folder])
    assert len(error.value.problems) == 2
    assert "there is no disclaimer `therapy, medicine, condition, urgent`" in str(error.value)


async def test_the_loop_goes_on_while_the_knowledge_is_built(library: Library) -> None:
    ticks = 0
    building = asyncio.ensure_future(library.reload())
    while not building.done():
        await asyncio.sleep(0)
        ticks += 1
    assert ticks > 1


async def test_a_slow_reload_never_takes_the_place_of_a_newer_one(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.knowledge import library as module

    first_may_end, real = threading.Event(), module.build

    def slow_once(*args: object) -> object:
        monkeypatch.setattr(module, "build", real)
        snapshot = real(*args)  # type: ignore[arg-type]
        first_may_end.wait(60)
        return snapshot

    monkeypatch.setattr(module, "build", slow_once)
    first = asyncio.create_task(library.reload())
    await asyncio.sleep(0)
    path = folder / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("A white blood cell.", "The newest."))
    second = asyncio.create_task(library.reload())
    first_may_end.set()
    await asyncio.gather(first, second)
    assert library.current.entries["t-cell"].short == "The newest."


def test_counts_are_by_kind(folder: Path) -> None:
    assert build([folder]).counts() == {
        Kind.SYMPTOM: 2,
        Kind.QUESTION: 0,
        Kind.TERM: 5,
        Kind.THERAPY: 1,
        Kind.MEDICINE: 2,
        Kind.CONDITION: 1,
    }


def test_of_very_many_problems_the_first_hundred_lines_are_said(folder: Path) -> None:
    for number in range(300):
        (folder / f"terms/x-{number}.yaml").write_text("name: X\n")
    with pytest.raises(KnowledgeError) as raised:
        build([folder])
    lines = str(raised.value).splitlines()
    assert len(lines) == 100
    assert lines[-1] == f"... and {len(raised.value.problems) - 99} more; `immunobot check` lists them all"


def test_what_is_no_longer_used_is_free_at_once_though_no_garbage_is_looked_for_in_it(folder: Path) -> None:
    snapshot = build([folder])
    gone = [weakref.ref(each) for each in (snapshot.index, snapshot.search, *snapshot.entries.values())]
    gc.disable()
    try:
        del snapshot
        assert [each() for each in gone] == [None] * len(gone)
    finally:
        gc.enable()
