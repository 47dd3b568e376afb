"""Names that are missing: members tell of one, and moderators see those that three people missed."""

import logging
from typing import Literal

from bot.features.inbox.waiting import begin
from bot.interactions.answer import Answer, say
from bot.interactions.commands import knowledge, locale_str
from bot.interactions.custom_id import encode_text, join
from bot.interactions.limits import fit
from bot.interactions.message import Button, Embed, Item, Message
from bot.interactions.pager import Page
from bot.interactions.request import Request
from bot.interactions.routes import Text, Who, press
from bot.interactions.text import cleaned, typed
from bot.knowledge.names import normalise
from bot.language import _
from bot.store import gaps, privacy
from bot.store.errors import StoreUnavailable
from bot.store.gaps import Gap

log = logging.getLogger(__name__)

ROWS = 4
"""Missing names on a page: each has a row of buttons, and one row is for turning."""

SHORT_NAME = 24
"""Letters of a name on its button: on a phone, Dismiss still stands beside it."""

MOST = 1000
"""Missing names listed; those that are missed less come up as these are written or dismissed."""


@press("missing", counts=True)
async def tell_missing(request: Request, _none: str, name: Text) -> Answer:
    """Thank for telling that an entry is missing; its name is known to nobody until three people told of it."""
    if await request.store.soon(privacy.opted_out(request.store, request.user_id), otherwise=False):  # counting looks again
        text = _(
            "You asked not to be counted, so this is not counted either. `/suggest` tells the moderators of a name at once."
        )
        return say(text, "nothing")
    text = _("Thank you. Once three people have told me that a name is missing, the moderators see it, without who asked.")

    async def count() -> None:
        if same := normalise(name):
            try:
                await gaps.tell_missing(request.store, same, cleaned(name), request.user_id)
            except StoreUnavailable as error:
                log.warning("A missing name was not counted (%s).", error.reason)

    return Answer(Message(text), after=count)


@press("modqgaps", who=Who.MODERATORS, command="knowledge")
@knowledge(locale_str("gaps"), locale_str("Names that members asked for and nobody has an entry for"))
async def show(request: Request, page: int = 0) -> Answer:
    """Show a page of the missing names, those that are missed most first."""
    await begin(request)
    return Answer(await _page(request, page))


@press("modqdismiss", who=Who.MODERATORS, command="knowledge")
async def dismiss(request: Request, name: str, page: int = 0, undo: Literal["", "undo"] = "") -> Answer:
    """Take a name off the list for good; or put it back."""
    await begin(request)
    text = await gaps.dismiss(request.store, name, dismissed=not undo)
    if text is None:
        note = _("Someone else was faster.")
    elif undo:
        note = _("“{name}” is back in the list.", name=typed(text))
    else:
        note = _("“{name}” is dismissed for good.", name=typed(text))
    take_back = dismiss.id(name, page, "undo") if text is not None and not undo else ""
    return Answer(await _page(request, page, note=note, undo=take_back))


async def _page(request: Request, number: int, *, note: str = "", undo: str = "") -> Message:
    """Return a page of missing names; those that an entry has by now are passed over."""
    snapshot, known = request.snapshot, await gaps.missed(request.store, MOST)
    missing = [gap for gap in known if not snapshot.index.exact(gap.text) and not snapshot.under_review(gap.text)]
    return listed(Page.of(missing, number, ROWS), note=note, undo=undo)


def listed(page: Page[Gap], *, note: str = "", undo: str = "") -> Message:
    """Return a page of missing names, the most missed first."""
    rows: list[tuple[Item, ...]] = []
    lines = []
    for number, gap in enumerate(page.shown):
        times = _("asked for {n} times", n=gap.people)
        lines.append(f"• **{typed(gap.text)}**: {times}")
        write = _("Write “{name}”", name=fit(cleaned(gap.text), SHORT_NAME))
        # Behind the kind stands a number: two names may begin alike, and an id stands in a message once.
        begin_entry = Button(write, join("modnew", f"term-{number}", encode_text(gap.text)))
        rows.append((begin_entry, Button(_("Dismiss"), dismiss.id(gap.name, page.number))))
    turning = page.turn(show.id) + ((Button(_("Undo"), undo),) if undo else ())
    text = "\n".join(lines) or _("No name is missing: three people have to tell me of one first.")
    return Message(note, (Embed(_("Missing names"), text),), (*rows, turning))
