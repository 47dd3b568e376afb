"""/stats, for moderators: how the bot was used, for a phone, with a picture."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal

from bot.features.figures.picture import Drawing, NoPlotError, PictureError, drawn
from bot.interactions.answer import Answer, defer, say
from bot.interactions.commands import Option, command, locale_str
from bot.interactions.message import Embed, Field, File, Message
from bot.interactions.request import Request
from bot.interactions.routes import Who
from bot.knowledge.kinds import may_be_urgent
from bot.knowledge.library import Snapshot
from bot.language import _, long_day, ngettext, spoken
from bot.store.errors import StoreUnavailable
from bot.store.statistics import Figures, read
from bot.store.usage import FEWEST

SHOWN = 10
"""Entries in the list: more don't fit on a phone's screen."""

NAMED_DAYS = 6
"""Days named below the picture."""


def report(figures: Figures, snapshot: Snapshot) -> Message:
    """Return the figures: how many, how it went, what was shown most, in which language, where, and how fast."""
    fields = []
    named = {_("Found"): figures.found, _("Offered"): figures.offered, _("Not found"): figures.nothing}
    if any(named.values()):
        fields.append(Field(_("Questions for a name"), _shares(named)))
    if figures.entries:
        lines = []
        for place, (entry_id, count) in enumerate(list(figures.entries.items())[:SHOWN], 1):
            entry = snapshot.entry(entry_id)
            lines.append(f"{place}. {entry.name if entry else entry_id}: {_number(count)}")
        fields.append(Field(_("Shown most"), "\n".join(lines)))
    if figures.answered:
        lines = []
        for entry_id, (yes, partly, no) in list(figures.answered.items())[:SHOWN]:
            entry = snapshot.entry(entry_id)
            line = _(
                "{name}: {yes} yes, {partly} partly, {no} no",
                name=entry.name if entry else entry_id,
                yes=_number(yes),
                partly=_number(partly),
                no=_number(no),
            )
            lines.append(f"• {line}")
        fields.append(Field(_("Did it answer? Where it failed most often"), "\n".join(lines)))
    if figures.answers:
        places = {"server": _("Servers"), "direct message": _("Direct messages"), "user install": _("Elsewhere")}
        names = Locale.parse(spoken().code).languages
        by_language = {str(names.get(code, code)).capitalize(): count for code, count in figures.languages.items()}
        by_place = {places.get(place, place): count for place, count in figures.places.items()}
        fields.append(Field(_("Languages"), _shares(by_language), inline=True))
        fields.append(Field(_("Where"), _shares(by_place), inline=True))
    if figures.p50 is not None and figures.p95 is not None:
        speed = _(
            "Half were ready within {half} ms, 95 of 100 within {most} ms.",
            half=_number(figures.p50),
            most=_number(figures.p95),
        )
        fields.append(Field(_("Speed"), speed))
    footer = _(
        "Days are counted in UTC. People are counted about an hour later, {n} or more at once, so there may be more of "
        "them; some don't want to be counted.",
        n=FEWEST,
    )
    days = len(figures.days)
    title = _("Today") if days == 1 else ngettext("The last {n} day", "The last {n} days", days)
    shown = Embed(title, _how_many(figures), fields=tuple(fields), footer=footer)
    return Message(embeds=(shown,))


def _how_many(figures: Figures) -> str:
    answers = ngettext("{n} answer", "{n} answers", figures.answers, n=_number(figures.answers))
    text = f"**{answers}**"
    if figures.people is not None:
        text += " · **{}**".format(_("at least {n} people", n=_number(figures.people)))
    elif figures.answers:
        text += " · **{}**".format(_("fewer than {n} people", n=FEWEST))
    if figures.failed:
        failed = ngettext(
            "{n} answer failed on my side; the log says why.",
            "{n} answers failed on my side; the log says why.",
            figures.failed,
        )
        text += "\n" + failed.format(n=_number(figures.failed))
    return text


def _shares(counts: Mapping[str, int]) -> str:
    """Return a line for each: how many, and how many in a hundred."""
    whole = sum(counts.values())
    line = _("{what}: {n} ({percent}%)")
    return "\n".join(
        line.format(what=what, n=_number(count), percent=round(100 * count / whole)) for what, count in counts.items()
    )


def _number(number: float) -> str:
    return str(format_decimal(number, locale=spoken().code))


def drawing(figures: Figures) -> Drawing:
    """Return what to draw: answers and people of each day, with a few of the days named, today among them."""
    last = len(figures.days) - 1
    step = -(-len(figures.days) // NAMED_DAYS)
    named = [
        (place, format_skeleton("MMMd", figures.days[place].day, locale=spoken().code)) for place in range(last, -1, -step)
    ]
    return {
        "panels": {
            _("Answers a day"): [day.answers for day in figures.days],
            _("People a day (no bar: fewer than {n})", n=FEWEST): [day.people or 0 for day in figures.days],
        },
        "days": named[::-1],
    }


def described(figures: Figures) -> str:
    """Return what the picture shows, in words, for those who can't see it."""
    most = max(figures.days, key=lambda day: day.answers)
    fewest = min(figures.days, key=lambda day: day.answers)
    crowd = max(figures.days, key=lambda day: day.people or 0)
    answers = _(
        "Two bar charts, {first} to {last}. Answers a day: {all} in all, most on {most_day} ({most}), fewest on "
        "{fewest_day} ({fewest}).",
        first=long_day(figures.days[0].day),
        last=long_day(figures.days[-1].day),
        all=_number(figures.answers),
        most_day=long_day(most.day),
        most=_number(most.answers),
        fewest_day=long_day(fewest.day),
        fewest=_number(fewest.answers),
    )
    if crowd.people is None:
        people = _("People a day: fewer than {n} on each.", n=FEWEST)
    else:
        people = _(
            "People a day: most on {day} ({most}); fewer than {n} on days without a bar.",
            day=long_day(crowd.day),
            most=_number(crowd.people),
            n=FEWEST,
        )
    return f"{answers} {people}"


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
