"""The numbers of a country: of the one that a server's managers set, or that somebody picks; never chosen by language."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.features.cards.parts import bullets, masked_link
from bot.interactions.answer import Answer
from bot.interactions.limits import FIELD_VALUE
from bot.interactions.message import RED, Button, Embed, Field, Item, Message, Option, Select
from bot.interactions.request import Request
from bot.interactions.routes import expired, press
from bot.knowledge.helplines import Country, Directory, Helplines, Line
from bot.knowledge.library import Snapshot
from bot.language import _, long_day, spoken


def today() -> date:
    """Return the day by which a check is too old."""
    return datetime.now(UTC).date()


def emergency_number(snapshot: Snapshot, code: str) -> str:
    """Return the emergency number of a server's country, named as such; nothing where it has none."""
    text = _("In {country} (as set for this server): {numbers}")
    return _as_set(snapshot, code, text)


def crisis_lines(snapshot: Snapshot, code: str) -> str:
    """Return the emergency number and the first two crisis lines of a server's country; nothing where it has none."""
    text = _("**In {country} (as set for this server):** emergency {numbers}; {lines}.")
    return _as_set(snapshot, code, text)


def numbers_button(snapshot: Snapshot, code: str) -> tuple[Button, ...]:
    """Return the button that asks for a country; none where the knowledge has no numbers."""
    if snapshot.helplines is None:
        return ()
    known = code in snapshot.helplines.countries
    return (Button(_("Another country") if known else _("Numbers for my country"), ask_for_country.id()),)


def countries(helplines: Helplines, chosen: str = "") -> tuple[Option, ...]:
    """Return the countries to choose from, by name."""
    names = {code: label(country) for code, country in helplines.countries.items()}
    return tuple(Option(name, code, chosen=code == chosen) for code, name in sorted(names.items(), key=lambda each: each[1]))


def label(country: Country) -> str:
    """Return a country's name as it stands alone."""
    return country.name.in_(spoken().code).removeprefix("the ")


# Help in danger is never held up, and logged like any page: not that it was asked for, nor for which country.
@press("numbers", command="page")
async def ask_for_country(request: Request) -> Answer:
    """Ask which country's numbers are wanted."""
    if request.snapshot.helplines is None:
        return await expired(request)
    text = _("Which country are you in? Only you see the answer.")
    return Answer(Message(text, rows=(_choice(request.snapshot.helplines),)))


@press("country", command="page")
async def show_country(request: Request) -> Answer:
    """Show the numbers of the country that was picked, in place of the question."""
    if request.snapshot.helplines is None:
        return await expired(request)
    helplines = request.snapshot.helplines
    rows = (_choice(helplines, request.picked),)
    country = helplines.countries.get(request.picked)
    message = Message(embeds=(_numbers(country, helplines.directory),), rows=rows)
    return Answer(message, in_place=request.on_private_message)


def _choice(helplines: Helplines, chosen: str = "") -> tuple[Item, ...]:
    return (Select(show_country.id(), _("Choose a country"), countries(helplines, chosen)),)


def _numbers(country: Country | None, directory: Directory) -> Embed:
    """Return all that is known of a country; of one that isn't, or was checked too long ago, where to look."""
    anywhere = _("For any country: {link}", link=masked_link(directory.name, directory.url))
    if country is None or country.overdue(today()):
        text = _("Call your local emergency number now.")
        return Embed(label(country) if country else "", f"**{text}**\n{anywhere}", RED)
    lines = bullets(f"**{line.name}**: {_ways(line, all_of_it=True)}" for line in country.lines)
    text = "\n".join((
        _("**Emergency number: {numbers}**", numbers=_either(country.emergency)), "",
        _("If you think of ending your life or of hurting yourself:"), lines, "", anywhere,
    ))  # fmt: skip
    sources = " · ".join(masked_link(each.publisher, each.url) for each in country.sources)
    checked = _("Checked on {day}", day=long_day(country.checked))
    fields = (Field(_("Sources"), sources),) if len(sources) <= FIELD_VALUE else ()
    return Embed(label(country), text, RED, fields=fields, footer=f"{checked}.")


def _as_set(snapshot: Snapshot, code: str, text: str) -> str:
    """Return a text with a country's numbers; where they were checked too long ago, where to look."""
    helplines = snapshot.helplines
    country = helplines.countries.get(code) if helplines else None
    if helplines is None or country is None:
        return ""
    name, directory = country.name.in_(spoken().code), helplines.directory
    if country.overdue(today()):
        text = _("Numbers for {country} (as set for this server): {link}")
        return text.format(country=name, link=masked_link(directory.name, directory.url))
    return text.format(country=name, numbers=_either(country.emergency), lines=_in_short(country.lines[:2]))


def _in_short(lines: Sequence[Line]) -> str:
    """Return how lines are reached; when, once where it is the same for all."""
    same = len({line.hours for line in lines}) == 1
    ways = [_ways(line) if same else f"{_ways(line)}, {_when(line)}".rstrip(", ") for line in lines]
    return "; ".join(filter(None, (*ways, _when(lines[0]) if same else "")))


def _when(line: Line) -> str:
    return _("day and night") if line.hours == "24/7" else line.hours.replace("-", "–")


def _ways(line: Line, *, all_of_it: bool = False) -> str:
    """Return how a line is reached, by voice and text; or all of it, and when."""
    both = bool(line.call) and line.call == line.text
    ways = [
        _("call or text {numbers}", numbers=_either(line.call)) if both else "",
        _("call {numbers}", numbers=_either(line.call)) if line.call and not both else "",
        _("text {numbers}", numbers=_either(line.text)) if line.text and not both else "",
        f"WhatsApp {_either(line.whatsapp)}" if line.whatsapp and (all_of_it or not line.text) else "",
        masked_link(_("chat"), line.chat) if line.chat and all_of_it else "",
        line.note.in_(spoken().code) if line.note else "",
        _when(line) if all_of_it else "",
    ]
    return ", ".join(way for way in ways if way)


def _either(numbers: Sequence[str]) -> str:
    return " / ".join(numbers)
