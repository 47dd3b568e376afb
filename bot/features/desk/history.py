"""/knowledge history, rollback, withdraw: what was changed, and undone."""

import contextlib
from dataclasses import replace

from bot.features.desk.files import (
    ENTRY,
    LANGUAGE,
    attached,
    complete_entry,
    entry_id,
    file_known,
    file_named,
    from_press,
    no_single,
)
from bot.features.desk.versions import (
    VERSIONS,
    action_name,
    history_of,
    named,
    recent,
    under_review_already,
    version_shown,
)
from bot.features.desk.work import done, no_change, publisher, working
from bot.interactions.answer import Answer, say
from bot.interactions.commands import Option, Rows, knowledge, locale_str
from bot.interactions.limits import CHOICES, choices
from bot.interactions.message import Message
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.knowledge.library import KnowledgeError
from bot.knowledge.rewrite import is_withdrawn, rewrite
from bot.language import _
from bot.publishing.publish import Change, NoSuchVersionError
from bot.store import history

WHY = 200
"""Letters of a reason."""


@knowledge(
    locale_str("history"),
    locale_str("Who changed what, when and why"),
    Option("entry", locale_str("entry"), locale_str("Leave it out for the latest changes of all"), complete=complete_entry),
    LANGUAGE,
)
async def show_history(request: Request, entry: str = "", code: str = "en") -> Answer:
    """Show the versions of an entry, or the latest changes of all."""
    async with working(request):
        if not entry:
            return Answer(recent(await history.recent(request.store)))
        if (file := await file_known(request, entry, code)) is None:
            return no_single()
        return Answer(await _history(request, file))


async def _history(request: Request, file: str, before: int = 0) -> Message:
    """Return the versions of a file, those before this number where there is one."""
    found = await history.versions(request.store, file, before=before or 2**31, most=VERSIONS + 1)
    return history_of(file, found, latest=not before)


@press("modolder", who=Who.MODERATORS, command="knowledge")
async def older(request: Request, name: str, before: int = 0) -> Answer:
    """Show older versions in place of the newer ones; the latest where no number is carried."""
    async with working(request, new=False):
        return Answer(await _history(request, from_press(name), before))


@press("modversion", who=Who.MODERATORS, command="knowledge")
async def show_version(request: Request, name: str) -> Answer:
    """Show what the picked version changed."""
    file, number = from_press(name), request.picked
    async with working(request):
        found = await history.version(request.store, file, int(number)) if number.isdecimal() else None
        if found is None:
            raise NoSuchVersionError
        texts = {file.rpartition("/")[2]: found.after} if found.after is not None else {}
        return Answer(replace(version_shown(found), files=attached(texts)))


async def _complete_version(request: Request, current: str) -> Rows:
    """Return the versions of the entry that was picked whose numbers begin as typed, and what was there before them all."""
    filled = request.filled
    file = await file_known(request, filled.get("entry") or "", filled.get("language") or "en")
    found = await history.versions(request.store, file, most=2**31) if file else []
    rows = [(f"#{v.number} {action_name(v)} {v.why}", str(v.number)) for v in found]
    if file:
        before = _("Before all changes")
        rows.append((f"#0 {before}", "0"))
    typed = str(current or "").lstrip("#").strip()
    rows = [row for row in rows if row[1].startswith(typed)]
    return [
        (label, int(number))
        for label, number in choices([*rows[: CHOICES - 1], *rows[-1:]] if len(rows) > CHOICES else rows)
    ]


@knowledge(
    locale_str("rollback"),
    locale_str("Put an earlier version of an entry back"),
    ENTRY,
    Option(
        "number",
        locale_str("version"),
        locale_str("Pick one; 0 is what was there before all changes"),
        complete=_complete_version,
        low=0,
    ),
    LANGUAGE,
)
async def roll_back(request: Request, entry: str, number: int, code: str = "en") -> Answer:
    """Put a version in force again."""
    async with working(request):
        file = await file_known(request, entry, code)
        if file is None:
            return no_single()
        return await done(request, await publisher(request).roll_back(file, number, who=request.user_id))


@press("modback", who=Who.MODERATORS, command="knowledge")
async def roll_back_at_once(request: Request, name: str, number: int) -> Answer:
    """Put a version in force again by one press."""
    async with working(request):
        return await done(request, await publisher(request).roll_back(from_press(name), number, who=request.user_id))


@press("modundo", who=Who.MODERATORS, command="knowledge")
async def undo(request: Request, name: str, number: int) -> Answer:
    """Undo a change, of all files that were changed with this one or of none, unless one was changed again since."""
    file, store = from_press(name), request.store
    async with working(request):
        done_then = await history.version(store, file, number)
        if done_then is None or not number:
            raise NoSuchVersionError
        made, heads = await history.together(store, done_then), await history.heads(store)
        changed = [heads[version.file] for version in made if heads[version.file].number != version.number]
        if changed and len(made) == 1:
            text = _("This was changed again since, so nothing was undone. Pick the version that you want back.")
            return Answer(replace(await _history(request, file), content=text), "nothing")
        if changed:
            text = _("Changed again since, so nothing was undone: {names}. `/knowledge history` puts back one at a time.")
            return say(text.format(names=named(changed)), "nothing")
        if len(made) == 1:
            return await done(request, await publisher(request).undo(done_then, who=request.user_id))
        changes = {version.file: Change(version.after, version.before) for version in made}
        return await done(request, await publisher(request).put_back(changes, who=request.user_id))


@press("modshow", who=Who.MODERATORS, command="knowledge")
async def show_again(request: Request, name: str) -> Answer:
    """Put an entry that is under review back: as it was, or with what was mended in it meanwhile."""
    file = from_press(name)
    async with working(request):
        found = publisher(request)
        text = found.folders.text(file) or ""
        latest = await history.versions(request.store, file, most=1)
        if not is_withdrawn(text):
            return no_change()
        if latest and latest[0].action == "withdraw" and latest[0].after == text:
            # Where its file had errors when it was taken down, what is under review is the last good text.
            with contextlib.suppress(KnowledgeError):
                return await done(request, await found.undo(latest[0], who=request.user_id))
        why = _("Put it back")
        change = Change(text, rewrite(text, {"withdrawn": None}))
        return await done(request, await found.publish({file: change}, who=request.user_id, why=why))


@knowledge(
    locale_str("withdraw"),
    locale_str("Take an entry down at once"),
    ENTRY,
    Option("why", locale_str("why"), locale_str("What is wrong with it"), low=1, high=WHY),
)
async def withdraw(request: Request, entry: str, why: str) -> Answer:
    """Take an entry down: whoever asks for it reads that it is under review."""
    file, snapshot = file_named(request, entry), request.snapshot
    if file is None or not snapshot.entry(entry_id(file), or_withdrawn=True):
        return no_single()
    async with working(request):
        if entry_id(file) in snapshot.withdrawn:
            return Answer(under_review_already(file), "nothing")
        return await done(request, await publisher(request).withdraw(file, who=request.user_id, why=why))
