"""/knowledge history, rollback, withdraw, upgrades: what was changed, and undone."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.desk import (
    LANGUAGES,
    complete_entry,
    desk,
    done,
    file_known,
    file_named,
    no_single,
    no_such,
    say,
    say_below,
    tell_moderators,
    working,
)
from bot.commands.moderators import is_moderator
from bot.commands.uploading import WHY
from bot.knowledge.rewrite import is_withdrawn, rewrite
from bot.moderation.publish import Change, NotGoodError
from bot.replies import keeping
from bot.replies import versions as shown_versions
from bot.replies.answers import plain
from bot.replies.reply import Reply, choices
from bot.store import history as versions
from bot.store import proposals
from bot.store.errors import StoreUnavailable
from bot.store.history import Version


@app_commands.command(name=locale_str("history"), description=locale_str("Who changed what, when and why"))
@app_commands.rename(entry=locale_str("entry"), code=locale_str("language"))
@app_commands.describe(
    entry=locale_str("Leave it out for the latest changes of all"),
    code=locale_str("Of the file: English, or a translation"),
)
@app_commands.choices(code=LANGUAGES)
@app_commands.autocomplete(entry=complete_entry)
async def history(interaction: Interaction, entry: str = "", code: str = "en") -> None:
    """Show the versions of an entry, or the latest changes of all."""
    lang, store = spoken(interaction), deps(interaction).store
    async with working(interaction):
        if not entry:
            await say(interaction, shown_versions.recent(await versions.recent(store), lang))
        elif (file := await file_known(interaction, entry, code)) is None:
            await say(interaction, plain(no_single(lang)))
        else:
            await say(interaction, await _history(interaction, file))


async def _history(interaction: Interaction, file: str, before: int | None = None) -> Reply:
    """Return the versions of a file, those before this number where there is one."""
    store, most = deps(interaction).store, shown_versions.VERSIONS + 1
    found = await versions.versions(store, file, before=before or 2**31, most=most)
    return shown_versions.history(file, found, spoken(interaction), latest=not before)


async def older(interaction: Interaction, entry_id: str, second: str) -> None:
    """Show older versions in place of the newer ones; the latest where no number is carried."""
    file, number = keeping.file_of(entry_id, second)
    async with working(interaction, new=False):
        await say(interaction, await _history(interaction, file, int(number or 0)))


async def show_version(interaction: Interaction, entry_id: str, second: str, number: str) -> None:
    """Show what a version changed."""
    file, _ = keeping.file_of(entry_id, second)
    async with working(interaction):
        found = await versions.version(deps(interaction).store, file, int(number))
        if found is None:
            raise LookupError(number)
        texts = {f"{entry_id}.yaml": found.after} if found.after is not None else {}
        await say(interaction, shown_versions.version_shown(found, spoken(interaction)), texts)


@app_commands.command(name=locale_str("rollback"), description=locale_str("Put an earlier version of an entry back"))
@app_commands.rename(entry=locale_str("entry"), number=locale_str("version"), code=locale_str("language"))
@app_commands.describe(
    entry=locale_str("Type three letters and pick"),
    number=locale_str("Pick one; 0 is what was there before all changes"),
    code=locale_str("Of the file: English, or a translation"),
)
@app_commands.choices(code=LANGUAGES)
@app_commands.autocomplete(entry=complete_entry)
async def rollback(interaction: Interaction, entry: str, number: app_commands.Range[int, 0], code: str = "en") -> None:
    """Put a version in force again."""
    async with working(interaction):
        file = await file_known(interaction, entry, code)
        if file is None:
            await say(interaction, plain(no_single(spoken(interaction))))
        else:
            await _put_back(interaction, file, number)


async def _put_back(interaction: Interaction, file: str, number: int) -> None:
    """Put a version in force again, unless it is already."""
    await _put_back_done(interaction, await desk(interaction).roll_back(file, number, who=interaction.user.id))


async def _put_back_done(interaction: Interaction, made: list[Version]) -> None:
    """Tell what was put in force again, or that there was nothing to do."""
    if made:
        await done(interaction, made)
    else:
        _ = spoken(interaction).gettext
        await say(interaction, plain(_("Nothing to change: this is what members see already.")))


@rollback.autocomplete("number")
async def _complete_version(interaction: Interaction, current: str) -> list[app_commands.Choice[Any]]:
    """Return the versions of the entry that was picked."""
    if not is_moderator(interaction):
        return []
    try:
        file = await file_known(interaction, interaction.namespace.entry or "", interaction.namespace.language or "en")
        found = await versions.versions(deps(interaction).store, file, most=24) if file else []
    except StoreUnavailable:
        return []
    lang = spoken(interaction)
    rows = [(f"#{v.number} {shown_versions.action_name(v, lang)} {v.why}", str(v.number)) for v in found]
    return [app_commands.Choice(name=c.name, value=int(c.value)) for c in choices(rows)]


async def roll_back(interaction: Interaction, entry_id: str, second: str) -> None:
    """Put a version in force again by one press."""
    file, number = keeping.file_of(entry_id, second)
    async with working(interaction):
        await _put_back(interaction, file, int(number or 0))


async def undo(interaction: Interaction, entry_id: str, second: str) -> None:
    """Undo a change of one file, unless the file was changed again since."""
    file, number = keeping.file_of(entry_id, second)
    async with working(interaction):
        latest = await versions.versions(deps(interaction).store, file, most=1)
        if latest and str(latest[0].number) == number:
            await _put_back_done(interaction, await desk(interaction).undo(latest[0], who=interaction.user.id))
        else:
            _ = spoken(interaction).gettext
            text = _("This was changed again since, so nothing was undone. Pick the version that you want back.")
            await say(interaction, replace(await _history(interaction, file), content=text))


async def undo_all(interaction: Interaction, proposal: str) -> None:
    """Undo a change of many files, all or none, unless one was changed again since."""
    lang, store = spoken(interaction), deps(interaction).store
    _ = lang.gettext
    async with working(interaction):
        content: Any = await proposals.find(store, interaction.user.id, proposal)
        if content is None or "undo" not in content:
            text = _("That is older than a day, or undone already. `/knowledge history` puts back one entry at a time.")
            await say(interaction, plain(text))
            return
        found, heads = desk(interaction), await versions.heads(store)
        latest = [heads[file] for file in content["undo"]]
        if changed := [head for head in latest if head.number != content["undo"][head.file]]:
            text = _("Changed again since, so nothing was undone: {names}. `/knowledge history` puts back one at a time.")
            await say(interaction, plain(text.format(names=shown_versions.named(changed, lang))))
            return
        changes = {head.file: Change(head.after, head.before) for head in latest}
        made = await found.put_back(changes, who=interaction.user.id)
        with contextlib.suppress(StoreUnavailable):
            await proposals.drop(store, proposal)
        await _put_back_done(interaction, made)


async def show_again(interaction: Interaction, entry_id: str, second: str) -> None:
    """Put an entry that is under review back: as it was, or with what was mended in it meanwhile."""
    file, _number = keeping.file_of(entry_id, second)
    _ = spoken(interaction).gettext
    async with working(interaction):
        found = desk(interaction)
        text = found.folders.text(file) or ""
        latest = await versions.versions(deps(interaction).store, file, most=1)
        if not is_withdrawn(text):
            await say(interaction, plain(_("Nothing to change: this is what members see already.")))
        elif latest and latest[0].action == "withdraw" and latest[0].after == text:
            try:
                made = await found.undo(latest[0], who=interaction.user.id)
            except NotGoodError:
                # Its file had errors when it was taken down: what is under review is the last good text.
                made = await _shown_as_it_is(interaction, file, text)
            await done(interaction, made)
        else:
            await done(interaction, await _shown_as_it_is(interaction, file, text))


async def _shown_as_it_is(interaction: Interaction, file: str, text: str) -> list[Version]:
    """Put an entry back with the text that is under review."""
    _ = spoken(interaction).gettext
    change = Change(text, rewrite(text, {"withdrawn": None}))
    return await desk(interaction).publish({file: change}, who=interaction.user.id, why=_("Put it back"))


@app_commands.command(name=locale_str("withdraw"), description=locale_str("Take an entry down at once"))
@app_commands.rename(entry=locale_str("entry"), why=locale_str("why"))
@app_commands.describe(entry=locale_str("Type three letters and pick"), why=locale_str("What is wrong with it"))
@app_commands.autocomplete(entry=complete_entry)
async def withdraw(interaction: Interaction, entry: str, why: app_commands.Range[str, 1, WHY]) -> None:
    """Take an entry down: whoever asks for it reads that it is under review."""
    file, snapshot = file_named(interaction, entry), deps(interaction).library.current
    if file is None or keeping.entry_id(file) not in {**snapshot.entries, **snapshot.withdrawn}:
        await no_such(interaction, entry)
        return
    async with working(interaction):
        if keeping.entry_id(file) in snapshot.withdrawn:
            await say(interaction, shown_versions.under_review_already(file, spoken(interaction)))
            return
        await done(interaction, await desk(interaction).withdraw(file, who=interaction.user.id, why=why))


@app_commands.command(name=locale_str("upgrades"), description=locale_str("Changed entries whose shipped version is newer"))
async def upgrades(interaction: Interaction) -> None:
    """Show the first changed entry that is behind, with both diffs."""
    async with working(interaction):
        await _show_upgrades(interaction)


async def _show_upgrades(interaction: Interaction, first: str = "") -> None:
    """Show the first changed entry that is behind, below a sentence where there is one."""
    found = desk(interaction)
    files = await asyncio.to_thread(found.outdated)
    rows = [
        (file, await found.shipped_before(file), found.folders.text(file), found.folders.shipped_text(file))
        for file in files
    ]
    reply = shown_versions.upgrades(rows, spoken(interaction))
    await say(interaction, replace(reply, content=f"{first}\n{reply.content}") if first else reply)


async def settle(interaction: Interaction, entry_id: str, second: str, *, mine: bool) -> None:
    """Keep a changed file, or give it up for the shipped one, unless either is not what was shown; then show the next."""
    file, shown = keeping.file_of(entry_id, second)
    lang = spoken(interaction)
    _ = lang.gettext
    async with working(interaction, new=False):
        found = desk(interaction)
        outdated = file in await asyncio.to_thread(found.outdated)
        if not outdated or shown != shown_versions.both(found.folders.text(file), found.folders.shipped_text(file)):
            await _show_upgrades(interaction, _("This was changed or settled since it was shown, so nothing was done."))
            return
        settle_it = found.keep_mine if mine else found.take_theirs
        made = await settle_it(file, who=interaction.user.id)
        await _show_upgrades(interaction)
        await say_below(interaction, shown_versions.published(made, lang, live=not deps(interaction).library.problems))
        await tell_moderators(interaction, made)


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the commands."""
    return [history, rollback, withdraw, upgrades]
