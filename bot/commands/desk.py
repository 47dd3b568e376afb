"""What moderators' commands share: the desk they work at, how they name a file, and how their errors are told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import zipfile
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.commands.deps import Interaction, deps, server, spoken
from bot.commands.moderators import is_moderator
from bot.commands.notices import notify
from bot.commands.respond import answer, edited, log_use, message
from bot.knowledge.rewrite import NotPlainError
from bot.language import Language, language
from bot.moderation.entries import SourceLineError
from bot.moderation.folders import FolderError, Folders, NotTextError
from bot.moderation.publish import Change, ChangedMeanwhileError, Desk, NotGoodError
from bot.replies import keeping
from bot.replies import versions as shown_versions
from bot.replies.answers import plain
from bot.replies.card import Where
from bot.replies.reply import Reply, choices
from bot.store import history, proposals
from bot.store.errors import StoreUnavailable
from bot.store.history import Version
from bot.strict_yaml import Problem

log = logging.getLogger(__name__)

COMMAND = "knowledge"
LANGUAGES = [app_commands.Choice(name="English", value="en"), app_commands.Choice(name="Español", value="es")]
DISCLAIMERS = "disclaimers"
"""What the file that is no entry is called where an entry is asked for."""


def desk_of(client: Any) -> Desk | None:
    """Return what changes are made with; None where changing the knowledge in Discord is off."""
    config, library, store = client.deps.config, client.deps.library, client.deps.store
    changes = config.changes_path()
    return None if changes is None else Desk(Folders(config.shipped_path(), changes), library, store, client.deps.noted)


class TurnedOffError(Exception):
    """Changing the knowledge in Discord is off."""


class NoProposalError(Exception):
    """The proposal that was pressed is not the asker's, or is gone."""


class Say(Protocol):
    """Says a reply, with files of these texts."""

    def __call__(self, interaction: Interaction, reply: Reply, files: Mapping[str, str] | None = None) -> Awaitable[None]:
        """Say it."""


def desk(interaction: Interaction) -> Desk:
    """Return what changes are made with. Raises TurnedOffError, which `working` tells."""
    found = desk_of(interaction.client)
    if found is None:
        raise TurnedOffError
    return found


async def say(interaction: Interaction, reply: Reply, files: Mapping[str, str] | None = None) -> None:
    """Put a reply, and files of this text, in place of the answer that was promised."""
    await interaction.edit_original_response(**edited(reply), attachments=_attached(files))


async def say_below(interaction: Interaction, reply: Reply, files: Mapping[str, str] | None = None) -> None:
    """Say something below the message that was pressed, which stays as it is, its buttons too."""
    await interaction.followup.send(**message(reply), files=_attached(files), ephemeral=True)


def _attached(files: Mapping[str, str] | None) -> list[discord.File]:
    return [discord.File(io.BytesIO(text.encode()), name) for name, text in (files or {}).items()]


@contextlib.asynccontextmanager
async def working(
    interaction: Interaction,
    *,
    new: bool = True,
    changes: Mapping[str, Change] | None = None,
    typed: Mapping[str, str] | None = None,
) -> AsyncIterator[Say]:
    """Promise an answer, which may take a moment, and tell what goes wrong in plain words; nothing was changed then.

    `new` begins an answer of its own; otherwise the pressed message is changed, but for what goes wrong: that is told below
    it, and its buttons stay. Yields how it is told. `changes` is what is being published; `typed` is what a form brought,
    which comes back as a file with what goes wrong.
    """
    tell: Say = say if new else say_below
    await interaction.response.defer(ephemeral=True, thinking=new)
    await log_use(interaction, COMMAND, "served")
    try:
        yield tell
    except (*_TROUBLE, LookupError) as error:
        if isinstance(error, KeyError | IndexError):
            raise  # a mistake of ours
        reply, files = in_words(error, changes or {}, spoken(interaction))
        await tell(interaction, reply, files | (as_typed(typed) if typed else {}))


_TROUBLE = (
    NoProposalError,
    TurnedOffError,
    FolderError,
    StoreUnavailable,
    NotGoodError,
    ChangedMeanwhileError,
    SourceLineError,
    NotPlainError,
)


def in_words(error: Exception, changes: Mapping[str, Change], lang: Language) -> tuple[Reply, dict[str, str]]:
    """Return what went wrong in plain words, with files."""
    _ = lang.gettext
    match error:
        case NotGoodError():
            return problems_of(error, _("Nothing was changed: with this, the knowledge would have errors."), lang)
        case ChangedMeanwhileError():
            return keeping.changed_meanwhile(changes, error.now, lang), {}
        case NoProposalError():
            text = no_proposal(lang)
        case TurnedOffError():
            text = _("Changing it in Discord is turned off (knowledge.changes is none).")
        case FolderError(reason=""):
            text = _("Another change is just being published; nothing was changed. Try again in a minute.")
        case NotTextError():
            text = _("Nothing was changed: {file} isn't saved as UTF-8. Whoever saved it should save it anew as UTF-8.")
            text = text.format(file=f"`{keeping.shown_file(error.folder.as_posix())}`")
        case FolderError():
            log.warning("A change was not made: %s.", error)
            text = _(
                "Nothing was changed: the folder {folder} can't be written to ({reason}). Whoever runs the bot should look "
                "at the disk's room and the folder's owner (knowledge.changes)."
            ).format(folder=error.folder, reason=error.reason)
        case StoreUnavailable():
            log.warning("A change was not made: the database refused it (%s).", error.reason)
            text = database_away(lang)
        case SourceLineError():
            text = _(
                "Line {line} of the sources can't be read; nothing was changed. Write each as: title | publisher | address "
                "| day, the day as in 2026-01-31."
            ).format(line=error.line)
        case NotPlainError():
            text = _("This file is written in a way that a form can't change. Ask for it as a file, and upload it again.")
        case _:
            text = _("There is no such version; `/knowledge history` shows them.")
    return plain(text), {}


def as_typed(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into a form, as a file."""
    return {"what-you-typed.txt": "\n\n".join(f"{key}:\n{text}" for key, text in typed.items())}


def database_away(lang: Language) -> str:
    """Return that the database refuses."""
    return lang.gettext("Nothing was changed: the database can't be reached. Try again in a minute.")


def no_proposal(lang: Language) -> str:
    """Return that a proposal is gone."""
    _ = lang.gettext
    return _("That proposal is not yours, or was published already, or is older than a day. `/knowledge` begins anew.")


def problems_of(error: NotGoodError, first: str, lang: Language) -> tuple[Reply, dict[str, str]]:
    """Return problems as a reply, with all of them in a file where they are many."""
    return keeping.problems(error.problems, first, lang), errors_file(error.problems)


def errors_file(problems: Sequence[Problem]) -> dict[str, str]:
    """Return all problems as a file, where a message has no room for them."""
    return {"errors.txt": keeping.problems_file(problems)} if len(problems) > keeping.PROBLEMS else {}


async def done(interaction: Interaction, versions: list[Version]) -> None:
    """Tell the moderators' channel of a change that was made; and the asker, with one press to undo it."""
    told = await _tell_channel(interaction, versions)
    undo = ""
    if len(versions) > 1:
        which = {"undo": {version.file: version.number for version in versions}}
        with contextlib.suppress(StoreUnavailable):
            undo = await proposals.keep(deps(interaction).store, interaction.user.id, which)
    reply = shown_versions.published(versions, spoken(interaction), undo, live=not deps(interaction).library.problems)
    try:
        await say(interaction, reply)
    except discord.HTTPException as error:  # the message that was pressed may be gone; the change was made all the same
        log.warning("A change was made, but its answer has no place any more (Discord's code %d).", error.code)
        await say_below(interaction, reply)
    await _say_untold(interaction, told)


async def tell_moderators(interaction: Interaction, versions: list[Version]) -> None:
    """Post a change in the moderators' channel, and say so where that can't be done."""
    await _say_untold(interaction, await _tell_channel(interaction, versions))


async def _tell_channel(interaction: Interaction, versions: list[Version]) -> bool:
    """Post a change in the moderators' channel, after what editors changed before it; return whether it is there."""
    lang = language(server(interaction).language or (interaction.guild_locale or interaction.locale).value)
    told = True
    for each in (taken(interaction.client), versions):
        if each:
            told = await notify(interaction.client, *await asyncio.to_thread(shown_to_moderators, each, lang))
    return told


def taken(client: Any) -> list[Version]:
    """Return what editors changed that the moderators' channel is still to hear of, once."""
    noted, client.deps.noted[:] = list(client.deps.noted), []
    return noted


async def _say_untold(interaction: Interaction, told: bool) -> None:
    if not told and deps(interaction).config.moderation.channel_id is not None:
        _ = spoken(interaction).gettext
        text = _(
            "This is done, but the moderators' channel could not be told of it. Whoever runs the bot should check "
            "moderation.channel_id, and that the bot may see that channel, write and attach files there."
        )
        await say_below(interaction, plain(text))


def shown_to_moderators(versions: list[Version], lang: Language) -> tuple[Reply, list[discord.File]]:
    """Return what the moderators' channel reads of a change, with the texts before and after; of many files as a zip."""
    if len(versions) > 1:
        files = [packed(shown_versions.before_and_after(versions), "changes.zip")]
    else:
        texts = shown_versions.before_and_after(versions)
        files = [discord.File(io.BytesIO(text.encode()), name) for name, text in texts.items()]
    return shown_versions.notice(versions, lang), files


def packed(texts: Mapping[str, str], name: str) -> discord.File:
    """Return texts as one zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, text in texts.items():
            archive.writestr(inside, text)
    data.seek(0)
    return discord.File(data, name)


def where_shown(interaction: Interaction) -> Where:
    """Return what a card's preview depends on: the operator's words on whom to call, as members see them."""
    return Where(emergency=deps(interaction).config.operator.emergency)


def file_named(interaction: Interaction, text: str, code: str = "en") -> str | None:
    """Return the file of an entry, given by id or exact name, in a language; None where it isn't exactly one entry's."""
    snapshot = deps(interaction).library.current
    text = text.strip()
    if text == DISCLAIMERS:
        inside = f"{DISCLAIMERS}.yaml"
    else:
        known = {**snapshot.entries, **snapshot.withdrawn}
        ids = (text,) if text in known else snapshot.index.exact(text) or snapshot.withdrawn_names.exact(text)
        if len(ids) != 1:
            return None
        inside = f"{known[ids[0]].folder}/{ids[0]}.yaml"
    return f"{code}/{inside}" if code != "en" else inside


async def file_known(interaction: Interaction, text: str, code: str = "en") -> str | None:
    """Return the same as `file_named`; of an entry that is gone, its history's. Raises StoreUnavailable."""
    if file := file_named(interaction, text, code):
        return file
    heads = await history.heads(deps(interaction).store)
    return next((f for f in heads if keeping.entry_id(f) == text.strip() and f.startswith("es/") == (code == "es")), None)


async def no_such(interaction: Interaction, text: str) -> None:
    """Say that no entry has this name."""
    await answer(interaction, plain(no_single(spoken(interaction))), command=COMMAND, outcome="nothing")


def no_single(lang: Language) -> str:
    """Return that a name is no entry's, or that of several."""
    _ = lang.gettext
    return _("No single entry is called that. Type three letters and pick from the list, or begin one: `/knowledge new`.")


async def complete_entry(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
    """Return the entries that a moderator may mean, those under review too; the value is the id."""
    if not is_moderator(interaction):
        return []
    snapshot = deps(interaction).library.current
    ids = dict.fromkeys(i for s in snapshot.index.suggest(current) for i in snapshot.index.exact(s.value))
    ids |= dict.fromkeys(
        i for s in snapshot.withdrawn_names.suggest(current) for i in snapshot.withdrawn_names.exact(s.value)
    )
    known = {**snapshot.entries, **snapshot.withdrawn}
    rows = [(f"{known[i].name} ({known[i].folder}/{i})", i) for i in ids]
    if DISCLAIMERS.startswith(current.strip().lower() or "-"):
        rows.insert(0, (DISCLAIMERS, DISCLAIMERS))
    return choices(rows)
