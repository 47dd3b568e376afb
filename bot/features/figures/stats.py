"""/stats, for moderators: how the bot was used, with a picture."""

import asyncio
import logging
from functools import partial

from bot.features.figures.messages import described, drawing, report
from bot.features.figures.picture import NoPlotError, PictureError, drawn
from bot.interactions.answer import Answer, defer, say
from bot.interactions.commands import Option, command, locale_str
from bot.interactions.message import File, Message
from bot.interactions.request import Request
from bot.interactions.routes import Who
from bot.knowledge.kinds import may_be_urgent
from bot.language import _
from bot.store.errors import StoreUnavailable
from bot.store.statistics import Figures, read

log = logging.getLogger(__name__)

FEWEST_DRAWN = 7
"""Days in a picture at least: a single bar shows nothing."""

_one_at_a_time = asyncio.Lock()
"""Held while a picture is drawn: its process takes more memory than the bot."""


@command(
    locale_str("stats"),
    locale_str("How the bot is used, without anybody's name"),
    Option(
        "days",
        locale_str("days"),
        locale_str("How far back; 30 days if you leave it out"),
        choices=(
            (locale_str("today"), 1),
            (locale_str("7 days"), 7),
            (locale_str("30 days"), 30),
            (locale_str("90 days"), 90),
        ),
    ),
    who=Who.MODERATORS,
)
async def stats(request: Request, days: int = 30) -> Answer:
    """Show the figures, and a picture where one can be drawn."""
    urgent = partial(may_be_urgent, request.snapshot.entries)
    await defer(request)
    try:
        figures = await read(request.store, days, urgent=urgent)
        pictured = figures if days >= FEWEST_DRAWN else await read(request.store, FEWEST_DRAWN, urgent=urgent)
    except StoreUnavailable as error:
        log.warning("The figures could not be read (%s).", error.reason)
        return say(_("I can't reach the figures right now. Please try again in a minute."), "failed")
    text, files = await _picture(pictured)
    return Answer(Message(text, report(figures, request.snapshot).embeds, files=files))


async def _picture(figures: Figures) -> tuple[str, tuple[File, ...]]:
    """Return the picture with its description; a sentence where there is none."""
    try:
        async with _one_at_a_time:
            picture = await drawn(drawing(figures))
    except NoPlotError:
        return _("Without a picture: whoever runs this bot can add it with the extra `plot`."), ()
    except PictureError as error:
        log.warning("%s", error)
        return _("Without a picture: it could not be drawn this time."), ()
    return "", (File("statistics.png", picture, described(figures)),)
