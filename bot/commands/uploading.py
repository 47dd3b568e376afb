"""/knowledge upload, and Publish: a change is proposed, looked at, and put in force."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands import forms
from bot.commands.deps import Interaction, deps, spoken
from bot.commands.desk import (
    COMMAND,
    DISCLAIMERS,
    LANGUAGES,
    NoProposalError,
    database_away,
    desk,
    done,
    no_proposal,
    packed,
    problems_of,
    say,
    where_shown,
    working,
)
from bot.commands.respond import answer, log_use
from bot.knowledge.kinds import ENTRY_TYPES, Kind
from bot.language import Language
from bot.moderation.publish import Change, NotGoodError, is_entry
from bot.moderation.review import Review, review
from bot.moderation.unpack import MAX_ZIP, placed, unpack
from bot.replies import keeping
from bot.replies.answers import plain
from bot.replies.buttons import Press
from bot.store import proposals
from bot.store.errors import StoreUnavailable
from bot.strict_yaml import MAX_BYTES

WHY = 200
"""Letters of a reason."""

MOST_BROKEN = 2_000_000
"""Letters of what has errors that are kept, to be changed again or handed out; whoever uploads more has it anyway."""

FORM_SECONDS = 2
"""Within 3 s, Discord wants to have a form."""

KINDS = [
    app_commands.Choice(name=name, value=kind.value)
    for kind, name in {
        Kind.TERM: locale_str("term"),
        Kind.THERAPY: locale_str("therapy"),
        Kind.MEDICINE: locale_str("medicine"),
        Kind.CONDITION: locale_str("condition"),
    }.items()
]
FOLDERS = {cls.kind.value: cls.folder for cls in ENTRY_TYPES}


async def unpacked(
    interaction: Interaction, file: discord.Attachment, kind: str | None, code: str, *, same: bool = False
) -> dict[str, Change] | None:
    """Return what an uploaded file would change, by file; None after saying what is wrong with it.

    Where it would change nothing that is said too; with `same`, it is returned as it is.
    """
    lang = spoken(interaction)
    _ = lang.gettext
    is_zip = file.filename.lower().endswith(".zip")
    most = MAX_ZIP if is_zip else MAX_BYTES
    if file.size > most:
        text = _("Nothing was changed: the file has {size} bytes, and {most} is the most.")
        await say(interaction, plain(text.format(size=f"{file.size:,}", most=f"{most:,}")))
        return None
    try:
        data = await file.read()
    except discord.HTTPException:
        await say(interaction, plain(_("Discord did not give me the file. Please send it again.")))
        return None
    found, wrong = await asyncio.to_thread(unpack, data, file.filename)
    if wrong:
        first = _("Nothing was changed. This needs mending first:")
        await say(interaction, *problems_of(NotGoodError(wrong), first, lang))
        return None
    if not is_zip:
        name, text = next(iter(found.items()))
        snapshot = deps(interaction).library.current
        entry_id = name.removesuffix(".yaml")
        entry = snapshot.entries.get(entry_id) or snapshot.withdrawn.get(entry_id)
        folder = entry.folder if entry else FOLDERS.get(kind or "")
        if folder is None and entry_id != DISCLAIMERS:
            said = _("There is no entry `{id}` yet. Upload it again and say its `kind`, or mend the file's name.")
            await say(interaction, plain(said.format(id=entry_id)))
            return None
        found = {placed(name, folder or "", code): text}
    folders = desk(interaction).folders
    every = await asyncio.to_thread(lambda: {name: Change(folders.text(name), text) for name, text in found.items()})
    changes = {name: change for name, change in every.items() if change.before != change.after}
    if not changes and not same:
        await say(interaction, plain(_("Nothing to change: this is what members see already.")))
        return None
    return changes or every


async def propose(interaction: Interaction, changes: Mapping[str, Change], *, form: bool) -> None:
    """Keep a change as a proposal, and show what is wrong with it, or how it would look."""
    found = await review(desk(interaction), changes)
    content = {"form": form, "files": {file: [change.before, change.after] for file, change in changes.items()}}
    large = sum(len(change.after or "") for change in changes.values()) > MOST_BROKEN
    proposal = ""
    if not large or not found.problems or found.elsewhere:
        proposal = await proposals.keep(deps(interaction).store, interaction.user.id, content)
    lang, where = spoken(interaction), where_shown(interaction)
    reply = await asyncio.to_thread(keeping.reviewed, found, proposal, lang, where, form=form)
    await say(interaction, reply, await asyncio.to_thread(_beside, found, lang))


def _beside(found: Review, lang: Language) -> dict[str, str]:
    """Return the files that go with a review: what a message has no room for."""
    files = {}
    if len(found.problems) > keeping.PROBLEMS:
        files["errors.txt"] = keeping.problems_file(found.problems)
    if len(found.remarks) > keeping.PROBLEMS:
        files["warnings.txt"] = "".join(f"{line}\n" for line in keeping.remarks_of(found, lang))
    if not found.problems and len(whole := keeping.whole_diff(found.changes)) > keeping.DIFF:
        files["changes.diff"] = whole
    return files


async def proposed(interaction: Interaction, proposal: str) -> dict[str, Change]:
    """Return the asker's own proposal. Raises NoProposalError and StoreUnavailable."""
    content: Any = await proposals.find(deps(interaction).store, interaction.user.id, proposal)
    if content is None or "files" not in content:
        raise NoProposalError
    return {file: Change(before, after) for file, (before, after) in content["files"].items()}


async def proposed_soon(interaction: Interaction, proposal: str) -> dict[str, Change] | None:
    """Return the asker's own proposal before a form is shown, for which Discord waits 3 s; None after saying why not."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await proposed(interaction, proposal)
    except NoProposalError:
        text = no_proposal(spoken(interaction))
    except (StoreUnavailable, TimeoutError):
        text = database_away(spoken(interaction))
    await answer(interaction, plain(text), command=COMMAND, outcome="nothing")
    return None


@app_commands.command(name=locale_str("upload"), description=locale_str("Change entries by a .yaml file, or a .zip of them"))
@app_commands.rename(file=locale_str("file"), kind=locale_str("kind"), code=locale_str("language"))
@app_commands.describe(
    file=locale_str("Named after the entry's id, as in interleukin.yaml"),
    kind=locale_str("Of a new entry"),
    code=locale_str("Of the file: English, or a translation"),
)
@app_commands.choices(kind=KINDS, code=LANGUAGES)
async def upload(interaction: Interaction, file: discord.Attachment, kind: str = "", code: str = "en") -> None:
    """Show what a file would change, with Publish."""
    async with working(interaction):
        if (changes := await unpacked(interaction, file, kind, code)) is not None:
            await propose(interaction, changes, form=False)


async def ask_why(interaction: Interaction, proposal: str) -> None:
    """Ask why, and whether the entries were compared with their sources today."""
    lang = spoken(interaction)
    _ = lang.gettext
    found = await proposed_soon(interaction, proposal)
    if found is None:
        return
    fields: list[discord.ui.Item[Any]] = [
        forms.text_input("why", _("Why?"), hint=_("Moderators read it in the history."), most=WHY)
    ]
    if keeping.asks_checked(found):
        answers = {"yes": _("Yes: every sentence stands in its sources"), "no": _("No: the day it was checked stays")}
        fields.append(forms.choice("checked", _("Compared with its sources today?"), answers))
    await log_use(interaction, COMMAND, "offered")
    await forms.show(interaction, Press("modpublish", proposal), _("Publish"), *fields)


async def publish(interaction: Interaction, proposal: str) -> None:
    """Put a proposal in force, and tell the moderators' channel."""
    typed = forms.sent(interaction)
    _ = spoken(interaction).gettext
    changes: dict[str, Change] = {}
    async with working(interaction, new=False, changes=changes) as tell:
        changes.update(await proposed(interaction, proposal))
        checked = {"yes": True, "no": False}.get(typed.get("checked", ""))
        if checked is False and any(is_entry(file) and change.before is None for file, change in changes.items()):
            text = _("A new entry must be compared with its sources on the day it is published. Nothing was changed.")
            await tell(interaction, plain(text))
            return
        why = typed.get("why", "").strip()[:WHY]
        versions = await desk(interaction).publish(changes, who=interaction.user.id, why=why, checked=checked)
        with contextlib.suppress(StoreUnavailable):  # it can't be published twice: its files are no longer what they were
            await proposals.drop(deps(interaction).store, proposal)
        await done(interaction, versions)


async def drop(interaction: Interaction, proposal: str) -> None:
    """Throw a proposal away."""
    _ = spoken(interaction).gettext
    async with working(interaction, new=False):
        await proposed(interaction, proposal)
        await proposals.drop(deps(interaction).store, proposal)
        await say(interaction, plain(_("Thrown away; nothing was changed.")))


def back_by_upload(file: str, lang: Language) -> str:
    """Return how a file that was handed out comes back."""
    _ = lang.gettext
    if file.startswith("es/"):
        return _("Change it in an editor, and give it back with `/knowledge upload`, language Español; its name must stay.")
    return _("Change it in an editor, and give it back with `/knowledge upload`; its name must stay.")


async def as_files(interaction: Interaction, proposal: str) -> None:
    """Hand out a proposal as files: one as it is, several as a zip that can be uploaded."""
    lang = spoken(interaction)
    _ = lang.gettext
    async with working(interaction):
        texts = {file: change.after or "" for file, change in (await proposed(interaction, proposal)).items()}
        if len(texts) == 1:
            file, text = next(iter(texts.items()))
            await say(interaction, plain(back_by_upload(file, lang)), {file.rsplit("/", 1)[-1]: text})
            return
        said = _("Change them in an editor, and give the zip back with `/knowledge upload`; their names must stay.")
        await interaction.edit_original_response(content=said, attachments=[packed(texts, "knowledge.zip")])


async def preview_one(interaction: Interaction, proposal: str, file: str) -> None:
    """Show all pages of the card of one file of a proposal; without a name, of the first."""
    async with working(interaction):
        found = await proposed(interaction, proposal)
        file = file if file in found else next(iter(found))
        snapshot = await desk(interaction).candidate(found)
        card = keeping.previewed(snapshot, file, where_shown(interaction))
        await say(interaction, keeping.side_by_side([card], spoken(interaction)))


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the commands."""
    return [upload]
