"""/privacy: what is kept, in plain words; and one's own data shown, deleted, or no longer kept."""

import json
from datetime import date
from typing import Literal

from bot.features.cards.parts import masked_link
from bot.interactions.answer import Answer, defer
from bot.interactions.commands import HelpLine, command, locale_str
from bot.interactions.message import Button, Embed, Field, File, Message, Style
from bot.interactions.request import Request
from bot.interactions.routes import press
from bot.language import _, long_day, ngettext
from bot.store import privacy, queues


@command(
    locale_str("privacy"),
    locale_str("What is kept about you; show it, delete it"),
    counts=False,
    help=HelpLine(110),
)
async def privacy_(request: Request) -> Answer:
    """Show what is kept."""
    await defer(request)
    return Answer(await _page(request))


@press("export", command="privacy")
async def export(request: Request) -> Answer:
    """Give the asker all that belongs to them, as a JSON file that only they see."""
    await defer(request)
    found = await privacy.export(request.store, request.user_id)
    file = File("immunobot-my-data.json", json.dumps(found, ensure_ascii=False, indent=2).encode())
    text = _("This is all that belongs to you. What you asked is stored without you, so nobody can find it here.")
    return Answer(Message(text, files=(file,)))


@press("delete", command="privacy")
async def ask_to_delete(request: Request) -> Answer:
    """Ask once before deleting."""
    row = (Button(_("Delete it"), delete.id(), Style.DANGER), Button(_("Keep it"), keep.id()))
    return Answer(Message(_("Delete all that belongs to you? It can't be brought back."), rows=(row,)), "offered")


@press("deletenow", command="privacy")
async def delete(request: Request) -> Answer:
    """Delete, and say how much that was, and what stays."""
    store = request.store
    await defer(request, in_place=True)
    rows = await privacy.delete(store, request.user_id)
    left = privacy.rows_of(await privacy.export(store, request.user_id))
    parts = [ngettext("Deleted: {n} row.", "Deleted: {n} rows.", rows)]
    if left:
        parts.append(_("Something of yours came in meanwhile; press “Delete my data” once more."))
    if await privacy.opted_out(store, request.user_id):
        parts.append(_("Kept: that you are not to be counted."))
    if await queues.is_blocked(store, request.user_id):
        parts.append(_("Kept: that your messages to the moderators are not taken any more."))
    if key_changed := await privacy.key_changed(store, request.config.privacy.retention_days):
        older = _(
            "The key of the scrambled codes changed on {day}: what is older can't be found any more, and goes by itself."
        )
        parts.append(older.format(day=long_day(date.fromisoformat(key_changed))))
    text = " ".join(parts if len(parts) > 1 else (*parts, _("Nothing that belongs to you is left.")))
    # The press itself is logged without its asker: counted, they would be there again.
    return Answer(Message(text), counted=False)


@press("kept", command="privacy")
async def keep(request: Request) -> Answer:
    """Say that nothing was deleted."""
    return Answer(Message(_("Nothing was deleted.")), in_place=True)


@press("opt", command="privacy")
async def opt(request: Request, way: Literal["out", "in"]) -> Answer:
    """Count the asker no longer, or again, and show the page anew."""
    await defer(request, in_place=True)
    await privacy.opt(request.store, request.user_id, out=way == "out")
    return Answer(await _page(request), counted=way == "in")


async def _page(request: Request) -> Message:
    """Return what is kept, with buttons for one's own data."""
    days = request.config.privacy.retention_days
    kept = _(
        "**What was asked, without who.** For each answer: when, which command and entry, how it went, how long it took, "
        "the language, and whether it was in a server. Not your name, your number, the server, or what you typed.\n"
        "**Who was there, without what.** For each day: a scrambled code for you, apart from what anyone asked, and written "
        "about an hour later with those of at least nine others, or not at all. Only whoever runs this bot could check it "
        "against an account they already know.\n"
        "**Names that are missing**, if you tell of one: scrambled, until three people told of it; then the name alone.\n"
        "**What you send to the moderators** in a form: the text, the day, and a scrambled code for you, the same for all "
        "that you send. They see neither your name nor the code.\n"
        "All of these rows are deleted after {days} days. Counts and names without people stay; so do your wish not to be "
        "counted, and a block of your messages.",
        days=days,
    )
    stands_by = _("Who changes an entry stands by it: the change bears their number. “Delete my data” takes it off.")
    fields = [Field(_("Moderators"), stands_by)]
    store = request.store
    if key_changed := await store.soon(privacy.key_changed(store, days), None):
        older = _(
            "The key of the scrambled codes changed on {day}. Rows from before can't be found any more: I can neither "
            "show nor delete them for you, and they go by themselves. If you did not want to be counted, say so again.",
            day=long_day(date.fromisoformat(key_changed)),
        )
        fields.append(Field(_("Older rows"), older))
    if policy := request.config.operator.privacy_url:
        fields.append(Field(_("Privacy policy"), masked_link(_("Privacy policy"), policy)))
    counting = Button(_("Don't count me"), opt.id("out"))
    if await store.soon(privacy.opted_out(store, request.user_id), otherwise=False):
        counting = Button(_("Count me again"), opt.id("in"))
    row = (Button(_("Show my data"), export.id()), Button(_("Delete my data"), ask_to_delete.id()), counting)
    return Message(embeds=(Embed(_("Your privacy"), kept, fields=tuple(fields)),), rows=(row,))
