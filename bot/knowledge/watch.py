"""Notice that knowledge files were saved, also where a folder is made later, vanishes, or can only be looked at."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from watchfiles import Change, watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from bot.knowledge.files import listed

log = logging.getLogger(__name__)

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
    loop, stop, known = asyncio.get_running_loop(), threading.Event(), _identity(folders())

    def wait() -> None:
        for _ in each_save(folders, stop, known):
            with contextlib.suppress(RuntimeError):  # the loop may be closed just now
                loop.call_soon_threadsafe(saved)

    threading.Thread(target=wait, name="knowledge-watch", daemon=True).start()
    try:
        yield
    finally:
        stop.set()


Known = list[tuple[Path, int, int]]


def each_save(folders: Callable[[], Sequence[Path]], stop: threading.Event, known: Known | None = None) -> Iterator[None]:
    """Yield after files in the folders were changed, until `stop`; `known` is which folders those were at the beginning.

    Where they can't be watched, they are looked at each second: one may not be read, or there are too many.
    """
    known = _identity(folders()) if known is None else known
    is_watched, again = True, False
    while not stop.is_set():
        paths = [path for path, _, _ in known]
        look = not is_watched or any(map(needs_polling, paths))
        try:
            for changed in _looking(paths, stop) if look else _watching(paths, stop):
                # What is told of is what is watched from then on: a folder made in between is noticed the next time.
                before, known = known, _identity(folders())
                if changed or known != before or again:
                    again = False
                    yield
                if known != before:
                    is_watched = True
                    break
        except (OSError, WatchfilesRustInternalError) as error:
            stop.wait(LOOK_AGAIN_MS / 1000)
            before, known = known, _identity(folders())
            is_watched = known != before  # it is another one only where a folder vanished just now
            if not is_watched:
                log.warning("The knowledge folders can't be watched (%s): they are looked at each second.", _why(error))
            yield
        again = True  # what was saved since, before anything is watched or looked at anew


def _watching(paths: Sequence[Path], stop: threading.Event) -> Iterator[object]:
    """Yield what was changed; after a second, nothing. Raises OSError and WatchfilesRustInternalError."""
    return watch(*paths, watch_filter=_is_knowledge, stop_event=stop, rust_timeout=LOOK_AGAIN_MS, yield_on_timeout=True)


def cant_watch(paths: Sequence[Path]) -> str:
    """Return why these folders can't be watched now; empty where they can."""
    if any(map(needs_polling, paths)):
        return "another machine may write to them"
    try:
        next(iter(watch(*paths, rust_timeout=1, yield_on_timeout=True)))
    except (OSError, WatchfilesRustInternalError) as error:
        return _why(error)
    return ""


def _why(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else "the system allows no more"


def _looking(paths: Sequence[Path], stop: threading.Event) -> Iterator[object]:
    """Yield each second whether anything was changed."""
    before = _states(paths)
    while not stop.wait(LOOK_AGAIN_MS / 1000):
        now = _states(paths)
        yield now != before
        before = now


def _states(paths: Sequence[Path]) -> object:
    """Return what changes with any file; where a folder can't be read, why."""
    try:
        stats = [(path, path.lstat()) for base in paths for path in map(base.joinpath, listed(base))]
    except OSError as error:
        return error.filename, error.errno
    return [(path, stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in stats]


def _is_knowledge(change: Change, path: str) -> bool:
    """Say whether a file is worth a look: not what we write for a moment before it is renamed."""
    return not Path(path).name.startswith(".")


def _identity(paths: Sequence[Path]) -> Known:
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
