"""/knowledge status, check, preview, export: what there is, and what is wrong; nothing is changed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.desk import (
    COMMAND,
    LANGUAGES,
    complete_entry,
    desk,
    desk_of,
    errors_file,
    file_named,
    no_such,
    packed,
    problems_of,
    say,
    where_shown,
    working,
)
from bot.commands.respond import answer
from bot.commands.uploading import unpacked
from bot.knowledge.library import KnowledgeError, build
from bot.moderation.folders import FolderError, Folders, NotTextError
from bot.moderation.publish import NotGoodError
from bot.replies import keeping
from bot.replies.answers import plain


@app_commands.command(name=locale_str("status"), description=locale_str("What is loaded, and what is wrong"))
async def status(interaction: Interaction) -> None:
    """Show the version, counts, and problems."""
    lang, library = spoken(interaction), deps(interaction).library
    async with working(interaction):
        found = desk_of(interaction.client)
        changed, outdated = 0 if found else None, 0
        with contextlib.suppress(FolderError):  # what is wrong with the folder stands among the errors
            if found:
                changed = len(await asyncio.to_thread(found.folders.changed))
                outdated = len(await asyncio.to_thread(found.outdated))
        files = errors_file(library.problems)
        await say(interaction, keeping.status(library.current, library.problems, changed, outdated, lang), files)


@app_commands.command(name=locale_str("check"), description=locale_str("Check all files now"))
async def check(interaction: Interaction) -> None:
    """Read and check all files as they are on the disk."""
    lang, library = spoken(interaction), deps(interaction).library
    _ = lang.gettext
    async with working(interaction):
        try:
            snapshot = await asyncio.to_thread(build, library.paths, None, None, library.remembered)
        except KnowledgeError as error:
            first = _("The files have errors, so members still see the last good version.")
            await say(interaction, *problems_of(NotGoodError(error.problems), first, lang))
            return
        text = lang.ngettext("{n} entry, no errors.", "{n} entries, no errors.", len(snapshot.entries))
        await say(interaction, plain(text.format(n=len(snapshot.entries))))


@app_commands.command(name=locale_str("preview"), description=locale_str("See a card as members will see it"))
@app_commands.rename(entry=locale_str("entry"), file=locale_str("file"), code=locale_str("language"))
@app_commands.describe(
    entry=locale_str("An entry as it is now"),
    file=locale_str("A .yaml file that you have not uploaded yet"),
    code=locale_str("The language in which members see it"),
)
@app_commands.choices(code=LANGUAGES)
@app_commands.autocomplete(entry=complete_entry)
async def preview(
    interaction: Interaction, entry: str = "", file: discord.Attachment | None = None, code: str = "en"
) -> None:
    """Show the card of an entry, or of a file that would be uploaded; publishes nothing."""
    lang = spoken(interaction)
    _ = lang.gettext
    if file is not None:
        async with working(interaction):
            if (changes := await unpacked(interaction, file, None, code, same=True)) is not None:
                snapshot = await desk(interaction).candidate(changes)
                shown = [keeping.previewed(snapshot, name, where_shown(interaction), code) for name in list(changes)[:3]]
                await say(interaction, keeping.side_by_side(shown, lang))
        return
    if not entry:
        text = _("Name an entry, or attach a file; then you see its card.")
        await answer(interaction, plain(text), command=COMMAND, outcome="nothing")
        return
    name = file_named(interaction, entry)
    if name is None:
        await no_such(interaction, entry)
        return
    async with working(interaction):
        card = keeping.previewed(deps(interaction).library.current, name, where_shown(interaction), code)
        await say(interaction, keeping.side_by_side([card], lang))


@app_commands.command(name=locale_str("export"), description=locale_str("All files as they are now, as a zip"))
async def export(interaction: Interaction) -> None:
    """Give out every file that is in force."""
    lang, config = spoken(interaction), deps(interaction).config
    _ = lang.gettext
    async with working(interaction):
        changes = config.changes_path()
        folders = Folders(config.shipped_path(), changes or config.shipped_path())
        said = _("All files that members see now. Change them in an editor, and give them back with `/knowledge upload`.")
        texts, garbled = await asyncio.to_thread(_texts, folders)
        if garbled:
            text = _("Left out, as it isn't saved as UTF-8, which members don't see either: {names}.")
            said += " " + text.format(names=", ".join(f"`{file}`" for file in garbled[:10]))
        file = await asyncio.to_thread(packed, texts, "knowledge.zip")
        await interaction.edit_original_response(content=said, attachments=[file])


def _texts(folders: Folders) -> tuple[dict[str, str], list[str]]:
    """Return every file in force with its text, and those that are no text in UTF-8."""
    texts, garbled = {}, []
    for file in sorted({*folders.shipped_files(), *folders.changed(), *folders.garbled()}):
        try:
            if (text := folders.text(file)) is not None:
                texts[file] = text
        except NotTextError:
            garbled.append(file)
    return texts, garbled


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the commands."""
    return [status, check, preview, export]
