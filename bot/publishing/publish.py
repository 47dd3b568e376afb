"""Change the knowledge: every change is one step of files and history, and can be undone.

The order of a change: write the new files beside their places, write the change down in the history, put the files in their
places, note that it is done. A process that is killed before the second step has changed nothing; one that is killed later
is finished by `recover`, because the history has the whole texts.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import PurePosixPath

from bot.knowledge.files import BASED_ON, LANGUAGES
from bot.knowledge.kinds.base import ENGLISH_HASH, digest_of
from bot.knowledge.library import KnowledgeError, Library, Snapshot, build
from bot.knowledge.rewrite import NotPlainError, is_withdrawn, stamped, value_of
from bot.publishing.agree import Change as Change
from bot.publishing.agree import NeedsTwoError, TwoPerson, forged, needs_two
from bot.publishing.folders import Folders, NotTextError, StagedFiles, digest
from bot.publishing.recover import alone, make_anew
from bot.store import history
from bot.store.errors import StoreUnavailable
from bot.store.history import Action, Version
from bot.store.usage import Store
from bot.strict_yaml import Problem


class EditConflictError(Exception):
    """A file is no longer what the change was made from; holds the changes of such files, and what is there now, by file."""

    def __init__(self, changes: Mapping[str, Change], now: Mapping[str, str | None]) -> None:
        self.changes, self.now = changes, now
        super().__init__(", ".join(now))


class NoSuchVersionError(LookupError):
    """A file has no version of this number."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """What a change works with."""

    folders: Folders
    library: Library
    store: Store
    noted: list[Version] = field(default_factory=list)
    """what editors changed that was found while something was published: the moderators' channel is still to hear of it"""
    two_person: TwoPerson = "off"
    """to which changes a second moderator has to agree, besides what lowers an urgency or changes a helpline"""

    async def candidate(self, changes: Mapping[str, Change]) -> Snapshot:
        """Return the knowledge as it would be. Raises KnowledgeError; FolderError for a file with no place."""
        for file in changes:
            self.folders.place(file)
        instead = {file: change.after.encode() if change.after is not None else None for file, change in changes.items()}
        made = await asyncio.to_thread(build, self.library.paths, self.library.popularity, instead)
        there = {problem.what for problem in self.library.current.warnings}
        if wrong := [each for each in made.warnings if each.file in changes and each.what not in there]:
            raise KnowledgeError(wrong)
        return made

    async def only_elsewhere(self, problems: Sequence[Problem], files: Collection[str]) -> bool:
        """Say whether all of these problems are in other files than these, and there already.

        Then a change is taken all the same: of two broken files one is mended after the other, and what is taken down is
        taken down. Members see it once all is good.
        """
        if any(problem.file in files for problem in problems):
            return False
        try:
            await asyncio.to_thread(build, self.library.paths)
        except KnowledgeError as error:
            return set(problems) <= set(error.problems)
        return False

    async def publish(
        self,
        changes: Mapping[str, Change],
        *,
        who: int,
        why: str,
        action: Action = "publish",
        checked: bool | None = None,
        second: int | None = None,
        signing: bool = False,
    ) -> list[Version]:
        """Put changes in force, all or none, and return their versions.

        `checked` says whether the entries were compared with their sources today, which moves their day; None leaves the
        day as it is. `second` is the moderator who agreed, where one had to; `signing` lets a clinician's signature in.
        Raises NeedsTwoError, EditConflictError, KnowledgeError, FolderError (bot.publishing.folders) and StoreUnavailable;
        whichever it is, everything is as it was.
        """
        async with alone(self.folders, self.store):
            self.noted.extend(await self._note_editors())
            if action == "publish" and not signing and (problems := forged(changes)):
                raise KnowledgeError(problems)
            # What is taken down is taken down at once.
            if second is None and action != "withdraw" and needs_two(changes, self.two_person):
                raise NeedsTwoError(changes, why, action, checked)
            texts = await asyncio.to_thread(lambda: {file: self.folders.text(file) for file in changes})
            if moved := {file: change for file, change in changes.items() if change.before != texts[file]}:
                raise EditConflictError(moved, {file: texts[file] for file in moved})
            final = await asyncio.to_thread(
                lambda: {f: replace(c, after=self._final(f, c, checked, action)) for f, c in changes.items()}
            )
            after = self.library.current
            try:
                after = await self.candidate(final)
            except KnowledgeError as error:
                if not await self.only_elsewhere(error.problems, final):
                    raise
            if action == "publish":
                final = {file: _of_english(file, change, after) for file, change in final.items()}
            made = await self._make(final, str(who), why, action, str(second or ""))
            with suppress(StoreUnavailable):  # the next reload asks again
                self.library.remembered = await history.standing(self.store)
        await self.library.reload()
        return made

    def _final(self, file: str, change: Change, checked: bool | None, action: Action) -> str | None:
        """Return what is written: the text with the day it was checked and the version it is based on."""
        text, shipped = change.after, self.folders.shipped_text(file)
        if text is None or (text == shipped and not checked):
            return text
        if checked is not None and is_entry(file):
            day = datetime.now(UTC).date() if checked else day_of(change.before, "checked")
            if day is not None and day != day_of(text, "checked"):
                text = _with(text, "checked", day)
        # What is put in force again is based on what it was based on then, not on what is shipped by now.
        new = action != "roll back" and value_of(text, BASED_ON) is None
        if shipped is not None and text != shipped and (action == "keep mine" or new):
            text = _with(text, BASED_ON, digest(shipped))
        return text

    async def _make(self, changes: Mapping[str, Change], who: str, why: str, action: Action, second: str) -> list[Version]:
        """Write the history and the files; the lock is held."""
        heads = await history.heads(self.store)
        versions, files, now, step = [], {}, history.now(), history.new_step()
        for file, change in changes.items():
            shipped = self.folders.shipped_text(file)
            # What is the same as the shipped file needs no file of its own: upgrades then reach it again.
            files[file] = None if change.after == shipped else change.after
            number = heads[file].number + 1 if file in heads else 1
            after = shipped if files[file] is None else change.after
            versions.append(
                Version(
                    file, number, now, who, action, why, change.before, after, files[file] is not None, False, step, second
                )
            )
        prepared = await asyncio.to_thread(StagedFiles, self.folders, files)
        try:
            await history.begin(self.store, versions)
            await asyncio.to_thread(prepared.put)
        except Exception:
            # A database that refuses this too leaves it unfinished; `recover` then makes the change after all.
            with suppress(StoreUnavailable):
                await history.forget(self.store, versions)
            raise
        finally:
            await asyncio.to_thread(prepared.tidy)
        with suppress(StoreUnavailable):  # noted at the next change, or at the next start
            await history.end(self.store, versions)
        return [replace(version, done=True) for version in versions]

    async def note_editors(self) -> list[Version]:
        """Write into the history what an editor changed in the writable folder, once, and return it.

        Call it after the files were found good. Raises FolderError and StoreUnavailable.
        """
        if not await asyncio.to_thread(self._edited, await history.heads(self.store)):
            return []
        async with alone(self.folders, self.store):
            return await self._note_editors()

    async def _note_editors(self) -> list[Version]:
        found = await asyncio.to_thread(self._edited, await history.heads(self.store))
        if found:
            await asyncio.to_thread(self.folders.put, {v.file: v.after for v in found if stays_down(v)})
            await history.begin(self.store, found)
        return found

    def _edited(self, heads: Mapping[str, Version]) -> list[Version]:
        """Return what differs between the writable folder and the history.

        A folder without any file was lost, not emptied by an editor: of that nothing is said. An entry that is under review
        stays so although its file was deleted.
        """
        every = self.folders.all_changed()
        there = {file: text for file, text in every.items() if text is not None}
        gone = {file for file, head in heads.items() if head.changed} - every.keys() if there else set()
        found, now, step = [], history.now(), history.new_step()
        for file in sorted(there.keys() | gone):
            head, text = heads.get(file), there.get(file)
            known = head.after if head and head.changed else None
            if text != known:
                if text is None and is_withdrawn(known):
                    text = known
                shipped = self.folders.shipped_text(file)
                before = head.after if head else shipped
                after = shipped if text is None else text
                number = head.number + 1 if head else 1
                found.append(Version(file, number, now, "", "editor", "", before, after, text is not None, True, step))
        return found

    async def roll_back(self, file: str, number: int, *, who: int) -> list[Version]:
        """Put a version of a file in force again: a version of its own. Raises NoSuchVersionError and as `publish`."""
        wanted = await history.version(self.store, file, number)
        if wanted is None:
            raise NoSuchVersionError(number)
        await make_anew(self.folders, self.store)
        change = Change(self.folders.text(file), wanted.after)
        return await self.put_back({file: change}, who=who, why=f"#{number}")

    async def undo(self, latest: Version, *, who: int) -> list[Version]:
        """Put back what the latest version of a file found, which may be a newer shipped text. Raises as `publish`."""
        before = await history.version(self.store, latest.file, latest.number - 1)
        why = f"#{latest.number - 1}" if before and before.after == latest.before else ""
        return await self.put_back({latest.file: Change(latest.after, latest.before)}, who=who, why=why)

    async def put_back(self, changes: Mapping[str, Change], *, who: int, why: str = "") -> list[Version]:
        """Put texts of the history in force again, as far as that changes anything. Raises as `publish`."""
        restored = {file: replace(c, after=await self._restored(file, c.after)) for file, c in changes.items()}
        restored = {file: change for file, change in restored.items() if change.before != change.after}
        return await self.publish(restored, who=who, why=why, action="roll back") if restored else []

    async def _restored(self, file: str, text: str | None) -> str | None:
        """Return a text of the history as it is put in force again.

        One that came with the bot once is then a change based on itself: the upgrades list it.
        """
        if text is None or text == self.folders.shipped_text(file) or value_of(text, BASED_ON) is not None:
            return text
        found = await history.versions(self.store, file, most=2**31)
        once = {version.after for version in found if not version.changed}
        once |= {new.before for new, old in pairwise(found) if not old.changed} | {v.before for v in found[-1:]}
        return _with(text, BASED_ON, digest(text)) if text in once else text

    async def withdraw(self, file: str, *, who: int, why: str) -> list[Version]:
        """Take an entry down at once: its text stays, and nothing of it is shown. Raises as `publish`.

        Where its file has errors of its own, it is the last good text that is taken down; the history has the other.
        """
        await make_anew(self.folders, self.store)
        try:
            text = self.folders.text(file) or ""
        except NotTextError:
            async with self.folders.locked():
                await asyncio.to_thread(lambda: self.folders.put({file: self.folders.mended(file)}))
            text = self.folders.text(file) or ""
        earlier = [version.after for version in await history.versions(self.store, file)]
        wrong: KnowledgeError | None = None
        for good in dict.fromkeys((text, *earlier, self.folders.shipped_text(file))):
            if good is None:
                continue
            down = Change(text, _with(good, "withdrawn", datetime.now(UTC).date()))
            try:
                return await self.publish({file: down}, who=who, why=why, action="withdraw")
            except KnowledgeError as error:
                wrong = wrong or error
                if all(problem.file != file for problem in error.problems):
                    break
        raise wrong or NoSuchVersionError(file)

    def outdated(self) -> list[str]:
        """Return the changed files whose shipped version is not the one that they are based on."""
        return [
            file
            for file, text in self.folders.changed().items()
            if (shipped := self.folders.shipped_text(file)) is not None and value_of(text, BASED_ON) != digest(shipped)
        ]

    async def keep_mine(self, file: str, *, who: int) -> list[Version]:
        """Keep a changed file as it is, now that the newer shipped version was looked at. Raises as `publish`."""
        text = self.folders.text(file)
        return await self.publish({file: Change(text, text)}, who=who, why="", action="keep mine")

    async def take_theirs(self, file: str, *, who: int) -> list[Version]:
        """Let the shipped version stand again. Raises as `publish`."""
        mine, theirs = self.folders.text(file), self.folders.shipped_text(file)
        if theirs is not None and is_withdrawn(mine):  # under review it stays
            theirs = _with(theirs, "withdrawn", day_of(mine, "withdrawn") or datetime.now(UTC).date())
        return await self.publish({file: Change(mine, theirs)}, who=who, why="", action="take theirs")

    async def shipped_before(self, file: str) -> str | None:
        """Return the shipped version that a changed file is based on, where the history has it."""
        wanted = value_of(self.folders.text(file), BASED_ON)
        found = await history.versions(self.store, file, most=2**31)
        past = [text for version in found for text in (version.before, version.after)]
        texts = (self.folders.shipped_text(file), "", *past)
        return next((text for text in texts if text is not None and digest(text) == wanted), None)


def _with(text: str, key: str, value: str | date) -> str:
    """Return a file's text with this key set; what can't be read stays as it is: it is refused with its errors."""
    with suppress(NotPlainError):
        return stamped(text, key, value)
    return text


def _of_english(file: str, change: Change, snapshot: Snapshot) -> Change:
    """Return a change; of a translation, with the hash of the English that it was compared with: what there is now."""
    entry = snapshot.entries.get(PurePosixPath(file).stem)
    if change.after is None or entry is None or file != f"{file.split('/')[0]}/{entry.folder}/{entry.id}.yaml":
        return change
    return replace(change, after=_with(change.after, ENGLISH_HASH, digest_of(entry)))


def stays_down(version: Version) -> bool:
    """Say whether this is a version of an entry under review whose file an editor deleted in vain."""
    return version.action == "editor" and version.before == version.after and is_withdrawn(version.after)


def is_entry(file: str) -> bool:
    """Say whether a file holds an entry: neither a translation nor the disclaimers."""
    return file.count("/") == 1 and file.split("/")[0] not in LANGUAGES


def day_of(text: str | None, key: str) -> date | None:
    """Return the day that stands under a key of a file; None where there is none."""
    with suppress(ValueError, TypeError):
        return date.fromisoformat(value_of(text, key))
    return None
