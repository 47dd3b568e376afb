"""/knowledge status, check, preview, export: what there is, and what is wrong; nothing is changed."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.features.cards.kinds import counted
from bot.features.desk.files import LANGUAGE, complete_entry, errors_file, file_named, no_single, packed, problems
from bot.features.desk.publish import unpacked
from bot.features.desk.review import preview_context, previewed, side_by_side
from bot.features.desk.work import publisher, publisher_of, turned_off, working
from bot.interactions.answer import Answer, say
from bot.interactions.commands import Option, knowledge, locale_str
from bot.interactions.custom_id import join
from bot.interactions.message import RED, Button, Embed, Message, Style
from bot.interactions.request import Attachment, Request
from bot.interactions.routes import Who, press
from bot.knowledge.library import KnowledgeError, Snapshot, build
from bot.language import _, ngettext
from bot.publishing.folders import FolderError, Folders, NotTextError
from bot.store.usage import Store
from bot.strict_yaml import Problem

GREEN = 0x2E8B6F


@press("modstatus", who=Who.MODERATORS, command="knowledge")
@knowledge(locale_str("status"), locale_str("What is loaded, and what is wrong"))
async def show_status(request: Request) -> Answer:
    """Show the version, counts, and problems."""
    library = request.deps.library
    async with working(request):
        found = publisher_of(request.interaction.client)
        changed, outdated = 0 if found else None, 0
        with contextlib.suppress(FolderError):  # what is wrong with the folder stands among the errors
            if found:
                changed = len(await asyncio.to_thread(found.folders.changed))
                outdated = len(await asyncio.to_thread(found.outdated))
        message = loaded(library.current, library.problems, changed, outdated)
        to_desk = Button(_("All that waits"), join("moddesk"), Style.PRIMARY)
        return Answer(replace(message, embeds=(*message.embeds, *_database(request.store)), rows=((to_desk,),)))


def _database(store: Store) -> Iterator[Embed]:
    """Yield what is wrong with the database, where anything is."""
    rows = _("Rows that wait: {waiting}; lost: {lost}.", waiting=store.waiting, lost=store.lost)
    if store.trouble:
        text = _("It can't be used now ({reason}). Answers go on without it, and it is tried again.")
        yield Embed(_("The database"), f"{text.format(reason=store.trouble)} {rows}", RED)
    elif store.lost:
        yield Embed(_("The database"), rows, RED)


def loaded(snapshot: Snapshot, found: Sequence[Problem], changed: int | None, outdated: int) -> Message:
    """Return what is loaded and what is wrong; `changed` is how many files differ, None where changing is off."""
    lines = [
        f"{counted(snapshot)}.",
        _(
            "Version {version}, loaded {when}.",
            version=snapshot.version,
            when=f"<t:{int(snapshot.loaded_at.timestamp())}:R>",
        ),
    ]
    if changed is None:
        lines.append(turned_off())
    elif changed:
        lines.append(ngettext("{n} file is changed here.", "{n} files are changed here.", changed))
    if snapshot.withdrawn:
        names = ", ".join(entry.name for entry in list(snapshot.withdrawn.values())[:10])
        lines.append(_("Under review: {names}.", names=names))
    if outdated:
        text = ngettext(
            "{n} changed entry has a newer version that came with the bot: `/knowledge upgrades`.",
            "{n} changed entries have newer versions that came with the bot: `/knowledge upgrades`.",
            outdated,
        )
        lines.append(text.format(n=outdated))
    title, text = _("The knowledge"), "\n".join(lines)
    if not found:
        warned = problems(snapshot.warnings, "")
        return Message(embeds=(Embed(title, text, GREEN, footer=_("No errors.")), *warned.embeds), files=warned.files)
    first = _("The files have errors, so members still see the last good version.")
    return Message(first, (Embed(title, text, RED), *problems(found, "").embeds), files=errors_file(found))


@knowledge(locale_str("check"), locale_str("Check all files now"))
async def check(request: Request) -> Answer:
    """Read and check all files as they are on the disk."""
    library = request.deps.library
    async with working(request):
        try:
            snapshot = await asyncio.to_thread(build, library.paths, None, None, library.remembered)
        except KnowledgeError as error:
            first = _("The files have errors, so members still see the last good version.")
            return Answer(problems(error.problems, first))
        text = ngettext("{n} entry, no errors.", "{n} entries, no errors.", len(snapshot.entries))
        return Answer(problems(snapshot.warnings, text))


@knowledge(
    locale_str("preview"),
    locale_str("See a card as members will see it"),
    Option("entry", locale_str("entry"), locale_str("An entry as it is now"), complete=complete_entry),
    Option("file", locale_str("file"), locale_str("A .yaml file that you have not uploaded yet")),
    Option("code", LANGUAGE.name, locale_str("The language in which members see it"), choices=LANGUAGE.choices),
)
async def preview(request: Request, entry: str = "", file: Attachment | None = None, code: str = "en") -> Answer:
    """Show the card of an entry, or of a file that would be uploaded; publishes nothing."""
    context = preview_context(request)
    if file is not None:
        async with working(request):
            changes = await unpacked(request, file, "", code, unchanged=True)
            snapshot = await publisher(request).candidate(changes)
            shown = [previewed(snapshot, name, context, code) for name in list(changes)[:3]]
            return Answer(side_by_side(shown))
    if not entry:
        return say(_("Name an entry, or attach a file; then you see its card."), "nothing")
    name = file_named(request, entry)
    if name is None:
        return no_single()
    return Answer(side_by_side([previewed(request.snapshot, name, context, code)]))


@knowledge(locale_str("export"), locale_str("All files as they are now, as a zip"))
async def export(request: Request) -> Answer:
    """Give out every file that is in force."""
    config = request.config
    async with working(request):
        folders = Folders(config.shipped_path(), config.changes_path() or config.shipped_path())
        said = _("All files that members see now. Change them in an editor, and give them back with `/knowledge upload`.")
        texts, garbled = await asyncio.to_thread(_texts, folders)
        if garbled:
            text = _("Left out, as it isn't saved as UTF-8, which members don't see either: {names}.")
            said += " " + text.format(names=", ".join(f"`{file}`" for file in garbled[:10]))
        return Answer(Message(said, files=(await asyncio.to_thread(packed, texts, "knowledge.zip"),)))


def _texts(folders: Folders) -> tuple[dict[str, str], list[str]]:
    """Return every file in force with its text, and those that are no text in UTF-8."""
    texts, garbled = {}, []
    for file in sorted({*folders.shipped_files(), *folders.all_changed()}):
        try:
            if (text := folders.text(file)) is not None:
                texts[file] = text
        except NotTextError:
            garbled.append(file)
    return texts, garbled
