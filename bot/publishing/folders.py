"""The shipped folder and the writable one: what stands in them, and how a file is put there whole or not at all."""

import contextlib
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from filelock import AsyncFileLock, Timeout

from bot.knowledge.files import misplaced, taken
from bot.settings import Config
from bot.strict_yaml import MAX_BYTES, contents, inert

LOCK = ".lock"
NEW, OLD = ".new", ".old"
"""Ends of what is written beside a file for a moment: what it will be, and what it was."""

PATIENCE = 30
"""Seconds that a change waits for another one."""


class FolderError(Exception):
    """The writable folder can't be used; nothing was changed."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        """what the system says; empty where another change takes too long"""
        super().__init__(f"the folder {inert(str(folder))}: {reason or 'another change is being made'}")


class NotTextError(FolderError):
    """A file is there and is no text in UTF-8, or far too long: it must neither be taken for nothing nor be written over."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "its text isn't UTF-8: save it as UTF-8")


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Raise FolderError for what the system says of a folder."""
    try:
        yield
    except OSError as error:
        raise FolderError(folder, error.strerror or type(error).__name__) from None


def digest(text: str) -> str:
    """Return what tells one version of a file from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the knowledge files are; names are paths inside the folders, as in `terms/interleukin.yaml`."""

    shipped: Path
    changes: Path

    @classmethod
    def of(cls, config: Config) -> Self | None:
        """Return those that the settings name; None where changing the knowledge in Discord is off."""
        changes = config.changes_path()
        return cls(config.shipped_path(), changes) if changes else None

    def shipped_text(self, file: str) -> str | None:
        """Return what came with the bot; None where there is no such file."""
        return _text(self.shipped, file)

    def text(self, file: str) -> str | None:
        """Return what is in force: the changed file, else the shipped one."""
        changed = _text(self.changes, file)
        return self.shipped_text(file) if changed is None else changed

    def changed(self) -> dict[str, str]:
        """Return the files of the writable folder that are text, with it. Raises FolderError."""
        return {file: text for file, text in self.all_changed().items() if text is not None}

    def all_changed(self) -> dict[str, str | None]:
        """Return every file of the writable folder with its text, None where that isn't in UTF-8; none where it is gone.

        Raises FolderError where the folder, or a file in it, can't be read.
        """
        found: dict[str, str | None] = {}
        with _told(self.changes):
            files = taken(self.changes)
        for file in files:
            try:
                text = _text(self.changes, file)
            except NotTextError:
                found[file] = None
            else:
                if text is not None:
                    found[file] = text
        return found

    def mended(self, file: str) -> str:
        """Return the text of a changed file that isn't UTF-8, as most editors mean what they save otherwise.

        Raises NotTextError for what is no text at all.
        """
        path = self.place(file)
        with _told(self.changes):
            data = contents(path) if path.exists() else b"\0"  # it is the shipped one that is garbled
        if len(data) <= MAX_BYTES:
            utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
            for encoding in ("utf-16",) if utf16 else ("utf-8", "cp1252", "latin-1"):
                with contextlib.suppress(UnicodeDecodeError):
                    if "\0" not in (text := data.decode(encoding)):
                        return text
        raise NotTextError(path)

    def shipped_files(self) -> list[str]:
        """Return the names of the files that came with the bot."""
        with _told(self.shipped):
            return taken(self.shipped)

    def put(self, files: Mapping[str, str | None]) -> None:
        """Put files in their places, all or none; None takes one away. The lock is held. Raises FolderError."""
        prepared = StagedFiles(self, files)
        try:
            prepared.put()
        finally:
            prepared.tidy()

    def left_over(self) -> list[Path]:
        """Return what a killed process had begun to write; or another one is writing just now, unless the lock is held."""
        return [*self.changes.rglob(f".*{NEW}"), *self.changes.rglob(f".*{OLD}")]

    def clear(self) -> None:
        """Take away what a killed process had begun to write; the lock is held."""
        for left in self.left_over():
            _take_away(left)

    def place(self, file: str) -> Path:
        """Return the place of a file. Raises FolderError for one that would be elsewhere."""
        path = self.changes / file
        inside = path.parent.resolve().is_relative_to(self.changes.resolve())
        if misplaced(file) or ".." in path.parts or not inside or path.is_symlink():
            raise FolderError(path, "no place for a knowledge file")
        return path

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Let one change at a time be made, of all processes that use this folder. Raises FolderError."""
        lock = AsyncFileLock(self.changes / LOCK, timeout=PATIENCE)
        with _told(self.changes):
            self.changes.mkdir(parents=True, exist_ok=True)
            try:
                await lock.acquire()
            except Timeout:
                raise FolderError(self.changes, "") from None
        try:
            yield
        finally:
            await lock.release()


class StagedFiles:
    """Files written beside their places: from here on nothing needs room on the disk. The lock is held."""

    def __init__(self, folders: Folders, files: Mapping[str, str | None]) -> None:
        """Write what the files will be, None for none, and keep what they are. Raises FolderError, and leaves nothing."""
        self._folders = folders
        self._paths: dict[Path, tuple[Path | None, Path | None]] = {}
        with _told(folders.changes):
            try:
                for file, text in files.items():
                    path = folders.place(file)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    new = path.with_name(f".{path.name}{NEW}") if text is not None else None
                    old = path.with_name(f".{path.name}{OLD}") if path.is_file() else None
                    self._paths[path] = (new, old)
                    if old is not None:
                        _write(old, path.read_bytes())
                    if new is not None and text is not None:
                        _write(new, text.encode())
            except BaseException:
                self.tidy()
                raise

    def put(self) -> None:
        """Put the files in their places. Raises FolderError after putting back what was there."""
        with _told(self._folders.changes):
            try:
                for path, (new, _) in self._paths.items():
                    if new is not None:
                        new.replace(path)
                    elif path.exists():
                        path.unlink()
                    sync_folder(path.parent)
            except OSError:
                self._put_back()
                raise

    def _put_back(self) -> None:
        for path, (new, old) in self._paths.items():
            with contextlib.suppress(OSError):
                if old is not None:
                    old.replace(path)
                elif new is not None and not new.exists():
                    path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Take away what was written beside the files."""
        for beside in (each for pair in self._paths.values() for each in pair if each is not None):
            _take_away(beside)


def _take_away(path: Path) -> None:
    """Delete a file of ours; what can't be deleted now is deleted before the next change."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _text(base: Path, file: str) -> str | None:
    """Return a file's text as it stands, line ends included; None where there is none.

    Raises FolderError for a file that is there and can't be read: it must not be taken for one that is gone.
    """
    path = base / file
    with _told(base):
        try:
            data = contents(path)
            text = data.decode()
        except UnicodeDecodeError:
            raise NotTextError(path) from None
        except OSError:
            if path.is_file():
                raise
            return None  # what is no file says nothing
        if len(data) > MAX_BYTES:
            raise NotTextError(path)
        return text


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the folder itself on the disk, so that a power cut doesn't undo the renaming."""
    if os.name == "nt":
        return  # Windows has no such thing
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Nor have some file systems, as those that share folders with virtual machines.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF):
            raise
    finally:
        os.close(handle)
