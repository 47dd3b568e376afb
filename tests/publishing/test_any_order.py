"""In whatever order things are done, files, history and index say the same."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.library import KnowledgeError
from bot.publishing.publish import Change, EditConflictError, Publisher
from bot.store import history
from bot.store.usage import Store

from ..conftest import SMALL, SOURCES
from .helpers import NEW, NEW_TEXT, SPANISH, T_CELL, TNF, WHO, agree, desk_on, everything, said

pytestmark = pytest.mark.only("sqlite")

FILES = (T_CELL, TNF, NEW, SPANISH)
ACTIONS = ("publish", "publish", "checked", "roll back", "withdraw", "keep mine", "take theirs", "editor", "editor deletes",
           "editor breaks", "upgrade", "give up")  # fmt: skip


async def act(desk: Publisher, action: str, file: str, number: int) -> None:
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
            with contextlib.suppress(KnowledgeError, EditConflictError, LookupError):
                await desk.roll_back(file, 0, who=WHO)
            if desk.folders.changed().get(file) == "name: [\n":
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
            except (KnowledgeError, EditConflictError, LookupError):
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
