"""/search: what a text is about, five entries a page."""

from bot.features.cards.look_up import in_danger
from bot.features.cards.offers import browse_button, hits, under_review
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, Option, command, locale_str
from bot.interactions.custom_id import MOST_TEXT
from bot.interactions.message import Embed, Message
from bot.interactions.pager import Page, as_list
from bot.interactions.request import Request
from bot.interactions.routes import Text, press
from bot.interactions.text import typed
from bot.knowledge.library import Snapshot
from bot.language import _

HITS, PAGES = 5, 3
"""Hits on a page, each with a button (a row holds five), and pages: what comes after is about something else."""


@command(
    locale_str("search"),
    locale_str("Look through everything, in your own words"),
    Option("text", locale_str("words"), locale_str("For example: side effects of Keytruda")),
    help=HelpLine(50, locale_str("ask in your own words")),
)
async def search(request: Request, text: str) -> Answer:
    """Show what a text is about."""
    return _found(request, text, 0)


@press("search", counts=True)
async def turn_search(request: Request, page: int, text: Text) -> Answer:
    """Show a page of a search: in place of the page before, or new where the press asked for a search."""
    return as_list(request, _found(request, text, page))


def _found(request: Request, text: str, page: int) -> Answer:
    """Return a page of what a search found, led by whom to call; of a name under review, that it is."""
    snapshot = request.snapshot
    message, any_found = found(snapshot, text, page)
    if not any_found and (review := snapshot.under_review(text)):
        message = under_review(review, (), text)
    heard = snapshot.index.heard(text)
    return in_danger(request, Answer(message, "offered" if any_found else "nothing"), heard.happening, heard.mentioned)


def found(snapshot: Snapshot, text: str, number: int) -> tuple[Message, bool]:
    """Return a page of what a search found, and whether it found anything. A page beyond the last is the last."""
    # The first page is of all that was typed, the others are of what a button can carry of it.
    entries = [e for i in snapshot.search.find(text, HITS * PAGES) if (e := snapshot.entry(i))]
    if not entries:
        return _nothing(text), False
    carried = Text(snapshot.search.telling(text, MOST_TEXT))
    page = Page.of(entries, number, HITS)
    fields, buttons = hits(snapshot, text, page.shown)
    pages = _("Press a name to open it.")
    if page.pages > 1:
        pages = _("Page {page} of {pages}. Press a name to open it.", page=page.number + 1, pages=page.pages)
    embed = Embed(
        _("What I found for “{text}”", text=typed(text)),
        "" if snapshot.search.has_all(text) else _("I am not sure: none of these has all of your words."),
        fields=fields,
        footer=f"{pages}\n{snapshot.disclaimer('general')}",
    )
    rows = (buttons, page.turn(lambda to: turn_search.id(to, carried)))
    return Message(embeds=(embed,), rows=rows, again=turn_search.id(page.number, carried)), True


def _nothing(text: str) -> Message:
    shown = typed(text)
    first = _("I found nothing for “{text}”.", text=typed(text)) if shown else _("I could not read any words in that.")
    rest = _("Try one or two plain words, such as “skin cancer” or “rash”, or look around with Browse.")
    return Message(f"{first}\n{rest}", rows=((browse_button(),),))
