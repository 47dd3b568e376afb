"""What cards are put together from: lines, links, lists of names, buttons that open entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.interactions.custom_id import join
from bot.interactions.limits import BUTTONS, FIELD_VALUE, OPTIONS, size
from bot.interactions.message import Button, Field, Item, Option, Select
from bot.knowledge.kinds import Entry, Source
from bot.knowledge.kinds.values import ID
from bot.knowledge.library import Snapshot
from bot.language import Language

NAMES = 6
SOURCES = 3
"""Names in a list and sources on a first page."""

CALL_LINES = 3800
"""Letters for when to call: ten lines as long as a file may have them. None is ever left out."""


def titled(title: str, text: str) -> str:
    """Return a text under a bold title; nothing for no text."""
    return f"**{title}**\n{text}" if text else ""


def bullets(lines: Iterable[str], most: int = FIELD_VALUE) -> str:
    """Return lines as a list: whole ones, as many as fit."""
    return joined_within([f"• {line}" for line in lines], "\n", most)


def joined_within(lines: Sequence[str], between: str, most: int) -> str:
    """Join whole lines as long as they fit, so that no link and no sentence is cut."""
    text = ""
    for line in lines:
        longer = f"{text}{between}{line}" if text else line
        if size(longer) > most:
            break
        text = longer
    return text


def when_to_call(lines: Sequence[str], lang: Language, emergency: str = "") -> str:
    """Return whom to call and for which signs."""
    _ = lang.gettext
    return titled(_("When to call for help"), bullets(_grouped([emergency, *lines] if emergency else lines), CALL_LINES))


def _grouped(lines: Sequence[str]) -> list[str]:
    """Return lines with those that end in the same words (`...: contact your care team now.`) in one, the words first.

    Who looks for a sign then finds what to do at the start of the line, said once; all other lines stay as they are.
    """
    ends = [line.rpartition(": ")[2] for line in lines]
    said: dict[str, str] = {}
    for line, action in zip(lines, ends, strict=True):
        if ends.count(action) == 1 or action == line:
            said[line] = line
        elif action not in said:
            signs = "; ".join(_in_list(each.removesuffix(f": {action}")) for each in lines if each.endswith(f": {action}"))
            said[action] = f"**{action[0].upper()}{action[1:].rstrip('.')}:** {signs}."
    return list(said.values())


def _in_list(sign: str) -> str:
    return sign[0].lower() + sign[1:] if sign[1:2].islower() or sign[1:2] == " " else sign


def fields(*shown: Field) -> tuple[Field, ...]:
    """Return the fields that say something."""
    return tuple(field for field in shown if field.value)


def names_of(ids: Sequence[str], snapshot: Snapshot, lang: Language, most: int = NAMES) -> str:
    """Return the names of entries, and plain words as they are, on one line; how many more where there are too many."""
    found = [snapshot.entry(i, lang.code) if ID.fullmatch(i) else i for i in ids]
    names = [e if isinstance(e, str) else e.name for e in found if e]
    shown = ", ".join(names[:most])
    return f"{shown} {and_more(len(names) - most, lang)}" if len(names) > most else shown


def and_more(count: int, lang: Language) -> str:
    """Return that there are so many more."""
    return lang.ngettext("and {n} more", "and {n} more", count).format(n=count)


def shown_sources(entry: Entry) -> list[Source]:
    """Return one page of each publisher, the first few: two links of one name would look like a mistake."""
    return list({source.publisher: source for source in reversed(entry.sources)}.values())[::-1][:SOURCES]


def sources_line(entry: Entry, lang: Language) -> str:
    """Return links to the first sources, and how many more there are."""
    shown = shown_sources(entry)
    links = [masked_link(source.publisher, source.url) for source in shown]
    if len(entry.sources) > len(shown):
        links.append(and_more(len(entry.sources) - len(shown), lang))
    return joined_within(links, " · ", FIELD_VALUE)


def masked_link(text: str, url: str) -> str:
    """Return a masked link; brackets in either part would end it early."""
    text = text.replace("[", "(").replace("]", ")")
    return f"[{text}]({url.replace('(', '%28').replace(')', '%29')})"


def open_buttons(entries: Iterable[Entry], labels: Mapping[str, str] | None = None) -> tuple[Item, ...]:
    """Return a row of buttons that each open an entry."""
    labels = labels or {}
    return tuple(Button(labels.get(e.id, e.name), join("open", e.id)) for e in list(entries)[:BUTTONS])


def open_select(entries: Iterable[Entry], placeholder: str) -> tuple[Item, ...]:
    """Return a select that opens the entry picked, at most 25; nothing for no entries."""
    options = tuple(Option(e.name, e.id, e.short) for e in list(entries)[:OPTIONS])
    return (Select(join("pick"), placeholder, options),) if options else ()
