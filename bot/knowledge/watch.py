"""Notice that knowledge files were saved, also where a folder is made later, vanishes, or can only be looked at."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from watchfiles import Change, watch
from watchfiles._rust_notify import WatchfilesRustInternalError

LOOK_AGAIN_MS = 1000
"""How often it is looked whether the folders are still the same ones."""

_NO_EVENTS = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "fakeowner", "grpcfuse"))
"""File systems that another machine may write to without this one being told."""


@contextlib.contextmanager
def watching(folders: Callable[[], Sequence[Path]], saved: Callable[[], None]) -> Iterator[None]:
    """Call `saved` on the event loop after files in the folders were changed; many changed at once are one call.

    A thread of its own waits, so that the event loop is idle in between. Where a folder is mounted from elsewhere it is
    looked at instead (WATCHFILES_FORCE_POLLING=true says so for all).
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed just now
            loop.call_soon_threadsafe(saved)

    known = _identity(folders())
    thread = threading.Thread(target=_watch, args=(folders, known, tell, stop), name="knowledge-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()


def _watch(
    folders: Callable[[], Sequence[Path]],
    known: list[tuple[Path, int, int]],
    tell: Callable[[], None],
    stop: threading.Event,
) -> None:
    while not stop.is_set():
        paths = [path for path, _, _ in known]
        try:
            for changes in watch(
                *paths,
                watch_filter=_is_knowledge,
                stop_event=stop,
                rust_timeout=LOOK_AGAIN_MS,
                yield_on_timeout=True,
                force_polling=True if any(map(needs_polling, paths)) else None,
                raise_interrupt=False,
            ):
                # What is told of is what is watched from then on: a folder made in between is noticed the next time.
                before, known = known, _identity(folders())
                if changes or known != before:
                    tell()
                if known != before:
                    break
        except (OSError, WatchfilesRustInternalError):
            # A folder vanished just now, or the system allows no more watches: the next round looks anew.
            stop.wait(LOOK_AGAIN_MS / 1000)
            known = _identity(folders())
            tell()


def _is_knowledge(change: Change, path: str) -> bool:
    """Say whether a file is worth a look: not what we write for a moment before it is renamed."""
    return not Path(path).name.startswith(".")


def _identity(paths: Sequence[Path]) -> list[tuple[Path, int, int]]:
    """Return what tells these folders from others of the same names."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((path, stat.st_dev, stat.st_ino))
    return found


def needs_polling(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Say whether a folder is on a file system that tells nothing of changes made elsewhere; False where that is unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    best, kind = "", ""
    for line in lines:
        # man 5 proc: ... mount point (the fifth field) ... - type source options
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].replace("\\040", " ")
        if path.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split(" ")[0]
    return kind in _NO_EVENTS or kind.startswith("fuse.")
