"""/knowledge desk: all that waits for the moderators, with its count, each a press away from the first of it."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Literal, get_args

from bot.features.cards.card import OVERVIEW
from bot.features.cards.fields import pick_field
from bot.features.cards.kinds import card_of
from bot.features.desk.files import file_of, in_press
from bot.features.desk.review import preview_context
from bot.features.desk.status import show_status
from bot.features.desk.upgrades import show_upgrades
from bot.features.desk.work import publisher_of
from bot.interactions.answer import Answer, defer
from bot.interactions.commands import knowledge, locale_str
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Embed, Message, Style
from bot.interactions.pager import Page
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.knowledge.due import due
from bot.language import ENGLISH, LANGUAGES, _, long_day
from bot.publishing.folders import FolderError
from bot.store import gaps, queues, waiting
from bot.store.errors import StoreUnavailable

ROW = 3
"""Buttons in a row: as many as a phone shows side by side."""

Pile = Literal["due", "untranslated", "withdrawn"]
"""Entries that wait, looked at one by one."""


@press("moddesk", who=Who.MODERATORS, command="knowledge")
@knowledge(locale_str("desk"), locale_str("All that waits for you, each a press away"))
async def show_desk(request: Request) -> Answer:
    """Show what waits, in place of what was looked at."""
    await defer(request, in_place=request.on_private_message)
    found = [*_of_files(request)]
    note = ""
    try:
        found = [*await _of_members(request), *found]
    except StoreUnavailable:
        note = _("What members sent can't be counted now: the database can't be reached.")
    with contextlib.suppress(FolderError):
        if publisher := publisher_of(request.interaction.client):
            behind = len(await asyncio.to_thread(publisher.outdated))
            found.append((_("newer versions that came with the bot"), _("Newer versions"), behind, show_upgrades.id()))
    return Answer(_shown(found, note))


Waiting = tuple[str, str, int, str]
"""What it is, in a sentence and on its button; how many; the press that leads to the first."""


async def _of_members(request: Request) -> list[Waiting]:
    """Return what members sent and miss. Raises StoreUnavailable."""
    counts = await queues.open_counts(request.store)
    snapshot, known = request.snapshot, await gaps.missed(request.store, 1000)
    missing = sum(not snapshot.index.exact(gap.text) and not snapshot.under_review(gap.text) for gap in known)
    second = len(await waiting.every(request.store))
    return [
        (_("changes that wait for a second moderator"), _("Second look"), second, join("modsecond")),
        (_("reports of mistakes"), _("Reports"), counts.get("report", 0), join("modqat", "report", "0")),
        (_("suggestions"), _("Suggestions"), counts.get("suggestion", 0), join("modqat", "suggestion", "0")),
        (_("names that members miss"), _("Missing names"), missing, join("modqgaps")),
    ]


def _of_files(request: Request) -> Iterator[Waiting]:
    """Yield what the files themselves want."""
    wrong = request.deps.library.problems or request.snapshot.warnings
    yield _("errors in files"), _("Errors"), len(wrong), show_status.id()
    names = {
        "due": (_("entries due for a check"), _("Due")),
        "untranslated": (_("entries not in Spanish yet"), _("Untranslated")),
        "withdrawn": (_("entries under review"), _("Under review")),
    }
    for pile in get_args(Pile):
        yield *names[pile], len(piled(request, pile)), show_piled.id(pile)


def _shown(found: list[Waiting], note: str) -> Message:
    """Return what waits: a line each, and a button each; what doesn't is named in one line."""
    lines = [f"**{count}** {what}" for what, _name, count, _id in found if count]
    none = ", ".join(what for what, _name, count, _id in found if not count)
    if none:
        lines.append(_("None: {names}.", names=none))
    buttons = [Button(f"{name} ({count})", press_id) for _what, name, count, press_id in found if count]
    rows = tuple(tuple(buttons[at : at + ROW]) for at in range(0, len(buttons), ROW))
    title = _("What waits for you") if buttons else _("Nothing waits for you")
    return Message(note, (Embed(title, "\n".join(lines)),), rows)


def piled(request: Request, pile: Pile) -> list[tuple[str, str]]:
    """Return the ids of a pile's entries, each with the day or the language it is about; those asked for most come first.

    It is worked out once for each version of the knowledge and day.
    """
    snapshot, today, asked = request.snapshot, datetime.now(UTC).date(), request.deps.library.popularity
    key = ("pile", pile, today)
    if key not in snapshot.memo:
        if pile == "due":
            dues = due(snapshot.entries.values(), today, request.config.knowledge, asked)
            found = [(each.entry.id, each.on.isoformat()) for each in dues]
        elif pile == "withdrawn":
            found = [(entry_id, "") for entry_id in snapshot.withdrawn]
        else:
            others = [(code, snapshot.translations.get(code, {})) for code in LANGUAGES if code != ENGLISH]
            found = [(i, code) for code, known in others for i in snapshot.entries if "short" not in known.get(i, {})]
            found.sort(key=lambda each: (-asked.get(each[0], 0), each[0]))
        snapshot.memo[key] = found
    kept: list[tuple[str, str]] = snapshot.memo[key]
    return kept


@press("modpile", who=Who.MODERATORS, command="knowledge")
async def show_piled(request: Request, pile: Pile, number: int = 0) -> Answer:
    """Show an entry of a pile as members see it, with Edit first, and the way to the next."""
    found = piled(request, pile)
    page = Page.of(found, number, 1)
    back = Button(_("Desk"), show_desk.id())
    if not found:
        return Answer(Message(_("Nothing of that waits any more."), rows=((back,),)), in_place=request.on_private_message)
    ((entry_id, about),) = page.shown
    entry = request.snapshot.entry(entry_id, or_withdrawn=True)
    assert entry is not None
    said = {
        "due": lambda: _("Due for a check on {day}.", day=long_day(date.fromisoformat(about))),
        "untranslated": lambda: _("Not in Spanish yet."),
        "withdrawn": lambda: _("Under review: members see nothing of it."),
    }[pile]()
    note = _("{what} {at} of {all}.", what=said, at=page.number + 1, all=page.pages)
    card = card_of(entry, request.snapshot, preview_context(request)).message(OVERVIEW)
    here = in_press(f"{about}/{file_of(entry)}" if pile == "untranslated" else file_of(entry))
    checked = (Button(_("Compared today"), join("modchecked", here), Style.SUCCESS),) if pile == "due" else ()
    row = (*checked, *page.turn(lambda to: show_piled.id(pile, to)), back)
    lists = pick_field(entry, here, translation=pile == "untranslated")
    return Answer(Message(note, card.embeds, (*lists, row)), in_place=request.on_private_message)
