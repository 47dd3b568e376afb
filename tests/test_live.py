"""What is saved is live, whatever happens to the folders; moderators are told of errors once, in their own words."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from filelock import FileLock, Timeout
from watchfiles import Change

from bot.knowledge import watch
from bot.knowledge.watch import needs_polling, watching
from bot.publishing import folders
from bot.service.live import Live, reload
from bot.service.tryout import Stage, stage
from bot.settings import Config, Knowledge
from bot.store import history

from .conftest import SOURCES, text_of


async def noticed(folders: Callable[[], list[Path]], act: Callable[[], object]) -> None:
    """Act until it is noticed: the watcher may begin a moment later than asked."""
    seen = asyncio.Event()
    with watching(folders, seen.set):
        while not seen.is_set():
            act()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(seen.wait(), 0.2)


async def test_a_saved_file_is_noticed(folder: Path) -> None:
    await noticed(lambda: [folder], lambda: (folder / "terms/t-cell.yaml").write_text("name: x"))


async def test_a_folder_that_is_looked_at_instead_of_watched_is_noticed_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "needs_polling", lambda path: True)
    texts = iter(range(10_000))
    await noticed(lambda: [folder], lambda: (folder / "terms/t-cell.yaml").write_text(f"name: {next(texts)}"))


async def test_a_folder_that_is_made_later_is_noticed(folder: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    await noticed(lambda: [folder, later], lambda: later.mkdir(exist_ok=True))


async def test_no_folder_at_all_is_waited_for(tmp_path: Path) -> None:
    later = tmp_path / "later"
    await noticed(lambda: [later], lambda: later.mkdir(exist_ok=True))


async def test_a_folder_that_vanishes_and_comes_back_is_watched_again(folder: Path) -> None:
    seen = asyncio.Event()
    with watching(lambda: [folder], seen.set):
        for act in (
            lambda: shutil.rmtree(folder, ignore_errors=True),
            lambda: folder.mkdir(exist_ok=True),
            lambda: (folder / "x.yaml").write_text("x"),
        ):
            seen.clear()
            while not seen.is_set():
                act()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(seen.wait(), 0.2)


async def test_where_the_system_lets_nothing_be_watched_folders_are_looked_at_which_is_said_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where its watches are used up, or a folder inside can't be read; it was tried again without end."""
    tried = []

    def refused(*paths: Path, **options: object) -> Iterator[object]:
        tried.append(paths)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watch, "watch", refused)
    monkeypatch.setattr(watch, "LOOK_AGAIN_MS", 10)
    texts = iter(range(10_000))
    for _ in range(3):
        await noticed(lambda: [folder], lambda: (folder / "terms/t-cell.yaml").write_text(f"name: {next(texts)}"))
    seen, often, real = [], threading.Event(), watch._states
    looks = iter(range(10))

    def looked(paths: Sequence[Path]) -> object:
        if next(looks, None) is None:
            often.set()
        return real(paths)

    monkeypatch.setattr(watch, "_states", looked)
    caplog.clear()
    tried.clear()
    with watching(lambda: [folder], lambda: seen.append(1)):
        await asyncio.to_thread(often.wait)
    await asyncio.sleep(0)
    assert len(tried) == 1
    assert len(seen) == 2, "once, and once more for what was saved before it was looked at"
    assert [r.message for r in caplog.records] == [
        "The knowledge folders can't be watched (No space left on device): they are looked at each second."
    ]


async def test_a_folder_that_may_be_read_again_is_noticed_where_it_is_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "needs_polling", lambda path: True)
    real, may = watch.listed, threading.Event()

    def listed(base: Path) -> list[str]:
        if not may.is_set():
            raise PermissionError(13, "Permission denied", str(base))
        return real(base)

    monkeypatch.setattr(watch, "listed", listed)
    await noticed(lambda: [folder], may.set)


def test_what_we_write_for_a_moment_is_not_looked_at() -> None:
    assert not watch._is_knowledge(Change.added, "/k/terms/.t-cell.yaml.new")
    assert watch._is_knowledge(Change.added, "/k/terms/t-cell.yaml")


def test_a_mounted_folder_is_looked_at_instead_of_watched(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        f"23 22 0:50 / {tmp_path}/share rw shared:2 - nfs4 server:/k rw\n"
        f"24 22 0:51 / {tmp_path}/my\\040share rw shared:2 - fuse.sshfs x rw\n"
    )
    assert not needs_polling(tmp_path / "knowledge", mounts)
    assert needs_polling(tmp_path / "share/knowledge", mounts)
    assert needs_polling(tmp_path / "my share", mounts)
    assert not needs_polling(tmp_path, tmp_path / "no such file")


@pytest_asyncio.fixture
async def kept(config: Config, folder: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    """The bot with a writable folder, which isn't there yet."""
    async with stage(replace(config, knowledge=Knowledge(str(folder), str(tmp_path / "changes")))) as world:
        yield world


def notices(world: Stage) -> list[str]:
    return ["\n".join([m.content or "", *(e.description or "" for e in m.embeds)]) for m in world.notices.history()]


async def test_errors_are_told_once_in_the_moderators_channel_and_that_they_are_mended(kept: Stage, folder: Path) -> None:
    path = folder / "terms/t-cell.yaml"
    good = path.read_text()
    path.write_text(good + "colour: green\n")
    await reload(kept.env.bot)
    await reload(kept.env.bot)
    assert len(notices(kept)) == 1
    assert "members still see the last good version" in notices(kept)[0]
    assert "**terms/t-cell.yaml, line 8**: a term has no key `colour`" in notices(kept)[0]
    assert str(folder) not in notices(kept)[0], "a moderator knows no paths"
    assert "A white blood cell." in text_of(await kept.member.slash(kept.channel, "define", term="T cell"))
    path.write_text(good)
    await reload(kept.env.bot)
    await reload(kept.env.bot)
    assert notices(kept)[1:] == ["The errors are mended: members see the files as they are now."]


async def test_another_process_that_sees_the_same_errors_does_not_tell_them_again(kept: Stage, folder: Path) -> None:
    (folder / "terms/t-cell.yaml").write_text("name: [")
    await reload(kept.env.bot)
    kept.env.bot.deps.library.problems = ()  # as in a process that has not looked yet
    await reload(kept.env.bot)
    assert len(notices(kept)) == 1


async def test_what_an_editor_changes_in_the_writable_folder_is_live_in_the_history_and_told(
    kept: Stage, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "changes/terms/t-cell.yaml"
    path.parent.mkdir(parents=True)
    path.write_text((folder / "terms/t-cell.yaml").read_text().replace("A white blood cell.", "Changed by hand."))
    await reload(kept.env.bot)
    await reload(kept.env.bot)
    assert "Changed by hand." in text_of(await kept.member.slash(kept.channel, "define", term="T cell"))
    (version,) = await history.recent(kept.env.bot.deps.store)
    assert (version.action, version.who, version.number) == ("editor", "", 1)
    assert "A white blood cell." in (version.before or "")
    assert "Changed by hand." in (version.after or "")
    (notice,) = notices(kept)
    assert notice == "`terms/t-cell.yaml`: changed in an editor by an editor."
    assert [a.filename for a in kept.notices.history()[0].attachments] == [
        "terms-t-cell.before.yaml",
        "terms-t-cell.after.yaml",
    ]


async def test_five_hundred_files_at_once_are_one_reload_and_one_notice(
    kept: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = tmp_path / "changes/terms"
    changes.mkdir(parents=True)
    reloads = 0
    library = kept.env.bot.deps.library
    real = library.reload

    async def counted() -> bool:
        nonlocal reloads
        reloads += 1
        return bool(await real())

    monkeypatch.setattr(library, "reload", counted)
    live = Live(kept.env.bot)
    for number in range(500):
        (changes / f"made-{number}.yaml").write_text(f"name: Made {number}\ntopic: cells\nshort: A cell.\n{SOURCES}")
        live.reload_soon()
    answer: Any = await kept.member.slash(kept.channel, "define", term="T cell")
    assert "A white blood cell." in text_of(answer)
    while live._reloading is not None and not live._reloading.done():
        await live._reloading
    assert reloads <= 2
    assert len(library.current.entries) == 511
    assert len(notices(kept)) == 1


async def test_notices_are_in_the_language_that_the_server_chose(kept: Stage, folder: Path) -> None:
    await kept.env.bot.deps.servers.change(kept.channel.guild.id, "language", "es")
    (folder / "terms/t-cell.yaml").write_text("name: [")
    await reload(kept.env.bot)
    assert "los miembros" in notices(kept)[0]


def change_by_hand(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "changes/terms/t-cell.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((folder / "terms/t-cell.yaml").read_text().replace("A white blood cell.", "Changed by hand."))


async def test_what_an_editor_changed_before_the_start_is_told_once_the_bot_is_logged_in(
    kept: Stage, folder: Path, tmp_path: Path
) -> None:
    bot = kept.env.bot
    change_by_hand(folder, tmp_path)
    bot.logged_in.clear()
    async with Live(bot).watching():
        await reload(bot)
    assert await history.recent(bot.deps.store) == [], "it would be told to nobody"
    bot.logged_in.set()
    async with Live(bot).watching():
        pass
    assert notices(kept) == ["`terms/t-cell.yaml`: changed in an editor by an editor."]


async def test_what_was_noted_while_something_was_published_is_told_at_the_next_reload(kept: Stage) -> None:
    kept.env.bot.deps.noted.append(history.Version("terms/x.yaml", 1, 0, "", "editor", "", None, "x", True, True))
    await reload(kept.env.bot)
    await reload(kept.env.bot)
    assert notices(kept) == ["`terms/x.yaml`: changed in an editor by an editor."]


async def test_errors_that_could_not_be_told_are_told_at_the_next_reload(kept: Stage, folder: Path) -> None:
    path = folder / "terms/t-cell.yaml"
    good = path.read_text()
    path.write_text("name: [")
    kept.env.inject_error("POST", f"/channels/{kept.notices.id}/messages", status=403, code=50013)
    await reload(kept.env.bot)
    assert notices(kept) == []
    await reload(kept.env.bot)
    assert len(notices(kept)) == 1
    path.write_text(good)
    kept.env.inject_error("POST", f"/channels/{kept.notices.id}/messages", status=403, code=50013)
    await reload(kept.env.bot)
    await reload(kept.env.bot)
    await reload(kept.env.bot)
    assert notices(kept)[1:] == ["The errors are mended: members see the files as they are now."]


async def test_a_mistake_of_ours_loses_no_file_that_is_saved_meanwhile(
    kept: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    live = Live(kept.env.bot)
    calls = 0

    async def fails_once(_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            live.reload_soon()  # saved just now
            raise RuntimeError("ours")

    monkeypatch.setattr("bot.service.live.reload", fails_once)
    live.reload_soon()
    assert live._reloading is not None
    await live._reloading
    assert calls == 2
    assert "ours" in caplog.text


async def test_nothing_is_reloaded_while_something_is_being_published(
    kept: Stage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_by_hand(folder, tmp_path)
    library = kept.env.bot.deps.library
    real, held = library.reload, []

    async def looked() -> bool:
        lock = FileLock(tmp_path / "changes" / folders.LOCK, timeout=0)
        try:
            with lock:
                held.append(False)
        except Timeout:
            held.append(True)
        return bool(await real())

    monkeypatch.setattr(library, "reload", looked)
    await reload(kept.env.bot)
    assert held == [True]
    assert len(notices(kept)) == 1, "the lock is free again for the history"
    monkeypatch.setattr(folders, "PATIENCE", 0)
    with FileLock(tmp_path / "changes" / folders.LOCK):
        await reload(kept.env.bot)
    assert held == [True, True], "reloaded all the same where another change takes too long"


async def test_a_reload_makes_no_folder(kept: Stage, tmp_path: Path) -> None:
    await reload(kept.env.bot)
    assert not (tmp_path / "changes").exists()


async def test_nothing_is_told_before_the_login(kept: Stage, folder: Path) -> None:
    bot = kept.env.bot
    (folder / "terms/t-cell.yaml").write_text("name: [")
    bot.logged_in.clear()
    async with Live(bot).watching():
        await reload(bot)
    assert notices(kept) == []
    bot.logged_in.set()
    async with Live(bot).watching():
        pass
    assert len(notices(kept)) == 1
