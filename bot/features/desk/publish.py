"""/knowledge upload, Publish, and a second pair of eyes: a change is proposed, looked at, agreed to, and put in force."""

import asyncio
import contextlib

from bot.features.desk.files import DISCLAIMERS, KINDS, LANGUAGE, attached, entry_id, packed, problems
from bot.features.desk.history import WHY
from bot.features.desk.review import (
    changed_page,
    in_prose,
    preview_context,
    previewed,
    proposal,
    propose,
    proposed_soon,
    side_by_side,
)
from bot.features.desk.versions import named_files
from bot.features.desk.work import done, no_change, publisher, working
from bot.interactions import wire
from bot.interactions.answer import Answer, Told, say
from bot.interactions.commands import Option, knowledge, locale_str
from bot.interactions.custom_id import join
from bot.interactions.forms import Form, RadioGroup, TextInput
from bot.interactions.message import Button, Embed, Message, Style
from bot.interactions.pager import Page
from bot.interactions.request import Attachment, Request
from bot.interactions.routes import Who, form, press
from bot.interactions.text import cleaned, typed_whole
from bot.knowledge.helplines import FILE
from bot.knowledge.kinds import BY_KIND
from bot.knowledge.library import KnowledgeError
from bot.language import _
from bot.publishing.publish import Change, is_entry
from bot.publishing.unpack import MAX_ZIP, placed, unpack
from bot.store import drafts, queues, waiting
from bot.store.errors import StoreUnavailable
from bot.store.waiting import Waiting
from bot.strict_yaml import MAX_BYTES

REPORTS = 5
"""Open reports of an entry that publishing asks about."""


async def unpacked(
    request: Request, file: Attachment, kind: str, code: str, *, unchanged: bool = False
) -> dict[str, Change]:
    """Return what an uploaded file would change, by file. Raises Told with what is wrong with it.

    Where it would change nothing that is told too; with `unchanged`, it is returned as it is.
    """
    is_zip = str(file.filename).lower().endswith(".zip")
    most = MAX_ZIP if is_zip else MAX_BYTES
    if file.size > most:
        text = _("Nothing was changed: the file has {size} bytes, and {most} is the most.")
        raise Told(say(text.format(size=f"{file.size:,}", most=f"{most:,}"), "nothing"))
    data = await wire.download(file)
    if data is None:
        raise Told(say(_("Discord did not give me the file. Please send it again."), "failed"))
    found, wrong = await asyncio.to_thread(unpack, data, file.filename)
    if wrong:
        first = _("Nothing was changed. This needs mending first:")
        raise Told(Answer(problems(wrong, first), "nothing"))
    if not is_zip:
        name, text = next(iter(found.items()))
        found = {placed(name, _folder(request, name.removesuffix(".yaml"), kind), code): text}
    folders = publisher(request).folders
    every = await asyncio.to_thread(lambda: {name: Change(folders.text(name), text) for name, text in found.items()})
    changes = {name: change for name, change in every.items() if change.before != change.after}
    if not changes and not unchanged:
        raise Told(no_change())
    return changes or every


def _folder(request: Request, entry_id: str, kind: str) -> str:
    """Return the folder that an uploaded entry belongs in; empty for a file of no kind. Raises Told where it isn't known."""
    entry = request.snapshot.entry(entry_id, or_withdrawn=True)
    folder = entry.folder if entry else BY_KIND[kind].folder if kind in BY_KIND else ""
    if not folder and f"{entry_id}.yaml" not in (f"{DISCLAIMERS}.yaml", FILE):
        text = _("There is no entry `{id}` yet. Upload it again and say its `kind`, or mend the file's name.")
        raise Told(say(text.format(id=entry_id), "nothing"))
    return folder


@knowledge(
    locale_str("upload"),
    locale_str("Change entries by a .yaml file, or a .zip of them"),
    Option("file", locale_str("file"), locale_str("Named after the entry's id, as in interleukin.yaml")),
    Option("kind", locale_str("kind"), locale_str("Of a new entry"), choices=KINDS),
    LANGUAGE,
)
async def upload(request: Request, file: Attachment, kind: str = "", code: str = "en") -> Answer:
    """Show what a file would change, with Publish."""
    async with working(request):
        return await propose(request, await unpacked(request, file, kind, code))


@press("modpublish", who=Who.MODERATORS, command="knowledge")
async def ask_why(request: Request, draft: str) -> Answer:
    """Ask why, and whether the entries were compared with their sources today."""
    found = (await proposed_soon(request, draft)).changes
    fields: list[TextInput | RadioGroup] = [
        TextInput("why", _("Why?"), hint=_("Moderators read it in the history."), most=WHY)
    ]
    if any(is_entry(file) for file in found):
        answers = {"yes": _("Yes: every sentence stands in its sources"), "no": _("No: the day it was checked stays")}
        fields.append(RadioGroup("checked", _("Compared with its sources today?"), answers))
    asked = queues.open_reports(request.store, entry_id(next(iter(found))), REPORTS) if len(found) == 1 else None
    if asked and (reports := await request.store.soon(asked, otherwise=[])):
        answers = {"no": _("No, or not wholly: it stays open")}
        answers |= {str(each.number): _("Yes: “{text}”", text=cleaned(each.text)) for each in reports}
        fields.append(RadioGroup("settles", _("Does it settle this report?"), answers, "no"))
    return Answer(Form(publish.id(draft), _("Publish"), tuple(fields)), "offered")


@form("modpublish", who=Who.MODERATORS, command="knowledge")
async def publish(request: Request, draft: str) -> Answer:
    """Put a draft in force, and tell the moderators' channel."""
    typed = request.typed
    async with working(request, new=False):
        changes = (await proposal(request, draft)).changes
        checked = {"yes": True, "no": False}.get(typed.get("checked", ""))
        if checked is False and any(is_entry(file) and change.before is None for file, change in changes.items()):
            text = _("A new entry must be compared with its sources on the day it is published. Nothing was changed.")
            raise Told(say(text, "nothing"))
        why = typed.get("why", "").strip()[:WHY]
        versions = await publisher(request).publish(changes, who=request.user_id, why=why, checked=checked)
        with contextlib.suppress(StoreUnavailable):  # it can't be published twice: its files are no longer what they were
            await drafts.drop(request.store, draft)
            settled = typed.get("settles", "no")
            about = await queues.open_reports(request.store, entry_id(next(iter(changes))), REPORTS)
            if settled in [str(each.number) for each in about]:
                await queues.settle(request.store, int(settled), "done")
        return await done(request, versions)


@press("moddrop", who=Who.MODERATORS, command="knowledge")
async def drop(request: Request, draft: str) -> Answer:
    """Throw a draft away."""
    async with working(request, new=False):
        await proposal(request, draft)
        await drafts.drop(request.store, draft)
        return Answer(Message(_("Thrown away; nothing was changed.")))


def back_by_upload(file: str) -> str:
    """Return how a file that was handed out comes back."""
    if file.startswith("es/"):
        return _("Change it in an editor, and give it back with `/knowledge upload`, language Español; its name must stay.")
    return _("Change it in an editor, and give it back with `/knowledge upload`; its name must stay.")


@press("modfile", who=Who.MODERATORS, command="knowledge")
async def as_files(request: Request, draft: str) -> Answer:
    """Hand out a draft as files: one as it is, several as a zip that can be uploaded."""
    async with working(request):
        texts = {file: change.after or "" for file, change in (await proposal(request, draft)).changes.items()}
        if len(texts) == 1:
            file, text = next(iter(texts.items()))
            return Answer(Message(back_by_upload(file), files=attached({file.rsplit("/", 1)[-1]: text})))
        said = _("Change them in an editor, and give the zip back with `/knowledge upload`; their names must stay.")
        return Answer(Message(said, files=(packed(texts, "knowledge.zip"),)))


@press("modpreview", who=Who.MODERATORS, command="knowledge")
async def preview_one(request: Request, draft: str) -> Answer:
    """Show all pages of the card of the file that was picked of a draft, else of the first."""
    async with working(request):
        found = (await proposal(request, draft)).changes
        file = request.picked if request.picked in found else next(iter(found))
        snapshot = await publisher(request).candidate(found)
        return Answer(side_by_side([previewed(snapshot, file, preview_context(request))]))


@press("modsecond", who=Who.MODERATORS, command="knowledge")
async def show_waiting(request: Request, number: int = 0) -> Answer:
    """Show a change that waits for a second moderator."""
    async with working(request, new=not request.on_private_message):
        return Answer(await _shown(request, number))


async def _shown(request: Request, number: int, note: str = "") -> Message:
    """Return a change that waits, in prose and on its card; it is published, refused or taken back by a press."""
    found = await waiting.every(request.store)
    page = Page.of(found, number, 1)
    back = Button(_("Desk"), join("moddesk"))
    if not found:
        none = _("Nothing waits for a second moderator.")
        return Message(f"{note} {none}".strip(), rows=((back,),))
    (each,) = page.shown
    changes = changes_of(each)
    lines = [f"**{named_files(changes)}** · <@{each.who}>"]
    if each.why:
        lines.append(_("Why: {why}", why=typed_whole(each.why, 300)))
    embeds = []
    for file, change in list(changes.items())[:3]:
        lines.append(in_prose(file, change, request.snapshot))
        try:
            after = await publisher(request).candidate({file: change})
        except KnowledgeError:
            continue
        if card := changed_page(request.snapshot, after, file, preview_context(request)):
            embeds.append(card)
    own = each.who == str(request.user_id)
    agree = Button(_("Agree and publish"), agree_to.id(each.id), Style.SUCCESS, disabled=own)
    no = Button(_("Take it back") if own else _("Don't publish"), refuse.id(each.id), Style.DANGER)
    row = (agree, no, *page.turn(show_waiting.id), back)
    note = note or _("Waits for a second moderator. {at} of {all}.", at=page.number + 1, all=page.pages)
    return Message(note, (Embed(_("The change"), "\n".join(filter(None, lines))), *embeds), (row,))


def changes_of(each: Waiting) -> dict[str, Change]:
    """Return the changes that wait, by file."""
    return {file: Change(before, after) for file, (before, after) in each.files.items()}


async def _found(request: Request, key: str) -> Waiting:
    """Return a change that waits. Raises Told where it does not any more, and StoreUnavailable."""
    found = next((each for each in await waiting.every(request.store) if each.id == key), None)
    if found is None:
        raise Told(say(_("That does not wait any more: someone else was faster."), "nothing"))
    return found


@press("modagree", who=Who.MODERATORS, command="knowledge")
async def agree_to(request: Request, key: str) -> Answer:
    """Publish a change of another moderator."""
    async with working(request, new=False):
        found = await _found(request, key)
        if found.who == str(request.user_id):
            raise Told(say(_("You proposed this yourself: another moderator has to agree."), "nothing"))
        made = await publisher(request).publish(
            changes_of(found),
            who=int(found.who),
            why=found.why,
            action=found.action,
            checked=found.checked,
            second=request.user_id,
        )
        await waiting.drop(request.store, key)
        return await done(request, made)


@press("modrefuse", who=Who.MODERATORS, command="knowledge")
async def refuse(request: Request, key: str) -> Answer:
    """Let a change wait no longer; nothing is changed."""
    async with working(request, new=False):
        await _found(request, key)
        await waiting.drop(request.store, key)
        return Answer(await _shown(request, 0, _("It was not published; nothing was changed.")))
