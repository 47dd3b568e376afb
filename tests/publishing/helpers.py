"""Publish as two processes do, and see that files, history and index agree."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import os
import re
import signal
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.library import Library, build
from bot.publishing.folders import LOCK, Folders
from bot.publishing.publish import Change, Publisher
from bot.publishing.recover import FOLLOWED
from bot.store import history
from bot.store.history import Version
from bot.store.usage import Store

from ..conftest import SOURCES

WHO = 4242424242
T_CELL, TNF, NEW, SPANISH = "terms/t-cell.yaml", "terms/tnf.yaml", "terms/b-cell.yaml", "es/terms/t-cell.yaml"
NEW_TEXT = f"name: B cell\ntopic: cells\nshort: A new entry.\n{SOURCES}"
ON_ONE_LINE = "{name: T cell, topic: cells, short: New., " + SOURCES.replace("\n", ", ") + "}\n"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def desk_on(shipped: Path, changes: Path, store: Store) -> Publisher:
    folders = Folders(shipped, changes)
    return Publisher(folders, Library((folders.shipped, folders.changes)), store)


def text_in(desk: Publisher, file: str = T_CELL) -> str:
    text = desk.folders.text(file)
    assert text is not None
    return text


def said(text: str, short: str) -> str:
    """A file's text with another `short`."""
    (line,) = [line for line in text.splitlines() if line.startswith("short:")]
    return text.replace(line, f"short: {short}")


async def say(desk: Publisher, short: str, file: str = T_CELL, **options: Any) -> list[Version]:
    """Publish another `short`."""
    text = text_in(desk, file)
    return await desk.publish({file: Change(text, said(text, short))}, who=WHO, why="why", **options)


def files_of(desk: Publisher) -> dict[str, bytes]:
    """What stands in the writable folder, whatever it is called, but for the lock and which versions it has."""
    base = desk.folders.changes
    found = {path.relative_to(base).as_posix(): path for path in base.rglob("*") if not path.is_dir() or path.is_symlink()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if name not in (LOCK, FOLLOWED)}


async def everything(desk: Publisher) -> tuple[Any, ...]:
    """Files, history, and what members see."""
    versions = await desk.store.execute("SELECT * FROM history ORDER BY file, number")
    return files_of(desk), versions, desk.library.current.version, dict(desk.library.current.entries)


async def agree(desk: Publisher, *, upgraded: bool = False) -> None:
    """Files, history and index say the same; nothing is left half done."""
    heads, files = await history.heads(desk.store), files_of(desk)
    assert await history.unfinished(desk.store) == []
    assert {file: text.decode() for file, text in files.items()} == {
        file: head.after for file, head in heads.items() if head.changed
    }, "every file is in the history, and nothing else lies there"
    for file, head in heads.items():
        found = await history.versions(desk.store, file, most=1000)
        assert [version.number for version in found] == list(range(head.number, 0, -1))
        if not upgraded:
            assert head.after == desk.folders.text(file)
            assert all(new.before == old.after for new, old in itertools.pairwise(found)), "no change is missing"
    fresh = build(desk.library.paths)
    current = desk.library.current
    assert (current.version, dict(current.entries), current.withdrawn) == (
        fresh.version,
        dict(fresh.entries),
        fresh.withdrawn,
    )
    assert desk.library.problems == ()
    for entry in current.entries.values():
        assert entry.id in current.index.exact(entry.name)


def die_at_every_step(
    copy: Callable[[int], Path], work: Callable[[Path], Coroutine[Any, Any, None]], counts: Callable[[Path, Path], bool]
) -> None:
    """In a process of its own: work on copy after copy, each time killed one step later, until it comes through.

    `counts` says whether a step at a path is one of a copy's; prints at how many it was killed.
    """
    for at in itertools.count():
        place = copy(at)
        if pid := os.fork():
            if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != -signal.SIGKILL:
                print(at)
                return
            continue
        left = at

        def step(name: str, path: Path | None, place: Path = place) -> None:
            nonlocal left
            left -= path is None or counts(place, path)
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(_watched(work(place), step))
        os._exit(0)


async def _watched(work: Coroutine[Any, Any, None], step: Callable[[str, Path | None], None]) -> None:
    with steps(step):
        await work


@contextlib.contextmanager
def steps(step: Callable[[str, Path | None], None]) -> Iterator[None]:
    """Have every step of a change, on the disk and in the store, announced before and after it is made."""
    with pytest.MonkeyPatch.context() as patch:

        def watch(owner: Any, name: str, path_of: Callable[..., Path | None]) -> None:
            real = getattr(owner, name)

            @functools.wraps(real)
            def announced(*given: Any, **options: Any) -> Any:
                path = path_of(*given, *options.values())
                step(f"before {name}", path)
                result = real(*given, **options)
                step(f"after {name}", path)
                return result

            patch.setattr(owner, name, announced)

        for name in ("replace", "unlink", "mkdir", "read_bytes"):
            watch(Path, name, lambda path, *_: path)
        watch(Path, "open", lambda path, mode="r", *_: path if "w" in mode else None)
        watch(os, "open", lambda path, *_: Path(os.fsdecode(path)))
        watch(os, "fsync", lambda handle: Path(f"/proc/self/fd/{handle}").resolve())
        execute = Store.execute

        async def announced(store: Store, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
            written = re.match(r"INSERT INTO history|UPDATE history|DELETE FROM history", query)
            if written:
                step(f"before {written[0]}", None)
            found = await execute(store, query, values)
            if written:
                step(f"after {written[0]}", None)
            return found

        patch.setattr(Store, "execute", announced)
        yield


async def some_changes(desk: Publisher) -> dict[str, Change]:
    """A change of four files that is good as a whole only: changed again, new, given up for the shipped one, translated."""
    await say(desk, "A first change.")
    await say(desk, "A first change.", TNF)
    text, tnf, spanish = text_in(desk), text_in(desk, TNF), text_in(desk, SPANISH)
    return {
        T_CELL: Change(text, text.replace("related: [", "related: [b-cell, ")),
        TNF: Change(tnf, desk.folders.shipped_text(TNF)),
        NEW: Change(None, NEW_TEXT),
        SPANISH: Change(spanish, said(spanish, "Otra célula.")),
    }


async def upgrade(desk: Publisher, short: str = "The newer shipped one.", file: str = T_CELL) -> str:
    path = desk.folders.shipped / file
    path.write_text(said(path.read_text(), short))
    assert await desk.library.reload()
    return path.read_text()
