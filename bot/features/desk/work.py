"""What moderators' commands share: what changes are made with, how errors are told, how others hear of a change."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from bot.features.cards.parts import titled
from bot.features.desk.files import attached, diff_block, packed, problems, shown_file
from bot.features.desk.versions import before_and_after, notice, published
from bot.interactions.answer import Answer, Told, defer, say
from bot.interactions.custom_id import join
from bot.interactions.message import RED, Button, Embed, Message, Style
from bot.interactions.notices import notify, spoken_there
from bot.interactions.request import Request
from bot.knowledge.library import KnowledgeError
from bot.knowledge.rewrite import NotPlainError
from bot.language import _, language, speaking
from bot.publishing.agree import NeedsTwoError
from bot.publishing.folders import FolderError, Folders, NotTextError
from bot.publishing.publish import EditConflictError, NoSuchVersionError, Publisher
from bot.publishing.review import diff
from bot.store import waiting
from bot.store.errors import StoreUnavailable
from bot.store.history import Version
from bot.store.usage import Outcome

log = logging.getLogger(__name__)


def publisher_of(client: Any) -> Publisher | None:
    """Return what changes are made with; None where changing the knowledge in Discord is off."""
    deps = client.deps
    folders, rule = Folders.of(deps.config), deps.config.moderation.two_person
    return Publisher(folders, deps.library, deps.store, deps.noted, rule) if folders else None


def publisher(request: Request) -> Publisher:
    """Return what changes are made with. Raises Told where changing the knowledge in Discord is off."""
    found = publisher_of(request.interaction.client)
    if found is None:
        raise Told(say(turned_off(), "nothing"))
    return found


def turned_off() -> str:
    """Return that changing the knowledge in Discord is off."""
    return _("Changing it in Discord is turned off (knowledge.changes is none).")


@contextlib.asynccontextmanager
async def working(request: Request, *, new: bool = True, typed: Mapping[str, str] | None = None) -> AsyncIterator[None]:
    """Promise an answer, which may take a moment, and tell what goes wrong in plain words; nothing was changed then.

    `new` begins an answer of its own; otherwise the pressed message is changed, but for what is raised: that is told below
    it, and its buttons stay. `typed` is what a form brought, which comes back as a file with what goes wrong. Raises Told.
    """
    await defer(request, in_place=not new)
    try:
        try:
            yield
        except NeedsTwoError as needs:
            raise Told(await _wait_for_second(request, needs)) from None
    except TROUBLE as error:
        raise Told(in_words(error, typed)) from error


async def _wait_for_second(request: Request, needs: NeedsTwoError) -> Answer:
    """Let a change wait for a second moderator, and tell the moderators' channel. Raises StoreUnavailable."""
    files = {file: (change.before, change.after) for file, change in needs.changes.items()}
    await waiting.keep(request.store, request.user_id, needs.why, needs.action, needs.checked, files)
    with speaking(spoken_there(request.interaction.client)):
        names = ", ".join(f"`{shown_file(file)}`" for file in list(files)[:10])
        told = _("{names}: a change by {who} waits for a second moderator.", names=names, who=f"<@{request.user_id}>")
        row = (Button(_("Look at it"), join("modsecond"), Style.PRIMARY), Button(_("All that waits"), join("moddesk")))
        await notify(request.interaction.client, Message(told, rows=(row,)))
    text = _(
        "Nothing is changed yet: a second moderator has to agree, as with all that makes a sign less urgent or changes a "
        "helpline, and what moderation.two_person says. It waits on the desk."
    )
    return Answer(Message(text, rows=((Button(_("Desk"), join("moddesk")),),)))


def with_typed(message: Message, typed: Mapping[str, str] | None) -> Message:
    """Return a message with what was typed into a form, as a file."""
    if not typed:
        return message
    text = "\n\n".join(f"{key}:\n{text}" for key, text in typed.items())
    return replace(message, files=(*message.files, *attached({"what-you-typed.txt": text})))


TROUBLE = (
    FolderError,
    StoreUnavailable,
    KnowledgeError,
    EditConflictError,
    NotPlainError,
    NoSuchVersionError,
)


def in_words(error: Exception, typed: Mapping[str, str] | None = None) -> Answer:
    """Return what went wrong in plain words."""
    outcome: Outcome = "nothing"
    match error:
        case KnowledgeError():
            message = problems(error.problems, _("Nothing was changed: with this, the knowledge would have errors."))
        case EditConflictError():
            message = _changed_meanwhile(error)
        case FolderError(reason=""):
            message = Message(_("Another change is just being published; nothing was changed. Try again in a minute."))
        case NotTextError():
            text = _("Nothing was changed: {file} isn't saved as UTF-8. Whoever saved it should save it anew as UTF-8.")
            message = Message(text.format(file=f"`{shown_file(error.folder.as_posix())}`"))
        case FolderError():
            log.warning("A change was not made: %s.", error)
            text = _(
                "Nothing was changed: the folder {folder} can't be written to ({reason}). Whoever runs the bot should look "
                "at the disk's room and the folder's owner (knowledge.changes)."
            )
            message, outcome = Message(text.format(folder=error.folder, reason=error.reason)), "failed"
        case NotPlainError():
            text = _("This file is written in a way that a form can't change. Ask for it as a file, and upload it again.")
            message = Message(text)
        case NoSuchVersionError():
            message = Message(_("There is no such version; `/knowledge history` shows them."))
        case _:
            log.warning("A change was not made: the database refused it (%s).", error)
            message, outcome = Message(database_away()), "failed"
    return Answer(with_typed(message, typed), outcome)


def no_change() -> Answer:
    """Return that nothing is to be changed."""
    return say(_("Nothing to change: this is what members see already."), "nothing")


def database_away() -> str:
    """Return that the database refuses."""
    return _("Nothing was changed: the database can't be reached. Try again in a minute.")


def _changed_meanwhile(error: EditConflictError) -> Message:
    """Return that a file has changed since, with what each of the two changed."""
    embeds = []
    shown = list(error.changes.items())[:3]
    most = 2700 // len(shown) // 2
    for file, change in shown:
        yours = titled(_("What you changed"), diff_block(diff(change.before, change.after), most))
        theirs = diff_block(diff(change.before, error.now[file]), most)
        theirs = titled(_("What someone else changed meanwhile"), theirs)
        embeds.append(Embed(shown_file(file), f"{yours}\n{theirs}", RED))
    first = _("Nothing was published: this was changed by someone else while you were at it. Begin anew from what is there.")
    return Message(first, tuple(embeds))


async def done(request: Request, versions: list[Version]) -> Answer:
    """Tell the moderators' channel of a change that was made; return what the asker is told, with one press to undo it.

    Where there was nothing to change, that is returned.
    """
    if not versions:
        return no_change()
    untold = await tell_channel(request, versions)
    message = published(versions, live=not request.deps.library.problems)
    return Answer(message, below=untold)


async def tell_channel(request: Request, versions: list[Version]) -> tuple[Message, ...]:
    """Post a change in the moderators' channel, after what editors changed before it; return what is said if it can't be."""
    client, asked = request.interaction.client, request.interaction
    told = True
    with speaking(language(request.server.language or (asked.guild_locale or asked.locale).value)):
        for each in filter(None, (taken(client), versions)):
            told = await notify(client, await asyncio.to_thread(shown_to_moderators, each))
    if told or request.config.moderation.channel_id is None:
        return ()
    text = _(
        "This is done, but the moderators' channel could not be told of it. Whoever runs the bot should check "
        "moderation.channel_id, and that the bot may see that channel, write and attach files there."
    )
    return (Message(text),)


def taken(client: Any) -> list[Version]:
    """Return what editors changed that the moderators' channel is still to hear of, once."""
    noted, client.deps.noted[:] = list(client.deps.noted), []
    return noted


def shown_to_moderators(versions: list[Version]) -> Message:
    """Return what the moderators' channel reads of a change, with the texts before and after; of many files as a zip."""
    texts = before_and_after(versions)
    files = (packed(texts, "changes.zip"),) if len(versions) > 1 else attached(texts)
    return replace(notice(versions), files=files)
