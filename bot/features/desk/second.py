"""A second pair of eyes: changes that wait for another moderator, who sees them as they would be, and agrees or not."""

from bot.features.desk.prose import changed_page, in_prose
from bot.features.desk.review import preview_context
from bot.features.desk.versions import named_files
from bot.features.desk.work import done, publisher, working
from bot.interactions.answer import Answer, Told, say
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Embed, Message, Style
from bot.interactions.pager import Page
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.interactions.text import typed_whole
from bot.knowledge.library import KnowledgeError
from bot.language import _
from bot.publishing.publish import Change
from bot.store import waiting
from bot.store.waiting import Waiting


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
