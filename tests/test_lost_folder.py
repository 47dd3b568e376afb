"""What was withdrawn stays withdrawn, whatever happens to the folder of changes."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.cli import main
from bot.publishing.publish import Publisher
from bot.service.live import Live, reload
from bot.service.tryout import Stage, stage
from bot.settings import Config
from bot.store import history
from bot.store.usage import Store

from .conftest import text_of
from .desk.helpers import reads, run
from .publishing.helpers import T_CELL, TNF, WHO, desk_on, say
from .standin import Standin
from .test_live import notices
from .wire.helpers import Start
from .wire.helpers import text_of as text_of_body

PAIN = "symptoms/chest-pain.yaml"
UNDER_REVIEW = "is under review"


def modes_mean_nothing() -> bool:
    """Say whether this user reads what nobody may read, as root does."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0)
        return os.access(folder, os.R_OK)


Fault = Callable[[Path], None]


@pytest.fixture
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    """Something that happens to a folder."""
    made: list[Path] = []

    def refuse(folder: Path) -> None:
        real = os.scandir

        def scandir(path: Any = ".") -> Any:
            if Path(path) == folder:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", scandir)

    def lock(folder: Path) -> None:
        folder.chmod(0)
        made.append(folder)

    def gone(folder: Path) -> None:
        shutil.rmtree(folder)

    def empty(folder: Path) -> None:
        gone(folder)
        folder.mkdir()

    def a_file(folder: Path) -> None:
        gone(folder)
        folder.write_text("x")

    yield {
        "gone": gone,
        "empty": empty,
        "a file": a_file,
        "refused": refuse,
        "part refused": lambda folder: refuse(folder / "terms"),
        "locked": lock,
        "part locked": lambda folder: lock(folder / "terms"),
    }[request.param]
    for folder in made:
        folder.chmod(0o700)


LOST = ["gone", "empty"]
# Who may read everything, as root may, is refused by the system call alone.
UNREADABLE = ["a file", "refused", "part refused", *([] if modes_mean_nothing() else ["locked", "part locked"])]
on_any = pytest.mark.parametrize("fault", [*LOST, *UNREADABLE], indirect=True)
on_lost = pytest.mark.parametrize("fault", LOST, indirect=True)


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    return tmp_path / "changes"


@pytest_asyncio.fixture
async def desk(folder: Path, changes: Path, tmp_path: Path) -> AsyncIterator[Publisher]:
    """A process that changed a term, and took another one down."""
    store = await Store.open(tmp_path / "immunobot.db")
    desk = desk_on(folder, changes, store)
    await say(desk, "Said by moderators.", TNF)
    await take_down(desk, T_CELL)
    yield desk
    await store.close()


@pytest.fixture
def kept(config: Config, changes: Path) -> Config:
    return replace(config, knowledge=replace(config.knowledge, changes=str(changes)))


@pytest_asyncio.fixture
async def world(desk: Publisher, kept: Config) -> AsyncIterator[Stage]:
    """The bot on the same folders and the same database."""
    async with stage(kept) as world:
        yield world


async def take_down(desk: Publisher, file: str) -> None:
    await desk.withdraw(file, who=WHO, why="")


async def asked(world: Stage, term: str) -> str:
    return text_of(await world.member.slash(world.channel, "define", term=term))


async def by_editors(world: Stage) -> list[str]:
    return [v.file for v in await history.recent(world.env.bot.deps.store) if v.action == "editor"]


async def stays_as_it_was(world: Stage) -> None:
    """Nothing of what was taken down is shown, and nobody is said to have changed anything."""
    assert UNDER_REVIEW in await asked(world, "T cell")
    assert "Said by moderators." in await asked(world, "TNF")
    assert "A messenger that makes T cells grow." in await asked(world, "Interleukin-2")
    assert await by_editors(world) == []


@on_any
async def test_while_it_runs(world: Stage, changes: Path, fault: Fault) -> None:
    fault(changes)
    for _ in range(2):
        await reload(world.env.bot)
    await stays_as_it_was(world)
    (notice,) = notices(world)
    assert "still see the last good version" in notice
    assert "the folder of changes" in notice
    for command in ("status", "check"):
        assert "the folder of changes" in reads(await run(world, command))


@on_any
async def test_at_the_next_start(desk: Publisher, kept: Config, changes: Path, fault: Fault) -> None:
    fault(changes)
    async with stage(kept) as world:
        await stays_as_it_was(world)
        async with Live(world.env.bot).watching():
            pass
        assert "the folder of changes" in notices(world)[0]
        assert "the folder of changes" in reads(await run(world, "status"))
        await reload(world.env.bot)
        await stays_as_it_was(world)


@on_any
async def test_an_urgent_entry_still_leads_with_whom_to_call(
    desk: Publisher, kept: Config, changes: Path, fault: Fault
) -> None:
    await take_down(desk, PAIN)
    fault(changes)
    async with stage(kept) as world:
        for _ in range(2):
            said = await asked(world, "my chest hurts")
            assert "In an emergency\nThe urgent disclaimer." in said
            assert "Pain in the chest" not in said
            await reload(world.env.bot)


@on_any
async def test_what_another_process_took_down_is_down_here_too(
    desk: Publisher, world: Stage, changes: Path, fault: Fault
) -> None:
    await take_down(desk, "terms/interleukin-2.yaml")
    fault(changes)
    await reload(world.env.bot)
    assert UNDER_REVIEW in await asked(world, "Interleukin-2")


@on_lost
async def test_looking_for_what_editors_changed_neither_blames_them_nor_makes_the_folder(
    desk: Publisher, changes: Path, fault: Fault
) -> None:
    fault(changes)
    assert await desk.note_editors() == []
    assert not list(changes.glob("*/*"))


def test_check_says_in_the_terminal_that_the_folder_cant_be_read(
    folder: Path, changes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changes.write_text("a file in its place")
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__PATH", str(folder))
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__CHANGES", str(changes))
    assert main(["check"]) == 1
    assert f"{changes}:1: the folder of changes can't be read (Not a directory); look at its" in capsys.readouterr().out


async def test_with_changing_turned_off_it_stays_down_too(desk: Publisher, config: Config) -> None:
    async with stage(config) as world:
        for _ in range(2):
            assert UNDER_REVIEW in await asked(world, "T cell")
            await reload(world.env.bot)


# Coming back ----------------------------------------------------------------------------------------------------------------


@on_any
async def test_once_the_folder_is_back_all_is_as_before(world: Stage, changes: Path, fault: Fault, monkeypatch: Any) -> None:
    copy = changes.with_name("copy")
    shutil.copytree(changes, copy)
    fault(changes)
    await reload(world.env.bot)
    monkeypatch.undo()
    if changes.is_file():
        changes.unlink()
    elif changes.exists():
        changes.chmod(0o700)
        if (changes / "terms").exists():
            (changes / "terms").chmod(0o700)
        shutil.rmtree(changes)
    copy.rename(changes)
    await reload(world.env.bot)
    await stays_as_it_was(world)
    assert notices(world)[1:] == ["The errors are mended: members see the files as they are now."]


@on_lost
async def test_the_next_change_makes_the_folder_anew_from_the_history(
    desk: Publisher, world: Stage, changes: Path, fault: Fault
) -> None:
    before = {file: (changes / file).read_bytes() for file in (T_CELL, TNF)}
    fault(changes)
    await reload(world.env.bot)
    await take_down(desk, PAIN)
    assert {file: (changes / file).read_bytes() for file in (T_CELL, TNF)} == before
    await reload(world.env.bot)
    await stays_as_it_was(world)
    assert UNDER_REVIEW in await asked(world, "Chest pain")
    assert "No errors." in reads(await run(world, "status"))


@on_lost
async def test_an_entry_is_put_back_with_a_rollback_although_the_folder_was_lost(
    world: Stage, changes: Path, fault: Fault
) -> None:
    fault(changes)
    await reload(world.env.bot)
    await run(world, "rollback", entry="t-cell", version=0)
    assert "A white blood cell." in await asked(world, "T cell")
    assert "Said by moderators." in await asked(world, "TNF")
    assert await by_editors(world) == []


# A file that an editor deletes ------------------------------------------------------------------------------------------------


async def test_a_withdrawn_file_that_an_editor_deletes_stays_down_until_a_rollback(world: Stage, changes: Path) -> None:
    down = (changes / T_CELL).read_bytes()
    (changes / T_CELL).unlink()
    for _ in range(2):
        await reload(world.env.bot)
        assert UNDER_REVIEW in await asked(world, "T cell")
    assert (changes / T_CELL).read_bytes() == down
    (notice,) = notices(world)
    assert "`terms/t-cell.yaml`: changed in an editor by an editor." in notice
    assert "`terms/t-cell.yaml` stays under review although its file was deleted; `/knowledge rollback`" in notice
    await run(world, "rollback", entry="t-cell", version=0)
    assert "A white blood cell." in await asked(world, "T cell")
    await reload(world.env.bot)
    assert "A white blood cell." in await asked(world, "T cell")


async def test_it_stays_down_also_where_it_was_deleted_while_the_bot_did_not_run(
    desk: Publisher, kept: Config, changes: Path
) -> None:
    (changes / T_CELL).unlink()
    async with stage(kept) as world:
        assert UNDER_REVIEW in await asked(world, "T cell")


async def test_an_editor_puts_an_entry_back_by_saying_so_in_its_file(world: Stage, changes: Path) -> None:
    path = changes / T_CELL
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("withdrawn")))
    await reload(world.env.bot)
    assert "A white blood cell." in await asked(world, "T cell")


async def test_another_file_that_an_editor_deletes_is_gone_and_noted(world: Stage, changes: Path) -> None:
    (changes / TNF).unlink()
    await reload(world.env.bot)
    assert "A messenger of inflammation." in await asked(world, "TNF")
    assert await by_editors(world) == [TNF]


# Processes ------------------------------------------------------------------------------------------------------------------


@on_lost
async def test_a_process_keeps_it_down_when_told_to_reload_and_when_it_is_started_again(
    desk: Publisher,
    folder: Path,
    changes: Path,
    fault: Fault,
    discord: Standin,
    start: Start,
) -> None:
    async def said(term: str) -> str:
        return text_of_body(await discord.ask("define", {"term": term}))

    setting = {"IMMUNOBOT_KNOWLEDGE__CHANGES": str(changes)}
    bot = await start(folder, **setting)
    assert UNDER_REVIEW in await said("T cell")
    fault(changes)
    await bot.said("the folder of changes is gone or empty")
    bot.tell(signal.SIGHUP)
    for _ in range(2):
        assert UNDER_REVIEW in await said("T cell")
        assert "Said by moderators." in await said("TNF")
        assert await bot.stop() == 0
        bot = await start(folder, **setting)
    assert {version.action for version in await history.recent(desk.store)} == {"publish", "withdraw"}
    await bot.ready()
    await take_down(desk, PAIN)
    await bot.said("The knowledge was reloaded")
    assert UNDER_REVIEW in await said("Chest pain")
    assert UNDER_REVIEW in await said("T cell")
